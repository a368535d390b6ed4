use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    BlockNumber, BlockRef, CommitMode, Dropped, Hotkey, JobError, JobId, Receipt, Reveal, Uid,
};

/// The body of `PUT …/weights`: what each hotkey gets.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SetWeightsBody {
    /// Weights by hotkey, in any unit: finite, not negative, at least one of them more than zero.
    #[cfg_attr(
        feature = "utoipa",
        schema(
            value_type = BTreeMap<String, f64>,
            example = json!({"5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty": 0.75})
        )
    )]
    pub weights: BTreeMap<Hotkey, f64>,
    /// The version of the subnet's code that the validator runs; the one that the subnet asks for unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_key: Option<u64>,
}

/// The body of `PUT …/hyperparams/{name}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SetHyperparameterBody {
    /// What it is set to: a boolean, a number, a word, a list or an address, as the hyperparameter has it.
    #[cfg_attr(feature = "utoipa", schema(value_type = serde_json::Value, example = json!(360)))]
    pub value: serde_json::Value,
}

/// The answer to `PUT …/weights`: they are kept, and brought on chain from now on whatever happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ScheduledBody {
    /// For people.
    #[cfg_attr(feature = "utoipa", schema(example = "weights update scheduled"))]
    pub detail: String,
    /// How many weights were given.
    #[cfg_attr(feature = "utoipa", schema(example = 1))]
    pub count: usize,
    /// The job that brings them on chain.
    pub job_id: JobId,
}

/// The answer to `GET …/weights/jobs`: receipts, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct JobsBody {
    /// The receipts.
    pub jobs: Vec<Receipt>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub next_cursor: Option<String>,
}

/// The answer to `PUT …/weights?dry_run=true`: what would be sent at that block. Nothing is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct DryRunBody {
    /// The block by which it was decided.
    pub block: BlockRef,
    /// How they would go on chain.
    pub mode: Option<CommitMode>,
    /// The epoch of the subnet for which they would count.
    pub epoch: Option<u64>,
    /// The first block in which the chain takes them.
    pub earliest_block: Option<BlockNumber>,
    /// When a commit would be opened.
    pub reveal: Option<Reveal>,
    /// The version key that goes with them.
    pub version_key: Option<u64>,
    /// The miners of the vector.
    pub uids: Vec<Uid>,
    /// What each gets, of 65535.
    pub values: Vec<u16>,
    /// Hotkeys that get nothing.
    pub dropped: Vec<Dropped>,
    /// Why the chain would refuse them.
    pub error: Option<JobError>,
}
