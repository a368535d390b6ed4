//! Rows as diesel has them, and jobs out of them.

use diesel::prelude::*;
use pylon_models::{
    Attempt, BlockNumber, JobError, JobId, MechId, NetUid, Receipt, Reveal, Timestamp,
};

use super::{AttemptRecord, Job, unread};
use crate::connection::AnyConnection;
use crate::error::StorageError;
use crate::schema::{attempts, jobs};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub(super) struct JobRow {
    pub(super) id: String,
    kind: String,
    pub(super) identity: String,
    hotkey: String,
    netuid: i32,
    mechanism: i32,
    pub(super) state: String,
    request: String,
    plan: Option<String>,
    created_at: i64,
    block_accepted: Option<i64>,
    pub(super) mode: Option<String>,
    epoch: Option<i64>,
    earliest_block: Option<i64>,
    reveal_round: Option<i64>,
    reveal_expected_block: Option<i64>,
    reveal_block: Option<i64>,
    dropped: String,
    supersedes: Option<String>,
    superseded_by: Option<String>,
    error_name: Option<String>,
    error_message: Option<String>,
    hyperparameter: String,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = attempts)]
pub(super) struct AttemptRow {
    pub(super) job: String,
    n: i32,
    call: String,
    nonce: i64,
    extrinsic: String,
    bytes: String,
    valid_until: i64,
    submitted_block: i64,
    included_block: Option<i64>,
    included_hash: Option<String>,
    finalized_block: Option<i64>,
    error: Option<String>,
    next_allowed_block: Option<i64>,
}

fn block(value: i64) -> Result<BlockNumber, StorageError> {
    u32::try_from(value).map(BlockNumber::new).map_err(unread)
}

/// Bytes as their column holds them: 0x hex.
pub(super) fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// What is damaged is never taken for something shorter: it would be sent.
fn bytes_of(text: &str) -> Result<Vec<u8>, StorageError> {
    let unread = |what: &dyn std::fmt::Display| StorageError::row("attempts", what);
    let digits = text.strip_prefix("0x");
    let digits = digits.ok_or_else(|| unread(&"the bytes are no 0x hex"))?;
    match hex::decode(digits) {
        Ok(bytes) if bytes.is_empty() => Err(unread(&"there are no bytes")),
        bytes => bytes.map_err(|error| unread(&error)),
    }
}

fn count(value: i64) -> Result<u64, StorageError> {
    u64::try_from(value).map_err(unread)
}

fn optional<A, B>(
    value: Option<A>,
    read: impl FnOnce(A) -> Result<B, StorageError>,
) -> Result<Option<B>, StorageError> {
    value.map(read).transpose()
}

impl JobRow {
    pub(super) fn into_job(self, rows: Vec<AttemptRow>) -> Result<Job, StorageError> {
        let mut attempts = Vec::with_capacity(rows.len());
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let (attempt, record) = row.into_parts()?;
            attempts.push(attempt);
            records.push(record);
        }
        let round = optional(self.reveal_round, count)?;
        let expected_block = optional(self.reveal_expected_block, block)?;
        let revealed = optional(self.reveal_block, block)?;
        let reveal =
            (round.is_some() || expected_block.is_some() || revealed.is_some()).then_some(Reveal {
                round,
                expected_block,
                block: revealed,
            });
        let id = |id: String| JobId::try_from(id).map_err(unread);
        Ok(Job {
            receipt: Receipt {
                id: id(self.id)?,
                kind: self.kind.parse().map_err(unread)?,
                identity: self.identity.parse().map_err(unread)?,
                netuid: NetUid::new(u16::try_from(self.netuid).map_err(unread)?),
                mechanism: MechId::try_from(u8::try_from(self.mechanism).map_err(unread)?)
                    .map_err(unread)?,
                hyperparameter: Some(self.hyperparameter).filter(|name| !name.is_empty()),
                state: self.state.parse().map_err(unread)?,
                created_at: Timestamp::from_unix_millis(self.created_at).map_err(unread)?,
                block_accepted: optional(self.block_accepted, block)?,
                mode: optional(self.mode, |mode| mode.parse().map_err(unread))?,
                epoch: optional(self.epoch, count)?,
                earliest_block: optional(self.earliest_block, block)?,
                reveal,
                dropped: serde_json::from_str(&self.dropped).map_err(unread)?,
                supersedes: optional(self.supersedes, id)?,
                superseded_by: optional(self.superseded_by, id)?,
                attempts,
                error: self.error_name.map(|name| JobError {
                    name,
                    message: self.error_message.unwrap_or_default(),
                }),
            },
            hotkey: self.hotkey.parse().map_err(unread)?,
            request: self.request,
            plan: self.plan,
            attempts: records,
        })
    }
}

impl AttemptRow {
    fn into_parts(self) -> Result<(Attempt, AttemptRecord), StorageError> {
        let n = u32::try_from(self.n).map_err(unread)?;
        Ok((
            Attempt {
                n,
                call: self.call,
                nonce: u32::try_from(self.nonce).map_err(unread)?,
                extrinsic: self.extrinsic.parse().map_err(unread)?,
                submitted_block: block(self.submitted_block)?,
                included_block: optional(self.included_block, block)?,
                finalized_block: optional(self.finalized_block, block)?,
                error: self.error,
                next_allowed_block: optional(self.next_allowed_block, block)?,
            },
            AttemptRecord {
                n,
                bytes: bytes_of(&self.bytes)?,
                valid_until: block(self.valid_until)?,
                included_hash: optional(self.included_hash, |hash| hash.parse().map_err(unread))?,
            },
        ))
    }
}

/// One job, if it is there.
pub(super) fn find(connection: &mut AnyConnection, id: &str) -> Result<Option<Job>, StorageError> {
    let row: Option<JobRow> = jobs::table
        .find(id)
        .select(JobRow::as_select())
        .first(connection)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let attempts = attempts::table
        .filter(attempts::job.eq(id))
        .order(attempts::n)
        .select(AttemptRow::as_select())
        .load(connection)?;
    row.into_job(attempts).map(Some)
}

/// Jobs with all their attempts, in the order of the rows, in two queries.
pub(super) fn with_attempts(
    connection: &mut AnyConnection,
    rows: Vec<JobRow>,
) -> Result<Vec<Job>, StorageError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut attempts: Vec<AttemptRow> = attempts::table
        .filter(attempts::job.eq_any(ids))
        .order((attempts::job, attempts::n))
        .select(AttemptRow::as_select())
        .load(connection)?;
    rows.into_iter()
        .map(|row| {
            let mine = attempts
                .extract_if(.., |attempt| attempt.job == row.id)
                .collect();
            row.into_job(mine)
        })
        .collect()
}
