//! Paying out an epoch: the owner's cut, miners' incentives, validators' and their nominators'
//! dividends. All of it becomes stake, but for root's dividends, which are claimed.

use std::collections::{BTreeMap, BTreeSet};

use pylon_scoring::consensus::Merged;

use super::{
    amount::Amount,
    dividends::{self, Dividends},
    emission::{Pending, recycle},
    input::Keys,
};
use crate::{
    node::dispatch::Context,
    runtime::{
        AccountId, I96F32, RuntimeEvent, U64F64,
        subtensor::{
            ALPHA_DIVIDENDS_PER_SUBNET, AUTO_STAKE_DESTINATION, DELEGATES, Event, MINER_BURNED,
            OWNED_HOTKEYS, OWNER, RECYCLE_OR_BURN, ROOT, ROOT_ALPHA_DIVIDENDS_PER_SUBNET,
            ROOT_CLAIMABLE, RecycleOrBurnEnum, SUBNET_OWNER, SUBNET_OWNER_HOTKEY,
            TOTAL_HOTKEY_ALPHA, TOTAL_HOTKEY_ALPHA_LAST_EPOCH, UIDS, shares,
        },
    },
    state::State,
};

/// Pays out what waited for the epoch.
pub(super) fn pay(
    context: &mut Context<'_>,
    netuid: u16,
    keys: &Keys,
    earned: &Merged,
    pending: Pending,
) {
    let (mut incentives, mut dividends) = (BTreeMap::new(), Dividends::new());
    for (uid, hotkey) in keys {
        let place = usize::from(*uid);
        let server = earned.servers.get(place).copied().unwrap_or_default();
        let validator = earned.validators.get(place).copied().unwrap_or_default();
        incentives.insert(hotkey.clone(), server.get());
        let validator = validator.get();
        dividends::share(context.state, netuid, hotkey, validator, &mut dividends);
    }
    // What no miner earned is the validators'.
    let validators = if incentives.values().all(|incentive| *incentive == 0) {
        pending.validators.saturating_add(pending.servers)
    } else {
        pending.validators
    };
    let split = dividends::split(context.state, netuid, dividends, validators, pending.root);
    pay_owner(context.state, netuid, pending.owner);
    pay_miners(context, netuid, incentives);
    pay_alpha(context.state, netuid, split.alpha);
    pay_root(context.state, netuid, split.root);
}

fn pay_owner(state: &mut State, netuid: u16, cut: u64) {
    let owner = SUBNET_OWNER.find(state, (netuid,));
    let hotkey = SUBNET_OWNER_HOTKEY.find(state, (netuid,));
    if let (Some(owner), Some(hotkey)) = (owner, hotkey) {
        shares::add(state, &hotkey, &owner, netuid, cut);
    }
}

/// Hotkeys whose incentives nobody gets.
fn owners_hotkeys(state: &State, netuid: u16) -> BTreeSet<AccountId> {
    let owner = SUBNET_OWNER.get(state, (netuid,));
    OWNED_HOTKEYS
        .get(state, (owner,))
        .into_iter()
        .chain(SUBNET_OWNER_HOTKEY.find(state, (netuid,)))
        .filter(|hotkey| UIDS.contains(state, (netuid, hotkey.clone())))
        .collect()
}

fn pay_miners(context: &mut Context<'_>, netuid: u16, incentives: BTreeMap<AccountId, u64>) {
    let owners = owners_hotkeys(context.state, netuid);
    let recycles = RECYCLE_OR_BURN.get(context.state, (netuid,)) == RecycleOrBurnEnum::Recycle;
    let (mut whole, mut withheld) = (0u64, 0u64);
    for (hotkey, incentive) in incentives {
        whole = whole.saturating_add(incentive);
        if owners.contains(&hotkey) {
            withheld = withheld.saturating_add(incentive);
            if recycles {
                recycle(context.state, netuid, incentive);
            }
        } else if incentive > 0 {
            pay_miner(context, netuid, hotkey, incentive);
        }
    }
    let burned = Amount::whole(withheld).over(Amount::whole(whole));
    let bits = burned.bits() << 32;
    MINER_BURNED.put(context.state, (netuid,), U64F64 { bits });
}

/// A miner's coldkey may have its incentives staked to another hotkey.
fn pay_miner(context: &mut Context<'_>, netuid: u16, hotkey: AccountId, incentive: u64) {
    let owner = OWNER.get(context.state, (hotkey.clone(),));
    let elsewhere = AUTO_STAKE_DESTINATION.find(context.state, (owner.clone(), netuid));
    let destination = elsewhere.clone().unwrap_or_else(|| hotkey.clone());
    shares::add(context.state, &destination, &owner, netuid, incentive);
    if let Some(destination) = elsewhere {
        let added = Event::AutoStakeAdded {
            netuid,
            destination,
            hotkey,
            owner,
            incentive,
        };
        context.deposit(RuntimeEvent::SubtensorModule(added));
    }
}

/// A hotkey's owner keeps the take; what is left is for all who staked to it.
fn kept(state: &mut State, netuid: u16, hotkey: &AccountId, dividends: Amount) -> u64 {
    let take = Amount::part(DELEGATES.get(state, (hotkey.clone(),)), u16::MAX);
    let taken = take.times(dividends);
    let owner = OWNER.get(state, (hotkey.clone(),));
    shares::add(state, hotkey, &owner, netuid, taken.floor());
    dividends.minus(taken).floor()
}

fn pay_alpha(state: &mut State, netuid: u16, dividends: Dividends) {
    for (key, _) in ALPHA_DIVIDENDS_PER_SUBNET.under(state, (netuid,)) {
        ALPHA_DIVIDENDS_PER_SUBNET.kill(state, key);
    }
    for (hotkey, dividends) in dividends {
        let left = kept(state, netuid, &hotkey, dividends);
        let key = (hotkey.clone(), netuid);
        let stake = TOTAL_HOTKEY_ALPHA.get(state, key.clone());
        let stake = stake.saturating_add(left);
        if left > 0 {
            TOTAL_HOTKEY_ALPHA.put(state, key.clone(), stake);
        }
        ALPHA_DIVIDENDS_PER_SUBNET.put(state, (netuid, hotkey), left);
        TOTAL_HOTKEY_ALPHA_LAST_EPOCH.put(state, key, stake);
    }
}

/// Root's dividends wait until they are claimed, as so much for each TAO staked.
fn pay_root(state: &mut State, netuid: u16, dividends: Dividends) {
    for (key, _) in ROOT_ALPHA_DIVIDENDS_PER_SUBNET.under(state, (netuid,)) {
        ROOT_ALPHA_DIVIDENDS_PER_SUBNET.kill(state, key);
    }
    for (hotkey, dividends) in dividends {
        let left = kept(state, netuid, &hotkey, dividends);
        let stake = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), ROOT));
        if left > stake {
            let owner = OWNER.get(state, (hotkey.clone(),));
            shares::add(state, &hotkey, &owner, netuid, left);
        } else if left > 0 {
            let rate = Amount::whole(left).over(Amount::whole(stake));
            ROOT_CLAIMABLE.mutate(state, (hotkey.clone(),), |claimable| {
                let sum = claimable.entry(netuid).or_insert(I96F32 { bits: 0 });
                let more = i128::try_from(rate.bits()).unwrap_or(i128::MAX);
                sum.bits = sum.bits.saturating_add(more);
            });
        }
        ROOT_ALPHA_DIVIDENDS_PER_SUBNET.put(state, (netuid, hotkey), left);
    }
}
