use serde::{Deserialize, Serialize};

use crate::{BlockRef, MechId, NetUid, Uid};

/// The weights of a subnet's validators at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct WeightsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Which subnet.
    pub netuid: NetUid,
    /// For which of its mechanisms.
    pub mechanism: MechId,
    /// In the order of the validators' uids; the greatest value of a row is 65535.
    pub weights: Vec<RowBody>,
    /// Where the next page begins; absent on the last one, and where no page was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub next_cursor: Option<String>,
}

/// The bonds of a subnet's validators at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct BondsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Which subnet.
    pub netuid: NetUid,
    /// For which of its mechanisms.
    pub mechanism: MechId,
    /// In the order of the validators' uids.
    pub bonds: Vec<RowBody>,
    /// Where the next page begins; absent on the last one, and where no page was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub next_cursor: Option<String>,
}

/// What one validator gives to each miner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RowBody {
    /// The validator.
    pub uid: Uid,
    /// Miners, each with its value of 65535.
    #[cfg_attr(feature = "utoipa", schema(value_type = Vec<(u16, u16)>, example = json!([[3, 65_535], [7, 1_200]])))]
    pub row: Vec<(Uid, u16)>,
}
