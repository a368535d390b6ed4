//! Jobs: writes that outlive the request which asked for them, and the receipts that tell how they went.

mod id;
mod receipt;
mod state;

pub use id::{JobId, ParseJobIdError};
pub use receipt::{Attempt, CommitMode, DropReason, Dropped, JobError, Receipt, Reveal};
pub use state::{JobKind, JobState};
