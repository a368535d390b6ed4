//! Which runtime a block has: spec versions by block, runtimes by spec version.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use codec::Encode;
use pylon_models::BlockHash;
use tokio::sync::OnceCell;

use crate::capabilities::Reading;
use crate::decode::DecodeError;
use crate::error::ReadError;
use crate::rpc::Rpc;
use crate::runtime::{Runtime, best_metadata_version, opaque_metadata};

/// Blocks whose spec version is remembered: those that are read are mostly the newest.
const BLOCKS: usize = 1024;

/// Runtimes kept, a few MiB each. A reader of history meets one every few weeks of it.
const RUNTIMES: usize = 8;

#[derive(Default)]
pub(crate) struct Versions {
    blocks: Mutex<Blocks>,
    runtimes: Mutex<BTreeMap<u32, Arc<OnceCell<Arc<Runtime>>>>>,
}

#[derive(Default)]
struct Blocks {
    versions: HashMap<BlockHash, u32>,
    oldest_first: VecDeque<BlockHash>,
}

impl Versions {
    /// The runtime that the state of this block is read with.
    pub(crate) async fn at(&self, rpc: &Rpc, block: BlockHash) -> Result<Arc<Runtime>, ReadError> {
        let spec_version = self.spec_version(rpc, block).await?;
        self.runtime(rpc, spec_version, block).await
    }

    async fn spec_version(&self, rpc: &Rpc, block: BlockHash) -> Result<u32, ReadError> {
        let known = self
            .blocks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .versions
            .get(&block)
            .copied();
        if let Some(version) = known {
            return Ok(version);
        }
        let version = rpc
            .spec_version(block)
            .await
            .map_err(ReadError::at(block))?;
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if blocks.versions.insert(block, version).is_none() {
            blocks.oldest_first.push_back(block);
        }
        while blocks.oldest_first.len() > BLOCKS {
            if let Some(oldest) = blocks.oldest_first.pop_front() {
                blocks.versions.remove(&oldest);
            }
        }
        Ok(version)
    }

    /// Whoever comes first fetches the metadata; others wait for it.
    async fn runtime(
        &self,
        rpc: &Rpc,
        spec_version: u32,
        block: BlockHash,
    ) -> Result<Arc<Runtime>, ReadError> {
        let cell = {
            let mut runtimes = self.runtimes.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = Arc::clone(runtimes.entry(spec_version).or_default());
            if runtimes.len() > RUNTIMES {
                let oldest = runtimes
                    .keys()
                    .copied()
                    .find(|version| *version != spec_version);
                oldest.and_then(|version| runtimes.remove(&version));
            }
            cell
        };
        let runtime = cell
            .get_or_try_init(|| fetch(rpc, spec_version, block))
            .await?;
        Ok(Arc::clone(runtime))
    }
}

async fn fetch(rpc: &Rpc, spec_version: u32, block: BlockHash) -> Result<Arc<Runtime>, ReadError> {
    let unreadable = |source: codec::Error| ReadError::Decode {
        what: "the metadata",
        block,
        source: DecodeError::from(source),
    };
    let missing = || ReadError::Unsupported {
        spec_version,
        what: "metadata of version 14, 15 or 16",
    };
    let offered = rpc
        .state_call("Metadata_metadata_versions", &[], block)
        .await
        .map_err(ReadError::at(block))?;
    let version = best_metadata_version(&offered)
        .map_err(unreadable)?
        .ok_or_else(missing)?;
    let answer = rpc
        .state_call("Metadata_metadata_at_version", &version.encode(), block)
        .await
        .map_err(ReadError::at(block))?;
    let metadata = opaque_metadata(&answer)
        .map_err(unreadable)?
        .ok_or_else(missing)?;
    let runtime = Runtime::from_metadata(spec_version, &metadata).map_err(ReadError::Runtime)?;
    log(&runtime, block);
    Ok(Arc::new(runtime))
}

/// Says once for each runtime, with the block that it was met at, what it has otherwise than known. An upgrade
/// in mid-run is told by this line alone.
fn log(runtime: &Runtime, block: BlockHash) {
    let report = runtime.report();
    let named = |reading| {
        let entries = report.read(reading).map(ToString::to_string);
        entries.collect::<Vec<_>>().join(", ")
    };
    let (by_name, missing) = (named(Reading::ByName), named(Reading::Missing));
    let spec_version = report.spec_version;
    if report.is_newer_than_known() {
        tracing::warn!(
            chain.spec_version = spec_version,
            chain.hash = %block,
            by_name,
            missing,
            "the runtime is newer than any that is known"
        );
    } else {
        tracing::info!(
            chain.spec_version = spec_version,
            chain.hash = %block,
            by_name,
            missing,
            "read the metadata of a runtime"
        );
    }
}
