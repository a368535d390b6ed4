//! The heads as they come. One task keeps the subscriptions and tells the newest heads; whoever must not miss a
//! block between two of them walks back along the parents, at its own pace.

mod recent;
mod session;
mod stream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use pylon_models::{BlockHash, BlockNumber, BlockRef};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::chain::Chain;
use crate::error::ReadError;
use crate::rpc::Header;

use recent::Recent;
pub use stream::HeadStream;

/// A block that was a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: BlockHash,
    /// The hash of the block before it.
    pub parent: BlockHash,
    /// When it was made, in unix seconds.
    pub timestamp: u64,
    /// The runtime that its state is read with.
    pub spec_version: u32,
    /// When it was first seen here.
    pub seen: Instant,
}

impl Head {
    /// The block by number and hash.
    pub fn block(&self) -> BlockRef {
        BlockRef {
            number: self.number,
            hash: self.hash,
        }
    }
}

/// Where the chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    /// The head that the node builds on. It can be replaced by another one, of the same height or a lower one.
    pub best: Head,
    /// The last block that stays for good.
    pub finalized: Head,
    /// The last reorganisation that was seen, `None` before the first. It is told together with the head that
    /// it led to.
    pub reorganised: Option<Reorganisation>,
}

/// A best head that another one took the place of, on a branch without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reorganisation {
    /// How many there were so far, this one included: who sees more than one more than before missed some.
    pub count: u64,
    /// The last block that both have. Whatever was read of later ones by number may be another now. Where it lies
    /// too far back to be looked for, the finalized head, which both have.
    pub fork: BlockRef,
    /// The head that was left.
    pub left: BlockRef,
    /// The head that took its place.
    pub joined: BlockRef,
}

impl Heads {
    /// For how long the best head has been the best: long, if the chain or the way to it stands still.
    pub fn age(&self) -> Duration {
        self.best.seen.elapsed()
    }
}

/// The heads of one chain, as long as its task runs.
#[derive(Clone)]
pub struct Follower {
    chain: Chain,
    heads: watch::Receiver<Heads>,
    recent: Arc<Recent>,
}

impl Chain {
    /// Starts to follow the heads, until `cancel` is cancelled or every [`Follower`] and receiver is dropped.
    ///
    /// The first heads are read before this returns. Subscriptions that are lost, with or without their
    /// connection, are made anew; a head that stands still for [`ChainConfig::stall_after`] is asked after.
    ///
    /// [`ChainConfig::stall_after`]: crate::ChainConfig::stall_after
    pub async fn follow(&self, cancel: CancellationToken) -> Result<Follower, ReadError> {
        let urgent = self.urgent();
        let recent = Arc::new(Recent::default());
        let (best, finalized) = tokio::try_join!(self.best_header(), self.finalized_header())?;
        let (best, finalized) = tokio::try_join!(self.head(best), self.head(finalized))?;
        recent.insert(best);
        let (sender, heads) = watch::channel(Heads {
            best,
            finalized,
            reorganised: None,
        });
        tokio::spawn(session::run(
            urgent.clone(),
            sender,
            Arc::clone(&recent),
            cancel,
        ));
        Ok(Follower {
            chain: urgent,
            heads,
            recent,
        })
    }

    /// What is told of a head besides its header.
    pub(crate) async fn head(&self, header: Header) -> Result<Head, ReadError> {
        self.met(header.number);
        let (timestamp, runtime) =
            tokio::try_join!(self.timestamp(header.hash), self.runtime_here(header.hash))?;
        Ok(Head {
            number: header.number,
            hash: header.hash,
            parent: header.parent,
            timestamp,
            spec_version: runtime.spec_version(),
            seen: Instant::now(),
        })
    }

    /// The same for a block by its hash, wherever that is still to be had.
    async fn head_of(&self, hash: BlockHash) -> Result<Head, ReadError> {
        self.falling_back(hash, |chain| async move {
            chain.head(chain.header(hash).await?).await
        })
        .await
    }
}

impl Follower {
    /// The newest heads; heads that come faster than they are looked at are passed over.
    /// Its sender is gone when following ended.
    pub fn heads(&self) -> watch::Receiver<Heads> {
        self.heads.clone()
    }

    /// The heads as they are now.
    pub fn current(&self) -> Heads {
        *self.heads.borrow()
    }

    /// Every best head from now on, the present one first, none left out.
    pub fn stream(&self) -> HeadStream {
        HeadStream::new(
            self.chain.clone(),
            self.heads.clone(),
            Arc::clone(&self.recent),
        )
    }
}
