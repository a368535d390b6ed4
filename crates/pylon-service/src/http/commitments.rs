//! What neurons commit on the chain, beside weights.

mod given;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use pylon_models::JobKind;
use pylon_models::unstable::{self, RevealedBody, RevealedCommitmentsBody};
use pylon_models::v1::{
    CommitmentBody, CommitmentsBody, DoneBody, RevealRoundBody, SetCommitmentBody,
    SetRevealedCommitmentBody,
};
use pylon_storage::Job;

pub(super) use self::given::committable;
use super::access::{Neuron, SubnetReader, Writer};
use super::answer::Wants;
use super::error::{ApiError, JOB};
use super::jobs;
use super::openapi::{ReadProblems, WriteProblems};
use super::path::Block;
use crate::app::App;
use crate::committer::CommitmentRequest;
use crate::reads::{One, Read};

/// What the neurons of a subnet have committed in plain, by hotkey.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = CommitmentsBody), ReadProblems))]
#[get("/block/{block}/commitments")]
pub(super) async fn commitments(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Commitments(reader.netuid), block.0).await
}

/// What one neuron has committed in plain.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = CommitmentBody), ReadProblems))]
#[get("/block/{block}/commitments/{hotkey}")]
pub(super) async fn commitment(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::Commitments(reader.netuid);
    one(&wants, read, block, neuron).await
}

/// What the neurons of a subnet have committed, plain or timelocked, by hotkey.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = unstable::CommitmentsBody), ReadProblems))]
#[get("/block/{block}/commitments")]
pub(super) async fn tagged_commitments(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants
        .read(Read::TaggedCommitments(reader.netuid), block.0)
        .await
}

/// What one neuron has committed, plain or timelocked.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = unstable::CommitmentBody), ReadProblems))]
#[get("/block/{block}/commitments/{hotkey}")]
pub(super) async fn tagged_commitment(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    // Who logged in is a client up to 1.9, which reads the plain form.
    let read = if reader.logged_in {
        Read::Commitments(reader.netuid)
    } else {
        Read::TaggedCommitments(reader.netuid)
    };
    one(&wants, read, block, neuron).await
}

/// What the neurons of a subnet had timelocked and the chain has opened, by hotkey.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = RevealedCommitmentsBody), ReadProblems))]
#[get("/block/{block}/commitments/revealed")]
pub(super) async fn revealed_commitments(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Revealed(reader.netuid), block.0).await
}

/// What one neuron had timelocked and the chain has opened.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = RevealedBody), ReadProblems))]
#[get("/block/{block}/commitments/revealed/{hotkey}")]
pub(super) async fn revealed_commitment(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    one(&wants, Read::Revealed(reader.netuid), block, neuron).await
}

/// Commits bytes in the open, and answers when they are final. A job does it: `X-Pylon-Job` names it, in a 504 too.
#[utoipa::path(
    tag = "commitments",
    security(("token" = [])),
    params(jobs::Named),
    request_body = SetCommitmentBody,
    responses((status = 201, body = DoneBody, description = "They are final"), WriteProblems)
)]
#[post("/commitments")]
pub(super) async fn set_commitment(
    writer: Writer,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let data = given::commitment(&request, &body)?;
    let asked = CommitmentRequest::Data(data);
    let job = commit(&app, &request, &body, writer, &asked).await?;
    let detail = "Commitment set successfully.".to_owned();
    Ok(created(&job).json(DoneBody { detail }))
}

/// Commits a text that the chain opens itself so many blocks later, and answers when it is final, with the round of the
/// beacon that opens it. The job's receipt tells when it was opened.
#[utoipa::path(
    tag = "commitments",
    security(("token" = [])),
    params(jobs::Named),
    request_body = SetRevealedCommitmentBody,
    responses((status = 201, body = RevealRoundBody, description = "It is final"), WriteProblems)
)]
#[post("/commitments/revealed")]
pub(super) async fn set_revealed_commitment(
    writer: Writer,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let asked = given::text(&request, &body)?;
    let job = commit(&app, &request, &body, writer, &asked).await?;
    let round = job.receipt.reveal.and_then(|reveal| reveal.round);
    let reveal_round = round.ok_or(ApiError::Internal)?;
    Ok(created(&job).json(RevealRoundBody { reveal_round }))
}

/// Keeps what is to be committed, and returns when it is final.
pub(super) async fn commit(
    app: &App,
    request: &HttpRequest,
    body: &[u8],
    writer: Writer,
    asked: &CommitmentRequest,
) -> Result<Job, ApiError> {
    let job = jobs::of_subnet(app, writer, JobKind::Commitment, asked)?;
    jobs::carry_out(app, request, body, job).await
}

fn created(job: &Job) -> actix_web::HttpResponseBuilder {
    let mut answer = jobs::uncached(StatusCode::CREATED);
    answer.insert_header((JOB, job.receipt.id.as_str()));
    answer
}

async fn one(
    wants: &Wants,
    read: Read,
    block: Block,
    neuron: Neuron,
) -> Result<HttpResponse, ApiError> {
    let missing = ApiError::CommitmentNotFound;
    wants
        .read_one(read, block.0, One::Neuron(neuron.0), missing)
        .await
}
