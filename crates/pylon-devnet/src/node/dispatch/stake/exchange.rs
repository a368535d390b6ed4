//! Stake bought and sold: TAO and alpha between a subnet's pool, its account and its stakers.

use sp_runtime::{DispatchError, DispatchResult};

use super::{Position, claims};
use crate::{
    node::dispatch::{
        Context,
        balances::{
            self,
            Preservation::{self, Expendable, Preserve},
        },
        ensure,
    },
    runtime::{
        AccountId, RuntimeEvent,
        layout::Layout,
        oct2026,
        subtensor::{
            Error, Event, LAST_COLDKEY_HOTKEY_STAKE_BLOCK, NUM_STAKING_COLDKEYS, ROOT,
            STAKING_COLDKEYS, STAKING_COLDKEYS_BY_INDEX, SUBNET_ALPHA_IN, SUBNET_ALPHA_OUT,
            SUBNET_TAO, SUBNET_VOLUME, TOTAL_STAKE, shares, stakes, subnets,
        },
        swap::{
            self,
            market::{Offer, Swap},
        },
    },
    state::State,
};

/// Swaps `tao` rao, which lie on the subnet's account already, for alpha that nobody has yet.
///
/// # Errors
/// The pool refuses it.
pub(in crate::node::dispatch) fn buy(
    state: &mut State,
    netuid: u16,
    tao: u64,
    offer: Offer,
) -> Result<Swap, swap::Error> {
    let swap = offer.swap(state)?;
    let key = (netuid,);
    SUBNET_ALPHA_IN.mutate(state, key, |alpha| {
        *alpha = alpha.saturating_sub(swap.paid_out);
    });
    SUBNET_ALPHA_OUT.mutate(state, key, |alpha| {
        *alpha = alpha.saturating_add(swap.paid_out);
    });
    SUBNET_TAO.mutate(state, key, |reserve| {
        *reserve = reserve.saturating_add(swap.paid_in);
    });
    TOTAL_STAKE.mutate(state, (), |stake| *stake = stake.saturating_add(tao));
    trade(state, netuid, tao);
    Ok(swap)
}

/// Swaps alpha that nobody has any more for TAO, which stay on the subnet's account.
fn sell(state: &mut State, netuid: u16, offer: Offer) -> Result<Swap, swap::Error> {
    let swap = offer.swap(state)?;
    let key = (netuid,);
    SUBNET_ALPHA_IN.mutate(state, key, |alpha| {
        *alpha = alpha.saturating_add(swap.paid_in);
    });
    SUBNET_ALPHA_OUT.mutate(state, key, |alpha| {
        *alpha = alpha.saturating_sub(swap.paid_in);
    });
    SUBNET_TAO.mutate(state, key, |reserve| {
        *reserve = reserve.saturating_sub(swap.paid_out);
    });
    TOTAL_STAKE.mutate(state, (), |stake| {
        *stake = stake.saturating_sub(swap.paid_out);
    });
    trade(state, netuid, swap.paid_out);
    Ok(swap)
}

fn trade(state: &mut State, netuid: u16, tao: u64) {
    SUBNET_VOLUME.mutate(state, (netuid,), |volume| {
        *volume = volume.saturating_add(tao.into());
    });
}

fn move_tao(
    context: &mut Context<'_>,
    from: &AccountId,
    to: &AccountId,
    tao: u64,
    preservation: Preservation,
) -> DispatchResult {
    match tao {
        0 => Ok(()),
        _ => balances::transfer(context, from, to, tao, preservation),
    }
}

/// Stakes TAO of the coldkey's, and gives back what a limit leaves of it.
pub(super) fn stake_into(
    context: &mut Context<'_>,
    position: Position<'_>,
    tao: u64,
    offer: impl FnOnce(u64) -> Offer,
) -> DispatchResult {
    let Position {
        hotkey,
        coldkey,
        netuid,
    } = position;
    let account = subnets::account(netuid);
    let tao = tao.min(balances::reducible(context.state, coldkey, Preserve));
    ensure(tao > 0, Error::InsufficientBalance)?;
    move_tao(context, coldkey, &account, tao, Preserve)?;
    let swap = buy(context.state, netuid, tao, offer(tao))?;
    ensure(swap.paid_out > 0, Error::AmountTooLow)?;
    let is_worth_shares = shares::is_worth_shares(context.state, hotkey, netuid, swap.paid_out);
    ensure(is_worth_shares, Error::InsufficientLiquidity)?;
    shares::add(context.state, hotkey, coldkey, netuid, swap.paid_out);
    // The author's, and there is none.
    balances::burn(context, &account, swap.fee);
    let left = tao.saturating_sub(swap.cost());
    move_tao(context, &account, coldkey, left, Expendable)?;
    TOTAL_STAKE.mutate(context.state, (), |stake| {
        *stake = stake.saturating_sub(left);
    });
    date(context, position);
    if netuid == ROOT {
        claims::rebase(
            context.state,
            hotkey,
            coldkey,
            swap.paid_out,
            claims::Rebase::Add,
        );
        number(context.state, coldkey);
    }
    oct2026::note_stake_come(context.state, hotkey);
    let (hotkey, coldkey) = (hotkey.clone(), coldkey.clone());
    let event = Event::StakeAdded(coldkey, hotkey, tao, swap.paid_out, netuid, swap.fee);
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

/// Unstakes alpha to the coldkey's TAO, leaves staked what a limit leaves of it, and returns the
/// TAO. The fee is lost: it is the author's, and there is none.
pub(super) fn unstake(
    context: &mut Context<'_>,
    position: Position<'_>,
    alpha: u64,
    offer: Offer,
) -> Result<u64, DispatchError> {
    let Position {
        hotkey,
        coldkey,
        netuid,
    } = position;
    let may_leave = stakes::may_leave(context.state, coldkey, netuid, alpha);
    ensure(may_leave, Error::StakeUnavailable)?;
    shares::take(context.state, hotkey, coldkey, netuid, alpha);
    let swap = sell(context.state, netuid, offer)?;
    let left = alpha.saturating_sub(swap.cost());
    if left > 0 {
        shares::add(context.state, hotkey, coldkey, netuid, left);
    }
    let account = subnets::account(netuid);
    move_tao(context, &account, coldkey, swap.paid_out, Expendable)?;
    if netuid == ROOT {
        claims::rebase(context.state, hotkey, coldkey, alpha, claims::Rebase::Take);
    }
    date(context, position);
    oct2026::note_stake_gone(context.state, hotkey);
    let event = Event::StakeRemoved(
        coldkey.clone(),
        hotkey.clone(),
        swap.paid_out,
        swap.paid_in,
        netuid,
        swap.fee,
    );
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(swap.paid_out)
}

/// Notes the block of a change. October does so of root alone.
pub(super) fn date(context: &mut Context<'_>, position: Position<'_>) {
    if position.netuid != ROOT && Layout::of(context.state) == Layout::Oct2026 {
        return;
    }
    let key = (position.coldkey.clone(), position.hotkey.clone());
    let block = context.block();
    LAST_COLDKEY_HOTKEY_STAKE_BLOCK.put(context.state, key, block);
}

/// Numbers a coldkey that stakes on root for the first time.
fn number(state: &mut State, coldkey: &AccountId) {
    if STAKING_COLDKEYS.contains(state, (coldkey.clone(),)) {
        return;
    }
    let number = NUM_STAKING_COLDKEYS.get(state, ());
    STAKING_COLDKEYS_BY_INDEX.put(state, (number,), coldkey.clone());
    STAKING_COLDKEYS.put(state, (coldkey.clone(),), number);
    NUM_STAKING_COLDKEYS.put(state, (), number.saturating_add(1));
}
