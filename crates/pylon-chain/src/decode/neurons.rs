//! `NeuronInfoRuntimeApi_get_neurons_lite`, and the neurons that come of it and the metagraph's stakes.

use codec::Compact;
use pylon_models::{Axon, Coldkey, Hotkey, Neuron, Rao, Ratio, Stakes, Uid};

use super::DecodeError;
use super::metagraph::Metagraph;
use super::wire::wire_struct;

type Account = [u8; 32];

wire_struct! {
    /// `pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite`.
    struct NeuronLite {
        hotkey: Account,
        coldkey: Account,
        uid: Compact<u16>,
        netuid: Compact<u16>,
        active: bool,
        axon_info: AxonInfo,
        prometheus_info: PrometheusInfo = PrometheusInfo::NONE,
        stake: Vec<(Account, Compact<u64>)>,
        rank: Compact<u16> = Compact(0),
        emission: Compact<u64>,
        incentive: Compact<u16>,
        consensus: Compact<u16>,
        trust: Compact<u16> = Compact(0),
        validator_trust: Compact<u16>,
        dividends: Compact<u16>,
        last_update: Compact<u64>,
        validator_permit: bool,
        pruning_score: Compact<u16> = Compact(u16::MAX),
    }
}

wire_struct! {
    /// `pallet_subtensor::pallet::AxonInfo`.
    struct AxonInfo {
        block: u64,
        version: u32,
        ip: u128,
        port: u16,
        ip_type: u8,
        protocol: u8,
        placeholder1: u8 = 0,
        placeholder2: u8 = 0,
    }
}

wire_struct! {
    /// `pallet_subtensor::pallet::PrometheusInfo`.
    struct PrometheusInfo {
        block: u64,
        version: u32,
        ip: u128,
        port: u16,
        ip_type: u8,
    }
}

impl PrometheusInfo {
    const NONE: Self = Self {
        block: 0,
        version: 0,
        ip: 0,
        port: 0,
        ip_type: 0,
    };
}

/// A part that was asked for.
fn asked<'a, T>(part: &'a Option<Vec<T>>, name: &'static str) -> Result<&'a [T], DecodeError> {
    part.as_deref().ok_or(DecodeError::MissingField(name))
}

/// Puts the two answers together. Both were read at one block, so they speak of the same slots.
pub(crate) fn neurons(
    lite: Vec<NeuronLite>,
    metagraph: &Metagraph,
) -> Result<Vec<Neuron>, DecodeError> {
    let (alpha, tao, total) = (
        asked(&metagraph.alpha_stake, "alpha_stake")?,
        asked(&metagraph.tao_stake, "tao_stake")?,
        asked(&metagraph.total_stake, "total_stake")?,
    );
    if [alpha, tao, total]
        .iter()
        .any(|column| column.len() != lite.len())
    {
        return Err(DecodeError::Inconsistent(
            "the metagraph and the neurons differ in length",
        ));
    }
    let stakes = alpha
        .iter()
        .zip(tao)
        .zip(total)
        .map(|((alpha, tao), total)| Stakes {
            alpha: Rao::new(alpha.0),
            tao: Rao::new(tao.0),
            total: Rao::new(total.0),
        });
    // Shorter on some runtimes, absent on none that we know: what is missing is not told.
    let mut registered = metagraph.block_at_registration.iter().flatten();
    lite.into_iter()
        .zip(stakes)
        .enumerate()
        .map(|(slot, (lite, stakes))| {
            if usize::from(lite.uid.0) != slot {
                return Err(DecodeError::Inconsistent(
                    "the neurons are not in the order of their uids",
                ));
            }
            if lite.netuid.0 != metagraph.netuid {
                return Err(DecodeError::Inconsistent(
                    "a neuron belongs to another subnet",
                ));
            }
            Ok(lite.into_neuron(stakes, registered.next().map(|block| block.0)))
        })
        .collect()
}

impl NeuronLite {
    fn into_neuron(self, stakes: Stakes, block_at_registration: Option<u64>) -> Neuron {
        let AxonInfo {
            block,
            version,
            ip,
            port,
            protocol,
            ..
        } = self.axon_info;
        Neuron {
            uid: Uid::from(self.uid.0),
            hotkey: Hotkey::from_bytes(self.hotkey),
            coldkey: Coldkey::from_bytes(self.coldkey),
            active: self.active,
            axon: Axon {
                ip: Axon::ip_from_bits(ip),
                port,
                protocol,
                version,
                block,
            },
            stake: self.stake.iter().fold(Rao::ZERO, |sum, (_, rao)| {
                sum.saturating_add(Rao::new(rao.0))
            }),
            rank: Ratio::new(self.rank.0),
            incentive: Ratio::new(self.incentive.0),
            consensus: Ratio::new(self.consensus.0),
            trust: Ratio::new(self.trust.0),
            validator_trust: Ratio::new(self.validator_trust.0),
            dividends: Ratio::new(self.dividends.0),
            emission: Rao::new(self.emission.0),
            last_update: self.last_update.0,
            validator_permit: self.validator_permit,
            pruning_score: self.pruning_score.0,
            stakes,
            block_at_registration,
        }
    }
}
