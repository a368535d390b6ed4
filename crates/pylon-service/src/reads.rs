//! What is read of the chain beside snapshots: each thing once for a block, however many ask for it, and kept
//! for as long as it is asked for. Heavy reads, those of the past and those that need no token queue apart, so that they
//! never stand before others.

mod body;
mod list;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::future::Cache;
use pylon_models::{BlockHash, BlockRef, Hotkey, NetUid};
use tokio::sync::Semaphore;

use self::list::List;
use self::read::Lane;
pub(crate) use self::read::Read;
use crate::blocks::{At, Blocks, Holds, Stamp};
use crate::encoding::Body;
use crate::link::Link;
use crate::load::LoadError;
use crate::metrics::{Metrics, ReadLabels};
use crate::tasks::Tasks;

/// Memory for answers.
const CACHE_BYTES: u64 = 24 * 1024 * 1024;
/// What nobody asked for this long is forgotten.
const CACHE_IDLE: Duration = Duration::from_secs(600);
/// How many cheap reads are under way at a time, of the present and of the past each.
const LIGHT_AT_A_TIME: usize = 8;
/// How many of those that make a node work.
const HEAVY_AT_A_TIME: usize = 2;
/// How many of those that need no token.
const OPEN_AT_A_TIME: usize = 8;

/// One of the things that an answer lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum One {
    Neuron(Hotkey),
    Subnet(NetUid),
}

/// What was read at one block, as it is sent.
pub(crate) struct Answered {
    pub(crate) block: BlockRef,
    pub(crate) stamp: Stamp,
    /// The whole.
    pub(crate) body: Body,
    ones: BTreeMap<One, Bytes>,
    list: Option<List>,
    weight: u32,
}

impl Answered {
    /// The body of one part alone.
    pub(crate) fn one(&self, one: One) -> Option<Body> {
        self.ones.get(&one).cloned().map(Body::new)
    }

    /// The whole with no more of its list than `limit` items from `first` on; `cursor` names the place where the next
    /// page begins. `None` where there is no such place.
    pub(crate) fn page(
        &self,
        first: usize,
        limit: usize,
        cursor: impl FnOnce(usize) -> String,
    ) -> Option<Body> {
        let list = self.list.as_ref()?;
        list.page(self.body.bytes(), first, limit, cursor)
            .map(Body::new)
    }
}

/// The reads of one chain.
#[derive(Clone)]
pub(crate) struct Reads(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    blocks: Arc<Blocks>,
    /// `None` is what does not exist at that block.
    answers: Cache<(Read, BlockHash), Option<Arc<Answered>>>,
    present: Lanes,
    /// What an archive node is asked for, which may be far slower.
    past: Lanes,
    tasks: Tasks,
    metrics: Metrics,
}

/// Turns at the nodes.
struct Lanes {
    light: Arc<Semaphore>,
    heavy: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Lanes {
    fn new() -> Self {
        Self {
            light: Arc::new(Semaphore::new(LIGHT_AT_A_TIME)),
            heavy: Arc::new(Semaphore::new(HEAVY_AT_A_TIME)),
            open: Arc::new(Semaphore::new(OPEN_AT_A_TIME)),
        }
    }

    const fn turns(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Light => &self.light,
            Lane::Heavy => &self.heavy,
            Lane::Open => &self.open,
        }
    }
}

impl Reads {
    pub(crate) fn new(
        link: Arc<Link>,
        blocks: Arc<Blocks>,
        tasks: Tasks,
        metrics: Metrics,
    ) -> Self {
        let answers = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|_, answered: &Option<Arc<Answered>>| {
                answered.as_ref().map_or(64, |answered| answered.weight)
            })
            .time_to_idle(CACHE_IDLE)
            .build();
        Self(Arc::new(Inner {
            link,
            blocks,
            answers,
            present: Lanes::new(),
            past: Lanes::new(),
            tasks,
            metrics,
        }))
    }

    /// What was read at that block, out of the cache or from the chain. A read that has begun is finished, and others
    /// find it, even when the one who asked has gone; one that waits for its turn is not begun then.
    pub(crate) async fn get(
        &self,
        read: Read,
        at: At,
    ) -> Result<(Arc<Answered>, Holds), LoadError> {
        let (block, holds) = self.0.blocks.pin(at).await?;
        Ok((self.answered(read, block).await?, holds))
    }

    /// The same at that very block; `None` where the chain has no such block.
    pub(crate) async fn get_of(
        &self,
        read: Read,
        block: BlockRef,
    ) -> Result<Option<(Arc<Answered>, Holds)>, LoadError> {
        let Some(holds) = self.0.blocks.confirm(block).await? else {
            return Ok(None);
        };
        Ok(Some((self.answered(read, block).await?, holds)))
    }

    async fn answered(&self, read: Read, block: BlockRef) -> Result<Arc<Answered>, LoadError> {
        let key = (read, block.hash);
        let answered = match self.cached(&key).await {
            Some(answered) => answered,
            None => self.load(key, block).await?,
        };
        answered.ok_or_else(|| read.missing(block.number))
    }

    async fn cached(&self, key: &(Read, BlockHash)) -> Option<Option<Arc<Answered>>> {
        let answered = self.0.answers.get(key).await?;
        self.count(key.0, "cached");
        Some(answered)
    }

    async fn load(
        &self,
        key: (Read, BlockHash),
        block: BlockRef,
    ) -> Result<Option<Arc<Answered>>, LoadError> {
        let (read, this) = (key.0, self.clone());
        let permit = Arc::clone(self.turns(read, block)).acquire_owned().await;
        // Whoever waited beside it may have read the same.
        if let Some(answered) = self.cached(&key).await {
            return Ok(answered);
        }
        let load = async move {
            let _permit = permit;
            let fetch = this.fetch(read, block);
            this.0.answers.try_get_with(key, fetch).await
        };
        let loaded = self.0.tasks.finish(load).await.ok_or(LoadError::Ending)?;
        loaded.map_err(|error| LoadError::clone(&error))
    }

    fn turns(&self, read: Read, block: BlockRef) -> &Arc<Semaphore> {
        let lanes = if self.0.link.is_past(read.told_by(block.number)) {
            &self.0.past
        } else {
            &self.0.present
        };
        lanes.turns(read.lane())
    }

    async fn fetch(&self, read: Read, block: BlockRef) -> Result<Option<Arc<Answered>>, LoadError> {
        let began = Instant::now();
        let chain = self.0.link.chain().ok_or(LoadError::NotConnected)?;
        let chain = chain.counting();
        // One future for all kinds of reads is as large as the largest of them: it does not belong on the stack.
        let fetched = self
            .0
            .link
            .in_time(Box::pin(body::fetch(read, &chain, block)))
            .await;
        self.count(
            read,
            match &fetched {
                Ok(Some(_)) => "read",
                Ok(None) => "missing",
                Err(_) => "failed",
            },
        );
        self.0
            .metrics
            .read_duration
            .observe(began.elapsed().as_secs_f64());
        self.0.metrics.fell_back(read.name(), &chain);
        let node = self.0.link.node_for(&chain, read.told_by(block.number));
        let netuid = read.netuid().filter(|_| matches!(fetched, Ok(Some(_))));
        self.0
            .metrics
            .chain_read(read.name(), fetched.is_ok(), &node, netuid, began);
        Ok(fetched?.map(Arc::new))
    }

    fn count(&self, read: Read, outcome: &'static str) {
        let labels = ReadLabels {
            kind: read.name(),
            outcome,
        };
        self.0.metrics.reads.get_or_create(&labels).inc();
    }
}
