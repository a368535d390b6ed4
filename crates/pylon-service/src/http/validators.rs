//! The validators of a subnet.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use super::access::SubnetReader;
use super::answer::Wants;
use super::columns::Columns;
use super::error::ApiError;
use super::openapi::{ReadProblems, ValidatorsAnswer};
use super::path::Block;
use crate::app::App;

/// Neurons with a validator permit at the latest block, the largest total stake first.
#[utoipa::path(tag = "validators", security(("token" = [])), params(Columns), responses((status = 200, body = ValidatorsAnswer), ReadProblems))]
#[get("/block/latest/validators")]
pub(super) async fn latest_validators(
    reader: SubnetReader,
    block: Block,
    columns: Columns,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer(reader, block, &columns, &app, &wants).await
}

/// Neurons with a validator permit at a block, the largest total stake first.
#[utoipa::path(tag = "validators", security(("token" = [])), params(Columns), responses((status = 200, body = ValidatorsAnswer), ReadProblems))]
#[get("/block/{block_number}/validators")]
pub(super) async fn validators(
    reader: SubnetReader,
    block: Block,
    columns: Columns,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    answer(reader, block, &columns, &app, &wants).await
}

async fn answer(
    reader: SubnetReader,
    block: Block,
    columns: &Columns,
    app: &App,
    wants: &Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = app.snapshots.get(reader.netuid, block.0).await?;
    match columns.validators(page.snapshot())? {
        Some((stamp, body)) => Ok(wants.answer(&stamp, &body, holds).await),
        None => Ok(wants.answer(&page.stamp, &page.validators, holds).await),
    }
}
