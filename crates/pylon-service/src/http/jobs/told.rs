//! What callers are told of their jobs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use pylon_models::wire::JobsBody;
use pylon_models::{JobId, JobKind};
use pylon_storage::{Job, JobFilter};

use super::asked::JobsPage;
use crate::app::App;
use crate::http::access::Writer;
use crate::http::error::ApiError;

/// A job of the identity that asks, and of that kind.
pub(in crate::http) async fn own(
    app: &App,
    writer: &Writer,
    id: JobId,
    kind: Option<JobKind>,
) -> Result<Job, ApiError> {
    let found = app.committer.storage().job(id.clone()).await?;
    found
        .filter(|job| job.receipt.identity == writer.identity)
        .filter(|job| kind.is_none_or(|kind| kind == job.receipt.kind))
        .ok_or_else(|| ApiError::JobNotFound(id.to_string()))
}

pub(in crate::http) fn receipt(job: &Job) -> HttpResponse {
    uncached(StatusCode::OK).json(&job.receipt)
}

/// Jobs of an identity on a page.
pub(in crate::http) async fn list(
    app: &App,
    writer: Writer,
    kind: Option<JobKind>,
    asked: &JobsPage,
) -> Result<HttpResponse, ApiError> {
    let filter = JobFilter {
        identity: writer.identity,
        netuid: writer.netuid,
        kind,
        state: asked.state,
        before: asked.before.clone(),
        limit: asked.limit,
    };
    let jobs = app.committer.storage().jobs(filter).await?;
    Ok(page(jobs, asked.limit))
}

/// A page; a full one may have another after it.
fn page(jobs: Vec<Job>, limit: u32) -> HttpResponse {
    let is_full = u32::try_from(jobs.len()).is_ok_and(|count| count == limit);
    let last = jobs.last().filter(|_| is_full);
    uncached(StatusCode::OK).json(JobsBody {
        next_cursor: last.map(|job| job.receipt.id.to_string()),
        jobs: jobs.into_iter().map(|job| job.receipt).collect(),
    })
}

/// It is another one a moment later.
pub(in crate::http) fn uncached(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    response
}
