//! How a devnet starts.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use jsonrpsee::server::RegisterMethodError;
use pylon_models::Retry;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Devnet, WorkerDied};
use crate::{
    Layout, World, WorldError,
    clock::{self, BlockTime, BlockTimeError},
    faults::board::{self, Board},
    node::{Node, Settings},
    rpc::{self, Endpoint},
};

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

/// How a devnet starts; see [`Devnet::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    layout: Layout,
    world: World,
    block_time: BlockTime,
    finality_lag: u32,
    bind: SocketAddr,
    archive: Archive,
    genesis_time: Option<SystemTime>,
}

/// Where the archive endpoint is.
#[derive(Clone, Copy, Debug)]
enum Archive {
    /// On a free port beside the main one.
    Beside,
    At(SocketAddr),
    Off,
}

impl Archive {
    fn address(self, main: SocketAddr) -> Option<SocketAddr> {
        match self {
            Self::Beside => Some(SocketAddr::new(main.ip(), 0)),
            Self::At(address) => Some(address),
            Self::Off => None,
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            layout: Layout::default(),
            world: World::Empty,
            block_time: BlockTime::Manual,
            finality_lag: 0,
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            archive: Archive::Beside,
            genesis_time: None,
        }
    }
}

impl Builder {
    /// The runtime to start with. Default: [`Layout::Jun2026`].
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

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

    /// Where the archive endpoint listens. Default: a free port of the main endpoint's address.
    pub fn archive_bind(mut self, address: SocketAddr) -> Self {
        self.archive = Archive::At(address);
        self
    }

    /// No archive endpoint: states older than 256 blocks are dropped, and memory stays bounded by
    /// the headers and bodies of the chain.
    pub fn without_archive(mut self) -> Self {
        self.archive = Archive::Off;
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
    /// An address cannot be bound, the block time is out of its range, or there is no such world.
    pub async fn start(self) -> Result<Devnet, StartError> {
        self.block_time.validate()?;
        self.world.validate()?;
        let main = Listener::bind(self.bind).await?;
        let archive = match self.archive.address(self.bind) {
            Some(address) => Some(Listener::bind(address).await?),
            None => None,
        };
        let time = self.genesis_time.unwrap_or_else(SystemTime::now);
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let settings = Settings {
            layout: self.layout,
            world: self.world,
            finality_lag: self.finality_lag,
            block_time: self.block_time,
            archive: archive.is_some(),
            genesis_time: seconds.saturating_mul(1_000),
        };
        let node = tokio::task::spawn_blocking(move || Arc::new(Node::new(settings)))
            .await
            .map_err(WorkerDied)?;
        let mut devnet = Devnet {
            address: main.address,
            archive: archive.as_ref().map(|listener| listener.address),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            servers: Vec::new(),
            node: Arc::clone(&node),
        };
        let board = Arc::clone(node.board());
        main.serve(Endpoint::main(Arc::clone(&node)), board, &mut devnet)?;
        if let Some(archive) = archive {
            let endpoint = Endpoint::archive(Arc::clone(&node));
            archive.serve(endpoint, Arc::default(), &mut devnet)?;
        }
        let stop = devnet.stop.clone();
        devnet.tasks.spawn(board::run(Arc::clone(&node), stop));
        let stop = devnet.stop.clone();
        devnet.tasks.spawn(clock::run(node, stop));
        Ok(devnet)
    }
}

/// A bound port.
struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    async fn bind(address: SocketAddr) -> Result<Self, StartError> {
        let bind = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self { listener, address })
    }

    fn serve(
        self,
        endpoint: Endpoint,
        board: Arc<Board>,
        devnet: &mut Devnet,
    ) -> Result<(), StartError> {
        let methods = rpc::methods(endpoint)?;
        let stop = devnet.stop.clone();
        let server = rpc::serve(
            self.listener,
            self.address,
            methods,
            board,
            &devnet.tasks,
            stop,
        );
        devnet.servers.push(server);
        Ok(())
    }
}
