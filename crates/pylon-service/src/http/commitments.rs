//! What neurons commit on the chain, beside weights.

use actix_web::{HttpResponse, get};
use pylon_models::unstable::{self, RevealedBody, RevealedCommitmentsBody};
use pylon_models::v1::{CommitmentBody, CommitmentsBody};

use super::access::{Neuron, SubnetReader};
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::Block;
use crate::reads::{One, Read};

/// What the neurons of a subnet have committed in plain, by hotkey.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = CommitmentsBody), ReadProblems))]
#[get("/block/{block}/commitments")]
pub(super) async fn commitments(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Commitments(reader.netuid), block.0).await
}

/// What one neuron has committed in plain.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = CommitmentBody), ReadProblems))]
#[get("/block/{block}/commitments/{hotkey}")]
pub(super) async fn commitment(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::Commitments(reader.netuid);
    one(&wants, read, block, neuron).await
}

/// What the neurons of a subnet have committed, plain or timelocked, by hotkey.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = unstable::CommitmentsBody), ReadProblems))]
#[get("/block/{block}/commitments")]
pub(super) async fn tagged_commitments(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants
        .read(Read::TaggedCommitments(reader.netuid), block.0)
        .await
}

/// What one neuron has committed, plain or timelocked.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = unstable::CommitmentBody), ReadProblems))]
#[get("/block/{block}/commitments/{hotkey}")]
pub(super) async fn tagged_commitment(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    // Who logged in is a client up to 1.9, which reads the plain form.
    let read = if reader.logged_in {
        Read::Commitments(reader.netuid)
    } else {
        Read::TaggedCommitments(reader.netuid)
    };
    one(&wants, read, block, neuron).await
}

/// What the neurons of a subnet had timelocked and the chain has opened, by hotkey.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = RevealedCommitmentsBody), ReadProblems))]
#[get("/block/{block}/commitments/revealed")]
pub(super) async fn revealed_commitments(
    reader: SubnetReader,
    block: Block,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    wants.read(Read::Revealed(reader.netuid), block.0).await
}

/// What one neuron had timelocked and the chain has opened.
#[utoipa::path(tag = "commitments", security(("token" = [])), responses((status = 200, body = RevealedBody), ReadProblems))]
#[get("/block/{block}/commitments/revealed/{hotkey}")]
pub(super) async fn revealed_commitment(
    reader: SubnetReader,
    block: Block,
    neuron: Neuron,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    one(&wants, Read::Revealed(reader.netuid), block, neuron).await
}

async fn one(
    wants: &Wants,
    read: Read,
    block: Block,
    neuron: Neuron,
) -> Result<HttpResponse, ApiError> {
    let missing = ApiError::CommitmentNotFound;
    wants
        .read_one(read, block.0, One::Neuron(neuron.0), missing)
        .await
}
