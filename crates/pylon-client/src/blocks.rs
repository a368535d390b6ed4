//! Blocks and what is in them.

use pylon_models::BlockNumber;
use pylon_models::v1::{BlockBody, ExtrinsicBody};

use crate::{Call, PylonClient};

/// Calls about blocks. None needs a token.
#[derive(Debug, Clone)]
pub struct Blocks {
    client: PylonClient,
}

impl Blocks {
    pub(crate) fn new(client: &PylonClient) -> Self {
        Self {
            client: client.clone(),
        }
    }

    /// `GET /api/v1/block/latest`: the best head.
    pub fn latest(&self) -> Call<BlockBody> {
        Call::get(self.client.clone(), "/api/v1/block/latest", None)
    }

    /// `GET /api/v1/block/{block}/extrinsic/{index}`: an extrinsic by its place in a block, counted from 0, decoded
    /// with the metadata of that block. `block_not_found` and `not_found` where either does not exist.
    pub fn extrinsic(&self, block: impl Into<BlockNumber>, index: u32) -> Call<ExtrinsicBody> {
        let path = format!("/api/v1/block/{}/extrinsic/{index}", block.into());
        Call::get(self.client.clone(), path, None)
    }
}
