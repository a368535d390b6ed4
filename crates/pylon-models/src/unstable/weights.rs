use serde::{Deserialize, Serialize};

/// Whether an identity's weights stand in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct WeightsStatusBody {
    /// Whether its hotkey set or committed weights for the mechanism in the epoch that holds the block; of an epoch
    /// that goes on, so far.
    #[cfg_attr(feature = "utoipa", schema(example = true))]
    pub weights_submitted: bool,
}
