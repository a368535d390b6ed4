use diesel::prelude::*;
use pylon_models::Timestamp;

use crate::error::StorageError;
use crate::jobs::KEYS_LIVE_MS;
use crate::schema::{idempotency_keys, jobs, signatures};
use crate::storage::Storage;

/// How many rows one commit removes at most: writes that wait behind it wait little.
const AT_ONCE: i64 = 500;

impl Storage {
    /// Forgets jobs that were over, and signatures made, before a time, and keys that no longer live. Returns how
    /// many rows went; 0 when nothing is left to forget.
    ///
    /// # Errors
    /// When the database cannot be written to.
    pub async fn forget_before(&self, time: Timestamp) -> Result<usize, StorageError> {
        self.write(move |connection| {
            let before = time.unix_millis();
            let old: Vec<String> = jobs::table
                .filter(jobs::is_open.eq(0))
                .filter(jobs::updated_at.lt(before))
                .order(jobs::updated_at)
                .limit(AT_ONCE)
                .select(jobs::id)
                .load(connection)?;
            let mut gone =
                diesel::delete(jobs::table.filter(jobs::id.eq_any(old))).execute(connection)?;
            let old: Vec<String> = signatures::table
                .filter(signatures::at.lt(before))
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
            Ok(gone)
        })
        .await
    }
}
