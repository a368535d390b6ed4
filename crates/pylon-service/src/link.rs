//! The one connection to the chain, and its heads told to everyone who waits for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::InvalidHeaderValue;
use arc_swap::ArcSwapOption;
use pylon_chain::{Chain, ChainConfig, Endpoint, Head, Heads};
use pylon_models::v1::BlockBody;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::encoding::Body;
use crate::metrics::Metrics;
use crate::snapshots::Stamp;
use crate::tasks::TaskError;

/// How many block times a head may stand still before the node is asked after it.
const STALL_BLOCKS: u32 = 5;
const STALL_AT_LEAST: Duration = Duration::from_secs(5);

/// The chain, once it was connected, and the last heads that were met.
pub(crate) struct Link {
    endpoint: Endpoint,
    block_duration: Option<Duration>,
    chain: ArcSwapOption<Chain>,
    heads: watch::Sender<Option<Heads>>,
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

/// Why a block cannot be made into an answer.
#[derive(Debug, thiserror::Error)]
enum ShowError {
    #[error("a block cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a block cannot be named in a header")]
    Header(#[from] InvalidHeaderValue),
}

impl Link {
    pub(crate) fn new(
        endpoint: Endpoint,
        block_duration: Option<Duration>,
        metrics: Metrics,
    ) -> Self {
        Self {
            endpoint,
            block_duration,
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

    /// The best block, once one was met.
    pub(crate) fn latest_block(&self) -> Option<Arc<LatestBlock>> {
        self.latest.load_full()
    }

    /// Connects and tells the heads, until following them ends. A lost connection alone does not end it:
    /// the chain makes that anew.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> Result<(), TaskError> {
        let mut config = ChainConfig::new(self.endpoint.clone());
        if let Some(time) = self.block_duration {
            config.stall_after = (time * STALL_BLOCKS).max(STALL_AT_LEAST);
        }
        let chain = Chain::connect(config).await?;
        let genesis = chain.genesis_hash();
        tracing::info!(chain.endpoint = %self.endpoint, chain.genesis = %genesis, "connected to the chain");
        let mut heads = chain.follow(stop).await?.heads();
        self.chain.store(Some(Arc::new(chain)));
        loop {
            let now = *heads.borrow_and_update();
            self.tell(now)?;
            heads.changed().await?;
        }
    }

    /// Makes the best block's answer before anyone hears of the block.
    fn tell(&self, heads: Heads) -> Result<(), ShowError> {
        let Head {
            number,
            hash,
            timestamp,
            seen,
            ..
        } = heads.best;
        let is_new = self.last_heads().is_none_or(|last| last.best.hash != hash);
        if is_new {
            let stamp = Stamp::new(heads.best.block())?;
            let body = serde_json::to_vec(&BlockBody {
                number,
                hash,
                timestamp,
            })?;
            self.latest.store(Some(Arc::new(LatestBlock {
                stamp,
                body: Body::new(body.into()),
                seen,
            })));
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

/// How long one read of the chain may take, whoever waits for it.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);
