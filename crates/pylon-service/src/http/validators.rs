//! The validators of a subnet.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::v1::ValidatorsBody;

use super::access::SubnetReader;
use super::answer::{Holds, Wants};
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::Block;
use crate::app::App;

/// Neurons with a validator permit at the latest block, the largest total stake first.
#[utoipa::path(tag = "validators", security(("token" = [])), responses((status = 200, body = ValidatorsBody), ReadProblems))]
#[get("/block/latest/validators")]
pub(super) async fn latest_validators(
    reader: SubnetReader,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let page = app.snapshots.latest(reader.netuid).await?;
    Ok(wants
        .answer(&page.stamp, &page.validators, Holds::Now(page.seen()))
        .await)
}

/// Neurons with a validator permit at a block, the largest total stake first.
#[utoipa::path(tag = "validators", security(("token" = [])), responses((status = 200, body = ValidatorsBody), ReadProblems))]
#[get("/block/{block_number}/validators")]
pub(super) async fn validators(
    reader: SubnetReader,
    block: Block,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let past = app.snapshots.at(reader.netuid, block.0).await?;
    Ok(wants
        .answer(
            &past.page.stamp,
            &past.page.validators,
            Holds::of_past(past.finalized),
        )
        .await)
}
