//! How far the chain is with drand's pulses.

use actix_web::{HttpResponse, get};
use pylon_models::unstable::DrandRoundBody;

use super::answer::Wants;
use super::error::ApiError;
use super::openapi::OpenReadProblems;
use super::path::Block;
use crate::reads::Read;

/// The newest round that the chain knows the pulse of.
#[utoipa::path(tag = "blocks", responses((status = 200, body = DrandRoundBody), OpenReadProblems))]
#[get("/block/{block}/drand/last_stored_round")]
pub(super) async fn last_stored_round(
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::DrandRound, block.0).await
}
