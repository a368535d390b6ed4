//! What became of a request: from the socket, through subxt's error type, to [`RpcError`].

use jsonrpsee::core::client::Error as ClientError;

use crate::error::RpcError;

/// Whether the connection is gone, so that the request may do better on the next one.
pub(super) fn is_lost(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::RestartNeeded(_) | ClientError::Transport(_) | ClientError::ServiceDisconnect
    )
}

/// A request without an answer, before subxt has seen it.
pub(super) enum RpcFailure {
    Ours(RpcError),
    Client(ClientError),
}

impl RpcFailure {
    /// Whether the node said that it is asked too often.
    pub(super) fn is_rate_limit(&self) -> bool {
        match self {
            Self::Client(ClientError::Call(refusal)) => matches!(
                RpcError::refused(refusal.code(), refusal.message().to_owned()),
                RpcError::RateLimited
            ),
            _ => false,
        }
    }
}

impl From<RpcError> for RpcFailure {
    fn from(error: RpcError) -> Self {
        Self::Ours(error)
    }
}

impl From<ClientError> for RpcFailure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<RpcFailure> for subxt::rpcs::Error {
    fn from(failure: RpcFailure) -> Self {
        match failure {
            RpcFailure::Ours(error) => Self::Client(Box::new(error)),
            RpcFailure::Client(error) if is_lost(&error) => {
                Self::Client(Box::new(RpcError::Disconnected))
            }
            RpcFailure::Client(error) => error.into(),
        }
    }
}

impl From<subxt::rpcs::Error> for RpcError {
    fn from(error: subxt::rpcs::Error) -> Self {
        match error {
            subxt::rpcs::Error::User(refusal) => Self::refused(refusal.code, refusal.message),
            subxt::rpcs::Error::Client(error) => match error.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(other) => Self::Malformed(other),
            },
            subxt::rpcs::Error::DisconnectedWillReconnect(_) => Self::Disconnected,
            other => Self::Malformed(Box::new(other)),
        }
    }
}

impl RpcError {
    /// Tells apart what a node says in words alone: its code is 4003 for nearly everything.
    pub(crate) fn refused(code: i32, message: String) -> Self {
        let words = message.to_ascii_lowercase();
        if words.contains("state already discarded") {
            Self::StateDiscarded
        } else if words.contains("unknownblock")
            || words.contains("unknown block")
            || words.contains("header was not found")
        {
            Self::UnknownBlock
        } else if code == 429 || words.contains("too many requests") || words.contains("rate limit")
        {
            Self::RateLimited
        } else {
            Self::Refused { code, message }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nodes_say_of_blocks_they_lack_is_told_apart() {
        for (message, discarded) in [
            (
                "Client error: Api called for an unknown Block: State already discarded for 0xfc41b9bd8ef8fe53",
                true,
            ),
            (
                "Client error: UnknownBlock: State already discarded for BlockId::Hash(0x7194)",
                true,
            ),
            (
                "Client error: UnknownBlock: Header was not found in the database: 0x0001",
                false,
            ),
            (
                "Client error: Api called for an unknown Block: Header was not found in the database: 0x0001",
                false,
            ),
            (
                "Client error: UnknownBlock: Expect block number from id: BlockId::Hash(0x01)",
                false,
            ),
        ] {
            let error = RpcError::refused(4003, message.to_owned());
            let told = matches!(error, RpcError::StateDiscarded);
            assert_eq!(told, discarded, "{message}");
            assert!(told || matches!(error, RpcError::UnknownBlock), "{message}");
        }
        assert!(matches!(
            RpcError::refused(-32_999, "Too many requests".into()),
            RpcError::RateLimited
        ));
        assert!(matches!(
            RpcError::refused(
                4003,
                "Client error: Execution failed: Exported method X is not found".into()
            ),
            RpcError::Refused { code: 4003, .. }
        ));
    }
}
