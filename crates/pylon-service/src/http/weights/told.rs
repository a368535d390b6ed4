//! What callers are told of their weights.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use pylon_models::wire::{DryRunBody, JobsBody, ScheduledBody};
use pylon_models::{BlockRef, JobId, JobKind, JobState, MechId, Reveal};
use pylon_storage::{IdempotencyKey, Job, NewJob, StorageError};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::asked::{self, Asked};
use crate::app::App;
use crate::committer::{Committer, Verdict};
use crate::http::access::Writer;
use crate::http::edge::deadline;
use crate::http::error::ApiError;
use crate::load::LoadError;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// A job that another process moves on is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What is left of a request's time when it stops to wait.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// Keeps the weights, or tells what would be sent.
pub(super) async fn put(
    app: &App,
    request: &HttpRequest,
    writer: Writer,
    mechanism: MechId,
    body: &[u8],
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::read(request)?;
    let weights = asked::weights(request, body)?;
    let count = weights.weights.len();
    let job = NewJob {
        kind: JobKind::Weights,
        identity: writer.identity,
        hotkey: writer.hotkey,
        netuid: writer.netuid,
        mechanism,
        request: weights.write().map_err(|_| ApiError::Internal)?,
        block_accepted: app.link.last_heads().map(|heads| heads.best.number),
    };
    if asked.is_dry_run {
        let heads = app.link.last_heads().ok_or(LoadError::NotConnected)?;
        let verdict = app.committer.dry_run(&job).await?;
        return Ok(uncached(StatusCode::OK).json(dry_run(heads.best.block(), verdict)));
    }
    let key = asked.key.map(|key| IdempotencyKey {
        digest: digest(request, body),
        key,
    });
    let job = app
        .committer
        .accept(job, key)
        .await?
        .map_err(|_| ApiError::IdempotencyMismatch)?;
    let Some(wait) = asked.wait else {
        return Ok(uncached(StatusCode::OK).json(ScheduledBody {
            detail: "weights update scheduled".to_owned(),
            count,
            job_id: job.receipt.id,
        }));
    };
    let time = deadline(request.headers(), app.timeouts)?.saturating_sub(TO_ANSWER);
    let waited = wait_for(&app.committer, job, wait.min(time)).await?;
    let status = if is_settled(&waited) {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok(uncached(status)
        .insert_header((PREFERENCE_APPLIED, format!("wait={}", wait.as_secs())))
        .json(&waited.receipt))
}

/// The request in short: another body under the same key is another request.
fn digest(request: &HttpRequest, body: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(request.path())
        .chain_update([0])
        .chain_update(body)
        .finalize();
    format!("{digest:x}")
}

/// Whether the job is final, or will never be.
fn is_settled(job: &Job) -> bool {
    job.state() == JobState::Finalized || job.is_over()
}

async fn wait_for(committer: &Committer, job: Job, time: Duration) -> Result<Job, StorageError> {
    let mut changes = committer.changes();
    let until = Instant::now() + time;
    let mut job = job;
    loop {
        changes.borrow_and_update();
        if let Some(found) = committer.storage().job(job.receipt.id.clone()).await? {
            job = found;
        }
        if is_settled(&job) || Instant::now() >= until {
            return Ok(job);
        }
        let look = until.min(Instant::now() + LOOK_EVERY);
        let _ = tokio::time::timeout_at(look, changes.changed()).await;
    }
}

fn dry_run(block: BlockRef, verdict: Verdict) -> DryRunBody {
    let planned = match verdict {
        Verdict::Wait(planned) | Verdict::Send(planned) => planned,
        Verdict::Fail(error) => {
            return DryRunBody {
                block,
                mode: None,
                epoch: None,
                earliest_block: None,
                reveal: None,
                version_key: None,
                uids: Vec::new(),
                values: Vec::new(),
                dropped: Vec::new(),
                error: Some(error),
            };
        }
    };
    DryRunBody {
        block,
        mode: Some(planned.mode),
        epoch: Some(planned.epoch),
        earliest_block: Some(planned.earliest_block),
        reveal: planned.opening.map(|opening| Reveal {
            round: opening.sealed.map(|(round, ..)| round),
            expected_block: Some(opening.expected_block),
            block: None,
        }),
        version_key: Some(planned.version_key),
        uids: planned.weights.uids,
        values: planned.weights.values,
        dropped: planned.dropped,
        error: None,
    }
}

/// A job of the identity that asks.
pub(super) async fn own(app: &App, writer: &Writer, id: JobId) -> Result<Job, ApiError> {
    let found = app.committer.storage().job(id.clone()).await?;
    found
        .filter(|job| {
            job.receipt.identity == writer.identity && job.receipt.kind == JobKind::Weights
        })
        .ok_or_else(|| ApiError::JobNotFound(id.to_string()))
}

pub(super) fn receipt(job: &Job) -> HttpResponse {
    uncached(StatusCode::OK).json(&job.receipt)
}

/// A page; a full one may have another after it.
pub(super) fn page(jobs: Vec<Job>, limit: u32) -> HttpResponse {
    let is_full = u32::try_from(jobs.len()).is_ok_and(|count| count == limit);
    let last = jobs.last().filter(|_| is_full);
    uncached(StatusCode::OK).json(JobsBody {
        next_cursor: last.map(|job| job.receipt.id.to_string()),
        jobs: jobs.into_iter().map(|job| job.receipt).collect(),
    })
}

/// It is another one a moment later.
fn uncached(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    response
}
