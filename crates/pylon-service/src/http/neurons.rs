//! The neurons of a subnet.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::NetUid;

use super::access::SubnetReader;
use super::answer::Wants;
use super::columns::Columns;
use super::error::ApiError;
use super::openapi::{NeuronsAnswer, ReadProblems};
use super::path::Block;
use crate::app::App;
use crate::blocks::Holds;
use crate::load::LoadError;
use crate::snapshots::Page;

/// Neurons at the latest block, in the order of their uids.
#[utoipa::path(tag = "neurons", security(("token" = [])), params(Columns), responses((status = 200, body = NeuronsAnswer), ReadProblems))]
#[get("/block/latest/neurons")]
pub(super) async fn latest_neurons(
    reader: SubnetReader,
    block: Block,
    columns: Columns,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = app.snapshots.get(reader.netuid, block.0).await?;
    answer(&wants, &page, &columns, holds).await
}

/// Neurons of the last snapshot that was read: answers at once, also while the chain does not.
#[utoipa::path(tag = "neurons", security(("token" = [])), params(Columns), responses((status = 200, body = NeuronsAnswer), ReadProblems))]
#[get("/block/recent/neurons")]
pub(super) async fn recent_neurons(
    reader: SubnetReader,
    columns: Columns,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = recent(&app, reader.netuid).await?;
    answer(&wants, &page, &columns, holds).await
}

/// Neurons at a block, in the order of their uids.
#[utoipa::path(tag = "neurons", security(("token" = [])), params(Columns), responses((status = 200, body = NeuronsAnswer), ReadProblems))]
#[get("/block/{block_number}/neurons")]
pub(super) async fn neurons(
    reader: SubnetReader,
    block: Block,
    columns: Columns,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = app.snapshots.get(reader.netuid, block.0).await?;
    answer(&wants, &page, &columns, holds).await
}

async fn answer(
    wants: &Wants,
    page: &Page,
    columns: &Columns,
    holds: Holds,
) -> Result<HttpResponse, ApiError> {
    match columns.neurons(page.snapshot())? {
        Some((stamp, body)) => Ok(wants.answer(&stamp, &body, holds).await),
        None => Ok(wants.answer(&page.stamp, &page.neurons, holds).await),
    }
}

/// The last snapshot, if it is young enough. Where blocks come by the clock its age counts on even
/// when no head tells of new ones.
pub(super) async fn recent(app: &App, netuid: NetUid) -> Result<(Arc<Page>, Holds), ApiError> {
    let page = app
        .snapshots
        .last(netuid)
        .await
        .map_err(|error| match error {
            LoadError::NoSuchSubnet(_) => ApiError::Load(error),
            _ => ApiError::RecentMissing(error),
        })?;
    let head = app.link.last_heads().map(|heads| heads.best.number);
    let behind = head.map_or(0, |head| u64::from(head.since(page.block().number)));
    let missed = app.block_duration.map_or(0, |time| {
        u64::try_from(page.seen().elapsed().as_millis() / time.as_millis().max(1))
            .unwrap_or(u64::MAX)
    });
    let blocks = behind.max(missed);
    let holds = match blocks {
        _ if blocks > app.recent.hard_limit_blocks.into() => {
            return Err(ApiError::RecentStale {
                blocks,
                limit: app.recent.hard_limit_blocks,
            });
        }
        _ if blocks > app.recent.soft_limit_blocks.into() => Holds::Late(page.seen()),
        _ => Holds::Now(page.seen()),
    };
    Ok((page, holds))
}
