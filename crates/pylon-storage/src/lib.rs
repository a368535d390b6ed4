//! What a service keeps when it ends: jobs with their attempts and receipts, idempotency keys, every signature
//! made, the weights of epochs, and how far each follower of the chain has come. Only `pylon-service` should import it; it knows
//! nothing of HTTP and nothing of the chain.
//!
//! [`Storage`] is the same over SQLite, inside the process, and over PostgreSQL. Writes go through one
//! connection that commits what has gathered together, and are answered after the commit: what was answered
//! survives a loss of power. Reads run beside it on connections of their own.

mod audit;
mod backup;
mod connection;
mod constants;
mod cursors;
mod epoch_weights;
mod error;
mod genesis;
mod ids;
mod jobs;
mod migrations;
mod original;
mod retention;
mod schema;
mod storage;
mod writer;

pub use audit::Signature;
pub use backup::BackupError;
pub use connection::Location;
pub use cursors::Cursor;
pub use epoch_weights::{Epoch, NotANumber};
pub use error::{OpenError, StorageError};
pub use genesis::{ChainKind, Tie};
pub use jobs::{
    Accepted, AdvanceError, AttemptRecord, Booked, CancelError, IdempotencyKey,
    IdempotencyMismatch, Job, JobFilter, NewAttempt, NewJob, Plan, Requeued,
};
pub use migrations::Schema;
pub use original::{ImportedJob, OriginalWeights};
pub use retention::Horizon;
pub use storage::{CommitterLock, Storage};
