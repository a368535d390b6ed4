use std::collections::BTreeMap;

use diesel::prelude::*;
use pylon_models::{Hotkey, IdentityName, JobId, JobKind, JobState, MechId, NetUid, Timestamp};

use super::row::{self, JobRow};
use super::{Job, unread};
use crate::constants::{Open, Over, Queued};
use crate::error::StorageError;
use crate::schema::jobs;
use crate::storage::Storage;

/// Which jobs to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFilter {
    /// Whose.
    pub identity: IdentityName,
    /// On which subnet.
    pub netuid: NetUid,
    /// Of which kind, or of any.
    pub kind: Option<JobKind>,
    /// In which state, or in any.
    pub state: Option<JobState>,
    /// Older than this one, for the next page.
    pub before: Option<JobId>,
    /// How many at most.
    pub limit: u32,
}

impl Storage {
    /// A job by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn job(&self, id: JobId) -> Result<Option<Job>, StorageError> {
        self.read(move |connection| row::find(connection, id.as_str()))
            .await
    }

    /// Jobs of an identity, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs(&self, filter: JobFilter) -> Result<Vec<Job>, StorageError> {
        self.read(move |connection| {
            let mut query = jobs::table
                .filter(jobs::identity.eq(filter.identity.as_str()))
                .filter(jobs::netuid.eq(i32::from(filter.netuid.get())))
                .order(jobs::id.desc())
                .limit(filter.limit.into())
                .select(JobRow::as_select())
                .into_boxed();
            if let Some(kind) = filter.kind {
                query = query.filter(jobs::kind.eq(kind.as_str()));
            }
            if let Some(state) = filter.state {
                query = query.filter(jobs::state.eq(state.as_str()));
            }
            if let Some(before) = &filter.before {
                query = query.filter(jobs::id.lt(before.as_str()));
            }
            let rows = query.load(connection)?;
            row::with_attempts(connection, rows)
        })
        .await
    }

    /// The last job that was accepted for the same thing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn newest_job(
        &self,
        identity: IdentityName,
        netuid: NetUid,
        kind: JobKind,
        mechanism: MechId,
    ) -> Result<Option<Job>, StorageError> {
        self.read(move |connection| {
            let row = jobs::table
                .filter(jobs::identity.eq(identity.as_str()))
                .filter(jobs::netuid.eq(i32::from(netuid.get())))
                .filter(jobs::kind.eq(kind.as_str()))
                .filter(jobs::mechanism.eq(i32::from(mechanism.get())))
                .order(jobs::id.desc())
                .select(JobRow::as_select())
                .first(connection)
                .optional()?;
            let found = row::with_attempts(connection, row.into_iter().collect())?;
            Ok(found.into_iter().next())
        })
        .await
    }

    /// What is not over yet of one key, oldest first: all that its queue has to care for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_jobs(&self, hotkey: Hotkey) -> Result<Vec<Job>, StorageError> {
        self.read(move |connection| {
            let rows = jobs::table
                .filter(jobs::is_open.eq(Open))
                .filter(jobs::hotkey.eq(hotkey.to_string()))
                .order(jobs::id)
                .select(JobRow::as_select())
                .load(connection)?;
            row::with_attempts(connection, rows)
        })
        .await
    }

    /// How many jobs there are in each state. Reads an index alone, but for the jobs that are open.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_by_state(&self) -> Result<Vec<(JobState, u64)>, StorageError> {
        self.read(|connection| {
            let by_state = (jobs::state, diesel::dsl::count_star());
            let open = jobs::table
                .filter(jobs::is_open.eq(Open))
                .group_by(jobs::state)
                .select(by_state)
                .load::<(String, i64)>(connection)?;
            let over = jobs::table
                .filter(jobs::is_open.eq(Over))
                .group_by(jobs::state)
                .select(by_state)
                .load::<(String, i64)>(connection)?;
            // Of what is final some is over and some waits for its reveal.
            let mut counts = BTreeMap::<JobState, u64>::new();
            for (state, count) in open.into_iter().chain(over) {
                let counted = counts.entry(state.parse().map_err(unread)?).or_default();
                *counted = counted.saturating_add(u64::try_from(count).map_err(unread)?);
            }
            Ok(counts.into_iter().collect())
        })
        .await
    }

    /// When the job was accepted that waits longest, if one does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn oldest_queued(&self) -> Result<Option<Timestamp>, StorageError> {
        self.read(|connection| {
            let oldest: Option<i64> = jobs::table
                .filter(jobs::state.eq(Queued))
                .select(diesel::dsl::min(jobs::created_at))
                .first(connection)?;
            let oldest = oldest.map(Timestamp::from_unix_millis);
            oldest.transpose().map_err(unread)
        })
        .await
    }
}
