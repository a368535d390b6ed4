//! Neurons on the chain's EVM.

use actix_web::{HttpResponse, get};
use pylon_models::unstable::EvmAssociationsBody;

use super::access::SubnetReader;
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::Block;
use crate::reads::Read;

/// The EVM addresses that a subnet's neurons proved to own, by hotkey.
#[utoipa::path(tag = "evm", security(("token" = [])), responses((status = 200, body = EvmAssociationsBody), ReadProblems))]
#[get("/block/{block}/evm_associations")]
pub(super) async fn evm_associations(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants
        .read(Read::EvmAssociations(reader.netuid), block.0)
        .await
}
