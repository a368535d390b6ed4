use serde::{Deserialize, Serialize};

use super::id::JobId;
use super::state::{JobKind, JobState};
use crate::names::names;
use crate::{BlockNumber, ExtrinsicHash, Hotkey, IdentityName, MechId, NetUid, Timestamp};

names! {
    /// How weights and commitments go on chain; of weights the subnet decides.
    CommitMode is "way to go on chain" {
        /// In the open.
        Plain = "plain",
        /// As a hash first, and in the open an epoch later.
        Hash = "hash",
        /// Encrypted for a round of the beacon; the chain opens them itself.
        Timelocked = "timelocked",
    }
}

impl CommitMode {
    /// Whether the weights count only from a reveal on.
    pub const fn is_revealed_later(self) -> bool {
        match self {
            Self::Plain => false,
            Self::Hash | Self::Timelocked => true,
        }
    }
}

/// What became of a write, as far as is known: the job and every attempt at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The job.
    pub id: JobId,
    /// What it writes.
    pub kind: JobKind,
    /// For whom.
    pub identity: IdentityName,
    /// On which subnet.
    pub netuid: NetUid,
    /// For which of its mechanisms.
    pub mechanism: MechId,
    /// Which hyperparameter it sets; absent for other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "utoipa",
        schema(nullable = false, example = "immunity_period")
    )]
    pub hyperparameter: Option<String>,
    /// How far it has come.
    pub state: JobState,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// The best block when it was accepted, if the chain was known then.
    pub block_accepted: Option<BlockNumber>,
    /// How it goes on chain, once that was decided.
    pub mode: Option<CommitMode>,
    /// The epoch of the subnet in which it was sent.
    pub epoch: Option<u64>,
    /// Before this block the chain does not take it.
    pub earliest_block: Option<BlockNumber>,
    /// When a commit is opened.
    pub reveal: Option<Reveal>,
    /// Hotkeys that were given a weight and got none.
    pub dropped: Vec<Dropped>,
    /// The job whose place this one took.
    pub supersedes: Option<JobId>,
    /// The job that took the place of this one.
    pub superseded_by: Option<JobId>,
    /// Every extrinsic that was made for it, oldest first.
    pub attempts: Vec<Attempt>,
    /// Why it failed.
    pub error: Option<JobError>,
}

impl Receipt {
    /// Whether the job is over: nothing about it changes any more.
    pub const fn is_over(&self) -> bool {
        self.state.is_terminal(self.mode)
    }

    /// Whether the job has come as far as a state, or is over and never will.
    pub fn has_come_to(&self, state: JobState) -> bool {
        self.state == state || self.is_over() || self.state.progress() > state.progress()
    }
}

/// When a commit is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Reveal {
    /// The round of the beacon whose signature opens it; none for a hash.
    pub round: Option<u64>,
    /// The first block in which it can be opened, by the schedule as it stood at the commit.
    pub expected_block: Option<BlockNumber>,
    /// The block in which it was.
    pub block: Option<BlockNumber>,
}

/// A hotkey that was given a weight and got none on chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Dropped {
    /// The hotkey.
    pub hotkey: Hotkey,
    /// Why: `not_registered`, or `zero` for a weight that rounds to nothing.
    #[cfg_attr(feature = "utoipa", schema(example = "not_registered"))]
    pub reason: DropReason,
}

names! {
    /// Why a hotkey got no weight.
    DropReason is "reason to drop a hotkey" {
        /// It has no uid on that subnet.
        NotRegistered = "not_registered",
        /// Its weight is nothing beside the greatest one.
        Zero = "zero",
    }
}

/// One extrinsic that was made for a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// 1 for the first.
    pub n: u32,
    /// The call it makes.
    #[cfg_attr(
        feature = "utoipa",
        schema(example = "commit_timelocked_mechanism_weights")
    )]
    pub call: String,
    /// The nonce of the hotkey that it uses.
    pub nonce: u32,
    /// Its hash, by which it is found in a block.
    pub extrinsic: ExtrinsicHash,
    /// The best block when it was sent.
    pub submitted_block: BlockNumber,
    /// The block that holds it.
    pub included_block: Option<BlockNumber>,
    /// The finalized head when it was seen that this block is final.
    pub finalized_block: Option<BlockNumber>,
    /// Why the chain refused it, by the runtime's own name.
    #[cfg_attr(feature = "utoipa", schema(example = "SettingWeightsTooFast"))]
    pub error: Option<String>,
    /// From which block on the chain would take it, if it said so.
    pub next_allowed_block: Option<BlockNumber>,
}

/// Why a job failed or expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct JobError {
    /// The runtime's own name for it, or ours where it was never sent.
    #[cfg_attr(feature = "utoipa", schema(example = "HotKeyNotRegisteredInSubNet"))]
    pub name: String,
    /// What it means, in a sentence for people.
    pub message: String,
}

impl JobError {
    /// A name, and a sentence for people.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
        }
    }
}
