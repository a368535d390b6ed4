//! The neurons of a subnet.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::NetUid;
use pylon_models::v1::NeuronsBody;

use super::access::SubnetReader;
use super::answer::{Holds, Wants};
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::Block;
use crate::app::App;
use crate::snapshots::{Page, SnapshotError};

/// Neurons at the latest block, in the order of their uids.
#[utoipa::path(tag = "neurons", security(("token" = [])), responses((status = 200, body = NeuronsBody), ReadProblems))]
#[get("/block/latest/neurons")]
pub(super) async fn latest_neurons(
    reader: SubnetReader,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let page = app.snapshots.latest(reader.netuid).await?;
    Ok(wants
        .answer(&page.stamp, &page.neurons, Holds::Now(page.seen()))
        .await)
}

/// Neurons of the last snapshot that was read: answers at once, also while the chain does not.
#[utoipa::path(tag = "neurons", security(("token" = [])), responses((status = 200, body = NeuronsBody), ReadProblems))]
#[get("/block/recent/neurons")]
pub(super) async fn recent_neurons(
    reader: SubnetReader,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = recent(&app, reader.netuid).await?;
    Ok(wants.answer(&page.stamp, &page.neurons, holds).await)
}

/// Neurons at a block, in the order of their uids.
#[utoipa::path(tag = "neurons", security(("token" = [])), responses((status = 200, body = NeuronsBody), ReadProblems))]
#[get("/block/{block_number}/neurons")]
pub(super) async fn neurons(
    reader: SubnetReader,
    block: Block,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let past = app.snapshots.at(reader.netuid, block.0).await?;
    Ok(wants
        .answer(
            &past.page.stamp,
            &past.page.neurons,
            Holds::of_past(past.finalized),
        )
        .await)
}

/// The last snapshot, if it is young enough. Where blocks come by the clock its age counts on even
/// when no head tells of new ones.
async fn recent(app: &App, netuid: NetUid) -> Result<(Arc<Page>, Holds), ApiError> {
    let page = app
        .snapshots
        .last(netuid)
        .await
        .map_err(|error| match error {
            SnapshotError::NoSuchSubnet(_) => ApiError::Snapshot(error),
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
