//! The weights of identities: given, brought on chain, looked after.

mod asked;
mod told;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use pylon_models::unstable::WeightsStatusBody;
use pylon_models::wire::{JobsBody, SetWeightsBody};
use pylon_models::{JobKind, MechId, Receipt};

use self::asked::Asked;
pub(super) use self::asked::{by_hotkey, hotkey, weight};
use super::access::{OwnHotkey, SubnetReader, Writer};
use super::answer::Wants;
use super::error::ApiError;
use super::jobs::{self, JobSegment, JobsPage};
use super::openapi::{OurJobProblems, ReadProblems, WriteProblems};
use super::path::{MechanismSegment, Number};
use crate::app::App;
use crate::blocks::At;
use crate::reads::Read;

/// Whether the identity's hotkey set or committed weights for a mechanism in the epoch that holds a block. Of an epoch
/// that is over, its last block tells; of one that goes on, the best head.
#[utoipa::path(tag = "weights", security(("token" = [])), responses((status = 200, body = WeightsStatusBody), ReadProblems))]
#[get("/mechanism/{mechanism_id}/block/{block_number}/weights/status")]
pub(super) async fn weights_status(
    reader: SubnetReader,
    mechanism: MechanismSegment,
    block: Number,
    hotkey: OwnHotkey,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::WeightsStatus(reader.netuid, mechanism.0, hotkey.0, block.0);
    wants.read(read, At::Best).await
}

/// Keeps weights and brings them on chain: in the open, or committed and revealed, as the subnet wants them. They take the
/// place of weights that still wait. With `?dry_run=true` nothing is kept, and the answer tells what would be sent; with
/// `Prefer: wait=N` the answer comes when they are final, or after N seconds, and is the receipt.
#[utoipa::path(
    tag = "weights",
    security(("token" = [])),
    params(Asked),
    request_body = SetWeightsBody,
    responses(
        (status = 200, body = asked::SetWeightsAnswer, description = "They are kept"),
        (status = 202, body = Receipt, description = "They are kept, and not final after the time to wait"),
        WriteProblems
    )
)]
#[put("/weights")]
pub(super) async fn set_weights(
    writer: Writer,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    told::put(&app, &request, writer, MechId::MAIN, &body).await
}

/// The same for one of the subnet's mechanisms.
#[utoipa::path(
    tag = "weights",
    security(("token" = [])),
    params(Asked),
    request_body = SetWeightsBody,
    responses(
        (status = 200, body = asked::SetWeightsAnswer, description = "They are kept"),
        (status = 202, body = Receipt, description = "They are kept, and not final after the time to wait"),
        WriteProblems
    )
)]
#[put("/mechanism/{mechanism_id}/weights")]
pub(super) async fn set_mechanism_weights(
    writer: Writer,
    mechanism: MechanismSegment,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    told::put(&app, &request, writer, mechanism.0, &body).await
}

/// The identity's jobs for weights, the newest first.
#[utoipa::path(tag = "weights", security(("token" = [])), params(JobsPage), responses((status = 200, body = JobsBody), OurJobProblems))]
#[get("/weights/jobs")]
pub(super) async fn weights_jobs(
    writer: Writer,
    page: JobsPage,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    jobs::list(&app, writer, Some(JobKind::Weights), &page).await
}

/// The receipt of a job: how far it has come, and every attempt at it.
#[utoipa::path(tag = "weights", security(("token" = [])), responses((status = 200, body = Receipt), OurJobProblems))]
#[get("/weights/jobs/{job_id}")]
pub(super) async fn weights_job(
    writer: Writer,
    named: JobSegment,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let found = jobs::own(&app, &writer, named.0, Some(JobKind::Weights)).await?;
    Ok(jobs::receipt(&found))
}

/// Takes a job back, as long as nothing was sent for it.
#[utoipa::path(tag = "weights", security(("token" = [])), responses((status = 200, body = Receipt), OurJobProblems))]
#[delete("/weights/jobs/{job_id}")]
pub(super) async fn cancel_weights(
    writer: Writer,
    named: JobSegment,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    let found = jobs::own(&app, &writer, named.0, Some(JobKind::Weights)).await?;
    let cancelled = app.committer.cancel(found.receipt.id).await?;
    Ok(jobs::receipt(&cancelled))
}
