//! What of a hotkey's goes to another one on a subnet: its place, its relations and its stake.

use codec::{Decode, Encode};
use scale_info::StaticTypeInfo;

use super::Swap;
use crate::{
    node::dispatch::{children, stake::claims},
    runtime::{
        AccountId,
        subtensor::{
            ALPHA_DIVIDENDS_PER_SUBNET, AUTO_STAKE_DESTINATION, AUTO_STAKE_DESTINATION_COLDKEYS,
            AXONS, CHILDKEY_TAKE, DECAYING_HOTKEY_LOCK, Error, HOTKEY_LOCK, IS_NETWORK_MEMBER,
            KEYS, LOADED_EMISSION, LOCK, LOCKING_COLDKEYS, MECHANISM_COUNT_CURRENT,
            NEURON_CERTIFICATES, PROMETHEUS, ROOT, SUBNET_OWNER_HOTKEY,
            TOTAL_HOTKEY_ALPHA_LAST_EPOCH, UIDS, VOTING_POWER, WEIGHT_COMMITS, shares,
            storage_index,
        },
    },
    state::State,
    storage::{Absence, Entry, Key},
};

/// Moves a value to another key; what stood there goes.
fn rename<K, V, A>(state: &mut State, entry: &Entry<K, V, A>, from: K::Args, to: K::Args)
where
    K: Key<Args: Clone>,
    V: Encode + Decode + StaticTypeInfo,
    A: Absence<V>,
{
    if let Some(value) = entry.find(state, from.clone()) {
        entry.kill(state, from);
        entry.put(state, to, value);
    }
}

/// Swaps a hotkey on a subnet.
pub(super) fn swap(state: &mut State, swap: &Swap<'_>, netuid: u16) -> Result<(), Error> {
    let (old, new) = (swap.old, swap.new);
    move_locks(state, netuid, old, new);
    let is_member = IS_NETWORK_MEMBER.get(state, (old.clone(), netuid));
    IS_NETWORK_MEMBER.kill(state, (old.clone(), netuid));
    IS_NETWORK_MEMBER.put(state, (new.clone(), netuid), is_member);
    if is_member {
        move_neuron(state, netuid, old, new);
    }
    let to = (new.clone(), netuid);
    rename(state, &CHILDKEY_TAKE, (old.clone(), netuid), to);
    children::swap(state, netuid, old, new)?;
    move_auto_stake(state, netuid, old, new);
    if SUBNET_OWNER_HOTKEY.find(state, (netuid,)).as_ref() == Some(old) {
        SUBNET_OWNER_HOTKEY.put(state, (netuid,), new.clone());
    }
    if !swap.keeps_stake {
        move_earnings(state, netuid, old, new);
        move_stake(state, netuid, old, new);
    }
    Ok(())
}

/// Its uid, where it serves and the weights that it committed by hash. Timelocked ones name their
/// hotkey inside and stay, to be dropped.
fn move_neuron(state: &mut State, netuid: u16, old: &AccountId, new: &AccountId) {
    if let Some(uid) = UIDS.find(state, (netuid, old.clone())) {
        KEYS.put(state, (netuid, uid), new.clone());
    }
    let (from, to) = (|| (netuid, old.clone()), || (netuid, new.clone()));
    rename(state, &UIDS, from(), to());
    rename(state, &PROMETHEUS, from(), to());
    rename(state, &AXONS, from(), to());
    for mecid in 0..MECHANISM_COUNT_CURRENT.get(state, (netuid,)) {
        let index = storage_index(netuid, mecid);
        let to = (index, new.clone());
        rename(state, &WEIGHT_COMMITS, (index, old.clone()), to);
    }
    if let Some(mut emission) = LOADED_EMISSION.find(state, (netuid,)) {
        let rows = emission.iter_mut().filter(|(hotkey, ..)| hotkey == old);
        rows.for_each(|(hotkey, ..)| *hotkey = new.clone());
        LOADED_EMISSION.put(state, (netuid,), emission);
    }
    rename(state, &NEURON_CERTIFICATES, from(), to());
}

fn move_auto_stake(state: &mut State, netuid: u16, old: &AccountId, new: &AccountId) {
    let key = (old.clone(), netuid);
    let Some(coldkeys) = AUTO_STAKE_DESTINATION_COLDKEYS.find(state, key.clone()) else {
        return;
    };
    for coldkey in &coldkeys {
        AUTO_STAKE_DESTINATION.put(state, (coldkey.clone(), netuid), new.clone());
    }
    AUTO_STAKE_DESTINATION_COLDKEYS.kill(state, key);
    AUTO_STAKE_DESTINATION_COLDKEYS.put(state, (new.clone(), netuid), coldkeys);
}

/// What the last epoch said of the old hotkey is added to what it said of the new one.
fn move_earnings(state: &mut State, netuid: u16, old: &AccountId, new: &AccountId) {
    let from = (old.clone(), netuid);
    let stake = TOTAL_HOTKEY_ALPHA_LAST_EPOCH.get(state, from.clone());
    TOTAL_HOTKEY_ALPHA_LAST_EPOCH.kill(state, from);
    TOTAL_HOTKEY_ALPHA_LAST_EPOCH.mutate(state, (new.clone(), netuid), |sum| {
        *sum = sum.saturating_add(stake);
    });
    let from = (netuid, old.clone());
    let to = (netuid, new.clone());
    let dividends = ALPHA_DIVIDENDS_PER_SUBNET.get(state, from.clone());
    ALPHA_DIVIDENDS_PER_SUBNET.kill(state, from.clone());
    ALPHA_DIVIDENDS_PER_SUBNET.mutate(state, to.clone(), |sum| {
        *sum = sum.saturating_add(dividends);
    });
    let power = VOTING_POWER.get(state, from.clone());
    VOTING_POWER.kill(state, from);
    if power > 0 {
        VOTING_POWER.mutate(state, to, |sum| *sum = sum.saturating_add(power));
    }
}

fn move_stake(state: &mut State, netuid: u16, old: &AccountId, new: &AccountId) {
    for coldkey in shares::stakers(state, old, netuid) {
        claims::move_claimed(state, netuid, [old, new], &coldkey);
        let alpha = shares::stake_with(state, old, &coldkey, netuid);
        shares::take(state, old, &coldkey, netuid, alpha);
        shares::add(state, new, &coldkey, netuid, alpha);
    }
    if netuid == ROOT {
        claims::move_claimable(state, [old, new]);
    }
}

fn move_locks(state: &mut State, netuid: u16, old: &AccountId, new: &AccountId) {
    let locking = LOCKING_COLDKEYS.under(state, (netuid, old.clone()));
    for ((_, _, coldkey), ()) in locking {
        let from = (coldkey.clone(), netuid, old.clone());
        let to = (coldkey.clone(), netuid, new.clone());
        rename(state, &LOCK, from, to);
        let from = (netuid, old.clone(), coldkey.clone());
        rename(
            state,
            &LOCKING_COLDKEYS,
            from,
            (netuid, new.clone(), coldkey),
        );
    }
    for locks in [&HOTKEY_LOCK, &DECAYING_HOTKEY_LOCK] {
        let to = (netuid, new.clone());
        rename(state, locks, (netuid, old.clone()), to);
    }
}
