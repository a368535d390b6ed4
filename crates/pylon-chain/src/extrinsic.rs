//! Extrinsics, decoded with the metadata of their block.

use std::sync::Arc;

use pylon_models::v1::ExtrinsicBody;
use pylon_models::{BlockHash, BlockRef, ExtrinsicHash};
use sp_crypto_hashing::blake2_256;
use subxt::ext::frame_decode::extrinsics::decode_extrinsic;

use crate::chain::Chain;
use crate::decode::{DecodeError, Values};
use crate::error::ReadError;
use crate::rpc::Body;
use crate::runtime::Runtime;

impl Chain {
    /// The extrinsic at a place of a block; `None` where the block has fewer.
    pub async fn extrinsic(
        &self,
        block: BlockRef,
        index: u32,
    ) -> Result<Option<ExtrinsicBody>, ReadError> {
        self.routed(block, |chain| async move {
            chain.extrinsic_here(block, index).await
        })
        .await
    }

    async fn extrinsic_here(
        &self,
        block: BlockRef,
        index: u32,
    ) -> Result<Option<ExtrinsicBody>, ReadError> {
        let body = self.body(block.hash).await?;
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(bytes) = body.extrinsics.get(place) else {
            return Ok(None);
        };
        let runtime = self.runtime_that_made(block, body.parent).await?;
        runtime
            .extrinsic(block, index, bytes)
            .map(Some)
            .map_err(|source| ReadError::Decode {
                what: "the extrinsic",
                block: block.hash,
                source,
            })
    }

    /// What a block holds.
    pub(crate) async fn body(&self, block: BlockHash) -> Result<Body, ReadError> {
        let body = self.rpc().body(block).await;
        body.map_err(ReadError::at(block))?
            .ok_or(ReadError::UnknownBlock(block))
    }

    /// The runtime that a block was made with: the one that the block before it left.
    pub(crate) async fn runtime_that_made(
        &self,
        block: BlockRef,
        parent: BlockHash,
    ) -> Result<Arc<Runtime>, ReadError> {
        let left_by = match block.number.get() {
            0 => block.hash,
            _ => parent,
        };
        self.runtime_here(left_by).await
    }
}

impl Runtime {
    /// Decodes an extrinsic from its bytes, which start with their length.
    pub fn extrinsic(
        &self,
        block: BlockRef,
        index: u32,
        bytes: &[u8],
    ) -> Result<ExtrinsicBody, DecodeError> {
        let metadata = self.metadata();
        let values = Values::new(metadata);
        let mut cursor = bytes;
        let extrinsic = decode_extrinsic(&mut cursor, metadata, metadata.types())
            .map_err(|error| DecodeError::Extrinsic(Box::new(error)))?;
        let part = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default();
        let address = match extrinsic.signature_payload() {
            None => None,
            Some(signature) => {
                let mut address = part(signature.address_range());
                match values.read(&mut address, *signature.address_type())? {
                    pylon_models::ScaleValue::Text(address) => Some(address),
                    _ => None,
                }
            }
        };
        let mut call = part(extrinsic.call_data_range());
        Ok(ExtrinsicBody {
            block_number: block.number,
            extrinsic_index: index,
            extrinsic_hash: ExtrinsicHash::from(blake2_256(bytes)),
            extrinsic_length: u32::try_from(content_length(bytes)?).unwrap_or(u32::MAX),
            address,
            call: values.call(&mut call)?,
        })
    }
}

/// How long the extrinsic is without the length before it.
fn content_length(bytes: &[u8]) -> Result<usize, DecodeError> {
    let mut rest = bytes;
    <codec::Compact<u32> as codec::Decode>::decode(&mut rest)?;
    Ok(rest.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pylon_models::BlockNumber;
    use serde_json::json;

    use super::*;

    /// The real runtime's metadata, where it is present.
    fn real() -> Option<Runtime> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/metadata/finney-jul2026.scale");
        let Ok(metadata) = std::fs::read(&file) else {
            println!("skipped: no real metadata at {}", file.display());
            return None;
        };
        Some(Runtime::from_metadata(424, &metadata).unwrap())
    }

    fn block() -> BlockRef {
        BlockRef {
            number: BlockNumber::new(200),
            hash: BlockHash::from_bytes([7; 32]),
        }
    }

    #[test]
    fn an_inherent_reads_as_the_original_service_answered() {
        let Some(runtime) = real() else { return };
        let bytes = hex::decode("280502000b60b130fca101").unwrap();
        let extrinsic = runtime.extrinsic(block(), 0, &bytes).unwrap();
        assert_eq!(
            serde_json::to_value(&extrinsic).unwrap(),
            json!({
                "block_number": 200,
                "extrinsic_index": 0,
                "extrinsic_hash": "0x7f8c289d528791f376492f3894961368f3c349f6c62bf2ae81b1d02787faf734",
                "extrinsic_length": 10,
                "address": null,
                "call": {
                    "call_module": "Timestamp",
                    "call_function": "set",
                    "call_args": [{"name": "now", "type": "Moment", "value": 1_795_232_412_000_u64}],
                    "call_index": "0x0200",
                    "call_hash": "0x1b92989ad9300090e684c9962f968dad9eacf676dd8aa9e1532f4fec7f0daffa"
                }
            })
        );
    }
}
