//! The nodes that keep everything: connected to when a block needs them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use pylon_models::BlockHash;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::config::ChainConfig;
use crate::connection::{Connection, EndpointHealth};
use crate::error::{ReadError, RpcError};
use crate::stats::Stats;

/// A connection to archive nodes, once one was needed.
pub(crate) struct Archive {
    config: ChainConfig,
    connection: OnceCell<Connection>,
    failed: Mutex<Failed>,
    fallbacks: AtomicU64,
}

/// Tries that no node took.
struct Failed {
    count: u64,
    rests_until: Option<Instant>,
    backoff: Backoff,
}

impl Archive {
    pub(crate) fn new(config: &ChainConfig, genesis: BlockHash) -> Self {
        Self {
            config: ChainConfig {
                genesis: Some(genesis),
                ..config.clone()
            },
            connection: OnceCell::new(),
            failed: Mutex::new(Failed {
                count: 0,
                rests_until: None,
                backoff: Backoff::new(),
            }),
            fallbacks: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_configured(&self) -> bool {
        !self.config.archives.is_empty()
    }

    /// Whoever comes first connects; who comes after a failure tries again, but not at once.
    pub(crate) async fn connection(&self) -> Result<Connection, ReadError> {
        let open = || async {
            if self.rests() {
                return Err(ReadError::Rpc(RpcError::Disconnected));
            }
            let opened = Connection::open(self.config.clone(), &self.config.archives).await;
            opened.map_err(|error| {
                let count = self.count_failure();
                // The first, and ever fewer after it.
                if count.is_power_of_two() {
                    tracing::warn!(
                        count,
                        error = &error as &dyn std::error::Error,
                        "no archive node can be used"
                    );
                }
                ReadError::Rpc(RpcError::Disconnected)
            })
        };
        self.connection.get_or_try_init(open).await.cloned()
    }

    fn rests(&self) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed
            .rests_until
            .is_some_and(|until| until > Instant::now())
    }

    fn count_failure(&self) -> u64 {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.count = failed.count.saturating_add(1);
        failed.rests_until = Some(Instant::now() + failed.backoff.next());
        failed.count
    }

    pub(crate) fn health(&self) -> Vec<EndpointHealth> {
        self.connection
            .get()
            .map(Connection::health)
            .unwrap_or_default()
    }

    /// A read that other nodes no longer had the state for.
    pub(crate) fn count_fallback(&self) {
        self.fallbacks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self) -> Stats {
        let connection = self.connection.get();
        let mut stats =
            connection.map_or_else(Stats::default, |connection| connection.counters().read());
        stats.archive_fallbacks = self.fallbacks.load(Ordering::Relaxed);
        stats
    }
}
