//! What hotkeys commit on the chain, beside weights.

use crate::{BlockNumber, Hotkey, Rao};

/// What a hotkey has committed on a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// Who committed it; deregistered hotkeys may still have theirs.
    pub hotkey: Hotkey,
    /// The block at which it was committed.
    pub block: BlockNumber,
    /// What was deposited for it.
    pub deposit: Rao,
    /// Its fields, up to three.
    pub fields: Vec<CommitmentField>,
}

/// A field of a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitmentField {
    /// Nothing.
    None,
    /// Up to 128 bytes.
    Raw(Vec<u8>),
    /// Up to 512 bytes.
    BigRaw(Vec<u8>),
    /// A hash by Blake2b-256.
    BlakeTwo256([u8; 32]),
    /// A hash by SHA-256.
    Sha256([u8; 32]),
    /// A hash by Keccak-256.
    Keccak256([u8; 32]),
    /// A hash by SHA3-256.
    ShaThree256([u8; 32]),
    /// Bytes that the chain opens at a drand round.
    TimelockEncrypted {
        /// The ciphertext.
        encrypted: Vec<u8>,
        /// The round.
        reveal_round: u64,
    },
    /// Bytes that the chain could not open (runtimes of October 2026 and later).
    TimelockRevealFailed {
        /// The ciphertext.
        encrypted: Vec<u8>,
        /// The round.
        reveal_round: u64,
    },
    /// Asked for the neuron's bonds to be reset.
    ResetBondsFlag,
    /// A kind that this version does not know, under the runtime's name for it.
    Unknown(String),
}
