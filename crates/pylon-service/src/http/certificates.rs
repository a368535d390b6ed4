//! The TLS keys that neurons serve with.

use actix_web::{HttpResponse, get};
use pylon_models::v1::CertificateBody;

use super::access::{Neuron, SubnetReader};
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::Block;
use crate::reads::{One, Read};

/// The certificates of a subnet's neurons, by hotkey.
#[utoipa::path(tag = "certificates", security(("token" = [])), responses((status = 200, body = BTreeMap<String, CertificateBody>), ReadProblems))]
#[get("/block/{block}/certificates")]
pub(super) async fn certificates(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Certificates(reader.netuid), block.0).await
}

/// The certificate of one neuron.
#[utoipa::path(tag = "certificates", security(("token" = [])), responses((status = 200, body = CertificateBody), ReadProblems))]
#[get("/block/{block}/certificates/{hotkey}")]
pub(super) async fn certificate(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::Certificates(reader.netuid);
    let missing = ApiError::CertificateNotFound;
    wants
        .read_one(read, block.0, One::Neuron(neuron.0), missing)
        .await
}
