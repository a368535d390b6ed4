use serde::{Deserialize, Serialize};

use crate::by_hotkey::{self, ByHotkey};
use crate::v1::{self, AxonBody};
use crate::{BlockHash, BlockNumber, Coldkey, Hotkey, Uid};

/// The subnet at one block: the answer to `GET /metagraph` and its aliases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicMetagraphBody))]
pub struct MetagraphBody {
    /// The block that was read.
    pub block: BlockNumber,
    /// Its hash.
    pub block_hash: BlockHash,
    /// The neurons, in the order of their uids; in JSON an object keyed by hotkey, in that same order.
    #[serde(with = "by_hotkey")]
    #[cfg_attr(feature = "utoipa", schema(value_type = std::collections::BTreeMap<String, Neuron>))]
    pub neurons: Vec<Neuron>,
}

/// A neuron as this surface has it: as on v1, without `stakes`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicNeuronBody))]
pub struct Neuron {
    /// Its slot.
    pub uid: Uid,
    /// The key that owns the hotkey.
    pub coldkey: Coldkey,
    /// The key that acts for it.
    pub hotkey: Hotkey,
    /// Whether it set weights within the activity cutoff.
    pub active: bool,
    /// Where it says that it listens.
    pub axon_info: AxonBody,
    /// The alpha that the owner's coldkey holds on the hotkey.
    #[cfg_attr(feature = "utoipa", schema(example = 74966.722112275))]
    pub stake: f64,
    /// 0 on runtimes that no longer store it.
    #[cfg_attr(feature = "utoipa", schema(example = 0.0))]
    pub rank: f64,
    /// What it earned in the last epoch, in alpha.
    #[cfg_attr(feature = "utoipa", schema(example = 1.767180747))]
    pub emission: f64,
    /// The share of the miners' part that it earned in the last epoch.
    #[cfg_attr(feature = "utoipa", schema(example = 0.0))]
    pub incentive: f64,
    /// What the validators agreed on as its weight.
    #[cfg_attr(feature = "utoipa", schema(example = 0.1415274280918593))]
    pub consensus: f64,
    /// 0 on runtimes that no longer store it.
    #[cfg_attr(feature = "utoipa", schema(example = 0.0))]
    pub trust: f64,
    /// How much of the weight it set agreed with consensus.
    #[cfg_attr(feature = "utoipa", schema(example = 0.6890974288548104))]
    pub validator_trust: f64,
    /// The share of the validators' part that it earned in the last epoch.
    #[cfg_attr(feature = "utoipa", schema(example = 0.8834973678187228))]
    pub dividends: f64,
    /// The block at which it last set or committed weights.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_145))]
    pub last_update: u64,
    /// Whether its weights count.
    pub validator_permit: bool,
    /// 65535 on runtimes that no longer store it.
    #[cfg_attr(feature = "utoipa", schema(example = 65_535))]
    pub pruning_score: u16,
}

impl ByHotkey for Neuron {
    fn hotkey(&self) -> &Hotkey {
        &self.hotkey
    }
}

impl From<&crate::Neuron> for Neuron {
    fn from(neuron: &crate::Neuron) -> Self {
        let neuron = v1::Neuron::from(neuron);
        Self {
            uid: neuron.uid,
            coldkey: neuron.coldkey,
            hotkey: neuron.hotkey,
            active: neuron.active,
            axon_info: neuron.axon_info,
            stake: neuron.stake,
            rank: neuron.rank,
            emission: neuron.emission,
            incentive: neuron.incentive,
            consensus: neuron.consensus,
            trust: neuron.trust,
            validator_trust: neuron.validator_trust,
            dividends: neuron.dividends,
            last_update: neuron.last_update,
            validator_permit: neuron.validator_permit,
            pruning_score: neuron.pruning_score,
        }
    }
}
