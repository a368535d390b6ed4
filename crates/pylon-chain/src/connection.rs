//! One websocket to one node: opened again whenever it is lost, by a task that ends with the last user.

mod failure;
mod open;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use jsonrpsee::core::client::{ClientT, SubscriptionClientT};
use jsonrpsee::core::traits::ToRpcParams;
use jsonrpsee::ws_client::WsClient;
use pylon_models::BlockHash;
use serde_json::value::RawValue;
use subxt::rpcs::client::{RawRpcFuture, RawRpcSubscription, RpcClientT};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::backoff::Backoff;
use crate::config::ChainConfig;
use crate::error::{ConnectError, RpcError};
use crate::stats::Counters;
use failure::{RpcFailure, is_lost};

/// How long a request waits for a lost connection to come back before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connection as its users hold it.
#[derive(Clone)]
pub(crate) struct Connection {
    line: Arc<Line>,
    genesis: BlockHash,
    _supervised: Arc<DropGuard>,
}

struct Line {
    config: ChainConfig,
    client: watch::Sender<Option<Arc<WsClient>>>,
    counters: Counters,
}

impl Connection {
    pub(crate) async fn open(config: ChainConfig) -> Result<Self, ConnectError> {
        let (client, genesis) = open::open(&config).await?;
        let line = Arc::new(Line {
            config,
            client: watch::Sender::new(Some(Arc::new(client))),
            counters: Counters::default(),
        });
        let ended = CancellationToken::new();
        let supervisor = supervise(Arc::clone(&line), genesis);
        let done = ended.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = done.cancelled() => {}
                () = supervisor => {}
            }
        });
        Ok(Self {
            line,
            genesis,
            _supervised: Arc::new(ended.drop_guard()),
        })
    }

    pub(crate) fn is_up(&self) -> bool {
        is_up(&self.line.client.borrow())
    }

    pub(crate) fn genesis(&self) -> BlockHash {
        self.genesis
    }

    pub(crate) fn config(&self) -> &ChainConfig {
        &self.line.config
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.line.counters
    }
}

/// Opens the connection again each time that it is lost. A node that comes back as another chain is not let in.
async fn supervise(line: Arc<Line>, genesis: BlockHash) {
    let mut config = line.config.clone();
    config.genesis = Some(genesis);
    loop {
        let current = line.client.borrow().clone();
        if let Some(client) = current {
            let reason = client.on_disconnect().await;
            tracing::warn!(
                chain.endpoint = %config.endpoint,
                reason = %reason,
                "the connection to the node was lost"
            );
        }
        line.client.send_replace(None);
        let mut backoff = Backoff::new();
        let client = loop {
            tokio::time::sleep(backoff.next()).await;
            match open::open(&config).await {
                Ok((client, _)) => break client,
                Err(error) => tracing::warn!(
                    chain.endpoint = %config.endpoint,
                    error = &error as &dyn std::error::Error,
                    "the node could not be reached again"
                ),
            }
        };
        tracing::info!(chain.endpoint = %config.endpoint, "connected to the node again");
        line.counters.reconnected();
        line.client.send_replace(Some(Arc::new(client)));
    }
}

impl Line {
    /// A connection that stands, waiting for one if need be.
    async fn client(&self) -> Result<Arc<WsClient>, RpcError> {
        let mut clients = self.client.subscribe();
        let standing = clients.wait_for(is_up);
        match tokio::time::timeout(PATIENCE.min(self.config.request_timeout), standing).await {
            Ok(Ok(client)) => client.clone().ok_or(RpcError::Disconnected),
            _ => Err(RpcError::Disconnected),
        }
    }

    /// One request; once more on the next connection if this one is lost, unless that could do a thing twice.
    async fn request(&self, method: &str, params: Params) -> Result<Box<RawValue>, RpcFailure> {
        let client = self.client().await?;
        match client.request(method, params.clone()).await {
            Err(error) if is_lost(&error) && !method.starts_with("author_") => {
                let client = self.client().await?;
                client.request(method, params).await.map_err(Into::into)
            }
            answer => answer.map_err(Into::into),
        }
    }

    async fn counted<T>(
        &self,
        method: &str,
        request: impl Future<Output = Result<T, RpcFailure>>,
    ) -> Result<T, subxt::rpcs::Error> {
        let start = Instant::now();
        let limit = self.config.request_timeout;
        let answer = match tokio::time::timeout(limit, request).await {
            Ok(answer) => answer,
            Err(_) => Err(RpcError::Timeout(limit).into()),
        };
        self.counters
            .count(method, start.elapsed(), answer.is_err());
        answer.map_err(Into::into)
    }
}

impl RpcClientT for Connection {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        let request = self.line.request(method, Params(params));
        Box::pin(self.line.counted(method, request))
    }

    fn subscribe_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
        unsubscribe: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        let request = async move {
            let client = self.line.client().await?;
            let stream = client
                .subscribe::<Box<RawValue>, _>(method, Params(params), unsubscribe)
                .await?;
            // The subscription keeps working without its client only while somebody holds that.
            let stream = stream.map_err(|error| subxt::rpcs::Error::Client(Box::new(error)));
            let held =
                futures::stream::unfold((stream, client), |(mut stream, client)| async move {
                    stream.next().await.map(|item| (item, (stream, client)))
                });
            Ok(RawRpcSubscription {
                stream: held.boxed(),
                id: None,
            })
        };
        Box::pin(self.line.counted(method, request))
    }
}

#[derive(Clone)]
struct Params(Option<Box<RawValue>>);

impl ToRpcParams for Params {
    fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
        Ok(self.0)
    }
}

fn is_up(client: &Option<Arc<WsClient>>) -> bool {
    client.as_ref().is_some_and(|client| client.is_connected())
}
