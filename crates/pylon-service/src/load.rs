//! What can go wrong while something is read from the chain for requests.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::InvalidHeaderValue;
use pylon_chain::{EvmError, ReadError};
use pylon_models::{BlockNumber, NetUid};

/// Why there is nothing to answer with.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The chain has not been connected, or is not any more.
    #[error("the chain is not connected")]
    NotConnected,
    /// No block has that number.
    #[error("block {0} does not exist")]
    NoSuchBlock(BlockNumber),
    /// The subnet does not exist at that block.
    #[error("subnet {0} does not exist")]
    NoSuchSubnet(NetUid),
    /// The block has fewer extrinsics.
    #[error("extrinsic {0}-{1} does not exist")]
    NoSuchExtrinsic(BlockNumber, u32),
    /// The runtime of that block has no such thing.
    #[error("the runtime has no {0}")]
    Unsupported(&'static str),
    /// The chain could not be read.
    #[error("the chain could not be read")]
    Chain(#[source] Arc<ReadError>),
    /// The chain's EVM could not be read.
    #[error("the evm could not be read")]
    Evm(#[source] Arc<EvmError>),
    /// The chain did not answer in time.
    #[error("the chain did not answer in {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// What was read cannot be written as an answer.
    #[error("what was read cannot be written")]
    Encode(#[source] Arc<EncodeError>),
    /// The service ends.
    #[error("the service ends")]
    Ending,
}

/// Why what was read cannot be made into an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    #[error("a body cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a body does not end in its list")]
    List,
    #[error("a block cannot be named in a header")]
    Header(#[from] InvalidHeaderValue),
}

impl From<ReadError> for LoadError {
    fn from(error: ReadError) -> Self {
        Self::Chain(Arc::new(error))
    }
}

impl From<EvmError> for LoadError {
    fn from(error: EvmError) -> Self {
        Self::Evm(Arc::new(error))
    }
}

impl From<EncodeError> for LoadError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(Arc::new(error))
    }
}

impl From<serde_json::Error> for LoadError {
    fn from(error: serde_json::Error) -> Self {
        EncodeError::from(error).into()
    }
}

impl From<InvalidHeaderValue> for LoadError {
    fn from(error: InvalidHeaderValue) -> Self {
        EncodeError::from(error).into()
    }
}

/// Gives up a read that takes longer than that.
pub(crate) async fn in_time<T, E: Into<LoadError>>(
    limit: Duration,
    read: impl Future<Output = Result<T, E>>,
) -> Result<T, LoadError> {
    tokio::time::timeout(limit, read)
        .await
        .map_err(|_| LoadError::TimedOut(limit))?
        .map_err(Into::into)
}
