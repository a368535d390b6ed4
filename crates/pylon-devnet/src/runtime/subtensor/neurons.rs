//! `NeuronInfoRuntimeApi`.

use codec::Compact;

use super::{
    ACTIVE, AXONS, AxonInfo, CONSENSUS, DIVIDENDS, EMISSION, INCENTIVE, KEYS, LAST_UPDATE,
    NETWORKS_ADDED, OWNER, PROMETHEUS, PrometheusInfo, SUBNETWORK_N, TOTAL_HOTKEY_ALPHA,
    VALIDATOR_PERMIT, VALIDATOR_TRUST,
};
use crate::{runtime::AccountId, scale::scale_struct, state::State};

scale_struct! {
    /// A neuron without its weights and bonds.
    "pallet_subtensor::rpc_info::neuron_info" NeuronInfoLite {
        hotkey: AccountId,
        coldkey: AccountId,
        uid: Compact<u16>,
        netuid: Compact<u16>,
        active: bool,
        axon_info: AxonInfo,
        prometheus_info: PrometheusInfo,
        stake: Vec<(AccountId, Compact<u64>)>,
        rank: Compact<u16>,
        emission: Compact<u64>,
        incentive: Compact<u16>,
        consensus: Compact<u16>,
        trust: Compact<u16>,
        validator_trust: Compact<u16>,
        dividends: Compact<u16>,
        last_update: Compact<u64>,
        validator_permit: bool,
        pruning_score: Compact<u16>,
    }
}

/// The value of one uid; vectors may be shorter than the subnet.
fn of<T: Copy + Default>(values: &[T], uid: u16) -> T {
    values.get(usize::from(uid)).copied().unwrap_or_default()
}

/// `get_neurons_lite`: every neuron by uid, none where the subnet does not exist.
///
/// Rank, trust and pruning score are no longer stored and read 0, 0 and 65535.
pub(crate) fn neurons_lite(state: &State, netuid: u16) -> Vec<NeuronInfoLite> {
    if !NETWORKS_ADDED.get(state, (netuid,)) {
        return Vec::new();
    }
    let active = ACTIVE.get(state, (netuid,));
    let consensus = CONSENSUS.get(state, (netuid,));
    let dividends = DIVIDENDS.get(state, (netuid,));
    let emission = EMISSION.get(state, (netuid,));
    let incentive = INCENTIVE.get(state, (netuid,));
    let last_update = LAST_UPDATE.get(state, (netuid,));
    let permit = VALIDATOR_PERMIT.get(state, (netuid,));
    let validator_trust = VALIDATOR_TRUST.get(state, (netuid,));
    (0..SUBNETWORK_N.get(state, (netuid,)))
        .map_while(|uid| {
            let hotkey = KEYS.find(state, (netuid, uid))?;
            let coldkey = OWNER
                .find(state, (hotkey.clone(),))
                .unwrap_or(crate::runtime::ZERO_ACCOUNT);
            Some(NeuronInfoLite {
                uid: Compact(uid),
                netuid: Compact(netuid),
                active: of(&active, uid),
                axon_info: AXONS
                    .find(state, (netuid, hotkey.clone()))
                    .unwrap_or_default(),
                prometheus_info: PROMETHEUS
                    .find(state, (netuid, hotkey.clone()))
                    .unwrap_or_default(),
                stake: vec![(
                    coldkey.clone(),
                    Compact(TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid))),
                )],
                rank: Compact(0),
                emission: Compact(of(&emission, uid)),
                incentive: Compact(of(&incentive, uid)),
                consensus: Compact(of(&consensus, uid)),
                trust: Compact(0),
                validator_trust: Compact(of(&validator_trust, uid)),
                dividends: Compact(of(&dividends, uid)),
                last_update: Compact(of(&last_update, uid)),
                validator_permit: of(&permit, uid),
                pruning_score: Compact(u16::MAX),
                hotkey,
                coldkey,
            })
        })
        .collect()
}
