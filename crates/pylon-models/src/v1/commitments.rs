use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BlockNumber, BlockRef, Commitment, Hotkey};

/// What the neurons of a subnet have committed in plain, at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CommitmentsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Bytes in hex with 0x, by hotkey. What is timelocked alone is not among them.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, String>))]
    pub commitments: BTreeMap<Hotkey, String>,
}

/// What one neuron has committed in plain, at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CommitmentBody {
    /// The block that was read.
    pub block: BlockRef,
    /// The block at which it was committed.
    pub commitment_block_number: BlockNumber,
    /// Who committed it.
    pub hotkey: Hotkey,
    /// Bytes in hex with 0x.
    #[cfg_attr(feature = "utoipa", schema(example = "0x636f6d6d69746d656e742d30"))]
    pub commitment: String,
}

impl CommitmentBody {
    /// `None`: nothing of it is plain.
    pub fn of(block: BlockRef, commitment: &Commitment) -> Option<Self> {
        Some(Self {
            block,
            commitment_block_number: commitment.block,
            hotkey: commitment.hotkey,
            commitment: format!("0x{}", hex::encode(commitment.data()?)),
        })
    }
}
