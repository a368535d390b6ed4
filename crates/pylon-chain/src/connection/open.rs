//! Opening the websocket, and asking whether the right chain is behind it.

use std::time::Duration;

use jsonrpsee::client_transport::ws::WsHandshakeError;
use jsonrpsee::core::client::{ClientT, Error as ClientError};
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::{PingConfig, WsClient, WsClientBuilder};
use pylon_models::BlockHash;

use super::failure::RpcFailure;
use crate::config::{ChainConfig, Endpoint};
use crate::error::{ConnectError, ReadError, RpcError};

/// The largest answer that is read. Metadata is under 1 MiB, the neurons of a full subnet 5 MiB of hex.
const MAX_ANSWER: u32 = 64 << 20;

/// How many notifications of one subscription may wait; one that falls further behind is closed, and followers
/// subscribe anew.
const MAX_WAITING: usize = 256;

/// A socket whose other end vanished without a word is given up after this long.
const PING: Duration = Duration::from_secs(20);

pub(super) async fn open(
    endpoint: &Endpoint,
    config: &ChainConfig,
    genesis: Option<BlockHash>,
) -> Result<(WsClient, BlockHash), ConnectError> {
    let patience = config.request_timeout.min(Duration::from_secs(10));
    let building = WsClientBuilder::new()
        .max_response_size(MAX_ANSWER)
        .max_buffer_capacity_per_subscription(MAX_WAITING)
        .max_concurrent_requests(1024)
        // Ours, which covers a reconnect as well, comes first.
        .request_timeout(config.request_timeout * 2)
        .connection_timeout(patience)
        // One try in all: the client counts the first one too.
        .max_redirections(1)
        .enable_ws_ping(
            PingConfig::new()
                .ping_interval(PING)
                .inactive_limit(PING * 2),
        )
        .build(endpoint.url());
    let client = match tokio::time::timeout(patience, building).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return Err(refused(endpoint, error)),
        Err(_) => return Err(unreachable(endpoint, None)),
    };
    let found = first_block(&client, patience)
        .await
        .map_err(|error| ConnectError::Read {
            endpoint: endpoint.clone(),
            source: ReadError::Rpc(error),
        })?;
    match genesis.or(endpoint.genesis()) {
        Some(expected) if expected != found => Err(ConnectError::WrongChain {
            endpoint: endpoint.clone(),
            expected,
            found,
        }),
        _ => Ok((client, found)),
    }
}

async fn first_block(client: &WsClient, patience: Duration) -> Result<BlockHash, RpcError> {
    let asked = client.request("chain_getBlockHash", rpc_params![0]);
    match tokio::time::timeout(patience, asked).await {
        Ok(Ok(hash)) => Ok(hash),
        Ok(Err(error)) => Err(subxt::rpcs::Error::from(RpcFailure::from(error)).into()),
        Err(_) => Err(RpcError::Timeout(patience)),
    }
}

fn unreachable(endpoint: &Endpoint, source: Option<std::io::Error>) -> ConnectError {
    ConnectError::Unreachable {
        endpoint: endpoint.clone(),
        source,
    }
}

/// The library's own words may quote the URL, so only those that cannot are passed on.
fn refused(endpoint: &Endpoint, error: ClientError) -> ConnectError {
    let handshake = |reason: &str| ConnectError::Handshake {
        endpoint: endpoint.clone(),
        reason: reason.to_owned(),
    };
    let ClientError::Transport(error) = error else {
        return handshake("the client could not be started");
    };
    match error.downcast::<WsHandshakeError>().map(|error| *error) {
        Ok(WsHandshakeError::Io(error) | WsHandshakeError::ResolutionFailed(error)) => {
            unreachable(endpoint, Some(error))
        }
        Ok(WsHandshakeError::Timeout(_) | WsHandshakeError::NoAddressFound(_)) => {
            unreachable(endpoint, None)
        }
        Ok(
            WsHandshakeError::Rejected { status_code }
            | WsHandshakeError::Redirected { status_code, .. },
        ) => ConnectError::Rejected {
            endpoint: endpoint.clone(),
            status: status_code,
        },
        Ok(WsHandshakeError::CertificateStore(_)) => {
            handshake("the system's certificates cannot be read")
        }
        Ok(WsHandshakeError::Url(_)) => handshake("the URL is not one of a websocket"),
        Ok(WsHandshakeError::Transport(error)) => handshake(&error.to_string()),
        Err(_) => handshake("the handshake failed"),
    }
}
