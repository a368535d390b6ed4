//! The one connection to the chain, and its heads told to everyone who waits for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use pylon_chain::{Chain, ChainConfig, Endpoint, EndpointState, Head, Heads};
use pylon_models::BlockNumber;
use pylon_models::v1::BlockBody;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::blocks::Stamp;
use crate::encoding::Body;
use crate::load::{self, EncodeError, LoadError};
use crate::metrics::Metrics;
use crate::tasks::TaskError;

/// How many block times a head may stand still before the node is asked after it.
const STALL_BLOCKS: u32 = 5;
const STALL_AT_LEAST: Duration = Duration::from_secs(5);

/// The chain, once it was connected, and the last heads that were met.
pub(crate) struct Link {
    config: ChainConfig,
    block_duration: Option<Duration>,
    /// How long one read may take, whoever waits for it: as long as any request may.
    read_limit: Duration,
    chain: ArcSwapOption<Chain>,
    heads: watch::Sender<Option<Heads>>,
    latest: ArcSwapOption<LatestBlock>,
    metrics: Metrics,
}

/// The best block as it is answered.
pub(crate) struct LatestBlock {
    pub(crate) number: BlockNumber,
    pub(crate) stamp: Stamp,
    pub(crate) body: Body,
    /// When it was met.
    pub(crate) seen: Instant,
}

impl LatestBlock {
    fn new(head: &Head) -> Result<Self, EncodeError> {
        let body = serde_json::to_vec(&BlockBody {
            number: head.number,
            hash: head.hash,
            timestamp: head.timestamp,
        })?;
        Ok(Self {
            number: head.number,
            stamp: Stamp::new(head.block())?,
            body: Body::new(body.into()),
            seen: head.seen,
        })
    }
}

impl Link {
    pub(crate) fn new(
        config: ChainConfig,
        block_duration: Option<Duration>,
        read_limit: Duration,
        metrics: Metrics,
    ) -> Self {
        Self {
            config,
            block_duration,
            read_limit,
            chain: ArcSwapOption::empty(),
            heads: watch::Sender::new(None),
            latest: ArcSwapOption::empty(),
            metrics,
        }
    }

    /// The chain, unless it has never been connected.
    pub(crate) fn chain(&self) -> Option<Arc<Chain>> {
        self.chain.load_full()
    }

    /// Whether the node can be asked now.
    pub(crate) fn is_connected(&self) -> bool {
        self.chain
            .load()
            .as_ref()
            .is_some_and(|chain| chain.is_connected())
    }

    /// The last heads, as they change. They outlive a connection.
    pub(crate) fn heads(&self) -> watch::Receiver<Option<Heads>> {
        self.heads.subscribe()
    }

    /// The last heads.
    pub(crate) fn last_heads(&self) -> Option<Heads> {
        *self.heads.borrow()
    }

    /// Whether a block is so far behind the head that an archive node is asked for it.
    pub(crate) fn is_past(&self, block: BlockNumber) -> bool {
        self.last_heads()
            .is_some_and(|heads| heads.best.number.since(block) > self.config.archive_cutoff)
    }

    /// The node that is asked for what stands at a block.
    pub(crate) fn node_for(&self, chain: &Chain, block: BlockNumber) -> Endpoint {
        let is_past = self.is_past(block) && !self.config.archives.is_empty();
        let archives = is_past.then(|| chain.endpoints()).into_iter().flatten();
        // They come after the others, once one was needed.
        archives
            .skip(self.config.endpoints.len())
            .find(|node| node.state == EndpointState::Active)
            .map_or_else(|| chain.endpoint(), |node| node.endpoint)
    }

    /// The best block, once one was met.
    pub(crate) fn latest_block(&self) -> Option<Arc<LatestBlock>> {
        self.latest.load_full()
    }

    /// The finalized block, once one was met.
    pub(crate) fn finalized_block(&self) -> Result<Option<LatestBlock>, EncodeError> {
        self.last_heads()
            .map(|heads| LatestBlock::new(&heads.finalized))
            .transpose()
    }

    /// How far apart blocks are, unless they are made by hand.
    pub(crate) fn block_duration(&self) -> Option<Duration> {
        self.block_duration
    }

    /// Gives up a read when no request may wait for it any longer. Readers share it, and each has its own time beside.
    pub(crate) async fn in_time<T, E: Into<LoadError>>(
        &self,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<T, LoadError> {
        load::in_time(self.read_limit, read).await
    }

    /// Connects and tells the heads, until following them ends. A lost connection alone does not end it:
    /// the chain makes that anew.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> Result<(), TaskError> {
        let mut config = self.config.clone();
        if let Some(time) = self.block_duration {
            config.stall_after = (time * STALL_BLOCKS).max(STALL_AT_LEAST);
        }
        let chain = Chain::connect(config).await?;
        let genesis = chain.genesis_hash();
        tracing::info!(chain.endpoint = %chain.endpoint(), chain.genesis = %genesis, "connected to the chain");
        let mut heads = chain.follow(stop).await?.heads();
        self.chain.store(Some(Arc::new(chain)));
        loop {
            let now = *heads.borrow_and_update();
            self.tell(now)?;
            heads.changed().await?;
        }
    }

    /// Makes the best block's answer before anyone hears of the block.
    fn tell(&self, heads: Heads) -> Result<(), EncodeError> {
        let Head { number, hash, .. } = heads.best;
        let is_new = self.last_heads().is_none_or(|last| last.best.hash != hash);
        if is_new {
            self.latest
                .store(Some(Arc::new(LatestBlock::new(&heads.best)?)));
            tracing::debug!(chain.block = %heads.best.block(), "new best block");
        }
        self.metrics.head_block.set(number.get().into());
        self.metrics
            .finalized_block
            .set(heads.finalized.number.get().into());
        self.heads.send_replace(Some(heads));
        Ok(())
    }
}
