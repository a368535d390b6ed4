//! Which chain: a known name or a node's URL.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The chain that is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Network {
    /// A simulated node inside this process.
    Dev,
    /// A node: mainnet, testnet, a local one or any other, by the name or URL it was given as.
    Node {
        /// What the operator wrote, without credentials.
        name: String,
        /// Where it is.
        url: NodeUrl,
    },
}

/// A node's websocket URL. It may hold credentials, so it is shown as scheme, host and port alone.
#[derive(Clone, PartialEq, Eq)]
pub struct NodeUrl(String);

/// A network that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the network is one of dev, finney, test, local, or a ws:// or wss:// URL")]
pub struct NetworkError;

impl NodeUrl {
    /// The URL in full, credentials included: for connecting, never for showing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeUrl {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix("ws://")
            .or_else(|| text.strip_prefix("wss://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(Self(text.to_owned())),
            _ => Err(NetworkError),
        }
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", ""));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        write!(f, "{scheme}://{host}")
    }
}

impl fmt::Debug for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = match text {
            "dev" => return Ok(Self::Dev),
            "finney" => "wss://entrypoint-finney.opentensor.ai:443",
            "archive" => "wss://archive.chain.opentensor.ai:443",
            "test" => "wss://test.finney.opentensor.ai:443",
            "local" => "ws://127.0.0.1:9944",
            url => {
                let url: NodeUrl = url.parse()?;
                return Ok(Self::Node {
                    name: url.to_string(),
                    url,
                });
            }
        };
        Ok(Self::Node {
            name: text.to_owned(),
            url: url.parse()?,
        })
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dev => f.write_str("dev"),
            Self::Node { name, .. } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_and_websocket_urls_are_networks() {
        for name in ["dev", "finney", "test", "local", "archive"] {
            assert_eq!(name.parse::<Network>().unwrap().to_string(), name);
        }
        assert_eq!(
            "ws://10.0.0.1:9944".parse::<Network>().unwrap().to_string(),
            "ws://10.0.0.1:9944"
        );
        for bad in ["", "mainnet", "http://10.0.0.1", "ws://", "wss:///path"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_with_credentials_is_never_shown_with_them() {
        let network: Network = "wss://user:pass@host.example:443/v2/key?token=abc"
            .parse()
            .unwrap();
        assert_eq!(network.to_string(), "wss://host.example:443");
        assert!(!format!("{network:?}").contains("pass"));
        assert!(!format!("{network:?}").contains("abc"));
    }
}
