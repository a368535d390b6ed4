use serde::{Deserialize, Serialize};

use crate::{Coldkey, Hotkey, Uid};

/// A neuron as the wire has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = NeuronBody))]
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
    /// The stake that counts for it, children and parents included.
    pub stakes: StakesBody,
}

/// Where a neuron says that it listens; 0.0.0.0 and port 0 when it never served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AxonBody {
    /// The address.
    #[cfg_attr(feature = "utoipa", schema(value_type = String, example = "101.226.85.175"))]
    pub ip: std::net::IpAddr,
    /// The port.
    #[cfg_attr(feature = "utoipa", schema(example = 27_703))]
    pub port: u16,
    /// The protocol number that the neuron chose.
    #[cfg_attr(feature = "utoipa", schema(example = 4))]
    pub protocol: u8,
}

/// The stake that a neuron votes with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct StakesBody {
    /// In the subnet's alpha.
    #[cfg_attr(feature = "utoipa", schema(example = 70959.401723867))]
    pub alpha: f64,
    /// In TAO on the root network.
    #[cfg_attr(feature = "utoipa", schema(example = 673.92395425))]
    pub tao: f64,
    /// Alpha plus TAO times the chain's TAO weight.
    #[cfg_attr(feature = "utoipa", schema(example = 70994.901998705))]
    pub total: f64,
}

impl From<&crate::Neuron> for Neuron {
    fn from(neuron: &crate::Neuron) -> Self {
        Self {
            uid: neuron.uid,
            coldkey: neuron.coldkey,
            hotkey: neuron.hotkey,
            active: neuron.active,
            axon_info: AxonBody {
                ip: neuron.axon.ip,
                port: neuron.axon.port,
                protocol: neuron.axon.protocol,
            },
            stake: neuron.stake.to_tao(),
            rank: neuron.rank.to_f64(),
            emission: neuron.emission.to_tao(),
            incentive: neuron.incentive.to_f64(),
            consensus: neuron.consensus.to_f64(),
            trust: neuron.trust.to_f64(),
            validator_trust: neuron.validator_trust.to_f64(),
            dividends: neuron.dividends.to_f64(),
            last_update: neuron.last_update,
            validator_permit: neuron.validator_permit,
            pruning_score: neuron.pruning_score,
            stakes: StakesBody {
                alpha: neuron.stakes.alpha.to_tao(),
                tao: neuron.stakes.tao.to_tao(),
                total: neuron.stakes.total.to_tao(),
            },
        }
    }
}
