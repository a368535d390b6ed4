//! The one connection to the chain: made again whenever it ends, its heads told to everyone who waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use pylon_chain::{Chain, ChainConfig, Head, Heads};
use pylon_models::v1::BlockBody;
use pylon_models::{BlockHash, BlockRef};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::NodeUrl;
use crate::encoding::Body;
use crate::metrics::Metrics;
use crate::snapshots::Stamp;
use crate::tasks::TaskError;

/// The chain, while it is connected, and the last heads that were met.
pub(crate) struct Link {
    url: NodeUrl,
    chain: ArcSwapOption<Chain>,
    heads: watch::Sender<Option<Heads>>,
    genesis: ArcSwapOption<BlockHash>,
    latest: ArcSwapOption<LatestBlock>,
    metrics: Metrics,
}

/// The best block as it is answered.
pub(crate) struct LatestBlock {
    pub(crate) stamp: Stamp,
    pub(crate) body: Body,
    /// When it was met.
    pub(crate) seen: Instant,
}

impl Link {
    pub(crate) fn new(url: NodeUrl, metrics: Metrics) -> Self {
        Self {
            url,
            chain: ArcSwapOption::empty(),
            heads: watch::Sender::new(None),
            genesis: ArcSwapOption::empty(),
            latest: ArcSwapOption::empty(),
            metrics,
        }
    }

    /// The chain, unless it is not connected.
    pub(crate) fn chain(&self) -> Option<Arc<Chain>> {
        self.chain.load_full()
    }

    /// The last heads, as they change. They outlive a connection.
    pub(crate) fn heads(&self) -> watch::Receiver<Option<Heads>> {
        self.heads.subscribe()
    }

    /// The last heads.
    pub(crate) fn last_heads(&self) -> Option<Heads> {
        self.heads.borrow().clone()
    }

    /// The best block, once one was met.
    pub(crate) fn latest_block(&self) -> Option<Arc<LatestBlock>> {
        self.latest.load_full()
    }

    /// The chain's first block, which tells one chain from another.
    pub(crate) fn genesis(&self) -> Option<BlockHash> {
        self.genesis.load().as_deref().copied()
    }

    /// Connects and follows the heads until the connection ends.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> Result<(), TaskError> {
        let chain = Chain::connect(ChainConfig::new(self.url.expose())).await?;
        tracing::info!(chain.node = %self.url, chain.genesis = %chain.genesis_hash(), "connected to the chain");
        self.genesis.store(Some(Arc::new(chain.genesis_hash())));
        let follower = chain.follow(stop);
        self.chain.store(Some(Arc::new(chain)));
        self.metrics.chain_connected.set(1);
        let _leaves = Connected(&self);

        let mut heads = follower.heads();
        loop {
            let now = heads.borrow_and_update().clone();
            self.show(&now.best).await?;
            self.metrics.head_block.set(now.best.number.get().into());
            self.metrics
                .finalized_block
                .set(now.finalized.number.get().into());
            self.heads.send_replace(Some(now));
            heads.changed().await?;
        }
    }
}

impl Link {
    /// Makes the best block's answer, once for each block.
    async fn show(&self, best: &Head) -> Result<(), TaskError> {
        let block = BlockRef {
            number: best.number,
            hash: best.hash,
        };
        let stamp = Stamp::new(block)?;
        if self
            .latest
            .load()
            .as_ref()
            .is_some_and(|latest| latest.stamp.etag == stamp.etag)
        {
            return Ok(());
        }
        let timestamp = match (best.timestamp, self.chain()) {
            (Some(timestamp), _) => timestamp,
            (None, Some(chain)) => chain.block(best.hash).await?.timestamp,
            (None, None) => return Err("the chain is not connected".into()),
        };
        let body = serde_json::to_vec(&BlockBody {
            number: best.number,
            hash: best.hash,
            timestamp,
        })?;
        let latest = LatestBlock {
            stamp,
            body: Body::new(body.into()),
            seen: best.seen,
        };
        self.latest.store(Some(Arc::new(latest)));
        Ok(())
    }
}

/// While this stands the link has a chain; it also falls when the task is aborted.
struct Connected<'a>(&'a Link);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.chain.store(None);
        self.0.metrics.chain_connected.set(0);
    }
}

/// How long one read of the chain may take, whoever waits for it.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);
