//! The subnets that are read at every block.

mod turns;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use pylon_chain::Head;
use pylon_models::NetUid;

use self::turns::Turns;
use super::{Page, Snapshots};
use crate::load::LoadError;
use crate::tasks::{TaskError, chain_of, is_worth_telling};

/// A subnet that nobody watches and nobody asked for this long goes cold.
const WARM_FOR: Duration = Duration::from_secs(300);
/// More warm subnets than a chain has; what comes after is read when it is asked for.
const MOST_WARM: usize = 512;
/// How many of them are read at a time.
const READS_AT_A_TIME: usize = 4;

/// The last page of each warm subnet. Requests read it without a lock.
pub(super) struct Slots {
    slots: ArcSwap<BTreeMap<NetUid, Arc<Slot>>>,
    began: Instant,
}

struct Slot {
    page: ArcSwapOption<Page>,
    /// Kept warm whether it is asked for or not.
    watched: bool,
    /// How often reading it has failed since it last did not.
    failures: AtomicU64,
    /// Whether it was read at all, be it only to find that there is no such subnet.
    read: AtomicBool,
    /// When it was last asked for, in milliseconds since the start.
    asked: AtomicU64,
}

impl Slots {
    pub(super) fn new(watched: &[NetUid]) -> Self {
        let slots = watched
            .iter()
            .map(|netuid| (*netuid, Arc::new(Slot::new(true))))
            .collect();
        Self {
            slots: ArcSwap::from_pointee(slots),
            began: Instant::now(),
        }
    }

    /// The last page of a warm subnet, which is now asked for.
    pub(super) fn page(&self, netuid: NetUid) -> Option<Arc<Page>> {
        let slots = self.slots.load();
        let slot = slots.get(&netuid)?;
        slot.asked.store(self.now(), Ordering::Relaxed);
        slot.page.load_full()
    }

    /// Takes a page that is newer than the one that stands, and keeps its subnet warm from now on.
    pub(super) fn offer(&self, page: &Arc<Page>) {
        let netuid = page.netuid();
        if let Some(slot) = self.slots.load().get(&netuid) {
            slot.offer(page);
            return;
        }
        self.slots.rcu(|slots| {
            let mut slots = BTreeMap::clone(slots);
            if slots.len() < MOST_WARM {
                let slot = slots
                    .entry(netuid)
                    .or_insert_with(|| Arc::new(Slot::new(false)));
                slot.asked.store(self.now(), Ordering::Relaxed);
                slot.offer(page);
            }
            slots
        });
    }

    /// Forgets the subnets that went cold.
    fn drop_cold(&self) {
        let cold = |slot: &Slot| {
            let idle = self
                .now()
                .saturating_sub(slot.asked.load(Ordering::Relaxed));
            !slot.watched && u128::from(idle) > WARM_FOR.as_millis()
        };
        if self.slots.load().values().any(|slot| cold(slot)) {
            self.slots.rcu(|slots| {
                let mut slots = BTreeMap::clone(slots);
                slots.retain(|_, slot| !cold(slot));
                slots
            });
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Slot {
    fn new(watched: bool) -> Self {
        Self {
            page: ArcSwapOption::empty(),
            watched,
            failures: AtomicU64::new(0),
            read: AtomicBool::new(false),
            asked: AtomicU64::new(0),
        }
    }

    fn offer(&self, page: &Arc<Page>) {
        self.page.rcu(|old| match old {
            Some(old) if old.seen() > page.seen() => Some(Arc::clone(old)),
            _ => Some(Arc::clone(page)),
        });
    }
}

impl Snapshots {
    /// Reads every warm subnet at each new best head, for as long as heads come. One whose read outlasts a head is
    /// read again after it, and holds up no other.
    pub(crate) async fn keep_warm(self) -> Result<(), TaskError> {
        let mut heads = self.0.link.heads();
        let mut last = None;
        let mut turns = Turns::default();
        let mut reads = FuturesUnordered::new();
        loop {
            let best = heads.borrow_and_update().as_ref().map(|heads| heads.best);
            if let Some(best) = best {
                if last.replace(best.hash) != Some(best.hash) {
                    turns.come(self.kept_warm());
                }
                while reads.len() < READS_AT_A_TIME
                    && let Some(netuid) = turns.begin()
                {
                    reads.push(self.refresh(netuid, best));
                }
            }
            tokio::select! {
                changed = heads.changed() => changed?,
                Some(netuid) = reads.next() => turns.end(netuid),
            }
        }
    }

    /// The watched subnets that have not been read yet, not even to find that they do not exist.
    pub(crate) fn unread(&self) -> Vec<NetUid> {
        let slots = self.0.slots.slots.load();
        slots
            .iter()
            .filter(|(_, slot)| slot.watched && !slot.read.load(Ordering::Relaxed))
            .map(|(netuid, _)| *netuid)
            .collect()
    }

    /// The subnets that are warm, without those that just went cold.
    fn kept_warm(&self) -> Vec<NetUid> {
        self.0.slots.drop_cold();
        let slots = self.0.slots.slots.load();
        self.0
            .metrics
            .subnets_kept_warm
            .set(i64::try_from(slots.len()).unwrap_or(i64::MAX));
        slots.keys().copied().collect()
    }

    /// Reads a subnet at that head, if it is still warm.
    async fn refresh(&self, netuid: NetUid, best: Head) -> NetUid {
        let slot = self.0.slots.slots.load().get(&netuid).map(Arc::clone);
        if let Some(slot) = slot {
            self.refresh_slot(netuid, &slot, &best).await;
        }
        netuid
    }

    fn is_best(&self, head: &Head) -> bool {
        let heads = self.0.link.last_heads();
        heads.is_some_and(|heads| heads.best.hash == head.hash)
    }

    async fn refresh_slot(&self, netuid: NetUid, slot: &Slot, best: &Head) {
        let block = best.block();
        // What follows the head goes before what requests read.
        let fetch = async {
            let chain = self.0.link.chain().ok_or(LoadError::NotConnected)?;
            self.fetch(&chain.urgent(), netuid, block, best.seen).await
        };
        let read = self.0.pages.try_get_with((netuid, best.hash), fetch).await;
        slot.read.fetch_or(read.is_ok(), Ordering::Relaxed);
        match read {
            // What is read at the head stands, though a reorganisation may have brought that back: then it was met
            // before the page that it replaces.
            Ok(page) if self.is_best(best) => slot.page.store(page),
            Ok(Some(page)) => slot.offer(&page),
            Ok(None) => slot.page.store(None),
            Err(error) => {
                let failures = slot.failures.fetch_add(1, Ordering::Relaxed) + 1;
                if is_worth_telling(failures) {
                    tracing::warn!(
                        chain.block = %block,
                        subnet.netuid = netuid.get(),
                        failures,
                        error = %chain_of(error.as_ref()),
                        "subnet {netuid} could not be read and stays at its last snapshot"
                    );
                }
                return;
            }
        }
        slot.failures.store(0, Ordering::Relaxed);
    }
}
