use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::result::Error as Diesel;
use pylon_models::{JobState, Timestamp};

use crate::connection::AnyConnection;
use crate::constants::Over;
use crate::epoch_weights;
use crate::error::StorageError;
use crate::jobs::KEYS_LIVE_MS;
use crate::schema::{attempts, idempotency_keys, jobs, signatures};
use crate::storage::Storage;

/// About how many rows of each table one commit removes at most: writes that wait behind it wait little.
const AT_ONCE: i64 = 500;

/// What is older is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Jobs that were over before this, with all that belongs to them, and weights of epochs that were last changed
    /// before it.
    pub jobs: Timestamp,
    /// Signatures made before this.
    pub signatures: Timestamp,
}

impl Storage {
    /// Forgets what is older, and keys that no longer live. Returns how many rows went; 0 when nothing is left to
    /// forget. A job that was superseded before anything was sent for it is forgotten with the key that it was accepted
    /// under: of many vectors a second it is most of what there is.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn forget_before(&self, horizon: Horizon) -> Result<usize, StorageError> {
        self.write(move |connection| {
            let keys = Timestamp::now().unix_millis().saturating_sub(KEYS_LIVE_MS);
            let mut gone = forget_jobs(connection, horizon.jobs.unix_millis())?
                + forget_unsent(connection, keys)?
                + forget_keys(connection, keys)?;
            let old: Vec<String> = signatures::table
                .filter(signatures::at.lt(horizon.signatures.unix_millis()))
                .limit(AT_ONCE)
                .select(signatures::id)
                .load(connection)?;
            gone += diesel::delete(signatures::table.filter(signatures::id.eq_any(old)))
                .execute(connection)?;
            if gone == 0 {
                // These are looked for in the whole table: last, and once.
                gone = epoch_weights::forget_one(connection, horizon.jobs)?;
            }
            Ok(gone)
        })
        .await
    }
}

fn forget_jobs(connection: &mut AnyConnection, before: i64) -> Result<usize, Diesel> {
    let mut gone = 0;
    for state in JobState::ALL {
        let old: Vec<String> = jobs::table
            .filter(jobs::is_open.eq(Over))
            .filter(jobs::state.eq(state.as_str()))
            .filter(jobs::updated_at.lt(before))
            .order(jobs::updated_at)
            .limit(AT_ONCE)
            .select(jobs::id)
            .load(connection)?;
        gone += diesel::delete(jobs::table.filter(jobs::id.eq_any(old))).execute(connection)?;
    }
    Ok(gone)
}

fn forget_unsent(connection: &mut AnyConnection, before: i64) -> Result<usize, Diesel> {
    let sent = attempts::table.filter(attempts::job.eq(jobs::id));
    let old: Vec<String> = jobs::table
        .filter(jobs::is_open.eq(Over))
        .filter(jobs::state.eq(JobState::Superseded.as_str()))
        .filter(jobs::updated_at.lt(before))
        .filter(not(exists(sent)))
        .order(jobs::updated_at)
        .limit(AT_ONCE)
        .select(jobs::id)
        .load(connection)?;
    diesel::delete(jobs::table.filter(jobs::id.eq_any(old))).execute(connection)
}

fn forget_keys(connection: &mut AnyConnection, before: i64) -> Result<usize, Diesel> {
    let last: Option<i64> = idempotency_keys::table
        .filter(idempotency_keys::created_at.lt(before))
        .order(idempotency_keys::created_at)
        .offset(AT_ONCE)
        .select(idempotency_keys::created_at)
        .first(connection)
        .optional()?;
    let before = last.map_or(before, |last| last.saturating_add(1));
    let dead = idempotency_keys::table.filter(idempotency_keys::created_at.lt(before));
    diesel::delete(dead).execute(connection)
}
