//! The simulated node inside, in builds that have it (feature `devnet`, on by default).

use pylon_chain::{ChainConfig, Endpoint, EndpointError, EvmConfig, EvmEndpoint};
use pylon_models::Retry;

use crate::config::{Config, DevNode, Network};

/// Why the node inside does not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// It failed to start.
    #[cfg(feature = "devnet")]
    #[error("the development node does not start")]
    Start(#[from] pylon_devnet::StartError),
    /// This build has none.
    #[cfg(not(feature = "devnet"))]
    #[error("this build has no development node: it was made without the feature `devnet`")]
    Absent,
    /// Its URL cannot be used.
    #[error("the development node has no usable url")]
    Url(#[from] EndpointError),
}

impl NodeError {
    /// Whether the same start can succeed later.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            #[cfg(feature = "devnet")]
            Self::Start(error) => error.retry(),
            #[cfg(not(feature = "devnet"))]
            Self::Absent => Retry::Never,
            Self::Url(_) => Retry::Never,
        }
    }
}

/// A running node.
#[cfg(feature = "devnet")]
pub(crate) struct Node(pylon_devnet::Devnet);

/// A node that this build cannot start.
#[cfg(not(feature = "devnet"))]
pub(crate) enum Node {}

#[cfg(feature = "devnet")]
impl Node {
    /// Starts a node as configured.
    ///
    /// # Errors
    /// When its address is taken or its world cannot be built.
    pub(crate) async fn start(settings: &DevNode) -> Result<Self, NodeError> {
        use pylon_devnet::{BlockTime, Devnet, Layout, World};

        use crate::config;

        let world = match settings.world {
            config::World::Dev => World::Dev {
                neurons: settings.neurons,
                subnets: settings.subnets,
                seed: settings.seed,
            },
            config::World::Empty => World::Empty,
        };
        let block_time = match settings.block_time {
            config::BlockTime::Manual => BlockTime::Manual,
            config::BlockTime::Every(time) => BlockTime::Every(time),
        };
        let layout = match settings.runtime {
            config::Runtime::Jun2026 => Layout::Jun2026,
            config::Runtime::Oct2026 => Layout::Oct2026,
        };
        let builder = Devnet::builder()
            .layout(layout)
            .world(world)
            .block_time(block_time)
            .finality_lag(settings.finality_lag)
            .bind(settings.bind);
        let builder = match settings.archive_bind() {
            Some(address) => builder.archive_bind(address),
            None => builder.without_archive(),
        };
        Ok(Self(builder.start().await?))
    }

    /// Its websocket URL as text.
    #[must_use]
    pub(crate) fn ws_url(&self) -> String {
        self.0.ws_url()
    }

    /// The same of its archive endpoint, if it has one.
    #[must_use]
    pub(crate) fn archive_ws_url(&self) -> Option<String> {
        self.0.archive_ws_url()
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        self.0.shutdown().await;
    }
}

#[cfg(not(feature = "devnet"))]
impl Node {
    /// There is none to start.
    ///
    /// # Errors
    /// Always.
    #[expect(
        clippy::unused_async,
        reason = "the node that other builds have takes time to start"
    )]
    pub(crate) async fn start(_settings: &DevNode) -> Result<Self, NodeError> {
        Err(NodeError::Absent)
    }

    /// There is none.
    #[must_use]
    pub(crate) fn ws_url(&self) -> String {
        match *self {}
    }

    /// There is none.
    #[must_use]
    pub(crate) fn archive_ws_url(&self) -> Option<String> {
        match *self {}
    }

    /// There is none.
    #[expect(
        clippy::unused_async,
        reason = "the node that other builds have takes time to end"
    )]
    pub(crate) async fn stop(self) {
        match self {}
    }
}

/// How to reach the configured chain, through the node inside if there is one.
///
/// # Errors
/// When that node says something that is no URL.
pub(crate) fn chain_config(config: &Config, node: Option<&Node>) -> Result<ChainConfig, NodeError> {
    let (endpoint, further, archives) = match (&config.network, node) {
        (Network::Node(endpoint), _) => (
            endpoint.clone(),
            config.chain.endpoints.clone(),
            config.chain.archives.clone(),
        ),
        (Network::Dev, node) => {
            let url = node.map(Node::ws_url).unwrap_or_default();
            let archive = node.and_then(Node::archive_ws_url);
            let archives = archive.iter().map(|url| url.parse());
            (
                url.parse()?,
                Vec::new(),
                archives.collect::<Result<_, _>>()?,
            )
        }
    };
    let mut reached = ChainConfig::new(endpoint);
    reached.endpoints.extend(further);
    reached.archives = archives;
    reached.archive_cutoff = config.chain.archive_blocks_cutoff;
    Ok(reached)
}

/// How to reach the EVM of that chain: as configured, else through the nodes that the chain is read through. An archive
/// is asked beside the node that it belongs to: one of the network's own does not complete another chain's.
///
/// # Errors
/// When a node has no address that HTTP can use.
pub(crate) fn evm_config(config: &Config, chain: &ChainConfig) -> Result<EvmConfig, NodeError> {
    let beside = |endpoints: &[Endpoint]| endpoints.first().and_then(EvmEndpoint::beside);
    let (endpoint, archive) = match &config.evm.endpoint {
        Some(endpoint) => (Some(endpoint.clone()), None),
        None => (beside(&chain.endpoints), beside(&chain.archives)),
    };
    Ok(EvmConfig {
        endpoint: endpoint.ok_or(EndpointError)?,
        archive: config.evm.archive.clone().or(archive),
        archive_cutoff: config.evm.archive_blocks_cutoff,
    })
}
