//! Snapshots of subnets: one per watched subnet and block, read as the head moves; others read when they
//! are asked for, and kept warm for as long as they are. Nobody reads the same snapshot twice at a time.

mod page;
mod warm;

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use prometheus_client::metrics::counter::Counter;
use pylon_chain::Chain;
use pylon_models::{BlockHash, BlockRef, NetUid};
use tokio::sync::Semaphore;

pub(crate) use self::page::{ClassicBodies, Page};
use self::warm::Slots;
use crate::blocks::{At, Blocks, Holds};
use crate::link::Link;
use crate::load::LoadError;
use crate::metrics::{Metrics, OutcomeLabels};
use crate::tasks::Tasks;

/// Memory for snapshots of past blocks.
const CACHE_BYTES: u64 = 24 * 1024 * 1024;
/// What nobody asked for this long is forgotten.
const CACHE_IDLE: Duration = Duration::from_secs(600);
/// How many snapshots are read at a time for requests, of the present and of the past each; those that the head asks for
/// do not wait behind.
const READS_AT_A_TIME: usize = 8;
/// A warm snapshot further behind the head than this is not the latest any more: its reads fail.
const LATEST_LAG: u32 = 3;

/// The snapshots of one chain.
#[derive(Clone)]
pub(crate) struct Snapshots(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    blocks: Arc<Blocks>,
    slots: Slots,
    /// The subnet of the classic surface.
    classic: Option<NetUid>,
    /// `None` is a subnet that does not exist at that block.
    pages: Cache<(NetUid, BlockHash), Option<Arc<Page>>>,
    present: Arc<Semaphore>,
    /// Turns at an archive node, which may be far slower.
    past: Arc<Semaphore>,
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

impl Snapshots {
    pub(crate) fn new(
        link: Arc<Link>,
        blocks: Arc<Blocks>,
        watched: &[NetUid],
        classic: Option<NetUid>,
        tasks: Tasks,
        metrics: Metrics,
    ) -> Self {
        let pages = Cache::builder()
            .max_capacity(CACHE_BYTES)
            // By how often they are asked for, pages of watched heads would keep every new page of the past out.
            .eviction_policy(EvictionPolicy::lru())
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
            classic,
            pages,
            blocks,
            present: Arc::new(Semaphore::new(READS_AT_A_TIME)),
            past: Arc::new(Semaphore::new(READS_AT_A_TIME)),
            lookups: Lookups {
                warm: lookups("warm"),
                cached: lookups("cached"),
                read: lookups("read"),
            },
            tasks,
            metrics,
        }))
    }

    /// The subnet at that block; at the best head, or as near to that as reads go.
    pub(crate) async fn get(
        &self,
        netuid: NetUid,
        at: At,
    ) -> Result<(Arc<Page>, Holds), LoadError> {
        let is_latest = at == At::Best;
        if is_latest && let Some(page) = self.warm(netuid) {
            let holds = Holds::Now(page.seen());
            return Ok((page, holds));
        }
        let (block, holds) = self.0.blocks.pin(at).await?;
        let slot = self.0.slots.page(netuid);
        if let Some(page) = slot.filter(|page| page.block().hash == block.hash) {
            self.0.lookups.warm.inc();
            return Ok((page, holds));
        }
        let seen = match holds {
            Holds::Now(seen) | Holds::Late(seen) => seen,
            Holds::UntilReorganised | Holds::Forever => Instant::now(),
        };
        let page = self
            .read(netuid, block, seen)
            .await?
            .ok_or(LoadError::NoSuchSubnet(netuid))?;
        if is_latest {
            self.0.slots.offer(&page);
        }
        Ok((page, holds))
    }

    /// The last snapshot that was read, if that was not long ago.
    fn warm(&self, netuid: NetUid) -> Option<Arc<Page>> {
        let best = self.0.link.last_heads()?.best.number;
        let page = self.0.slots.page(netuid)?;
        if best.since(page.block().number) > LATEST_LAG {
            return None;
        }
        self.0.lookups.warm.inc();
        Some(page)
    }

    /// The last snapshot that was read, however old.
    pub(crate) async fn last(&self, netuid: NetUid) -> Result<Arc<Page>, LoadError> {
        match self.0.slots.page(netuid) {
            Some(page) => {
                self.0.lookups.warm.inc();
                Ok(page)
            }
            None => Ok(self.get(netuid, At::Best).await?.0),
        }
    }

    /// The snapshot out of the cache or from the chain. A read that has begun is finished, and others find it, even
    /// when the one who asked has gone; one that waits for its turn is not begun then.
    async fn read(
        &self,
        netuid: NetUid,
        block: BlockRef,
        seen: Instant,
    ) -> Result<Option<Arc<Page>>, LoadError> {
        let key = (netuid, block.hash);
        if let Some(page) = self.cached(&key).await {
            return Ok(page);
        }
        // Before the read is everybody's: what follows the head would wait for its turn too.
        let turns = if self.0.link.is_past(block.number) {
            &self.0.past
        } else {
            &self.0.present
        };
        let permit = Arc::clone(turns).acquire_owned().await;
        if let Some(page) = self.cached(&key).await {
            return Ok(page);
        }
        self.0.lookups.read.inc();
        let this = self.clone();
        let read = async move {
            let _permit = permit;
            let fetch = async {
                let chain = this.0.link.chain().ok_or(LoadError::NotConnected)?;
                this.fetch(&chain, netuid, block, seen).await
            };
            this.0.pages.try_get_with(key, fetch).await
        };
        let page = self.0.tasks.finish(read).await.ok_or(LoadError::Ending)?;
        page.map_err(|error| LoadError::clone(&error))
    }

    async fn cached(&self, key: &(NetUid, BlockHash)) -> Option<Option<Arc<Page>>> {
        let page = self.0.pages.get(key).await?;
        self.0.lookups.cached.inc();
        Some(page)
    }

    async fn fetch(
        &self,
        chain: &Chain,
        netuid: NetUid,
        block: BlockRef,
        seen: Instant,
    ) -> Result<Option<Arc<Page>>, LoadError> {
        let began = Instant::now();
        let chain = chain.counting();
        let read = self.0.link.in_time(chain.snapshot(netuid, block)).await;
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
        self.0.metrics.fell_back("snapshot", &chain);
        let node = self.0.link.node_for(&chain, block.number);
        let found = matches!(read, Ok(Some(_))).then_some(netuid);
        self.0
            .metrics
            .chain_read("snapshot", read.is_ok(), &node, found, began);
        let Some(snapshot) = read? else {
            return Ok(None);
        };
        let is_classic = self.0.classic == Some(netuid);
        let page = Page::new(snapshot, seen, self.0.link.block_duration(), is_classic)?;
        Ok(Some(Arc::new(page)))
    }
}
