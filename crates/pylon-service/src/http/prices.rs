//! What alpha costs.

use actix_web::{HttpResponse, get};
use pylon_models::unstable::{PriceBody, PricesBody};

use super::access::{OpenReader, SubnetReader};
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::Block;
use crate::reads::{One, Read};

/// What one alpha of each subnet costs, by netuid.
#[utoipa::path(tag = "prices", security(("token" = [])), responses((status = 200, body = PricesBody), ReadProblems))]
#[get("/block/{block}/prices")]
pub(super) async fn prices(
    _reader: OpenReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Prices, block.0).await
}

/// What one alpha of a subnet costs.
#[utoipa::path(tag = "prices", security(("token" = [])), responses((status = 200, body = PriceBody), ReadProblems))]
#[get("/block/{block}/price")]
pub(super) async fn price(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let missing = ApiError::SubnetNotFound(reader.netuid.to_string());
    wants
        .read_one(Read::Prices, block.0, One::Subnet(reader.netuid), missing)
        .await
}
