//! JSON-RPC over websocket and HTTP POST, on one port.

mod args;
mod author;
mod chain;
mod dev;
mod errors;
mod state;
mod subscription;
mod system;

use std::{io, sync::Arc, time::Duration};

use jsonrpsee::{
    Methods, RpcModule,
    server::{
        BatchRequestConfig, RandomStringIdProvider, RegisterMethodError, Server, ServerConfig,
        ServerHandle, StopHandle, serve as serve_connection, stop_channel,
    },
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::node::Node;

/// Bytes in a request or an answer, as a real node has it.
const MAX_BODY: u32 = 15 * 1024 * 1024;
const MAX_CONNECTIONS: u32 = 256;
const MAX_SUBSCRIPTIONS: u32 = 1_024;
const MAX_BATCH: u32 = 4_096;
/// Letters of a subscription's id.
const SUBSCRIPTION_ID: usize = 16;
/// Messages that may wait for a connection to take them.
const MAX_QUEUED: u32 = 1_024;
/// Pause after the system refused to hand out a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Every method.
pub(crate) fn methods(node: Arc<Node>) -> Result<Methods, RegisterMethodError> {
    let mut module = RpcModule::from_arc(node);
    author::register(&mut module)?;
    chain::register(&mut module)?;
    dev::register(&mut module)?;
    state::register(&mut module)?;
    system::register(&mut module)?;
    let mut names: Vec<&'static str> = module.method_names().chain(["rpc_methods"]).collect();
    names.sort_unstable();
    module.register_method(
        "rpc_methods",
        move |_, _, _| serde_json::json!({ "methods": names }),
    )?;
    Ok(module.into())
}

/// Answers connections until `stop` is cancelled. Dropping the handle ends the open ones too.
pub(crate) fn serve(
    listener: TcpListener,
    methods: Methods,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> ServerHandle {
    let (stopped, handle) = stop_channel();
    tasks.spawn(accept(listener, methods, tasks.clone(), stopped, stop));
    handle
}

async fn accept(
    listener: TcpListener,
    methods: Methods,
    tasks: TaskTracker,
    stopped: StopHandle,
    stop: CancellationToken,
) {
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
    let services = Server::builder().set_config(config).to_service_builder();
    loop {
        let socket = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted.and_then(|(socket, _)| prepare(socket)),
        };
        let socket = match socket {
            Ok(socket) => socket,
            Err(error) => {
                tracing::debug!(%error, "no connection accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = services.clone().build(methods.clone(), stopped.clone());
        let stop = stop.clone();
        tasks.spawn(async move {
            tokio::select! {
                // A client that keeps its connection open does not keep us.
                () = stop.cancelled() => {}
                ended = serve_connection(socket, service) => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection failed");
                },
            }
        });
    }
}

fn prepare(socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    Ok(socket)
}
