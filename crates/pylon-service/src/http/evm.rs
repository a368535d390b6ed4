//! The chain's EVM: neurons' addresses on it, and what contracts log.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use pylon_chain::EvmAbi;
use pylon_models::EvmAddress;
use pylon_models::unstable::{EvmAbiBody, EvmAssociationsBody, EvmLogsBody};

use super::access::{Reader, SubnetReader};
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::{LogProblems, ReadProblems};
use super::path::{self, Block};
use crate::app::App;
use crate::evm::Logs;
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

/// The logs of a contract in a range of blocks, decoded with its ABI.
#[utoipa::path(
    tag = "evm",
    security(("token" = [])),
    params(
        ("from_block" = u64, Query, description = "The first block", example = 100),
        ("to_block" = u64, Query, description = "The last block", example = 200),
    ),
    request_body = EvmAbiBody,
    responses((status = 200, body = EvmLogsBody), LogProblems)
)]
#[post("/{contract_address}/logs")]
pub(super) async fn evm_logs(
    _reader: Reader,
    request: HttpRequest,
    app: Data<App>,
    wants: Wants,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let asked = asked(&request, &body)?;
    Ok(wants.once(app.evm.read(asked).await?).await)
}

fn asked(request: &HttpRequest, body: &[u8]) -> Result<Logs, ApiError> {
    let contract = contract(path::segment(request, "contract_address"))?;
    let from_block = block(request, "from_block")?;
    let to_block = block(request, "to_block")?;
    if to_block < from_block {
        let message = "the last block comes before the first";
        return Err(ApiError::invalid(request, "query", "to_block", message));
    }
    let body: EvmAbiBody = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(request, "body", "abi", error))?;
    Ok(Logs {
        contract,
        from_block,
        to_block,
        abi: EvmAbi::new(&body.abi)?,
    })
}

/// The original takes an address without its 0x too.
fn contract(text: &str) -> Result<EvmAddress, ApiError> {
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    format!("0x{}", digits.unwrap_or(text))
        .parse()
        .map_err(|_| ApiError::ContractInvalid(text.to_owned()))
}

fn block(request: &HttpRequest, name: &'static str) -> Result<u64, ApiError> {
    let text = path::query(request, name)?
        .ok_or_else(|| ApiError::invalid(request, "query", name, "is missing"))?;
    text.parse()
        .map_err(|error| ApiError::invalid(request, "query", name, error))
}
