//! Registering a neuron: the price is paid, a uid is found, and the price rises.

mod neuron;
mod prune;

use sp_runtime::DispatchResult;

use super::{
    Context,
    balances::{self, Preservation::Preserve},
    ensure,
    stake::exchange,
};
use crate::{
    runtime::{
        AccountId, RuntimeEvent,
        subtensor::{
            BURN, Error, Event, MAX_ALLOWED_UIDS, NETWORK_REGISTRATION_ALLOWED, NETWORKS_ADDED,
            OWNED_HOTKEYS, OWNER, RAO_RECYCLED_FOR_REGISTRATION, REGISTRATIONS_THIS_BLOCK, ROOT,
            STAKING_HOTKEYS, SUBNET_ALPHA_OUT, SUBNETWORK_N, UIDS, burn, subnets,
        },
        swap::market::{Offer, Order},
    },
    state::State,
};

fn ensure_subnet(state: &State, netuid: u16) -> Result<(), Error> {
    ensure(netuid != ROOT, Error::RegistrationNotPermittedOnRootSubnet)?;
    ensure(NETWORKS_ADDED.get(state, (netuid,)), Error::SubnetNotExists)
}

/// `register_limit`: [`register`], unless the price is above `limit` rao.
pub(super) fn register_below(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    netuid: u16,
    hotkey: &AccountId,
    limit: u64,
) -> DispatchResult {
    ensure_subnet(context.state, netuid)?;
    let price = BURN.get(context.state, (netuid,));
    ensure(price <= limit, Error::RegistrationPriceLimitExceeded)?;
    register(context, coldkey, netuid, hotkey)
}

/// `register` and `burned_register`, which are one thing since the chain ignores work.
pub(super) fn register(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    netuid: u16,
    hotkey: &AccountId,
) -> DispatchResult {
    ensure_subnet(context.state, netuid)?;
    ensure(
        NETWORK_REGISTRATION_ALLOWED.get(context.state, (netuid,)),
        Error::SubNetRegistrationDisabled,
    )?;
    ensure(
        !UIDS.contains(context.state, (netuid, hotkey.clone())),
        Error::HotKeyAlreadyRegisteredInSubNet,
    )?;
    let price = BURN.get(context.state, (netuid,));
    ensure(
        balances::reducible(context.state, coldkey, Preserve) >= price,
        Error::NotEnoughBalanceToStake,
    )?;
    associate(context.state, coldkey, hotkey)?;
    let place = find_place(context, netuid)?;
    pay(context, coldkey, netuid, price)?;

    let block = context.block();
    let uid = match place {
        Place::New(uid) => {
            neuron::append(context.state, netuid, uid, hotkey, block);
            uid
        }
        Place::Of(uid) => {
            neuron::replace(context.state, netuid, uid, hotkey, block);
            uid
        }
    };
    burn::raise(context.state, netuid);
    REGISTRATIONS_THIS_BLOCK.mutate(context.state, (netuid,), |count| {
        *count = count.saturating_add(1);
    });
    let recycled = RAO_RECYCLED_FOR_REGISTRATION.mutate(context.state, (netuid,), |sum| {
        *sum = sum.saturating_add(price);
        *sum
    });
    for event in [
        Event::RAORecycledForRegistrationSet(netuid, recycled),
        Event::NeuronRegistered(netuid, uid, hotkey.clone()),
    ] {
        context.deposit(RuntimeEvent::SubtensorModule(event));
    }
    Ok(())
}

/// Gives a hotkey that nobody has to the coldkey, and refuses one that somebody else has.
fn associate(state: &mut State, coldkey: &AccountId, hotkey: &AccountId) -> Result<(), Error> {
    if let Some(owner) = OWNER.find(state, (hotkey.clone(),)) {
        return ensure(owner == *coldkey, Error::NonAssociatedColdKey);
    }
    ensure(!holds_a_subnet(hotkey), Error::CannotUseSystemAccount)?;
    OWNER.put(state, (hotkey.clone(),), coldkey.clone());
    for hotkeys in [&OWNED_HOTKEYS, &STAKING_HOTKEYS] {
        let mut all = hotkeys.get(state, (coldkey.clone(),));
        if !all.contains(hotkey) {
            all.push(hotkey.clone());
            hotkeys.put(state, (coldkey.clone(),), all);
        }
    }
    Ok(())
}

/// Whether an account is the one on which some subnet's TAO lies.
fn holds_a_subnet(account: &AccountId) -> bool {
    let bytes: &[u8; 32] = account.as_ref();
    let netuid = u16::from_le_bytes([bytes[12], bytes[13]]);
    *account == subnets::account(netuid)
}

/// Where a neuron goes.
enum Place {
    /// After the last one.
    New(u16),
    /// In the place of another one.
    Of(u16),
}

fn find_place(context: &Context<'_>, netuid: u16) -> Result<Place, Error> {
    let greatest = MAX_ALLOWED_UIDS.get(context.state, (netuid,));
    ensure(greatest != 0, Error::NoNeuronIdAvailable)?;
    let size = SUBNETWORK_N.get(context.state, (netuid,));
    if size < greatest {
        return Ok(Place::New(size));
    }
    prune::candidate(context.state, netuid, context.block())
        .map(Place::Of)
        .ok_or(Error::NoNeuronIdAvailable)
}

/// Buys alpha for the price and destroys it: the TAO goes to the subnet's reserve.
fn pay(context: &mut Context<'_>, coldkey: &AccountId, netuid: u16, price: u64) -> DispatchResult {
    if price == 0 {
        return Ok(());
    }
    let account = subnets::account(netuid);
    balances::transfer(context, coldkey, &account, price, Preserve)?;
    let offer = Offer::new(netuid, Order::Buy, price);
    let swap = exchange::buy(context.state, netuid, price, offer)?;
    SUBNET_ALPHA_OUT.mutate(context.state, (netuid,), |alpha| {
        *alpha = alpha.saturating_sub(swap.paid_out);
    });
    // The author's, and there is none.
    balances::burn(context, &account, swap.fee);
    Ok(())
}

#[cfg(test)]
mod tests;
