//! The database of a running service: opened before anything else, cleared of what is old once an hour.

use std::time::Duration;

use pylon_models::{Retry, Timestamp};
use pylon_storage::{Horizon, Location, OpenError, Schema, Storage};

use crate::config::Retention;
use crate::tasks::{TaskError, Tasks};

const CLEARED_EVERY: Duration = Duration::from_secs(60 * 60);

/// A database that cannot be opened, or not by this version.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the database {location}")]
pub struct DatabaseError {
    /// The file, or the kind of server.
    location: String,
    #[source]
    source: OpenError,
}

impl DatabaseError {
    /// Whether the same can work later.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.source.retry()
    }
}

fn of(location: &Location) -> impl FnOnce(OpenError) -> DatabaseError + use<> {
    let location = location.to_string();
    move |source| DatabaseError { location, source }
}

pub(crate) async fn open(location: &Location) -> Result<Storage, DatabaseError> {
    let opened = Storage::open(location.clone()).await;
    opened.map_err(of(location))
}

pub(crate) async fn migrate(location: &Location) -> Result<Vec<String>, DatabaseError> {
    let migrated = Storage::migrate(location.clone()).await;
    migrated.map_err(of(location))
}

pub(crate) async fn schema(location: &Location) -> Result<Schema, DatabaseError> {
    let read = Storage::schema(location.clone()).await;
    read.map_err(of(location))
}

/// Forgets what is older than the operator keeps, now and every hour.
pub(crate) fn clear_regularly(tasks: &Tasks, storage: Storage, retention: Retention) {
    tasks.supervise("retention", move || clear(storage.clone(), retention));
}

async fn clear(storage: Storage, retention: Retention) -> Result<(), TaskError> {
    loop {
        let mut forgotten = 0;
        loop {
            let horizon = Horizon {
                jobs: Timestamp::ago(retention.jobs),
                signatures: Timestamp::ago(retention.signatures),
            };
            match storage.forget_before(horizon).await? {
                0 => break,
                rows => forgotten += rows,
            }
        }
        if forgotten > 0 {
            tracing::info!(database.forgotten = forgotten, "old rows were forgotten");
        }
        tokio::time::sleep(CLEARED_EVERY).await;
    }
}
