//! Which chain.

use std::fmt;
use std::str::FromStr;

use pylon_chain::Endpoint;
use serde::Deserialize;

/// The chain that is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Network {
    /// A simulated node inside this process.
    Dev,
    /// A node: of mainnet, testnet, a local one, or any other by its URL.
    Node(Endpoint),
}

/// A network that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the network is one of dev, finney, test, local, or a ws:// or wss:// URL")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "dev" {
            return Ok(Self::Dev);
        }
        text.parse().map(Self::Node).map_err(|_| NetworkError)
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Network {
    /// A URL is shown without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dev => f.pad("dev"),
            Self::Node(endpoint) => endpoint.fmt(f),
        }
    }
}
