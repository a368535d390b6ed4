//! What was asked of the node, counted by method.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// Every request since the chain was connected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// By JSON-RPC method; only methods that this crate calls are there, so there are few.
    pub methods: BTreeMap<String, MethodStats>,
    /// How often a lost connection was opened again, to the same node or another one.
    pub reconnects: u64,
    /// Reads that went to an archive node because another one no longer had the state.
    pub archive_fallbacks: u64,
}

/// The requests of one method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MethodStats {
    /// Round trips, answered or not.
    pub requests: u64,
    /// Those that ended in an error.
    pub failures: u64,
    /// How long they took, all together.
    pub waited: Duration,
}

impl Stats {
    /// Adds what was asked of other nodes.
    pub(crate) fn add(&mut self, other: Self) {
        for (method, theirs) in other.methods {
            let ours = self.methods.entry(method).or_default();
            ours.requests = ours.requests.saturating_add(theirs.requests);
            ours.failures = ours.failures.saturating_add(theirs.failures);
            ours.waited = ours.waited.saturating_add(theirs.waited);
        }
        self.reconnects = self.reconnects.saturating_add(other.reconnects);
        self.archive_fallbacks = self
            .archive_fallbacks
            .saturating_add(other.archive_fallbacks);
    }

    /// Round trips of all methods.
    pub fn requests(&self) -> u64 {
        self.methods.values().map(|method| method.requests).sum()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Stats>);

impl Counters {
    pub(crate) fn count(&self, method: &str, waited: Duration, failed: bool) {
        let mut stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !stats.methods.contains_key(method) {
            stats
                .methods
                .insert(method.to_owned(), MethodStats::default());
        }
        if let Some(counted) = stats.methods.get_mut(method) {
            counted.requests = counted.requests.saturating_add(1);
            counted.failures = counted.failures.saturating_add(failed.into());
            counted.waited = counted.waited.saturating_add(waited);
        }
    }

    pub(crate) fn reconnected(&self) {
        let mut stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stats.reconnects = stats.reconnects.saturating_add(1);
    }

    pub(crate) fn read(&self) -> Stats {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
