//! One websocket, to one of several nodes: opened again whenever it is lost, by a task that ends with the last
//! user.

mod budget;
mod failure;
mod node;
mod open;
mod supervisor;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use jsonrpsee::core::client::{ClientT, SubscriptionClientT};
use jsonrpsee::core::traits::ToRpcParams;
use jsonrpsee::ws_client::WsClient;
use pylon_models::BlockHash;
use serde_json::value::RawValue;
use subxt::rpcs::client::{RawRpcFuture, RawRpcSubscription, RpcClientT};
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use crate::config::{ChainConfig, Endpoint};
use crate::error::{ConnectError, RpcError};
use crate::stats::Counters;
pub(crate) use budget::Urgency;
use failure::{RpcFailure, is_lost};
use node::Node;
pub use node::{EndpointHealth, EndpointState};

/// How long a request waits for a lost connection to come back, or for its turn, before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connection as its users hold it.
#[derive(Clone)]
pub(crate) struct Connection {
    line: Arc<Line>,
    genesis: BlockHash,
    urgency: Urgency,
    _supervised: Arc<DropGuard>,
}

/// What the users and the supervisor share.
struct Line {
    config: ChainConfig,
    nodes: Vec<Node>,
    link: watch::Sender<Option<Link>>,
    no_good: watch::Sender<Option<&'static str>>,
    asked_to_leave: Notify,
    counters: Counters,
}

/// An open websocket.
#[derive(Clone)]
struct Link {
    client: Arc<WsClient>,
    /// Which node it leads to.
    place: usize,
}

impl Connection {
    /// Connects to the first of the nodes that can be connected to.
    pub(crate) async fn open(
        config: ChainConfig,
        endpoints: &[Endpoint],
    ) -> Result<Self, ConnectError> {
        let nodes: Vec<Node> = endpoints.iter().cloned().map(Node::new).collect();
        let (place, client, genesis) = supervisor::first(&nodes, &config).await?;
        let link = Link {
            client: Arc::new(client),
            place,
        };
        let line = Arc::new(Line {
            config,
            nodes,
            link: watch::Sender::new(Some(link)),
            no_good: watch::Sender::new(None),
            asked_to_leave: Notify::new(),
            counters: Counters::default(),
        });
        let ended = CancellationToken::new();
        let supervisor = supervisor::run(Arc::clone(&line), genesis);
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
            urgency: Urgency::Ordinary,
            _supervised: Arc::new(ended.drop_guard()),
        })
    }

    /// The same connection, for requests of that urgency.
    pub(crate) fn with(&self, urgency: Urgency) -> Self {
        Self {
            urgency,
            ..self.clone()
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        is_up(&self.line.link.borrow())
    }

    pub(crate) fn genesis(&self) -> BlockHash {
        self.genesis
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.line.counters
    }

    /// The node that is asked now; the preferred one while none is.
    pub(crate) fn endpoint(&self) -> Endpoint {
        let place = self
            .line
            .link
            .borrow()
            .as_ref()
            .map_or(0, |link| link.place);
        let node = self.line.nodes.get(place);
        node.map_or_else(Endpoint::nowhere, |node| node.endpoint.clone())
    }

    pub(crate) fn health(&self) -> Vec<EndpointHealth> {
        self.line.nodes.iter().map(Node::health).collect()
    }

    /// Turns to another node, where there is one; returns whether there is.
    pub(crate) fn leave(&self, reason: &'static str) -> bool {
        let others = self.line.nodes.len() > 1;
        if others {
            self.line.no_good.send_replace(Some(reason));
            self.line.asked_to_leave.notify_one();
        }
        others
    }

    /// Returns once the node that is asked is another one, or the connection to it was lost.
    pub(crate) fn moved(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut links = self.line.link.subscribe();
        links.mark_unchanged();
        async move {
            // The sender lives as long as the connection.
            if links.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Line {
    /// Waits until somebody finds the present node no good.
    async fn no_good(&self) -> &'static str {
        self.asked_to_leave.notified().await;
        (*self.no_good.borrow()).unwrap_or("it is no good")
    }

    /// A connection that stands, waiting for one if need be.
    async fn link(&self) -> Result<Link, RpcError> {
        let mut links = self.link.subscribe();
        let standing = links.wait_for(is_up);
        match tokio::time::timeout(PATIENCE.min(self.config.request_timeout), standing).await {
            Ok(Ok(link)) => link.clone().ok_or(RpcError::Disconnected),
            _ => Err(RpcError::Disconnected),
        }
    }

    /// A connection whose node takes one more request now.
    async fn admitted(&self, urgency: Urgency) -> Result<Link, RpcError> {
        let link = self.link().await?;
        let Some(node) = self.nodes.get(link.place) else {
            return Err(RpcError::Disconnected);
        };
        let patience = PATIENCE.min(self.config.request_timeout / 2);
        let now = tokio::time::Instant::now();
        match node.budget.admit(now, urgency, patience) {
            Ok(Duration::ZERO) => Ok(link),
            Ok(wait) => {
                tokio::time::sleep(wait).await;
                Ok(link)
            }
            Err(wait) => Err(RpcError::Busy { retry_after: wait }),
        }
    }

    /// What the node's answer means for its budget.
    fn heed<T>(&self, link: &Link, answer: &Result<T, RpcFailure>) {
        if let Some(node) = self.nodes.get(link.place) {
            match answer {
                Err(failure) if failure.is_rate_limit() => {
                    node.budget.refused(tokio::time::Instant::now());
                }
                Ok(_) => node.budget.answered(),
                Err(_) => {}
            }
        }
    }

    /// One request; once more on the next connection if this one is lost, unless that could do a thing twice.
    async fn request(
        &self,
        method: &str,
        params: Params,
        urgency: Urgency,
    ) -> Result<Box<RawValue>, RpcFailure> {
        let link = self.admitted(urgency).await?;
        let (link, answer) = match link.client.request(method, params.clone()).await {
            Err(error) if is_lost(&error) && !method.starts_with("author_") => {
                let link = self.admitted(urgency).await?;
                let answer = link.client.request(method, params).await;
                (link, answer)
            }
            answer => (link, answer),
        };
        let answer = answer.map_err(RpcFailure::from);
        self.heed(&link, &answer);
        answer
    }

    async fn counted<T>(
        &self,
        method: &str,
        request: impl Future<Output = Result<T, RpcFailure>>,
    ) -> Result<T, subxt::rpcs::Error> {
        let start = Instant::now();
        let limit = self.config.request_timeout;
        let span = tracing::debug_span!(
            target: crate::SPANS,
            "rpc",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = tracing::field::Empty,
            rpc.method = method,
            rpc.failed = tracing::field::Empty,
        );
        let request = request.instrument(span.clone());
        let answer = match tokio::time::timeout(limit, request).await {
            Ok(answer) => answer,
            Err(_) => Err(RpcError::Timeout(limit).into()),
        };
        if answer.is_err() {
            span.record("rpc.failed", true);
            span.record("otel.status_code", "error");
        }
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
        let request = self.line.request(method, Params(params), self.urgency);
        Box::pin(self.line.counted(method, request))
    }

    fn subscribe_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
        unsubscribe: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        let request = async move {
            let link = self.line.admitted(self.urgency).await?;
            let client = Arc::clone(&link.client);
            let stream = client
                .subscribe::<Box<RawValue>, _>(method, Params(params), unsubscribe)
                .await
                .map_err(RpcFailure::from);
            self.line.heed(&link, &stream);
            // The subscription keeps working without its client only while somebody holds that.
            let stream = stream?.map_err(|error| subxt::rpcs::Error::Client(Box::new(error)));
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

fn is_up(link: &Option<Link>) -> bool {
    link.as_ref().is_some_and(|link| link.client.is_connected())
}
