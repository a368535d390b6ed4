//! A running devnet and how it is started.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jsonrpsee::server::{RegisterMethodError, ServerHandle};
use pylon_models::Retry;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    World, WorldError,
    clock::{self, BlockTime, BlockTimeError},
    node::{Change, Node, ReorganiseError, Settings, chain::Block},
    rpc,
};

/// How long a shutdown waits for connections to end.
const SHUTDOWN: Duration = Duration::from_secs(3);

/// Why a devnet did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be bound.
    #[error("cannot bind {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The block time is too short or too long.
    #[error(transparent)]
    BlockTime(#[from] BlockTimeError),
    /// There is no such world.
    #[error("the world cannot be")]
    World(#[from] WorldError),
    /// The first block was not made.
    #[error(transparent)]
    Genesis(#[from] WorkerDied),
    /// The node declares a method twice.
    #[error("the rpc methods clash")]
    Methods(#[from] RegisterMethodError),
}

impl StartError {
    /// Whether the same start can succeed later.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Bind { .. } => Retry::Backoff,
            Self::BlockTime(_) | Self::World(_) | Self::Genesis(_) | Self::Methods(_) => {
                Retry::Never
            }
        }
    }
}

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

/// How a devnet starts; see [`Devnet::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    world: World,
    block_time: BlockTime,
    finality_lag: u32,
    bind: SocketAddr,
    genesis_time: Option<SystemTime>,
}

impl Builder {
    /// The state to start from. Default: [`World::Empty`].
    pub fn world(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    /// When blocks are made. Default: [`BlockTime::Manual`].
    pub fn block_time(mut self, block_time: BlockTime) -> Self {
        self.block_time = block_time;
        self
    }

    /// By how many blocks finality trails the best head. Default: 0, every block is final.
    pub fn finality_lag(mut self, blocks: u32) -> Self {
        self.finality_lag = blocks;
        self
    }

    /// Where to listen. Default: a free port of 127.0.0.1. Keep it on loopback: whoever connects
    /// can change the state.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = address;
        self
    }

    /// Chain time of the first block, cut to the second. Default: now. A fixed one makes every
    /// hash the same in each run.
    pub fn genesis_time(mut self, time: SystemTime) -> Self {
        self.genesis_time = Some(time);
        self
    }

    /// Starts the node on the current tokio runtime.
    ///
    /// # Errors
    /// The address cannot be bound, the block time is out of its range, or there is no such world.
    pub async fn start(self) -> Result<Devnet, StartError> {
        self.block_time.validate()?;
        self.world.validate()?;
        let bind = |source| StartError::Bind {
            address: self.bind,
            source,
        };
        let listener = TcpListener::bind(self.bind).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let time = self.genesis_time.unwrap_or_else(SystemTime::now);
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let settings = Settings {
            world: self.world,
            finality_lag: self.finality_lag,
            block_time: self.block_time,
            archive: true,
            genesis_time: seconds.saturating_mul(1_000),
        };
        let node = tokio::task::spawn_blocking(move || Arc::new(Node::new(settings)))
            .await
            .map_err(WorkerDied)?;
        let methods = rpc::methods(Arc::clone(&node))?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let server = rpc::serve(listener, methods, &tasks, stop.clone());
        tasks.spawn(clock::run(Arc::clone(&node), stop.clone()));
        Ok(Devnet {
            node,
            address,
            stop,
            tasks,
            server,
        })
    }
}

/// A running devnet. Dropping it stops it.
#[derive(Debug)]
pub struct Devnet {
    node: Arc<Node>,
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
    server: ServerHandle,
}

impl Devnet {
    /// A devnet to be started.
    pub fn builder() -> Builder {
        Builder {
            world: World::Empty,
            block_time: BlockTime::Manual,
            finality_lag: 0,
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            genesis_time: None,
        }
    }

    /// Where it listens for websockets.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Where it answers HTTP POST: the same port.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
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
        self.stop.cancel();
        self.tasks.close();
        // Fails only where it was stopped before.
        let _stopped = self.server.stop();
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
