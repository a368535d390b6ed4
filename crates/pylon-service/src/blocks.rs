//! Which block a request means, and for how long an answer from it holds.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{HeaderValue, InvalidHeaderValue};
use bytes::Bytes;
use moka::future::Cache;
use pylon_models::{BlockHash, BlockNumber, BlockRef};
use tokio::sync::Semaphore;

use crate::link::Link;
use crate::load::LoadError;

/// How many hashes of finalized blocks are remembered.
const CACHED_HASHES: u64 = 8192;
/// How many are asked for at a time, so that a node that hangs does not fill up with them.
const LOOKUPS_AT_A_TIME: usize = 32;

/// A block as requests name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The best head.
    Best,
    /// The finalized head.
    Finalized,
    /// The block of that number on the best chain.
    Number(BlockNumber),
}

/// How long an answer holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holds {
    /// Until the next block; that block was met then.
    Now(Instant),
    /// Until then, and it is older than the operator would like.
    Late(Instant),
    /// Until a reorganisation.
    UntilReorganised,
    /// For ever: that block is finalized.
    Forever,
}

/// The headers that pin an answer to a block. Made once, cloned for nothing.
#[derive(Clone)]
pub(crate) struct Stamp {
    /// Weak, because three encodings share it.
    pub(crate) etag: HeaderValue,
    /// For `x-pylon-block`.
    pub(crate) block: HeaderValue,
}

impl Stamp {
    pub(crate) fn new(block: BlockRef) -> Result<Self, InvalidHeaderValue> {
        Self::of_part(block, "")
    }

    /// For an answer that is one of several of that block under one path: `part` tells them apart.
    pub(crate) fn of_part(block: BlockRef, part: &str) -> Result<Self, InvalidHeaderValue> {
        let etag = Bytes::from(format!("W/\"{}{part}\"", block.hash));
        Ok(Self {
            etag: HeaderValue::from_maybe_shared(etag)?,
            block: HeaderValue::from(block.number.get()),
        })
    }
}

/// Finds blocks by number, and remembers those that no reorganisation can move.
pub(crate) struct Blocks {
    link: Arc<Link>,
    hashes: Cache<(BlockHash, BlockNumber), BlockHash>,
    lookups: Semaphore,
}

impl Blocks {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            hashes: Cache::new(CACHED_HASHES),
            lookups: Semaphore::new(LOOKUPS_AT_A_TIME),
        }
    }

    /// The block that is meant.
    pub(crate) async fn pin(&self, at: At) -> Result<(BlockRef, Holds), LoadError> {
        let heads = self.link.last_heads().ok_or(LoadError::NotConnected)?;
        let number = match at {
            At::Best => return Ok((heads.best.block(), Holds::Now(heads.best.seen))),
            At::Finalized => {
                return Ok((heads.finalized.block(), Holds::Now(heads.finalized.seen)));
            }
            At::Number(number) => number,
        };
        let finalized = number <= heads.finalized.number;
        let hash = self.hash(number, finalized).await?;
        let holds = if finalized {
            Holds::Forever
        } else {
            Holds::UntilReorganised
        };
        Ok((BlockRef { number, hash }, holds))
    }

    /// For how long an answer from this block holds, whether it is still on the best chain or not; `None` where the
    /// chain has no such block, or no longer its state.
    pub(crate) async fn confirm(&self, block: BlockRef) -> Result<Option<Holds>, LoadError> {
        match self.pin(At::Number(block.number)).await {
            Ok((found, holds)) if found.hash == block.hash => return Ok(Some(holds)),
            Ok(_) | Err(LoadError::NoSuchBlock(_)) => {}
            Err(error) => return Err(error),
        }
        let chain = self.link.chain().ok_or(LoadError::NotConnected)?;
        match self.link.in_time(chain.block(block.hash)).await {
            Ok(found) => Ok((found.number == block.number).then_some(Holds::UntilReorganised)),
            Err(LoadError::Chain(error)) if error.is_state_unavailable() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn hash(&self, number: BlockNumber, finalized: bool) -> Result<BlockHash, LoadError> {
        let chain = self.link.chain().ok_or(LoadError::NotConnected)?;
        // A hash belongs to its chain: another one may be met after a restart of the link.
        let key = (chain.genesis_hash(), number);
        if let Some(hash) = self.hashes.get(&key).await {
            return Ok(hash);
        }
        let lookup = async {
            let _permit = self.lookups.acquire().await;
            let hash = self.link.in_time(chain.block_hash(number)).await?;
            hash.ok_or(LoadError::NoSuchBlock(number))
        };
        if !finalized {
            return lookup.await;
        }
        let found = self.hashes.try_get_with(key, lookup).await;
        found.map_err(|error| LoadError::clone(&error))
    }
}
