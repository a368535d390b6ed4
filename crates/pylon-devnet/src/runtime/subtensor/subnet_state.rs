//! `SubnetInfoRuntimeApi_get_subnet_state`: the columns of a subnet's neurons.

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
        emission_history: subnets::netuids(state)
            .into_iter()
            .map(|other| {
                let last = |hotkey: &AccountId| {
                    Compact(LAST_HOTKEY_EMISSION_ON_NETUID.get(state, (hotkey.clone(), other)))
                };
                hotkeys.iter().map(last).collect()
            })
            .collect(),
        hotkeys,
    })
}
