//! The weights of identities.

use actix_web::{HttpResponse, get};
use pylon_models::unstable::WeightsStatusBody;

use super::access::{OwnHotkey, SubnetReader};
use super::answer::Wants;
use super::error::ApiError;
use super::openapi::ReadProblems;
use super::path::{MechanismSegment, Number};
use crate::blocks::At;
use crate::reads::Read;

/// Whether the identity's hotkey set or committed weights for a mechanism in the epoch that holds a block. Of an epoch
/// that is over, its last block tells; of one that goes on, the best head.
#[utoipa::path(tag = "weights", security(("token" = [])), responses((status = 200, body = WeightsStatusBody), ReadProblems))]
#[get("/mechanism/{mechanism_id}/block/{block_number}/weights/status")]
pub(super) async fn weights_status(
    reader: SubnetReader,
    mechanism: MechanismSegment,
    block: Number,
    hotkey: OwnHotkey,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let read = Read::WeightsStatus(reader.netuid, mechanism.0, hotkey.0, block.0);
    wants.read(read, At::Best).await
}
