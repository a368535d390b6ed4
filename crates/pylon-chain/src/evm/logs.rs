//! Logs of contracts over the EVM's JSON-RPC.

use std::time::Duration;

use jsonrpsee::core::client::{ClientT, Error as ClientError};
use jsonrpsee::core::http_helpers::HttpError;
use jsonrpsee::http_client::transport::Error as TransportError;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use jsonrpsee::rpc_params;
use pylon_models::{EvmAddress, EvmHash, Retry};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::endpoint::EvmEndpoint;
use crate::error::RpcError;

/// The largest answer that is read: about what a node gives at its own limit of 10,000 logs.
const MAX_ANSWER: u32 = 16 << 20;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take to stand.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// The nodes that are asked for logs.
#[derive(Debug, Clone)]
pub struct EvmConfig {
    /// For the present.
    pub endpoint: EvmEndpoint,
    /// For the past; without one the other is asked for everything.
    pub archive: Option<EvmEndpoint>,
    /// Blocks this far behind the head and further are the past.
    pub archive_cutoff: u32,
}

/// The EVM of a chain, read over HTTP. Nothing is connected before it is asked.
#[derive(Debug, Clone)]
pub struct Evm {
    main: HttpClient,
    archive: Option<HttpClient>,
    archive_cutoff: u32,
}

/// Why logs cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvmError {
    /// A client for the endpoint cannot be made.
    #[error("no client can be made for {0}")]
    Client(EvmEndpoint),
    /// The node did not answer.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The node refuses a range that wide, or the logs are more than one answer should hold.
    #[error("the range of blocks has too many blocks or logs for one answer")]
    TooMuch,
}

impl EvmError {
    /// Whether asking again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Client(_) | Self::TooMuch => Retry::Never,
            Self::Rpc(error) => error.retry(),
        }
    }
}

/// A log as the node tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvmLog {
    /// The contract.
    pub address: EvmAddress,
    /// The first is the event's signature, the others what is indexed.
    pub topics: Vec<EvmHash>,
    /// What is not indexed.
    #[serde(deserialize_with = "bytes")]
    pub data: Vec<u8>,
    /// The block.
    #[serde(deserialize_with = "quantity")]
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: EvmHash,
    /// Its place in the block.
    #[serde(deserialize_with = "quantity")]
    pub transaction_index: u64,
    /// The log's place in the block.
    #[serde(deserialize_with = "quantity")]
    pub log_index: u64,
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    hex::decode(digits).map_err(D::Error::custom)
}

fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.strip_prefix("0x").unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(D::Error::custom)
}

/// A number in an answer.
#[derive(Deserialize)]
struct Quantity(#[serde(deserialize_with = "quantity")] u64);

impl Evm {
    /// Reads through these nodes, once it is asked.
    ///
    /// # Errors
    /// [`EvmError::Client`] where the machine's certificates cannot be read.
    pub fn new(config: &EvmConfig) -> Result<Self, EvmError> {
        Ok(Self {
            main: client(&config.endpoint)?,
            archive: config.archive.as_ref().map(client).transpose()?,
            archive_cutoff: config.archive_cutoff,
        })
    }

    /// The logs of a contract from one block to another, both included: of old blocks from the archive node, of the
    /// others from the main one.
    pub async fn logs(
        &self,
        contract: EvmAddress,
        from: u64,
        to: u64,
    ) -> Result<Vec<EvmLog>, EvmError> {
        let Some(archive) = &self.archive else {
            return logs(&self.main, contract, from, to).await;
        };
        let head: Quantity = ask(&self.main, "eth_blockNumber", rpc_params![]).await?;
        let last_old = head.0.saturating_sub(self.archive_cutoff.into());
        if to <= last_old {
            return logs(archive, contract, from, to).await;
        }
        if from > last_old {
            return logs(&self.main, contract, from, to).await;
        }
        let (mut old, new) = tokio::try_join!(
            logs(archive, contract, from, last_old),
            logs(&self.main, contract, last_old + 1, to)
        )?;
        old.extend(new);
        Ok(old)
    }
}

fn client(endpoint: &EvmEndpoint) -> Result<HttpClient, EvmError> {
    HttpClientBuilder::default()
        .max_response_size(MAX_ANSWER)
        .request_timeout(PATIENCE)
        .connect_timeout(CONNECT_PATIENCE)
        .build(endpoint.url())
        // Its own words may quote the URL.
        .map_err(|_| EvmError::Client(endpoint.clone()))
}

async fn logs(
    client: &HttpClient,
    contract: EvmAddress,
    from: u64,
    to: u64,
) -> Result<Vec<EvmLog>, EvmError> {
    let filter = json!({
        "address": contract,
        "fromBlock": format!("{from:#x}"),
        "toBlock": format!("{to:#x}"),
    });
    ask(client, "eth_getLogs", rpc_params![filter]).await
}

async fn ask<T: DeserializeOwned>(
    client: &HttpClient,
    method: &str,
    params: jsonrpsee::core::params::ArrayParams,
) -> Result<T, EvmError> {
    client.request(method, params).await.map_err(told)
}

/// What the client says, without the words that may quote a URL.
fn told(error: ClientError) -> EvmError {
    let error = match error {
        ClientError::Call(refusal) if is_too_much(refusal.code(), refusal.message()) => {
            return EvmError::TooMuch;
        }
        ClientError::Call(refusal) => {
            RpcError::refused(refusal.code(), refusal.message().to_owned())
        }
        ClientError::RequestTimeout => RpcError::Timeout(PATIENCE),
        ClientError::ParseError(error) => RpcError::Malformed(Box::new(error)),
        ClientError::Transport(error) => match error.downcast_ref::<TransportError>() {
            Some(TransportError::Rejected { status_code: 429 }) => RpcError::RateLimited,
            Some(TransportError::Rejected { status_code }) => {
                RpcError::Malformed(format!("the node answered with status {status_code}").into())
            }
            Some(TransportError::Http(HttpError::TooLarge)) => return EvmError::TooMuch,
            _ => RpcError::Disconnected,
        },
        _ => RpcError::Malformed("the answer is not one of JSON-RPC".into()),
    };
    error.into()
}

/// Nodes have no code in common for a query that is too wide: Frontier says it in words, others with one of their own.
fn is_too_much(code: i32, words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    code == -32_005
        || [
            "returned more than",
            "range is too",
            "query timeout",
            "block range",
        ]
        .iter()
        .any(|part| words.contains(part))
}
