//! Jobs that a request waits for.

use std::time::Duration;

use actix_web::HttpRequest;
use pylon_models::{JobKind, JobState, MechId};
use pylon_storage::{IdempotencyKey, Job, NewJob, StorageError};
use serde::Serialize;
use tokio::time::Instant;

use super::named::named;
use crate::app::App;
use crate::committer::Committer;
use crate::http::access::Writer;
use crate::http::edge::last_moment;
use crate::http::error::ApiError;

/// A job that another process moves on is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Whether the job is final, or will never be.
pub(in crate::http) fn is_settled(job: &Job) -> bool {
    job.state() == JobState::Finalized || job.is_over()
}

/// The job when it is settled, or at that moment.
pub(in crate::http) async fn wait_for(
    committer: &Committer,
    job: Job,
    until: Instant,
) -> Result<Job, StorageError> {
    let mut changes = committer.changes();
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

/// A job that is final, or why it is not.
pub(in crate::http) fn settled(job: Job) -> Result<Job, ApiError> {
    let receipt = &job.receipt;
    let id = receipt.id.clone();
    Err(match receipt.state {
        JobState::Finalized | JobState::Revealed | JobState::RevealMissed => return Ok(job),
        JobState::Queued => ApiError::Unfinished {
            id,
            earliest: receipt.earliest_block,
        },
        JobState::Submitted | JobState::Included => ApiError::Unfinished { id, earliest: None },
        JobState::Superseded | JobState::Cancelled => ApiError::Overtaken(id),
        JobState::Failed | JobState::Expired => ApiError::JobFailed {
            id,
            message: receipt
                .error
                .as_ref()
                .map_or_else(|| receipt.state.to_string(), |error| error.message.clone()),
        },
    })
}

/// A job for the first mechanism, which stands for the subnet.
pub(in crate::http) fn of_subnet(
    app: &App,
    writer: Writer,
    kind: JobKind,
    asked: &impl Serialize,
) -> Result<NewJob, ApiError> {
    Ok(NewJob {
        kind,
        identity: writer.identity,
        hotkey: writer.hotkey,
        netuid: writer.netuid,
        mechanism: MechId::MAIN,
        hyperparameter: None,
        request: serde_json::to_string(asked).map_err(ApiError::Unwritable)?,
        block_accepted: app.link.last_heads().map(|heads| heads.best.number),
    })
}

/// Keeps a job and waits until it is final. A caller whose time runs out, or who leaves, changes nothing: the job goes on.
pub(in crate::http) async fn carry_out(
    app: &App,
    request: &HttpRequest,
    body: &[u8],
    job: NewJob,
) -> Result<Job, ApiError> {
    let until = time_to_wait(request)?;
    let job = accept(app, job, named(request, body)?).await?;
    settled(wait_for(&app.committer, job, until).await?)
}

/// Until when a request can wait for a job. One whose time is over keeps none: its caller would not be told of it.
pub(in crate::http) fn time_to_wait(request: &HttpRequest) -> Result<Instant, ApiError> {
    let until = last_moment(request);
    if Instant::now() >= until {
        return Err(ApiError::TimedOut);
    }
    Ok(until)
}

/// Keeps a job, or finds the one that was kept under its name.
pub(in crate::http) async fn accept(
    app: &App,
    job: NewJob,
    name: Option<IdempotencyKey>,
) -> Result<Job, ApiError> {
    let accepted = app.committer.accept(job, name).await?;
    accepted.map_err(|_| ApiError::IdempotencyMismatch)
}

/// Whether a job was taken back in time: nothing was sent for it, and nothing will be.
pub(in crate::http) async fn taken_back(app: &App, job: &Job) -> bool {
    job.state() == JobState::Queued && app.committer.cancel(job.receipt.id.clone()).await.is_ok()
}
