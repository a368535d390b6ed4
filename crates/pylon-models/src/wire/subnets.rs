use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SettingValue;
use crate::{BlockRef, Coldkey, EpochSchedule, Hotkey, Hyperparameter, NetUid, Rao, Subnet};

/// The subnets of the chain at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SubnetsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// In the order of their netuids, root first.
    pub subnets: Vec<SubnetSummary>,
    /// Where the next page begins; absent on the last one, and where no page was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub next_cursor: Option<String>,
}

/// One subnet at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SubnetBody {
    /// The block that was read.
    pub block: BlockRef,
    /// The subnet.
    pub subnet: SubnetSummary,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SubnetSummary {
    /// Which one.
    pub netuid: NetUid,
    /// What it calls itself.
    #[cfg_attr(feature = "utoipa", schema(example = "apex"))]
    pub name: String,
    /// The symbol of its alpha.
    #[cfg_attr(feature = "utoipa", schema(example = "α"))]
    pub symbol: String,
    /// The hotkey of its owner.
    pub owner_hotkey: Hotkey,
    /// The coldkey of its owner.
    pub owner_coldkey: Coldkey,
    /// Blocks from one epoch to the next.
    #[cfg_attr(feature = "utoipa", schema(example = 360))]
    pub tempo: u16,
    /// The block of its last epoch.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub last_step: u64,
    /// The block at which it was registered.
    #[cfg_attr(feature = "utoipa", schema(example = 4_000_000))]
    pub registered_at: u64,
    /// TAO in its pool, in rao.
    pub tao_in: Rao,
    /// Alpha in its pool, in rao.
    pub alpha_in: Rao,
    /// Alpha outside of its pool, in rao.
    pub alpha_out: Rao,
    /// What one alpha costs, in rao of TAO.
    pub price: Rao,
}

impl SubnetSummary {
    /// The subnet with its price.
    pub fn new(subnet: Subnet, price: Rao) -> Self {
        Self {
            netuid: subnet.netuid,
            name: subnet.name,
            symbol: subnet.symbol,
            owner_hotkey: subnet.owner_hotkey,
            owner_coldkey: subnet.owner_coldkey,
            tempo: subnet.tempo,
            last_step: subnet.last_step,
            registered_at: subnet.registered_at,
            tao_in: subnet.tao_in,
            alpha_in: subnet.alpha_in,
            alpha_out: subnet.alpha_out,
            price,
        }
    }
}

/// The hyperparameters of a subnet at one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct HyperparametersBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Which subnet.
    pub netuid: NetUid,
    /// Every one that the runtime has, under its own name: booleans and numbers. Amounts are in rao, ratios of 65535
    /// or of 2^64-1.
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = BTreeMap<String, SettingValue>, example = json!({"tempo": 360, "registration_allowed": true}))
    )]
    pub hyperparameters: BTreeMap<String, SettingValue>,
}

impl HyperparametersBody {
    /// The list as the runtime gave it at `block`.
    pub fn new(block: BlockRef, netuid: NetUid, list: &[Hyperparameter]) -> Self {
        Self {
            block,
            netuid,
            hyperparameters: list
                .iter()
                .map(|one| (one.name.clone(), one.value.into()))
                .collect(),
        }
    }
}

/// When a subnet runs its epochs, as it stands at one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EpochBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Which subnet.
    pub netuid: NetUid,
    /// Blocks from one epoch to the next; 0 stops the epochs.
    #[cfg_attr(feature = "utoipa", schema(example = 360))]
    pub tempo: u16,
    /// The number of the epoch that is under way.
    #[cfg_attr(feature = "utoipa", schema(example = 18_175))]
    pub epoch_index: u64,
    /// The block of the next epoch; null where there is none. It can be put off by a block or more.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_360))]
    pub next_epoch_block: Option<u64>,
    /// Blocks until then.
    #[cfg_attr(feature = "utoipa", schema(example = 150))]
    pub blocks_until_next_epoch: Option<u64>,
    /// Seconds until then, at the chain's block time; null where blocks have none.
    #[cfg_attr(feature = "utoipa", schema(example = 1_800))]
    pub seconds_until_next_epoch: Option<u64>,
    /// What the chain keeps of the schedule; null on runtimes before spec 423, where it follows from the height.
    pub schedule: Option<EpochSchedule>,
}
