//! `NeuronInfoRuntimeApi`.

use codec::Compact;

use super::{
    ACTIVE, AXONS, AxonInfo, BONDS, CONSENSUS, DIVIDENDS, EMISSION, INCENTIVE, KEYS, LAST_UPDATE,
    NETWORKS_ADDED, OWNER, PROMETHEUS, PrometheusInfo, SUBNETWORK_N, TOTAL_HOTKEY_ALPHA,
    VALIDATOR_PERMIT, VALIDATOR_TRUST, WEIGHTS,
};
use crate::{runtime::AccountId, scale::scale_struct, state::State};

type Row = Vec<(Compact<u16>, Compact<u16>)>;

/// Declares both forms of a neuron: the lite one has no weights and no bonds.
macro_rules! neurons {
    ($($field:ident: $ty:ty),*; full only: $($only:ident: $only_ty:ty),*; $last:ident: $last_ty:ty) => {
        scale_struct! {
            /// A neuron.
            "pallet_subtensor::rpc_info::neuron_info" NeuronInfo { $($field: $ty,)* $($only: $only_ty,)* $last: $last_ty }
        }
        scale_struct! {
            /// A neuron without its weights and bonds.
            "pallet_subtensor::rpc_info::neuron_info" NeuronInfoLite { $($field: $ty,)* $last: $last_ty }
        }

        impl NeuronInfoLite {
            fn with_rows(self, $($only: $only_ty),*) -> NeuronInfo {
                NeuronInfo { $($field: self.$field,)* $($only,)* $last: self.$last }
            }
        }
    };
}

neurons! {
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
    validator_permit: bool;
    full only: weights: Row, bonds: Row;
    pruning_score: Compact<u16>
}

/// The columns of an existing subnet from which its neurons are put together.
struct Columns<'a> {
    state: &'a State,
    netuid: u16,
    size: u16,
    active: Vec<bool>,
    consensus: Vec<u16>,
    dividends: Vec<u16>,
    emission: Vec<u64>,
    incentive: Vec<u16>,
    last_update: Vec<u64>,
    permit: Vec<bool>,
    validator_trust: Vec<u16>,
}

/// The value of one uid; vectors may be shorter than the subnet.
fn of<T: Copy + Default>(values: &[T], uid: u16) -> T {
    values.get(usize::from(uid)).copied().unwrap_or_default()
}

/// Weights or bonds above zero.
fn row(row: Vec<(u16, u16)>) -> Row {
    row.into_iter()
        .filter(|(_, value)| *value > 0)
        .map(|(uid, value)| (Compact(uid), Compact(value)))
        .collect()
}

impl<'a> Columns<'a> {
    fn read(state: &'a State, netuid: u16) -> Option<Self> {
        let key = (netuid,);
        NETWORKS_ADDED.get(state, key).then(|| Self {
            state,
            netuid,
            size: SUBNETWORK_N.get(state, key),
            active: ACTIVE.get(state, key),
            consensus: CONSENSUS.get(state, key),
            dividends: DIVIDENDS.get(state, key),
            emission: EMISSION.get(state, key),
            incentive: INCENTIVE.get(state, key),
            last_update: LAST_UPDATE.get(state, key),
            permit: VALIDATOR_PERMIT.get(state, key),
            validator_trust: VALIDATOR_TRUST.get(state, key),
        })
    }

    /// A neuron, if the uid has a hotkey. Rank, trust and pruning score are no longer stored and
    /// read 0, 0 and 65535.
    fn lite(&self, uid: u16) -> Option<NeuronInfoLite> {
        let (state, netuid) = (self.state, self.netuid);
        let hotkey = KEYS.find(state, (netuid, uid))?;
        let coldkey = OWNER.get(state, (hotkey.clone(),));
        let own = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid));
        let key = (netuid, hotkey.clone());
        Some(NeuronInfoLite {
            uid: Compact(uid),
            netuid: Compact(netuid),
            active: of(&self.active, uid),
            axon_info: AXONS.find(state, key.clone()).unwrap_or_default(),
            prometheus_info: PROMETHEUS.find(state, key).unwrap_or_default(),
            stake: vec![(coldkey.clone(), Compact(own))],
            rank: Compact(0),
            emission: Compact(of(&self.emission, uid)),
            incentive: Compact(of(&self.incentive, uid)),
            consensus: Compact(of(&self.consensus, uid)),
            trust: Compact(0),
            validator_trust: Compact(of(&self.validator_trust, uid)),
            dividends: Compact(of(&self.dividends, uid)),
            last_update: Compact(of(&self.last_update, uid)),
            validator_permit: of(&self.permit, uid),
            pruning_score: Compact(u16::MAX),
            hotkey,
            coldkey,
        })
    }

    fn full(&self, uid: u16) -> Option<NeuronInfo> {
        let key = (self.netuid, uid);
        Some(self.lite(uid)?.with_rows(
            row(WEIGHTS.get(self.state, key)),
            row(BONDS.get(self.state, key)),
        ))
    }
}

/// `get_neurons_lite`: every neuron by uid, none where the subnet does not exist.
pub(crate) fn neurons_lite(state: &State, netuid: u16) -> Vec<NeuronInfoLite> {
    Columns::read(state, netuid).map_or_else(Vec::new, |columns| {
        (0..columns.size)
            .map_while(|uid| columns.lite(uid))
            .collect()
    })
}

/// `get_neurons`: every neuron by uid, none where the subnet does not exist.
pub(crate) fn neurons(state: &State, netuid: u16) -> Vec<NeuronInfo> {
    Columns::read(state, netuid).map_or_else(Vec::new, |columns| {
        (0..columns.size)
            .map_while(|uid| columns.full(uid))
            .collect()
    })
}

/// `get_neuron_lite`.
pub(crate) fn neuron_lite(state: &State, netuid: u16, uid: u16) -> Option<NeuronInfoLite> {
    Columns::read(state, netuid)?.lite(uid)
}

/// `get_neuron`.
pub(crate) fn neuron(state: &State, netuid: u16, uid: u16) -> Option<NeuronInfo> {
    Columns::read(state, netuid)?.full(uid)
}
