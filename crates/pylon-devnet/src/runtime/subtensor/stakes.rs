//! `StakeInfoRuntimeApi`: who staked what to whom.

use std::collections::BTreeMap;

use codec::Compact;

use super::{lock::locked, shares::stake_with, *};
use crate::{
    runtime::{AccountId, swap},
    state::State,
};

scale_struct! {
    /// A coldkey's stake with a hotkey on a subnet.
    "pallet_subtensor::rpc_info::stake_info" StakeInfo {
        hotkey: AccountId,
        coldkey: AccountId,
        netuid: Compact<u16>,
        stake: Compact<u64>,
        locked: Compact<u64>,
        emission: Compact<u64>,
        tao_emission: Compact<u64>,
        drain: Compact<u64>,
        is_registered: bool,
    }
}

scale_struct! {
    /// A coldkey's stake on a subnet, and how much of it may leave.
    "pallet_subtensor::rpc_info::stake_info" StakeAvailability { total: Compact<u64>, locked: Compact<u64>, available: Compact<u64> }
}

/// A hotkey and a subnet between which stake moves.
type Place = Option<(AccountId, u16)>;

fn stake_info(
    state: &State,
    hotkey: AccountId,
    coldkey: AccountId,
    netuid: u16,
    stake: u64,
) -> StakeInfo {
    StakeInfo {
        netuid: Compact(netuid),
        stake: Compact(stake),
        // No longer kept.
        locked: Compact(0),
        emission: Compact(ALPHA_DIVIDENDS_PER_SUBNET.get(state, (netuid, hotkey.clone()))),
        tao_emission: Compact(0),
        drain: Compact(0),
        is_registered: IS_NETWORK_MEMBER.get(state, (hotkey.clone(), netuid)),
        hotkey,
        coldkey,
    }
}

/// `get_stake_info_for_hotkey_coldkey_netuid`: also where nothing is staked.
pub(crate) fn stake_info_for(
    state: &State,
    hotkey: AccountId,
    coldkey: AccountId,
    netuid: u16,
) -> Option<StakeInfo> {
    let stake = stake_with(state, &hotkey, &coldkey, netuid);
    Some(stake_info(state, hotkey, coldkey, netuid, stake))
}

/// `get_stake_info_for_coldkey`: by subnet, then in the order of the coldkey's hotkeys.
pub(crate) fn stake_info_for_coldkey(state: &State, coldkey: AccountId) -> Vec<StakeInfo> {
    let hotkeys = STAKING_HOTKEYS.get(state, (coldkey.clone(),));
    subnets::netuids(state)
        .into_iter()
        .flat_map(|netuid| hotkeys.iter().map(move |hotkey| (netuid, hotkey)))
        .filter_map(|(netuid, hotkey)| {
            let stake = stake_with(state, hotkey, &coldkey, netuid);
            let row = || stake_info(state, hotkey.clone(), coldkey.clone(), netuid, stake);
            (stake > 0).then(row)
        })
        .collect()
}

/// `get_stake_info_for_coldkeys`.
pub(crate) fn stake_info_for_coldkeys(
    state: &State,
    coldkeys: Vec<AccountId>,
) -> Vec<(AccountId, Vec<StakeInfo>)> {
    coldkeys
        .into_iter()
        .map(|coldkey| (coldkey.clone(), stake_info_for_coldkey(state, coldkey)))
        .collect()
}

/// `get_stake_availability_for_coldkeys`: only subnets on which a coldkey has something, none at
/// all for a list of subnets that is empty or longer than that of the existing ones.
pub(crate) fn stake_availability(
    state: &State,
    coldkeys: Vec<AccountId>,
    netuids: Option<Vec<u16>>,
) -> BTreeMap<AccountId, BTreeMap<u16, StakeAvailability>> {
    let existing = subnets::netuids(state);
    let wanted = match netuids {
        None => existing,
        Some(mut netuids) => {
            netuids.sort_unstable();
            netuids.dedup();
            if netuids.len() > existing.len() {
                netuids.clear();
            }
            netuids.retain(|netuid| NETWORKS_ADDED.get(state, (*netuid,)));
            netuids
        }
    };
    coldkeys
        .into_iter()
        .map(|coldkey| {
            let rows = wanted
                .iter()
                .filter_map(|netuid| Some((*netuid, available(state, &coldkey, *netuid)?)))
                .collect();
            (coldkey, rows)
        })
        .collect()
}

fn available(state: &State, coldkey: &AccountId, netuid: u16) -> Option<StakeAvailability> {
    let total = STAKING_HOTKEYS
        .get(state, (coldkey.clone(),))
        .iter()
        .map(|hotkey| stake_with(state, hotkey, coldkey, netuid))
        .fold(0u64, u64::saturating_add);
    let locked = locked(state, coldkey, netuid);
    (total > 0 || locked > 0).then(|| StakeAvailability {
        total: Compact(total),
        locked: Compact(locked),
        available: Compact(total.saturating_sub(locked)),
    })
}

/// Whether so much of a coldkey's stake on a subnet may leave, rao. Where nothing is locked nobody
/// counts what there is.
pub(crate) fn may_leave(state: &State, coldkey: &AccountId, netuid: u16, amount: u64) -> bool {
    locked(state, coldkey, netuid) == 0
        || available(state, coldkey, netuid).is_some_and(|stake| amount <= stake.available.0)
}

/// `get_stake_fee`, rao: that of the subnet to which the stake goes, else of that from which it
/// comes; nothing where it stays.
pub(crate) fn stake_fee(state: &State, origin: Place, destination: Place, amount: u64) -> u64 {
    if origin == destination {
        return 0;
    }
    let netuid = destination.or(origin).map_or(ROOT, |(_, netuid)| netuid);
    swap::market::fee(state, netuid, amount)
}
