//! The TLS keys that neurons serve with.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use pylon_chain::CertificateKey;
use pylon_models::v1::{CertificateBody, CertificateKeyBody, GenerateCertificateBody};
use pylon_models::{JobKind, JobState};
use pylon_storage::Job;

use super::access::{Neuron, SubnetReader, Writer};
use super::answer::Wants;
use super::body;
use super::error::{ApiError, JOB};
use super::jobs;
use super::openapi::{ReadProblems, WriteProblems};
use super::path::Block;
use crate::app::App;
use crate::committer::CertificateRequest;
use crate::reads::{One, Read};

/// The certificates of a subnet's neurons, by hotkey.
#[utoipa::path(tag = "certificates", security(("token" = [])), responses((status = 200, body = BTreeMap<String, CertificateBody>), ReadProblems))]
#[get("/block/{block}/certificates")]
pub(super) async fn certificates(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Certificates(reader.netuid), block.0).await
}

/// The certificate of one neuron.
#[utoipa::path(tag = "certificates", security(("token" = [])), responses((status = 200, body = CertificateBody), ReadProblems))]
#[get("/block/{block}/certificates/{hotkey}")]
pub(super) async fn certificate(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::Certificates(reader.netuid);
    let missing = ApiError::CertificateNotFound;
    wants
        .read_one(read, block.0, One::Neuron(neuron.0), missing)
        .await
}

/// Makes a key pair and serves its public half with the axon that stands on chain; the answer comes when that is final,
/// or is on its way and the request's time is over. Nobody keeps the private half.
#[utoipa::path(
    tag = "certificates",
    security(("token" = [])),
    request_body = GenerateCertificateBody,
    responses((status = 201, body = CertificateKeyBody, description = "It is served"), WriteProblems)
)]
#[post("/certificates/self")]
pub(super) async fn generate_certificate(
    writer: Writer,
    request: HttpRequest,
    app: Data<App>,
    given: Bytes,
) -> Result<HttpResponse, ApiError> {
    algorithm(&request, &given)?;
    let key = CertificateKey::generate();
    let public_key = hex::encode(key.public_key);
    let served = serve(&app, &request, writer, public_key.clone()).await;
    let job = served.map_err(|error| match error {
        ApiError::JobFailed { .. } => ApiError::CertificateFailed(Box::new(error)),
        error => error,
    })?;
    Ok(jobs::uncached(StatusCode::CREATED)
        .insert_header((JOB, job.receipt.id.as_str()))
        .json(CertificateKeyBody {
            algorithm: CertificateKey::ALGORITHM,
            public_key,
            private_key: hex::encode(key.private_key.as_slice()),
        }))
}

async fn serve(
    app: &App,
    request: &HttpRequest,
    writer: Writer,
    public_key: String,
) -> Result<Job, ApiError> {
    let asked = CertificateRequest {
        algorithm: CertificateKey::ALGORITHM,
        public_key,
    };
    let until = jobs::time_to_wait(request)?;
    let job = jobs::of_subnet(app, writer, JobKind::Certificate, &asked)?;
    let job = jobs::accept(app, job, None).await?;
    let job = jobs::wait_for(&app.committer, job, until).await?;
    // The key is told now or never. One that is not sent yet is not missed.
    let is_sent = matches!(job.state(), JobState::Submitted | JobState::Included);
    if is_sent || (job.state() == JobState::Queued && !jobs::taken_back(app, &job).await) {
        return Ok(job);
    }
    jobs::settled(job)
}

/// The one algorithm that there is; the same when none is named.
fn algorithm(request: &HttpRequest, given: &[u8]) -> Result<(), ApiError> {
    let given = body::object(request, given)?;
    let algorithm = given.get("algorithm");
    let known = Some(u64::from(CertificateKey::ALGORITHM));
    if algorithm.is_none_or(|algorithm| algorithm.as_u64() == known) {
        return Ok(());
    }
    Err(body::invalid(
        request,
        "algorithm",
        "Value error, Currently, only algorithm equals 1 is supported which is EdDSA using Ed25519 curve",
    ))
}
