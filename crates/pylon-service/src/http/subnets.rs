//! Subnets: which there are, by what rules they run, and who weighs whom on them.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::wire::{
    BondsBody, EpochBody, HyperparametersBody, SubnetBody, SubnetsBody, WeightsBody,
};

use super::access::{OpenReader, SubnetReader};
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::OurReadProblems;
use super::pages::Pages;
use super::path::{Block, Mechanism, Subnet};
use crate::app::App;
use crate::load::LoadError;
use crate::reads::Read;

/// Every subnet, root first.
#[utoipa::path(tag = "subnets", security(("token" = [])), params(Pages), responses((status = 200, body = SubnetsBody), OurReadProblems))]
#[get("/block/{block}/subnets")]
pub(super) async fn subnets(
    _reader: OpenReader,
    block: Block,
    pages: Pages,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    pages.answer(&wants, Read::Subnets, block.0).await
}

/// One subnet.
#[utoipa::path(tag = "subnets", security(("token" = [])), responses((status = 200, body = SubnetBody), OurReadProblems))]
#[get("/block/{block}/subnet/{netuid}")]
pub(super) async fn subnet(
    _reader: OpenReader,
    block: Block,
    subnet: Subnet,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Subnet(subnet.0), block.0).await
}

/// The hyperparameters of a subnet, as many as the runtime has.
#[utoipa::path(tag = "subnets", security(("token" = [])), responses((status = 200, body = HyperparametersBody), OurReadProblems))]
#[get("/block/{block}/hyperparams")]
pub(super) async fn hyperparameters(
    reader: SubnetReader,
    block: Block,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = app.snapshots.get(reader.netuid, block.0).await?;
    let body = page
        .hyperparameters
        .as_ref()
        .ok_or(LoadError::Unsupported("list of hyperparameters"))?;
    Ok(wants.answer(&page.stamp, body, holds).await)
}

/// When a subnet runs its epochs.
#[utoipa::path(tag = "subnets", security(("token" = [])), responses((status = 200, body = EpochBody), OurReadProblems))]
#[get("/block/{block}/epoch")]
pub(super) async fn epoch(
    reader: SubnetReader,
    block: Block,
    app: Data<App>,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let (page, holds) = app.snapshots.get(reader.netuid, block.0).await?;
    Ok(wants.answer(&page.stamp, &page.epoch, holds).await)
}

/// The weights that the validators of a subnet have set, for one of its mechanisms.
#[utoipa::path(tag = "subnets", security(("token" = [])), params(Mechanism, Pages), responses((status = 200, body = WeightsBody), OurReadProblems))]
#[get("/block/{block}/weights")]
pub(super) async fn weights(
    reader: SubnetReader,
    block: Block,
    mechanism: Mechanism,
    pages: Pages,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::Weights(reader.netuid, mechanism.0);
    pages.answer(&wants, read, block.0).await
}

/// The bonds of a subnet's validators, for one of its mechanisms.
#[utoipa::path(tag = "subnets", security(("token" = [])), params(Mechanism, Pages), responses((status = 200, body = BondsBody), OurReadProblems))]
#[get("/block/{block}/bonds")]
pub(super) async fn bonds(
    reader: SubnetReader,
    block: Block,
    mechanism: Mechanism,
    pages: Pages,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::Bonds(reader.netuid, mechanism.0);
    pages.answer(&wants, read, block.0).await
}
