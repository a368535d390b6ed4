//! Snapshots of subnets: one per watched subnet and block, read as the head moves; others read when they
//! are asked for, and kept warm for as long as they are. Nobody reads the same snapshot twice at a time.

mod page;
mod warm;

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::future::Cache;
use prometheus_client::metrics::counter::Counter;
use pylon_chain::ReadError;
use pylon_models::{BlockHash, BlockNumber, BlockRef, NetUid};
use tokio::sync::Semaphore;

pub(crate) use self::page::{Page, PageError, Stamp};
use self::warm::Slots;
use crate::link::{Link, READ_TIMEOUT};
use crate::metrics::{Metrics, OutcomeLabels};
use crate::tasks::Tasks;

/// Memory for snapshots of past blocks.
const CACHE_BYTES: u64 = 24 * 1024 * 1024;
/// How many hashes of finalized blocks are remembered.
const CACHED_HASHES: u64 = 8192;
/// What nobody asked for this long is forgotten.
const CACHE_IDLE: Duration = Duration::from_secs(600);
/// How many snapshots are read at a time for requests; those that the head asks for do not wait behind.
const READS_AT_A_TIME: usize = 8;
/// A warm snapshot further behind the head than this is not the latest any more: its reads fail.
const LATEST_LAG: u32 = 3;

/// Why there is no snapshot.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// The chain has not been connected, or is not any more.
    #[error("the chain is not connected")]
    NotConnected,
    /// No block has that number.
    #[error("block {0} does not exist")]
    NoSuchBlock(BlockNumber),
    /// The subnet does not exist at that block.
    #[error("subnet {0} does not exist")]
    NoSuchSubnet(NetUid),
    /// The chain could not be read.
    #[error("the chain could not be read")]
    Chain(#[source] Arc<ReadError>),
    /// The chain did not answer in time.
    #[error("the chain did not answer in {} s", READ_TIMEOUT.as_secs())]
    TimedOut,
    /// The snapshot cannot be written as JSON.
    #[error("the snapshot cannot be written")]
    Encode(#[source] Arc<PageError>),
    /// The service ends.
    #[error("the service ends")]
    Ending,
}

/// The snapshots of one chain.
#[derive(Clone)]
pub(crate) struct Snapshots(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    slots: Slots,
    /// `None` is a subnet that does not exist at that block.
    pages: Cache<(NetUid, BlockHash), Option<Arc<Page>>>,
    hashes: Cache<(BlockHash, BlockNumber), BlockHash>,
    reads: Semaphore,
    lookups: Lookups,
    tasks: Tasks,
    metrics: Metrics,
}

/// How snapshots were found, counted without a search for the counter.
struct Lookups {
    warm: Counter,
    cached: Counter,
    read: Counter,
}

/// A snapshot of a past block.
pub(crate) struct Past {
    pub(crate) page: Arc<Page>,
    /// Whether no reorganisation can change the answer.
    pub(crate) finalized: bool,
}

impl Snapshots {
    pub(crate) fn new(link: Arc<Link>, watched: &[NetUid], tasks: Tasks, metrics: Metrics) -> Self {
        let pages = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|_, page: &Option<Arc<Page>>| page.as_ref().map_or(64, |page| page.weight()))
            .time_to_idle(CACHE_IDLE)
            .build();
        let lookups = |outcome| {
            metrics
                .snapshots
                .get_or_create_owned(&OutcomeLabels { outcome })
        };
        Self(Arc::new(Inner {
            link,
            slots: Slots::new(watched),
            pages,
            hashes: Cache::new(CACHED_HASHES),
            reads: Semaphore::new(READS_AT_A_TIME),
            lookups: Lookups {
                warm: lookups("warm"),
                cached: lookups("cached"),
                read: lookups("read"),
            },
            tasks,
            metrics,
        }))
    }

    /// The subnet at the best head, or as near to it as reads go.
    pub(crate) async fn latest(&self, netuid: NetUid) -> Result<Arc<Page>, SnapshotError> {
        let heads = self
            .0
            .link
            .last_heads()
            .ok_or(SnapshotError::NotConnected)?;
        let best = heads.best;
        if let Some(page) = self.0.slots.page(netuid)
            && best.number.since(page.block().number) <= LATEST_LAG
        {
            self.0.lookups.warm.inc();
            return Ok(page);
        }
        let page = self
            .read(netuid, best.block(), best.seen)
            .await?
            .ok_or(SnapshotError::NoSuchSubnet(netuid))?;
        self.0.slots.offer(&page);
        Ok(page)
    }

    /// The last snapshot that was read, however old.
    pub(crate) async fn last(&self, netuid: NetUid) -> Result<Arc<Page>, SnapshotError> {
        match self.0.slots.page(netuid) {
            Some(page) => {
                self.0.lookups.warm.inc();
                Ok(page)
            }
            None => self.latest(netuid).await,
        }
    }

    /// The subnet at the block of that number on the best chain.
    pub(crate) async fn at(
        &self,
        netuid: NetUid,
        number: BlockNumber,
    ) -> Result<Past, SnapshotError> {
        let heads = self
            .0
            .link
            .last_heads()
            .ok_or(SnapshotError::NotConnected)?;
        let finalized = number <= heads.finalized.number;
        let hash = self
            .hash(number, finalized)
            .await?
            .ok_or(SnapshotError::NoSuchBlock(number))?;
        if let Some(page) = self
            .0
            .slots
            .page(netuid)
            .filter(|page| page.block().hash == hash)
        {
            self.0.lookups.warm.inc();
            return Ok(Past { page, finalized });
        }
        let page = self
            .read(netuid, BlockRef { number, hash }, Instant::now())
            .await?;
        Ok(Past {
            page: page.ok_or(SnapshotError::NoSuchSubnet(netuid))?,
            finalized,
        })
    }

    async fn hash(
        &self,
        number: BlockNumber,
        finalized: bool,
    ) -> Result<Option<BlockHash>, SnapshotError> {
        let chain = self.0.link.chain().ok_or(SnapshotError::NotConnected)?;
        // A hash belongs to its chain: another one may be met after a restart of the link.
        let key = (chain.genesis_hash(), number);
        if let Some(hash) = self.0.hashes.get(&key).await {
            return Ok(Some(hash));
        }
        let hash = in_time(chain.block_hash(number)).await?;
        if let Some(hash) = hash.filter(|_| finalized) {
            self.0.hashes.insert(key, hash).await;
        }
        Ok(hash)
    }

    /// The snapshot out of the cache or from the chain. The read is finished, and others find it, even
    /// when the one who asked has gone.
    async fn read(
        &self,
        netuid: NetUid,
        block: BlockRef,
        seen: Instant,
    ) -> Result<Option<Arc<Page>>, SnapshotError> {
        let key = (netuid, block.hash);
        if let Some(page) = self.0.pages.get(&key).await {
            self.0.lookups.cached.inc();
            return Ok(page);
        }
        self.0.lookups.read.inc();
        let this = self.clone();
        let read = async move {
            let fetch = async {
                let _permit = this.0.reads.acquire().await;
                this.fetch(netuid, block, seen).await
            };
            this.0.pages.try_get_with(key, fetch).await
        };
        let page = self
            .0
            .tasks
            .finish(read)
            .await
            .ok_or(SnapshotError::Ending)?;
        page.map_err(|error| SnapshotError::clone(&error))
    }

    async fn fetch(
        &self,
        netuid: NetUid,
        block: BlockRef,
        seen: Instant,
    ) -> Result<Option<Arc<Page>>, SnapshotError> {
        let began = Instant::now();
        let chain = self.0.link.chain().ok_or(SnapshotError::NotConnected)?;
        let read = in_time(chain.snapshot(netuid, block)).await;
        let outcome = match &read {
            Ok(Some(_)) => "ok",
            Ok(None) => "no_subnet",
            Err(_) => "failed",
        };
        self.0
            .metrics
            .snapshot_reads
            .get_or_create(&OutcomeLabels { outcome })
            .inc();
        self.0
            .metrics
            .snapshot_read_duration
            .observe(began.elapsed().as_secs_f64());
        let Some(snapshot) = read? else {
            return Ok(None);
        };
        let page =
            Page::new(snapshot, seen).map_err(|error| SnapshotError::Encode(Arc::new(error)))?;
        Ok(Some(Arc::new(page)))
    }
}

async fn in_time<T>(read: impl Future<Output = Result<T, ReadError>>) -> Result<T, SnapshotError> {
    tokio::time::timeout(READ_TIMEOUT, read)
        .await
        .map_err(|_| SnapshotError::TimedOut)?
        .map_err(|error| SnapshotError::Chain(Arc::new(error)))
}
