use diesel::prelude::*;
use diesel::result::Error as Diesel;
use pylon_models::{JobId, JobState};

use super::Job;
use super::row::{self, JobRow};
use crate::connection::AnyConnection;
use crate::constants::Untold;
use crate::error::StorageError;
use crate::schema::jobs;
use crate::storage::Storage;

/// Whether the operator wants to be told of a job that ends like this.
fn ends_badly(state: JobState) -> bool {
    matches!(
        state,
        JobState::Failed | JobState::Expired | JobState::RevealMissed
    )
}

/// Keeps, in the commit in which a job ends, that it is to be told of.
pub(super) fn mark_untold(
    connection: &mut AnyConnection,
    id: &JobId,
    state: JobState,
) -> Result<(), Diesel> {
    if ends_badly(state) {
        diesel::update(jobs::table.find(id.as_str()))
            .set(jobs::untold.eq(1))
            .execute(connection)?;
    }
    Ok(())
}

impl Storage {
    /// Jobs that ended badly since [`Storage::keep_untold`] and that nobody was told of, the longest over first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn untold(&self, limit: u32) -> Result<Vec<Job>, StorageError> {
        self.read(move |connection| {
            let rows = jobs::table
                .filter(jobs::untold.eq(Untold))
                .order(jobs::updated_at)
                .limit(limit.into())
                .select(JobRow::as_select())
                .load(connection)?;
            row::with_attempts(connection, rows)
        })
        .await
    }

    /// Keeps that somebody was told of a job.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn told(&self, id: JobId) -> Result<(), StorageError> {
        self.write(move |connection| {
            diesel::update(jobs::table.find(id.as_str()))
                .set(jobs::untold.eq(0))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}
