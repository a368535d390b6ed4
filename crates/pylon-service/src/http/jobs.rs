//! The jobs of identities: writes that outlive the request which asked for them.

mod asked;
mod carried;
mod named;
mod told;

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get};
use pylon_models::Receipt;
use pylon_models::wire::JobsBody;

pub(super) use self::asked::{JobSegment, JobsPage, parameter};
pub(super) use self::carried::{
    accept, carry_out, is_settled, of_subnet, settled, taken_back, time_to_wait, wait_for,
};
pub(super) use self::named::{Named, idempotency_key, named};
pub(super) use self::told::{list, own, receipt, uncached};
use super::access::Writer;
use super::error::ApiError;
use super::openapi::OurJobProblems;
use crate::app::App;

/// The identity's jobs of every kind, the newest first.
#[utoipa::path(tag = "jobs", security(("token" = [])), params(asked::KindOfJobs, JobsPage), responses((status = 200, body = JobsBody), OurJobProblems))]
#[get("/jobs")]
pub(super) async fn jobs(
    writer: Writer,
    kind: asked::KindOfJobs,
    asked: JobsPage,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    list(&app, writer, kind.0, &asked).await
}

/// The receipt of a job of any kind: how far it has come, and every attempt at it.
#[utoipa::path(tag = "jobs", security(("token" = [])), responses((status = 200, body = Receipt), OurJobProblems))]
#[get("/jobs/{job_id}")]
pub(super) async fn job(
    writer: Writer,
    named: JobSegment,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let found = own(&app, &writer, named.0, None).await?;
    Ok(receipt(&found))
}

/// Takes a job back, as long as nothing was sent for it.
#[utoipa::path(tag = "jobs", security(("token" = [])), responses((status = 200, body = Receipt), OurJobProblems))]
#[delete("/jobs/{job_id}")]
pub(super) async fn cancel(
    writer: Writer,
    named: JobSegment,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let found = own(&app, &writer, named.0, None).await?;
    let cancelled = app.committer.cancel(found.receipt.id).await?;
    Ok(receipt(&cancelled))
}
