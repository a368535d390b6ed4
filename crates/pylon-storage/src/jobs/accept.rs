use diesel::prelude::*;
use diesel::result::Error as Diesel;
use pylon_models::{JobId, JobState, Timestamp};

use super::row::{self, JobRow};
use super::supersede::supersede;
use super::waiting::{next_id, waiting};
use super::{Job, NewJob};
use crate::connection::AnyConnection;
use crate::error::{StorageError, WriteError};
use crate::schema::{idempotency_keys, jobs};
use crate::storage::Storage;

/// How long a key answers its first receipt.
pub(crate) const KEYS_LIVE_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a caller names a request by, so that asking twice does it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, as the caller chose it.
    pub key: String,
    /// A digest of the request, hex.
    pub digest: String,
}

/// A job that is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// Just now.
    New(Job),
    /// Before, under the same key: nothing was changed.
    Before(Job),
}

impl Accepted {
    /// The job, whenever it was accepted.
    #[must_use]
    pub fn into_job(self) -> Job {
        match self {
            Self::New(job) | Self::Before(job) => job,
        }
    }
}

/// Why a job is not accepted.
#[derive(Debug, thiserror::Error)]
#[error("the key was used before, with another request")]
pub struct IdempotencyMismatch;

/// Either of both.
#[derive(Debug, thiserror::Error)]
enum AcceptError {
    #[error(transparent)]
    Mismatch(#[from] IdempotencyMismatch),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<Diesel> for AcceptError {
    fn from(error: Diesel) -> Self {
        Self::Storage(error.into())
    }
}

impl WriteError for AcceptError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Mismatch(_) => None,
        }
    }
}

impl Storage {
    /// Keeps a job; when this returns it survives a loss of power. The job for the same thing that still waits is
    /// superseded in the same commit.
    ///
    /// # Errors
    /// When the database cannot be written to or is for another chain; the inner result, when the key was used for
    /// another request.
    pub async fn accept(
        &self,
        job: NewJob,
        key: Option<IdempotencyKey>,
    ) -> Result<Result<Accepted, IdempotencyMismatch>, StorageError> {
        self.ensure_own_chain()?;
        let accepted = self
            .write(move |connection| accept(connection, &job, key.as_ref()))
            .await;
        match accepted {
            Ok(accepted) => Ok(Ok(accepted)),
            Err(AcceptError::Mismatch(mismatch)) => Ok(Err(mismatch)),
            Err(AcceptError::Storage(error)) => Err(error),
        }
    }
}

fn accept(
    connection: &mut AnyConnection,
    job: &NewJob,
    key: Option<&IdempotencyKey>,
) -> Result<Accepted, AcceptError> {
    let now = Timestamp::now().unix_millis();
    if let Some(key) = key
        && let Some(before) = kept_under(connection, job, key, now)?
    {
        return Ok(Accepted::Before(before));
    }
    let id = next_id(connection, job)?;
    let superseded = supersede_waiting(connection, job, &id)?;
    let new = insert(connection, &id, job, superseded.as_deref(), now)?;
    if let Some(key) = key {
        diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::identity.eq(job.identity.as_str()),
                idempotency_keys::key.eq(&key.key),
                idempotency_keys::digest.eq(&key.digest),
                idempotency_keys::job.eq(id.as_str()),
                idempotency_keys::created_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(Accepted::New(new))
}

/// Ends the job that waits for the same thing, and tells which it was. One that another process sends meanwhile is left
/// alone: PostgreSQL waits for the other's commit and looks at the state again.
fn supersede_waiting(
    connection: &mut AnyConnection,
    job: &NewJob,
    by: &JobId,
) -> Result<Option<String>, StorageError> {
    let Some(old) = waiting(connection, job)? else {
        return Ok(None);
    };
    let ended = supersede(connection, &old, JobState::Queued, by.as_str())?;
    // Where another one waits now, the index refuses this one, and the whole is tried again.
    Ok(ended.then_some(old))
}

/// Keeps a job that waits, and whose place it takes.
pub(crate) fn insert(
    connection: &mut AnyConnection,
    id: &JobId,
    job: &NewJob,
    supersedes: Option<&str>,
    now: i64,
) -> Result<Job, StorageError> {
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id.as_str()),
            jobs::kind.eq(job.kind.as_str()),
            jobs::identity.eq(job.identity.as_str()),
            jobs::hotkey.eq(job.hotkey.to_string()),
            jobs::netuid.eq(i32::from(job.netuid.get())),
            jobs::mechanism.eq(i32::from(job.mechanism.get())),
            jobs::hyperparameter.eq(job.hyperparameter.as_deref().unwrap_or_default()),
            jobs::state.eq(JobState::Queued.as_str()),
            jobs::is_open.eq(1),
            jobs::request.eq(&job.request),
            jobs::created_at.eq(now),
            jobs::updated_at.eq(now),
            jobs::block_accepted.eq(job.block_accepted.map(|block| i64::from(block.get()))),
            jobs::supersedes.eq(supersedes),
        ))
        .execute(connection)?;
    let row: JobRow = jobs::table
        .find(id.as_str())
        .select(JobRow::as_select())
        .first(connection)?;
    row.into_job(Vec::new())
}

/// The job that was accepted under this key, while the key lives.
fn kept_under(
    connection: &mut AnyConnection,
    job: &NewJob,
    key: &IdempotencyKey,
    now: i64,
) -> Result<Option<Job>, AcceptError> {
    let of_key = idempotency_keys::table.find((job.identity.as_str(), &key.key));
    let kept: Option<(String, String, i64)> = of_key
        .select((
            idempotency_keys::digest,
            idempotency_keys::job,
            idempotency_keys::created_at,
        ))
        .first(connection)
        .optional()?;
    let Some((digest, id, created_at)) = kept else {
        return Ok(None);
    };
    if now.saturating_sub(created_at) > KEYS_LIVE_MS {
        diesel::delete(of_key).execute(connection)?;
        return Ok(None);
    }
    if digest != key.digest {
        return Err(IdempotencyMismatch.into());
    }
    Ok(row::find(connection, &id)?)
}
