//! A running devnet.

mod builder;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use jsonrpsee::server::ServerHandle;
use pylon_models::Retry;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::builder::{Builder, StartError};
use crate::{
    Layout,
    clock::{BlockTime, BlockTimeError},
    evm::{EvmLog, LogsError},
    faults::Faults,
    node::{Change, Node, PulseError, ReorganiseError, chain::Block},
};

/// How long a shutdown waits for connections to end.
const SHUTDOWN: Duration = Duration::from_secs(3);

/// A block was not made or the state not changed: the devnet's own code panicked.
#[derive(Debug, thiserror::Error)]
#[error("the devnet's worker died")]
pub struct WorkerDied(#[source] tokio::task::JoinError);

impl WorkerDied {
    /// Whether the same call can succeed later.
    pub fn retry(&self) -> Retry {
        Retry::Never
    }
}

/// Why the chain did not change its head.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// The blocks cannot be replaced.
    #[error(transparent)]
    Reorganise(#[from] ReorganiseError),
    /// The block is unknown, or its state is gone.
    #[error("the block is unknown or its state discarded")]
    State(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The devnet's own code panicked.
    #[error(transparent)]
    Worker(#[from] WorkerDied),
}

impl HeadError {
    /// Whether the same call can succeed later.
    pub fn retry(&self) -> Retry {
        Retry::Never
    }
}

/// A running devnet. Dropping it stops it.
#[derive(Debug)]
pub struct Devnet {
    node: Arc<Node>,
    address: SocketAddr,
    archive: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: TaskTracker,
    servers: Vec<ServerHandle>,
}

impl Devnet {
    /// A devnet to be started.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens for websockets.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Where it answers HTTP POST: the same port.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the archive endpoint of the same node listens for websockets: it keeps every state
    /// and suffers no fault.
    pub fn archive_ws_url(&self) -> Option<String> {
        self.archive.map(|address| format!("ws://{address}"))
    }

    /// Where the archive endpoint answers HTTP POST.
    pub fn archive_http_url(&self) -> Option<String> {
        self.archive.map(|address| format!("http://{address}"))
    }

    /// What can go wrong at the main endpoint.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use pylon_devnet::{Devnet, Fault};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let devnet = Devnet::builder().start().await?;
    /// let faults = devnet.faults();
    /// faults.start(Fault::Stall.times(2)).await?;
    /// faults.start(Fault::Delay(Duration::from_millis(300))).await?;
    /// faults.drop_sockets();
    /// faults.heal().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn faults(&self) -> Faults<'_> {
        Faults { node: &self.node }
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> Result<T, WorkerDied> {
        let node = Arc::clone(&self.node);
        tokio::task::spawn_blocking(move || work(&node))
            .await
            .map_err(WorkerDied)
    }

    /// Makes `count` blocks at once and returns the last one's hash (the best head's for 0).
    ///
    /// # Errors
    /// The devnet's own code panicked.
    pub async fn new_blocks(&self, count: u32) -> Result<[u8; 32], WorkerDied> {
        self.work(move |node| node.make_blocks(count).0).await
    }

    /// Changes the best head's state in place, under the same hash: raw keys with their new
    /// values, nothing removes. Lay state down before a client starts, or make a block after.
    ///
    /// # Errors
    /// The devnet's own code panicked.
    pub async fn set_storage(&self, changes: Vec<Change>) -> Result<(), WorkerDied> {
        self.work(move |node| node.set_storage(&changes)).await?;
        Ok(())
    }

    /// Replaces the best `depth` blocks by a branch of `depth + 1` others, made a slot later, and
    /// returns the new head's hash. What the old ones held goes back to the pool, and the branch
    /// has none of it: the next block can. The old blocks stay readable by their hashes as long as
    /// states of their height do.
    ///
    /// In a real chain that is two authors who did not hear of each other in time; until finality
    /// has passed a block, any client has to expect it.
    ///
    /// # Errors
    /// One of the blocks is final, or the state before them is gone.
    pub async fn reorganise(&self, depth: u32) -> Result<[u8; 32], HeadError> {
        let hash = self.work(move |node| node.reorganise(depth)).await??;
        Ok(hash.0)
    }

    /// Lets the chain go on from another block, by its hash. Where that lies before a final block,
    /// finality goes back too, which no real node does.
    ///
    /// # Errors
    /// The block is unknown, or its state is gone.
    pub async fn set_head(&self, hash: [u8; 32]) -> Result<(), HeadError> {
        self.work(move |node| node.set_head(hash.into()))
            .await?
            .map_err(|error| HeadError::State(Box::new(error)))
    }

    /// The hash of the canonical block at a height.
    pub fn block_hash(&self, number: u32) -> Option<[u8; 32]> {
        self.node.view().at(number).map(|block| block.hash.0)
    }

    /// Puts logs into the next block's EVM side, as those of one transaction, and returns that
    /// one's hash. `eth_getLogs` answers them.
    ///
    /// # Errors
    /// A log has more than four topics, or too many wait.
    pub fn add_logs(&self, logs: Vec<EvmLog>) -> Result<[u8; 32], LogsError> {
        self.node.add_logs(logs).map(|hash| hash.0)
    }

    /// Lets the next block store the pulse of a drand round, whatever the chain's time is. Blocks
    /// that a clock makes store those of their time by themselves.
    ///
    /// # Errors
    /// Too many rounds wait for a block.
    pub fn add_pulse(&self, round: u64) -> Result<(), PulseError> {
        self.node.add_pulse(round)
    }

    /// Changes when blocks are made, from now on.
    ///
    /// # Errors
    /// The time is not between 20 ms and 12 s.
    pub fn set_block_time(&self, time: BlockTime) -> Result<(), BlockTimeError> {
        self.node.set_block_time(time)
    }

    /// Changes by how many blocks finality trails. What is final stays so, so that a greater
    /// number makes finality wait.
    ///
    /// # Errors
    /// The devnet's own code panicked.
    pub async fn set_finality_lag(&self, blocks: u32) -> Result<(), WorkerDied> {
        self.work(move |node| node.set_finality_lag(blocks)).await
    }

    /// Replaces the runtime in mid-run, as `dev_upgrade` does: in the next block where blocks come by
    /// themselves ([`BlockTime::Every`]), else in one made at once. That block is still the old runtime's; its state
    /// answers with the new version and metadata, and the block after it is the new runtime's first.
    ///
    /// # Errors
    /// The devnet's own code panicked.
    pub async fn upgrade(&self, layout: Layout) -> Result<(), WorkerDied> {
        self.work(move |node| node.upgrade(layout)).await
    }

    /// Number and hash of the newest block.
    pub fn best(&self) -> (u32, [u8; 32]) {
        name(self.node.view().best())
    }

    /// Number and hash of the newest final block.
    pub fn finalized(&self) -> (u32, [u8; 32]) {
        name(self.node.view().finalized())
    }

    /// Stops making blocks, closes every connection and waits for both, three seconds at most.
    pub async fn shutdown(self) {
        self.halt();
        let _late = tokio::time::timeout(SHUTDOWN, self.tasks.wait()).await;
    }

    fn halt(&self) {
        self.node.halt();
        // What hangs could not be closed.
        self.node.board().heal();
        self.stop.cancel();
        self.tasks.close();
        for server in &self.servers {
            // Fails only where it was stopped before.
            let _stopped = server.stop();
        }
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        self.halt();
    }
}

fn name(block: &Block) -> (u32, [u8; 32]) {
    (block.number(), block.hash.0)
}
