//! Bodies of the surface of the first Pylon, at the root: one subnet, amounts as decimals as in [`v1`](crate::v1).

mod commitments;
mod hyperparameters;
mod neurons;
mod weights;

use serde::{Deserialize, Serialize};

pub use self::commitments::{CommitmentBody, CommitmentsBody, SetCommitmentBody};
pub use self::hyperparameters::{HyperparamsBody, SetHyperparamBody};
pub use self::neurons::{MetagraphBody, Neuron};
pub use self::weights::{
    CommittedWeightsBody, SetWeightBody, SetWeightsBody, UpdateWeightBody, WeightBody, WeightsBody,
    WeightsSetBody,
};
use crate::{BlockHash, BlockNumber, Timestamp};

/// The answer to `GET /latest_block`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicLatestBlockBody))]
pub struct LatestBlockBody {
    /// Its height.
    pub block: BlockNumber,
}

/// The answer to `GET /block_hash/{block_number}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicBlockHashBody))]
pub struct BlockHashBody {
    /// The block's hash.
    pub block_hash: BlockHash,
}

/// The answer to `GET /block_timestamp/{block_number}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicBlockTimestampBody))]
pub struct BlockTimestampBody {
    /// When the block was made.
    pub block_timestamp: Timestamp,
}

/// The answer to `GET /epoch` and `GET /epoch/{block_number}`. The bounds stand in it twice: the first Pylon named them
/// `epoch_start` and `epoch_end`, the second `start` and `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicEpochBody))]
pub struct EpochBody {
    /// The block that ran the last epoch; below 0 where that lies before the genesis.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub epoch_start: i64,
    /// The block that runs the next one.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_360))]
    pub epoch_end: i64,
    /// As `epoch_start`.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub start: i64,
    /// As `epoch_end`.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_360))]
    pub end: i64,
}

impl EpochBody {
    /// The epoch from one block to another.
    pub const fn new((start, end): (i64, i64)) -> Self {
        Self {
            epoch_start: start,
            epoch_end: end,
            start,
            end,
        }
    }
}

/// The answer to a write that has nothing else to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicDetailBody))]
pub struct DetailBody {
    /// For people.
    #[cfg_attr(feature = "utoipa", schema(example = "Commitment successfully set"))]
    pub detail: String,
}
