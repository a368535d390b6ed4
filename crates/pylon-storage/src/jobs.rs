//! Jobs: accepted in one transaction, moved on only along the edges that [`pylon_models::JobState`] has.

mod accept;
mod advance;
mod again;
mod list;
mod row;
mod supersede;
mod untold;
mod waiting;

use pylon_models::{
    BlockHash, BlockNumber, CommitMode, Dropped, ExtrinsicHash, Hotkey, IdentityName, JobId,
    JobKind, JobState, MechId, NetUid, Receipt,
};

use crate::error::StorageError;

pub use accept::{Accepted, IdempotencyKey, IdempotencyMismatch};
pub(crate) use accept::{KEYS_LIVE_MS, insert};
pub use advance::{AdvanceError, CancelError, Requeued};
pub use list::JobFilter;
pub(crate) use waiting::waiting;

/// A write that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What it writes.
    pub kind: JobKind,
    /// For whom.
    pub identity: IdentityName,
    /// The key that signs it: of hyperparameters the owner's, of all else the identity's hotkey.
    pub hotkey: Hotkey,
    /// On which subnet.
    pub netuid: NetUid,
    /// For which of its mechanisms.
    pub mechanism: MechId,
    /// Which hyperparameter it sets, for that kind.
    pub hyperparameter: Option<String>,
    /// What was asked for, as JSON; the committer reads it back.
    pub request: String,
    /// The best block, if the chain is known.
    pub block_accepted: Option<BlockNumber>,
}

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What its owner is shown.
    pub receipt: Receipt,
    /// The key that signs it.
    pub hotkey: Hotkey,
    /// What was asked for, as JSON; empty of a job that is superseded.
    pub request: String,
    /// What was decided to be sent, as JSON, once it was.
    pub plan: Option<String>,
    /// Its extrinsics, oldest first, beside those of the receipt.
    pub attempts: Vec<AttemptRecord>,
}

/// What is kept of an extrinsic beside what the receipt shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Which attempt.
    pub n: u32,
    /// The extrinsic.
    pub bytes: Vec<u8>,
    /// The last block that may hold it.
    pub valid_until: BlockNumber,
    /// The hash of the block that holds it.
    pub included_hash: Option<BlockHash>,
}

/// How a job is going to be done, decided at one block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// How it goes on chain.
    pub mode: Option<CommitMode>,
    /// The epoch of the subnet it is meant for.
    pub epoch: Option<u64>,
    /// Before this block the chain does not take it.
    pub earliest_block: Option<BlockNumber>,
    /// The round of the beacon that opens it.
    pub reveal_round: Option<u64>,
    /// The first block in which it can be opened.
    pub reveal_expected_block: Option<BlockNumber>,
    /// Hotkeys that get no weight.
    pub dropped: Vec<Dropped>,
    /// What is sent, as JSON, for whoever has to reveal it.
    pub sent: Option<String>,
}

/// Where the chain keeps a commit until it is revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// The epoch that it was booked under.
    pub epoch: u64,
    /// The first block in which it can be revealed, by the schedule as it stands.
    pub expected_block: Option<BlockNumber>,
}

/// An extrinsic that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// The call it makes.
    pub call: String,
    /// The nonce that it uses.
    pub nonce: u32,
    /// Its hash.
    pub extrinsic: ExtrinsicHash,
    /// The extrinsic.
    pub bytes: Vec<u8>,
    /// The best block now.
    pub submitted_block: BlockNumber,
    /// The last block that may hold it.
    pub valid_until: BlockNumber,
}

impl Job {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &JobId {
        &self.receipt.id
    }

    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> JobState {
        self.receipt.state
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.receipt.state.is_terminal(self.receipt.mode)
    }
}

fn unread(what: impl ToString) -> StorageError {
    StorageError::row("jobs", what)
}
