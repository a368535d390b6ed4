use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BlockNumber, BlockRef, Commitment, Hotkey, RevealedCommitment};

/// How a commitment is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = UnstableCommitmentKind))]
#[serde(rename_all = "snake_case")]
pub enum CommitmentKind {
    /// As it is.
    HexData,
    /// With the pulse of a drand round.
    TimelockEncrypted,
}

/// A commitment, plain or timelocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = UnstableTaggedCommitment))]
pub struct TaggedCommitment {
    /// How to read it.
    pub kind: CommitmentKind,
    /// The block at which it was committed.
    pub commitment_block_number: BlockNumber,
    /// Who committed it.
    pub hotkey: Hotkey,
    /// Bytes in hex with 0x: what was committed, or its ciphertext.
    #[cfg_attr(feature = "utoipa", schema(example = "0x636f6d6d69746d656e742d30"))]
    pub commitment: String,
    /// The round that opens it, where it is timelocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub reveal_round: Option<u64>,
}

impl TaggedCommitment {
    /// What is plain comes first; `None` where there is neither data nor ciphertext.
    pub fn of(commitment: &Commitment) -> Option<Self> {
        let (kind, bytes, reveal_round) = match (commitment.data(), commitment.timelocked()) {
            (Some(data), _) => (CommitmentKind::HexData, data, None),
            (None, Some((encrypted, round))) => {
                (CommitmentKind::TimelockEncrypted, encrypted, Some(round))
            }
            (None, None) => return None,
        };
        Some(Self {
            kind,
            commitment_block_number: commitment.block,
            hotkey: commitment.hotkey,
            commitment: format!("0x{}", hex::encode(bytes)),
            reveal_round,
        })
    }
}

/// What the neurons of a subnet have committed at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = UnstableCommitmentsBody))]
pub struct CommitmentsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// By hotkey.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, TaggedCommitment>))]
    pub commitments: BTreeMap<Hotkey, TaggedCommitment>,
}

/// What one neuron has committed at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = UnstableCommitmentBody))]
pub struct CommitmentBody {
    /// The commitment.
    pub commitment: TaggedCommitment,
    /// The block that was read.
    pub block: BlockRef,
}

/// A timelocked commitment that the chain has opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RevealedCommitmentBody {
    /// The block at which it was opened.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_210))]
    pub reveal_block_number: u64,
    /// Who committed it.
    pub hotkey: Hotkey,
    /// What it says, as text.
    #[cfg_attr(feature = "utoipa", schema(example = "model-v2"))]
    pub commitment: String,
}

impl RevealedCommitmentBody {
    /// What a hotkey had timelocked.
    pub fn of(hotkey: Hotkey, revealed: &RevealedCommitment) -> Self {
        Self {
            reveal_block_number: revealed.block,
            hotkey,
            commitment: revealed.text(),
        }
    }
}

/// The opened commitments of a subnet's neurons, each one's last ten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RevealedCommitmentsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// By hotkey.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, Vec<RevealedCommitmentBody>>))]
    pub commitments: BTreeMap<Hotkey, Vec<RevealedCommitmentBody>>,
}

/// The opened commitments of one neuron, the last ten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RevealedBody {
    /// The block that was read.
    pub block: BlockRef,
    /// The commitments.
    pub commitments: Vec<RevealedCommitmentBody>,
}
