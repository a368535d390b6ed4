//! What ends a step of a queue before it is done.

use pylon_chain::ReadError;
use pylon_models::JobState;
use pylon_storage::{AdvanceError, StorageError};

/// What ends a step of the queue early.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    /// The chain does not answer: another time.
    #[error("the chain could not be read")]
    Chain(#[from] ReadError),
    /// The database does not.
    #[error("a job could not be kept")]
    Storage(#[from] StorageError),
    /// Another process moved the job on.
    #[error("a job could not be moved on")]
    Advance(#[from] AdvanceError),
}

impl StepError {
    /// Whether the owner of a job was faster: took it back, or gave something newer. That is no trouble.
    pub(super) fn is_overtaken(&self) -> bool {
        let from = match self {
            Self::Advance(AdvanceError::Edge { from, .. }) => *from,
            _ => return false,
        };
        matches!(from, JobState::Superseded | JobState::Cancelled)
    }
}
