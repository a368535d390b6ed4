use diesel::prelude::*;
use pylon_models::Timestamp;

use crate::constants::Over;
use crate::epoch_weights;
use crate::error::StorageError;
use crate::jobs::KEYS_LIVE_MS;
use crate::schema::{idempotency_keys, jobs, signatures};
use crate::storage::Storage;

/// How many rows one commit removes at most: writes that wait behind it wait little.
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
    /// forget.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn forget_before(&self, horizon: Horizon) -> Result<usize, StorageError> {
        self.write(move |connection| {
            let old: Vec<String> = jobs::table
                .filter(jobs::is_open.eq(Over))
                .filter(jobs::updated_at.lt(horizon.jobs.unix_millis()))
                .order(jobs::updated_at)
                .limit(AT_ONCE)
                .select(jobs::id)
                .load(connection)?;
            let mut gone =
                diesel::delete(jobs::table.filter(jobs::id.eq_any(old))).execute(connection)?;
            let old: Vec<String> = signatures::table
                .filter(signatures::at.lt(horizon.signatures.unix_millis()))
                .limit(AT_ONCE)
                .select(signatures::id)
                .load(connection)?;
            gone += diesel::delete(signatures::table.filter(signatures::id.eq_any(old)))
                .execute(connection)?;
            let keys = Timestamp::now().unix_millis().saturating_sub(KEYS_LIVE_MS);
            gone += diesel::delete(
                idempotency_keys::table.filter(idempotency_keys::created_at.lt(keys)),
            )
            .execute(connection)?;
            gone += epoch_weights::forget_one(connection, horizon.jobs)?;
            Ok(gone)
        })
        .await
    }
}
