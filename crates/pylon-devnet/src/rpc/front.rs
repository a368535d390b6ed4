//! The way of a request to the methods: port, socket, HTTP, call. Each of these is where some of
//! the faults strike.

mod calls;
mod frames;
mod http;
mod limit;
mod port;
mod socket;

use std::{net::SocketAddr, sync::Arc};

use jsonrpsee::{
    Methods,
    server::{
        BatchRequestConfig, RandomStringIdProvider, Server, ServerConfig, ServerHandle, StopHandle,
        TowerServiceBuilder, middleware::rpc::RpcServiceBuilder, serve as serve_connection,
        stop_channel,
    },
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::layer::util::Identity;

use self::{
    calls::{Busy, Calls},
    http::Front,
    limit::Window,
    port::Port,
    socket::Socket,
};
use crate::faults::{Kind, board::Board};

/// Bytes in a request or an answer, as a real node has it.
const MAX_BODY: u32 = 15 * 1024 * 1024;
const MAX_CONNECTIONS: u32 = 256;
/// Sockets that may be open, whatever comes over them.
const MAX_SOCKETS: usize = 1_024;
const MAX_SUBSCRIPTIONS: u32 = 1_024;
const MAX_BATCH: u32 = 4_096;
/// Letters of a subscription's id.
const SUBSCRIPTION_ID: usize = 16;
/// Messages that may wait for a connection to take them.
const MAX_QUEUED: u32 = 1_024;

/// Answers connections until `stop` is cancelled. Dropping the handle ends the open ones too.
pub(crate) fn serve(
    listener: TcpListener,
    address: SocketAddr,
    methods: Methods,
    board: Arc<Board>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> ServerHandle {
    let (stopped, handle) = stop_channel();
    let config = ServerConfig::builder()
        .max_request_body_size(MAX_BODY)
        .max_response_body_size(MAX_BODY)
        .max_connections(MAX_CONNECTIONS)
        .max_subscriptions_per_connection(MAX_SUBSCRIPTIONS)
        .set_batch_request_config(BatchRequestConfig::Limit(MAX_BATCH))
        .set_message_buffer_capacity(MAX_QUEUED)
        // As a real node has it, and turbobt takes no numbers.
        .set_id_provider(RandomStringIdProvider::new(SUBSCRIPTION_ID))
        .build();
    let server = Arc::new(Door {
        services: Server::builder().set_config(config).to_service_builder(),
        methods,
        stopped,
        requests: Arc::default(),
        busy: Busy::default(),
        sockets: Arc::new(Semaphore::new(MAX_SOCKETS)),
        board: Arc::clone(&board),
        tasks: tasks.clone(),
        stop: stop.clone(),
    });
    tasks.spawn(async move {
        let port = Port { address, board };
        tokio::select! {
            () = stop.cancelled() => {}
            () = port.run(listener, |socket| server.enter(socket)) => {}
        }
    });
    handle
}

/// What all connections to one endpoint share.
struct Door {
    services: TowerServiceBuilder<Identity, Identity>,
    methods: Methods,
    stopped: StopHandle,
    requests: Arc<Window>,
    busy: Busy,
    sockets: Arc<Semaphore>,
    board: Arc<Board>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Door {
    /// Takes a connection in. One too many is closed at once.
    fn enter(self: &Arc<Self>, socket: TcpStream) {
        let Ok(place) = Arc::clone(&self.sockets).try_acquire_owned() else {
            tracing::debug!("too many sockets are open");
            return;
        };
        let door = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                // A client that keeps its connection open does not keep us.
                () = door.stop.cancelled() => {}
                () = door.answer(socket, place) => {}
            }
        });
    }

    async fn answer(&self, socket: TcpStream, place: OwnedSemaphorePermit) {
        let socket = Socket::new(socket, &self.board, place);
        // A connection that says nothing is closed after a while, but not while it cannot.
        self.board.until(Kind::Hang, false).await;
        let board = Arc::clone(&self.board);
        let (calls, busy) = (Arc::new(Window::default()), self.busy.clone());
        let middleware = RpcServiceBuilder::new().layer_fn(move |service| Calls {
            service,
            board: Arc::clone(&board),
            calls: Arc::clone(&calls),
            busy: busy.clone(),
        });
        let service = Front {
            service: self
                .services
                .clone()
                .set_rpc_middleware(middleware)
                .build(self.methods.clone(), self.stopped.clone()),
            board: Arc::clone(&self.board),
            requests: Arc::clone(&self.requests),
            upgraded: socket.upgraded(),
        };
        if let Err(error) = serve_connection(socket, service).await {
            tracing::debug!(%error, "a connection failed");
        }
    }
}
