//! Blocks.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::v1::BlockBody;

use super::access::OpenReader;
use super::answer::{Holds, Wants};
use super::error::ApiError;
use super::openapi::{Problems, ReadProblems};
use crate::app::App;
use crate::snapshots::SnapshotError;

/// The latest block.
#[utoipa::path(tag = "blocks", responses((status = 200, body = BlockBody), (status = 304, description = "`If-None-Match` names this block"), Problems))]
#[get("/block/latest")]
pub(super) async fn latest_block(app: Data<App>, wants: Wants) -> Result<HttpResponse, ApiError> {
    let block = app.link.latest_block().ok_or(SnapshotError::NotConnected)?;
    Ok(wants
        .answer(&block.stamp, &block.body, Holds::Now(block.seen))
        .await)
}

/// The latest block, where the clients of the unstable surface ask for it.
#[utoipa::path(tag = "blocks", security(("token" = [])), responses((status = 200, body = BlockBody), ReadProblems))]
#[get("/block/latest")]
pub(super) async fn latest_block_guarded(
    _reader: OpenReader,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let block = app.link.latest_block().ok_or(SnapshotError::NotConnected)?;
    Ok(wants
        .answer(&block.stamp, &block.body, Holds::Now(block.seen))
        .await)
}
