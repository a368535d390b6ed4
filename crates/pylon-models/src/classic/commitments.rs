use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Hotkey;

/// What the neurons of the subnet have committed in plain: bytes in hex without 0x, by hotkey.
pub type CommitmentsBody = BTreeMap<Hotkey, String>;

/// What one neuron has committed in plain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicCommitmentBody))]
pub struct CommitmentBody {
    /// Who committed it.
    pub hotkey: Hotkey,
    /// Bytes in hex without 0x.
    #[cfg_attr(feature = "utoipa", schema(example = "636f6d6d69746d656e742d30"))]
    pub commitment: String,
}

/// The body of `POST /set_commitment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = ClassicSetCommitmentBody))]
pub struct SetCommitmentBody {
    /// Bytes in hex, with or without 0x.
    #[cfg_attr(feature = "utoipa", schema(example = "636f6d6d69746d656e742d30"))]
    pub data_hex: String,
}
