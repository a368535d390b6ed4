//! Commitments and hyperparameters, in the first Pylon's words.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, post, put};
use pylon_models::classic::{DetailBody, SetCommitmentBody, SetHyperparamBody};
use pylon_storage::Job;

use super::access::Signer;
use super::asked;
use crate::app::App;
use crate::committer::CommitmentRequest;
use crate::http::error::{ApiError, JOB};
use crate::http::openapi::WriteProblems;
use crate::http::{commitments, hyperparameters, jobs};

/// Commits bytes in the open, and answers when they are final. A job does it: `X-Pylon-Job` names it, in a 504 too.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(jobs::Named),
    request_body = SetCommitmentBody,
    responses((status = 200, body = DetailBody, description = "They are final"), WriteProblems)
)]
#[post("/set_commitment")]
pub(in crate::http) async fn set_commitment(
    signer: Signer,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let data = asked::set_commitment(&request, &body)?;
    let asked = CommitmentRequest::Data(data);
    let job = commitments::commit(&app, &request, &body, signer.0, &asked).await?;
    Ok(done(&job, "Commitment successfully set"))
}

/// Sets a hyperparameter with the key of the subnet's owner that is configured for the identity, and answers when that
/// is final. A job does it: `X-Pylon-Job` names it, in a 504 too.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(jobs::Named),
    request_body = SetHyperparamBody,
    responses((status = 200, body = DetailBody, description = "It is final"), WriteProblems)
)]
#[put("/set_hyperparam")]
pub(in crate::http) async fn set_hyperparam(
    signer: Signer,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let (name, value) = asked::set_hyperparam(&request, &body)?;
    let job = hyperparameters::set(&app, &request, &body, signer.0, &name, value).await?;
    Ok(done(&job, "Hyperparameter set successfully"))
}

fn done(job: &Job, detail: &str) -> HttpResponse {
    jobs::uncached(StatusCode::OK)
        .insert_header((JOB, job.receipt.id.as_str()))
        .json(DetailBody {
            detail: detail.to_owned(),
        })
}
