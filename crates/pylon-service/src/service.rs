//! One running service: HTTP, the tasks behind it and, under `--network dev`, the node.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use pylon_chain::EvmError;
use pylon_models::Retry;
use pylon_storage::Storage;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::committer::{Carrier, Committer};
use crate::config::{Config, Network};
use crate::database::{self, DatabaseError};
use crate::evm::EvmLogs;
use crate::http;
use crate::keys::{self, KeyError};
use crate::link::Link;
use crate::metrics::Metrics;
use crate::node::{self, Node, NodeError};
use crate::original;
use crate::tasks::Tasks;
use crate::tokens::{self, MadeToken, TokensError};

/// What a stop may take in all is 5 s: requests first, then tasks.
const REQUESTS_END: u64 = 3;
const TASKS_END: Duration = Duration::from_secs(1);
const STORAGE_ENDS: Duration = Duration::from_millis(500);

/// A service that answers requests.
pub struct Service {
    address: SocketAddr,
    node: Option<Node>,
    made_tokens: Vec<MadeToken>,
    handle: ServerHandle,
    server: JoinHandle<io::Result<()>>,
    tasks: Tasks,
    storage: Storage,
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Tokens cannot be made.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The database cannot be opened, or not by this version.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An identity's key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The node inside does not start.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The chain's EVM cannot be asked: its endpoint cannot be used.
    #[error("cannot set up reads of the chain's EVM")]
    Evm(#[from] EvmError),
    /// The webhook cannot be asked: the machine's certificates cannot be read.
    #[error("cannot set up the webhook's HTTP client")]
    Webhook(#[source] reqwest::Error),
    /// A fixed body cannot be written.
    #[error("cannot write the identities as JSON")]
    Encode(#[from] serde_json::Error),
}

impl StartError {
    /// Only another process that leaves the address would change the answer.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Bind { .. } => Retry::Backoff,
            Self::Tokens(error) => error.retry(),
            Self::Database(error) => error.retry(),
            Self::Key(error) => error.retry(),
            Self::Node(error) => error.retry(),
            Self::Evm(error) => error.retry(),
            Self::Webhook(_) => Retry::Never,
            Self::Encode(_) => Retry::Never,
        }
    }
}

impl Service {
    /// Starts everything. HTTP answers when this returns; the chain connects meanwhile, and
    /// `/health/ready` tells when it has.
    ///
    /// # Errors
    /// When the address is taken, the data folder or the database cannot be used, a key cannot be read, or the node
    /// inside does not start.
    pub async fn start(mut config: Config) -> Result<Self, StartError> {
        let mut made_tokens = Vec::new();
        if matches!(config.network, Network::Dev) {
            made_tokens = tokens::fill_in(&mut config)?;
        }
        let keys = keys::load(&mut config).await?;
        let storage = database::open(&config.database).await?;
        original::take_over(&config, &keys, &storage).await;
        let node = match &config.network {
            Network::Node(_) => None,
            Network::Dev => Some(Node::start(&config.dev).await?),
        };
        let chain = node::chain_config(&config, node.as_ref())?;
        let evm = node::evm_config(&config, &chain)?;
        let metrics = Metrics::default();
        let tasks = Tasks::new(metrics.clone());
        let evm = EvmLogs::new(&evm, config.max_timeout, tasks.clone(), metrics.clone())?;
        let link = Arc::new(Link::new(
            chain,
            config.block_duration,
            config.max_timeout,
            metrics.clone(),
        ));
        let identities = config.identities.iter();
        let weighing = identities
            .filter_map(|(name, identity)| {
                Some((identity.netuid, keys.hotkeys.get(name)?.hotkey()))
            })
            .collect();
        let committer = Committer::new(
            storage.clone(),
            Arc::clone(&link),
            keys,
            weighing,
            config.commits.clone(),
            metrics.clone(),
        );
        let webhook = config.commits.webhook.clone();
        let carrier = webhook
            .map(|webhook| Carrier::to(webhook, committer.clone()))
            .transpose()
            .map_err(StartError::Webhook)?;
        let app = Data::new(App::new(
            &config,
            link,
            evm,
            storage.clone(),
            committer,
            tasks.clone(),
            metrics,
        )?);

        let bind = |source| StartError::Bind {
            address: config.bind,
            source,
        };
        let served = app.clone();
        let server = HttpServer::new(move || http::app(served.clone()))
            .disable_signals()
            .shutdown_timeout(REQUESTS_END)
            .keep_alive(Duration::from_secs(75))
            .bind(config.bind)
            .map_err(bind)?;
        let address = server.addrs().first().copied().unwrap_or(config.bind);
        let server = server.run();
        let handle = server.handle();
        let server = tokio::spawn(server);
        app.start();
        database::clear_regularly(&tasks, storage.clone(), config.retention);
        if let Some(carrier) = carrier {
            tasks.supervise("alerts", move || carrier.clone().run());
        }
        tracing::info!(chain.network = %config.network, "listening on http://{address}");
        Ok(Self {
            address,
            node,
            made_tokens,
            handle,
            server,
            tasks,
            storage,
        })
    }

    /// Where HTTP is served, port included.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The websocket URL of the node inside, if there is one.
    #[must_use]
    pub fn node_url(&self) -> Option<String> {
        self.node.as_ref().map(Node::ws_url)
    }

    /// The same of its archive endpoint.
    #[must_use]
    pub fn archive_url(&self) -> Option<String> {
        self.node.as_ref().and_then(Node::archive_ws_url)
    }

    /// The tokens that were made because none were configured.
    #[must_use]
    pub fn made_tokens(&self) -> &[MadeToken] {
        &self.made_tokens
    }

    /// Waits until the HTTP server ends by itself, which it should not.
    pub async fn ended(&mut self) -> io::Result<()> {
        (&mut self.server).await.map_err(io::Error::other)?
    }

    /// Answers the requests that were accepted, then ends the tasks, within 5 s.
    pub async fn stop(self) {
        self.tasks.refuse();
        self.handle.stop(true).await;
        if tokio::time::timeout(TASKS_END, self.tasks.end())
            .await
            .is_err()
        {
            tracing::warn!("tasks did not end in time");
        }
        // Last of what writes: jobs that were accepted are kept.
        if tokio::time::timeout(STORAGE_ENDS, self.storage.close())
            .await
            .is_err()
        {
            tracing::warn!("the database did not end in time");
        }
        if let Some(node) = self.node {
            node.stop().await;
        }
        tracing::info!("stopped");
    }
}
