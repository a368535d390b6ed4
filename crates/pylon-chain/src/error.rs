//! What can go wrong with a chain, one enum for each thing that is done with it.

use std::time::Duration;

use pylon_models::{BlockHash, BlockNumber, Retry};

use crate::Endpoint;
use crate::decode::DecodeError;
use crate::runtime::RuntimeError;
use crate::submit::PoolRefusal;

/// A request that has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// There is no connection, or it was lost while the answer was awaited.
    #[error("the connection to the node is down")]
    Disconnected,
    /// The node took too long.
    #[error("the node did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// The node does not know the block.
    #[error("the node does not know the block")]
    UnknownBlock,
    /// The node knows the block and has dropped its state.
    #[error("the node no longer has the state of the block")]
    StateDiscarded,
    /// The node takes no more requests for now.
    #[error("the node is limiting its callers")]
    RateLimited,
    /// The node takes no more requests for now, or our own budget of them is used up by more urgent ones.
    #[error("the node takes no more requests for {} s", .retry_after.as_secs_f32())]
    Busy {
        /// When it does again.
        retry_after: Duration,
    },
    /// The node refused in its own words.
    #[error("the node answered with error {code}: {message}")]
    Refused {
        /// The JSON-RPC error code.
        code: i32,
        /// The node's words.
        message: String,
    },
    /// The answer is not what the method gives.
    #[error("the node's answer makes no sense")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RpcError {
    /// Whether asking again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Busy { .. } => Retry::AsTold,
            Self::Disconnected | Self::Timeout(_) | Self::RateLimited => Retry::Backoff,
            Self::UnknownBlock | Self::StateDiscarded => Retry::Never,
            Self::Refused { .. } | Self::Malformed(_) => Retry::Once,
        }
    }
}

/// A chain that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No node was named.
    #[error("no endpoint is configured")]
    NoEndpoint,
    /// Nobody answers there.
    #[error("{endpoint} cannot be reached")]
    Unreachable {
        /// Where.
        endpoint: Endpoint,
        /// Why, where a reason was given.
        #[source]
        source: Option<std::io::Error>,
    },
    /// Whoever answers there is no node, or lets nobody in.
    #[error("{endpoint} refused the websocket with status {status}")]
    Rejected {
        /// Where.
        endpoint: Endpoint,
        /// The HTTP status.
        status: u16,
    },
    /// The connection could not be made secure, or broke the websocket's rules.
    #[error("{endpoint} does not speak websocket: {reason}")]
    Handshake {
        /// Where.
        endpoint: Endpoint,
        /// What went wrong.
        reason: String,
    },
    /// The node serves another chain.
    #[error("{endpoint} serves the chain of genesis {found}, not {expected}")]
    WrongChain {
        /// Where.
        endpoint: Endpoint,
        /// The genesis that was asked for.
        expected: BlockHash,
        /// The genesis that is there.
        found: BlockHash,
    },
    /// The node answers, but not the first questions.
    #[error("{endpoint} does not answer as a node does")]
    Read {
        /// Where.
        endpoint: Endpoint,
        /// Which answer is missing.
        #[source]
        source: ReadError,
    },
}

impl ConnectError {
    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. } => Retry::Backoff,
            Self::Rejected { status, .. } if *status == 429 || *status >= 500 => Retry::Backoff,
            Self::NoEndpoint | Self::Rejected { .. } | Self::WrongChain { .. } => Retry::Never,
            Self::Handshake { .. } => Retry::Once,
            Self::Read { source, .. } => source.retry(),
        }
    }
}

/// A read that has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The node did not answer the request.
    #[error(transparent)]
    Rpc(RpcError),
    /// The node does not know the block.
    #[error("the node does not know block {0}")]
    UnknownBlock(BlockHash),
    /// The node knows of no block at that height, though there is one.
    #[error("the node knows of no block {0}")]
    NoBlock(BlockNumber),
    /// The node knows the block and has dropped its state; an archive node still has it.
    #[error("the node no longer has the state of block {0}")]
    StateDiscarded(BlockHash),
    /// The runtime of that block has no such thing.
    #[error("the runtime of spec version {spec_version} has no {what}")]
    Unsupported {
        /// Which runtime.
        spec_version: u32,
        /// What it lacks.
        what: &'static str,
    },
    /// The runtime of that block cannot be read at all.
    #[error("the runtime cannot be read")]
    Runtime(#[source] RuntimeError),
    /// The node's answer is not of the type that its metadata declares.
    #[error("{what} of block {block} cannot be read")]
    Decode {
        /// What was asked for.
        what: &'static str,
        /// The block it was asked of.
        block: BlockHash,
        /// Why.
        #[source]
        source: DecodeError,
    },
}

impl ReadError {
    /// Whether reading again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Rpc(error) => error.retry(),
            Self::UnknownBlock(_)
            | Self::NoBlock(_)
            | Self::StateDiscarded(_)
            | Self::Unsupported { .. } => Retry::Never,
            Self::Runtime(_) | Self::Decode { .. } => Retry::Once,
        }
    }

    /// When it is worth reading again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rpc(RpcError::Busy { retry_after }) => Some(*retry_after),
            _ => None,
        }
    }

    /// Whether another node, an archive one above all, may have what this one lacks.
    pub fn is_state_unavailable(&self) -> bool {
        matches!(
            self,
            Self::UnknownBlock(_) | Self::NoBlock(_) | Self::StateDiscarded(_)
        )
    }

    /// The error of a read that was pinned to `block`.
    pub(crate) fn at(block: BlockHash) -> impl Fn(RpcError) -> Self + Copy {
        move |error| match error {
            RpcError::UnknownBlock => Self::UnknownBlock(block),
            RpcError::StateDiscarded => Self::StateDiscarded(block),
            other => Self::Rpc(other),
        }
    }
}

/// A call that cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The runtime does not take what would be signed: nothing is sent to it.
    #[error("the runtime of spec version {spec_version} has no {what} as it is known")]
    Unsupported {
        /// Which runtime.
        spec_version: u32,
        /// What it lacks, or has otherwise.
        what: String,
    },
    /// The runtime cannot be known.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl SignError {
    /// Whether signing again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unsupported { .. } => Retry::Never,
            Self::Read(error) => error.retry(),
        }
    }
}

/// An extrinsic that was not taken, as far as is known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The pool does not take it.
    #[error(transparent)]
    Refused(PoolRefusal),
    /// There is no answer. It may have arrived all the same.
    #[error(transparent)]
    Rpc(RpcError),
}

impl SubmitError {
    /// Whether submitting the same bytes again can help: where there was no answer, which does no harm.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused(_) => Retry::Never,
            Self::Rpc(error) => error.retry(),
        }
    }
}

impl From<RpcError> for ReadError {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}
