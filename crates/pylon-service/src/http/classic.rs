//! The surface of the first Pylon, at the root: what is read through it.

mod access;
mod asked;
mod legacy;
mod weights;
mod writes;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use pylon_models::classic::{
    BlockHashBody, CommitmentBody, EpochBody, LatestBlockBody, MetagraphBody,
};
use serde::Serialize;

use self::access::Reader;
pub(super) use self::legacy::{
    block_timestamp, commitment, commitments, health, latest_metagraph, latest_weights, weights_at,
};
pub(super) use self::weights::{
    force_commit_weights, raw_weights, set_weight, set_weights, update_weight,
};
pub(super) use self::writes::{set_commitment, set_hyperparam};
use super::access::Neuron;
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::{self, Block};
use crate::app::App;
use crate::blocks::{At, Holds};
use crate::encoding::Body;
use crate::load::LoadError;
use crate::reads::{One, Read};
use crate::snapshots::ClassicBodies;

/// The height of the best block.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = LatestBlockBody), ReadProblems))]
#[get("/latest_block")]
pub(super) async fn latest_block(
    _reader: Reader,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let latest = app.link.latest_block().ok_or(LoadError::NotConnected)?;
    let body = json(&LatestBlockBody {
        block: latest.number,
    })?;
    let holds = Holds::Now(latest.seen);
    Ok(wants.answer(&latest.stamp, &body, holds).await)
}

/// The neurons of the subnet at the latest block, in the order of their uids.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = MetagraphBody), ReadProblems))]
#[get("/metagraph")]
pub(super) async fn metagraph(
    reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_metagraph(reader, block, &wants).await
}

/// The neurons of the subnet at a block, in the order of their uids.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = MetagraphBody), ReadProblems))]
#[get("/metagraph/{block_number}")]
pub(super) async fn metagraph_at(
    reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_metagraph(reader, block, &wants).await
}

/// The hash of a block.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = BlockHashBody), ReadProblems))]
#[get("/block_hash/{block_number}")]
pub(super) async fn block_hash(
    _reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::BlockHash, block.0).await
}

/// The epoch of the subnet that is under way.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = EpochBody), ReadProblems))]
#[get("/epoch")]
pub(super) async fn epoch(
    reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_epoch(reader, block, &wants).await
}

/// The epoch of the subnet as its schedule stood at a block.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = EpochBody), ReadProblems))]
#[get("/epoch/{block_number}")]
pub(super) async fn epoch_at(
    reader: Reader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_epoch(reader, block, &wants).await
}

/// Every hyperparameter that the runtime lists of the subnet, as it was last read.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    responses((status = 200, body = BTreeMap<String, pylon_models::wire::SettingValue>), ReadProblems)
)]
#[get("/hyperparams")]
pub(super) async fn hyperparams(
    reader: Reader,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let page = app.snapshots.last(reader.netuid).await;
    let page = page.map_err(|error| match error {
        LoadError::NoSuchSubnet(_) => ApiError::Load(error),
        _ => ApiError::HyperparametersMissing(error),
    })?;
    let body = bodies(page.classic.as_ref())?
        .hyperparams
        .as_ref()
        .ok_or(LoadError::Unsupported("list of hyperparameters"))?;
    let holds = Holds::Now(page.seen());
    Ok(wants.answer(&page.stamp, body, holds).await)
}

/// What a neuron has committed in plain.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(("block" = Option<u32>, Query, description = "At which block: the latest unless given")),
    responses((status = 200, body = CommitmentBody), ReadProblems)
)]
#[get("/get_commitment/{hotkey}")]
pub(super) async fn get_commitment(
    reader: Reader,
    neuron: Neuron,
    request: HttpRequest,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_commitment(reader, neuron, &request, &wants).await
}

/// What the neurons of the subnet have committed in plain, by hotkey.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(("block" = Option<u32>, Query, description = "At which block: the latest unless given")),
    responses((status = 200, body = BTreeMap<String, String>), ReadProblems)
)]
#[get("/get_commitments")]
pub(super) async fn get_commitments(
    reader: Reader,
    request: HttpRequest,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_commitments(reader, &request, &wants).await
}

async fn answer_metagraph(
    reader: Reader,
    block: Block,
    wants: &Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = wants.app().snapshots.get(reader.netuid, block.0).await?;
    let body = &bodies(page.classic.as_ref())?.metagraph;
    Ok(wants.answer(&page.stamp, body, holds).await)
}

async fn answer_epoch(
    reader: Reader,
    block: Block,
    wants: &Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = wants.app().snapshots.get(reader.netuid, block.0).await?;
    let body = bodies(page.classic.as_ref())?.epoch.as_ref();
    let body = body.ok_or(ApiError::NoEpochs(reader.netuid))?;
    Ok(wants.answer(&page.stamp, body, holds).await)
}

async fn answer_commitment(
    reader: Reader,
    neuron: Neuron,
    request: &HttpRequest,
    wants: &Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::ClassicCommitments(reader.netuid);
    let (at, one) = (at(request, "block")?, One::Neuron(neuron.0));
    wants
        .read_one(read, at, one, ApiError::NothingCommitted)
        .await
}

async fn answer_commitments(
    reader: Reader,
    request: &HttpRequest,
    wants: &Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::ClassicCommitments(reader.netuid);
    wants.read(read, at(request, "block")?).await
}

/// The block that a parameter of the query names, the latest where there is none.
fn at(request: &HttpRequest, name: &str) -> Result<At, ApiError> {
    let Some(text) = path::query(request, name)? else {
        return Ok(At::Best);
    };
    match text.parse() {
        Ok(number) => Ok(At::Number(number)),
        Err(_) if path::is_number(&text) => Err(ApiError::BlockNotFound(text)),
        Err(error) => Err(ApiError::invalid(request, "query", name, error)),
    }
}

/// They are made of every page of the subnet that this surface serves.
fn bodies(bodies: Option<&ClassicBodies>) -> Result<&ClassicBodies, ApiError> {
    bodies.ok_or(ApiError::Internal)
}

fn json(body: &impl Serialize) -> Result<Body, LoadError> {
    Ok(Body::new(serde_json::to_vec(body)?.into()))
}
