//! Blocks and what is in them.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::v1::{BlockBody, ExtrinsicBody};

use super::access::OpenReader;
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::{OpenReadProblems, ReadProblems};
use super::path::{Block, Index};
use crate::app::App;
use crate::blocks::{At, Holds};
use crate::load::LoadError;
use crate::reads::Read;

/// The latest block.
#[utoipa::path(tag = "blocks", responses((status = 200, body = BlockBody), OpenReadProblems))]
#[get("/block/latest")]
pub(super) async fn latest_block(
    block: Block,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_latest(block, &app, &wants).await
}

/// The latest block, where the clients of the unstable surface ask for it.
#[utoipa::path(tag = "blocks", security(("token" = [])), responses((status = 200, body = BlockBody), ReadProblems))]
#[get("/block/latest")]
pub(super) async fn latest_block_guarded(
    _reader: OpenReader,
    block: Block,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer_latest(block, &app, &wants).await
}

/// An extrinsic of a block, decoded with the metadata of that block.
#[utoipa::path(tag = "blocks", responses((status = 200, body = ExtrinsicBody), OpenReadProblems))]
#[get("/block/{block}/extrinsic/{extrinsic_index}")]
pub(super) async fn extrinsic(
    block: Block,
    index: Index,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Extrinsic(index.0), block.0).await
}

/// The same, where the clients of the unstable surface ask for it.
#[utoipa::path(tag = "blocks", security(("token" = [])), responses((status = 200, body = ExtrinsicBody), ReadProblems))]
#[get("/block/{block}/extrinsic/{extrinsic_index}")]
pub(super) async fn extrinsic_guarded(
    _reader: OpenReader,
    block: Block,
    index: Index,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Extrinsic(index.0), block.0).await
}

async fn answer_latest(block: Block, app: &App, wants: &Wants) -> Result<HttpResponse, ApiError> {
    if block.0 == At::Finalized {
        let finalized = app.link.finalized_block().map_err(LoadError::from)?;
        let block = finalized.ok_or(LoadError::NotConnected)?;
        return Ok(wants
            .answer(&block.stamp, &block.body, Holds::Now(block.seen))
            .await);
    }
    let block = app.link.latest_block().ok_or(LoadError::NotConnected)?;
    Ok(wants
        .answer(&block.stamp, &block.body, Holds::Now(block.seen))
        .await)
}
