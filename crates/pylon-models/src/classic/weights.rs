use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BlockNumber, Hotkey, JobId, Uid};

/// The body of `PUT /set_weight`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicSetWeightBody))]
pub struct SetWeightBody {
    /// Who gets it.
    pub hotkey: Hotkey,
    /// In any unit: finite and not negative.
    #[cfg_attr(feature = "utoipa", schema(minimum = 0, example = 0.75))]
    pub weight: f64,
}

/// The body of `PUT /update_weight`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicUpdateWeightBody))]
pub struct UpdateWeightBody {
    /// Whose weight changes.
    pub hotkey: Hotkey,
    /// By how much; what has no weight yet has 0.
    #[cfg_attr(feature = "utoipa", schema(example = 0.25))]
    pub weight_delta: f64,
}

/// The body of `PUT /set_weights`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicSetWeightsBody))]
pub struct SetWeightsBody {
    /// By hotkey, in any unit: finite and not negative. Those of hotkeys that are not named stay.
    #[cfg_attr(
        feature = "utoipa",
        schema(
            value_type = BTreeMap<String, f64>,
            example = json!({"5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty": 0.75})
        )
    )]
    pub weights: BTreeMap<Hotkey, f64>,
}

/// The answer to `PUT /set_weight` and `PUT /update_weight`: it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicWeightBody))]
pub struct WeightBody {
    /// Whose.
    pub hotkey: Hotkey,
    /// What it has now.
    #[cfg_attr(feature = "utoipa", schema(example = 0.75))]
    pub weight: f64,
    /// The first block of the epoch that it is kept for.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub epoch: i64,
}

/// The answer to `PUT /set_weights`: they are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicWeightsSetBody))]
pub struct WeightsSetBody {
    /// Those that were given.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, f64>))]
    pub weights: BTreeMap<Hotkey, f64>,
    /// The first block of the epoch that they are kept for.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub epoch: i64,
    /// How many were given.
    #[cfg_attr(feature = "utoipa", schema(example = 1))]
    pub count: usize,
}

/// The answer to `GET /raw_weights` and its aliases: what is kept for an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicWeightsBody))]
pub struct WeightsBody {
    /// Its first block.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub epoch: i64,
    /// By hotkey.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, f64>))]
    pub weights: BTreeMap<Hotkey, f64>,
}

/// The answer to `POST /force_commit_weights`: they are brought on chain from now on whatever happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicCommittedWeightsBody))]
pub struct CommittedWeightsBody {
    /// The block by which the uids were found.
    pub block: BlockNumber,
    /// By uid, those of registered hotkeys that are more than 0.
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = BTreeMap<String, f64>, example = json!({"7": 0.75}))
    )]
    pub committed_weights: BTreeMap<Uid, f64>,
    /// The job that brings them on chain.
    pub job_id: JobId,
}
