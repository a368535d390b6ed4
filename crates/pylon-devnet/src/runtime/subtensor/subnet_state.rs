//! `SubnetInfoRuntimeApi_get_subnet_state`: the columns of a subnet's neurons.

use std::collections::BTreeMap;

use codec::Compact;

use super::{stake::stake_of, *};
use crate::{
    runtime::{AccountId, compact},
    state::State,
};

scale_struct! {
    /// The columns of a subnet's neurons.
    "pallet_subtensor::rpc_info::show_subnet" SubnetState {
        netuid: Compact<u16>,
        hotkeys: Vec<AccountId>,
        coldkeys: Vec<AccountId>,
        active: Vec<bool>,
        validator_permit: Vec<bool>,
        pruning_score: Vec<Compact<u16>>,
        last_update: Vec<Compact<u64>>,
        emission: Vec<Compact<u64>>,
        dividends: Vec<Compact<u16>>,
        incentives: Vec<Compact<u16>>,
        consensus: Vec<Compact<u16>>,
        trust: Vec<Compact<u16>>,
        rank: Vec<Compact<u16>>,
        block_at_registration: Vec<Compact<u64>>,
        alpha_stake: Vec<Compact<u64>>,
        tao_stake: Vec<Compact<u64>>,
        total_stake: Vec<Compact<u64>>,
        emission_history: Vec<Vec<Compact<u64>>>,
    }
}

/// `get_subnet_state`.
pub(crate) fn subnet_state(state: &State, netuid: u16) -> Option<SubnetState> {
    let key = (netuid,);
    if !NETWORKS_ADDED.get(state, key) {
        return None;
    }
    let uids = || 0..SUBNETWORK_N.get(state, key);
    let hotkeys: Vec<_> = uids().map(|uid| KEYS.get(state, (netuid, uid))).collect();
    let stakes: Vec<_> = hotkeys
        .iter()
        .map(|hotkey| stake_of(state, netuid, hotkey))
        .collect();
    Some(SubnetState {
        netuid: Compact(netuid),
        coldkeys: hotkeys
            .iter()
            .map(|hotkey| OWNER.get(state, (hotkey.clone(),)))
            .collect(),
        active: ACTIVE.get(state, key),
        validator_permit: VALIDATOR_PERMIT.get(state, key),
        // No longer stored, so empty.
        pruning_score: Vec::new(),
        last_update: compact(LAST_UPDATE.get(state, key)),
        emission: compact(EMISSION.get(state, key)),
        dividends: compact(DIVIDENDS.get(state, key)),
        incentives: compact(INCENTIVE.get(state, key)),
        consensus: compact(CONSENSUS.get(state, key)),
        trust: Vec::new(),
        rank: Vec::new(),
        block_at_registration: uids()
            .map(|uid| Compact(BLOCK_AT_REGISTRATION.get(state, (netuid, uid))))
            .collect(),
        alpha_stake: stakes.iter().map(|stake| Compact(stake.alpha)).collect(),
        tao_stake: stakes.iter().map(|stake| Compact(stake.tao)).collect(),
        total_stake: stakes.iter().map(|stake| Compact(stake.total)).collect(),
        emission_history: emission_history(state, &hotkeys),
        hotkeys,
    })
}

/// Of every subnet, what each hotkey got there. The chain no longer writes it, so that one look at
/// what is stored, if anything, is cheaper than one for each.
fn emission_history(state: &State, hotkeys: &[AccountId]) -> Vec<Vec<Compact<u64>>> {
    let stored: BTreeMap<_, _> = LAST_HOTKEY_EMISSION_ON_NETUID
        .iter(state)
        .into_iter()
        .collect();
    let last = |hotkey: &AccountId, netuid| {
        let emission = stored.get(&(hotkey.clone(), netuid));
        Compact(emission.copied().unwrap_or(0))
    };
    subnets::netuids(state)
        .into_iter()
        .map(|netuid| hotkeys.iter().map(|hotkey| last(hotkey, netuid)).collect())
        .collect()
}
