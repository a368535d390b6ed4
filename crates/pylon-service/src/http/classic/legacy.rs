//! The names that the second generation of the first Pylon gave to the same, as `bittensor-pylon` 0.0.8 calls them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use pylon_models::Health;
use pylon_models::classic::{BlockTimestampBody, CommitmentBody, MetagraphBody, WeightsBody};

use super::access::Reader;
use super::weights::answer_weights;
use super::{answer_commitment, answer_commitments, answer_metagraph};
use crate::app::App;
use crate::blocks::At;
use crate::http::access::Neuron;
use crate::http::answer::Wants;
use crate::http::error::ApiError;
use crate::http::health::answer_ready;
use crate::http::openapi::ReadProblems;
use crate::http::path::Block;
use crate::reads::Read;

/// Whether requests can be answered: as `/health/ready`.
#[utoipa::path(tag = "classic", responses((status = 200, body = Health), (status = 503, body = Health)))]
#[get("/health")]
pub(in crate::http) async fn health(app: Data<App>) -> HttpResponse {
    answer_ready(&app).await
}

/// As `/metagraph`.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = MetagraphBody), ReadProblems))]
#[get("/latest_metagraph")]
pub(in crate::http) async fn latest_metagraph(
    reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_metagraph(reader, block, &wants).await
}

/// When a block was made.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = BlockTimestampBody), ReadProblems))]
#[get("/block_timestamp/{block_number}")]
pub(in crate::http) async fn block_timestamp(
    _reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::BlockTimestamp, block.0).await
}

/// As `/raw_weights`.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = WeightsBody), ReadProblems))]
#[get("/latest_weights")]
pub(in crate::http) async fn latest_weights(
    reader: Reader,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_weights(reader, At::Best, &wants).await
}

/// As `/raw_weights?epoch=` with that block.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = WeightsBody), ReadProblems))]
#[get("/weights/{block_number}")]
pub(in crate::http) async fn weights_at(
    reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_weights(reader, block.0, &wants).await
}

/// As `/get_commitment/{hotkey}`.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(("block" = Option<u32>, Query, description = "At which block: the latest unless given")),
    responses((status = 200, body = CommitmentBody), ReadProblems)
)]
#[get("/commitment/{hotkey}")]
pub(in crate::http) async fn commitment(
    reader: Reader,
    neuron: Neuron,
    request: HttpRequest,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_commitment(reader, neuron, &request, &wants).await
}

/// As `/get_commitments`.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(("block" = Option<u32>, Query, description = "At which block: the latest unless given")),
    responses((status = 200, body = BTreeMap<String, String>), ReadProblems)
)]
#[get("/commitments")]
pub(in crate::http) async fn commitments(
    reader: Reader,
    request: HttpRequest,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_commitments(reader, &request, &wants).await
}
