//! Where the EVM's JSON-RPC is answered.

use std::fmt;
use std::str::FromStr;

use jsonrpsee::client_transport::ws::Url;

use crate::Endpoint;

/// The public nodes of mainnet, as the original Pylon asks them.
const LITE: &str = "https://lite.chain.opentensor.ai";
const ARCHIVE: &str = "https://archive.chain.opentensor.ai";
const TEST: &str = "https://test.chain.opentensor.ai";

/// The HTTP address of a node's EVM. It may hold credentials; what is shown of it is scheme, host and port.
///
/// ```
/// use pylon_chain::EvmEndpoint;
///
/// let endpoint: EvmEndpoint = "https://user:secret@node.example/v2/key".parse()?;
/// assert_eq!(endpoint.to_string(), "https://node.example:443");
/// # Ok::<(), pylon_chain::EvmEndpointError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EvmEndpoint {
    shown: String,
    url: String,
}

/// Not a URL of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an evm endpoint is an http:// or https:// URL")]
pub struct EvmEndpointError;

impl EvmEndpoint {
    /// The URL in full: for connecting alone.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Where the node of an endpoint answers for its EVM: on the port of its websocket.
    pub fn beside(endpoint: &Endpoint) -> Option<Self> {
        let url = match endpoint.to_string().as_str() {
            "finney" => LITE.to_owned(),
            "archive" => ARCHIVE.to_owned(),
            "test" => TEST.to_owned(),
            _ => endpoint.url().replacen("ws", "http", 1),
        };
        url.parse().ok()
    }
}

impl FromStr for EvmEndpoint {
    type Err = EvmEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| EvmEndpointError)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EvmEndpointError);
        }
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(EvmEndpointError)?;
        let port = url.port_or_known_default().ok_or(EvmEndpointError)?;
        Ok(Self {
            shown: format!("{}://{host}:{port}", url.scheme()),
            url: url.to_string(),
        })
    }
}

impl fmt::Display for EvmEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl fmt::Debug for EvmEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EvmEndpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_used_and_never_shown() {
        let endpoint: EvmEndpoint = "https://user:secret@node.example/v2/key?token=abc"
            .parse()
            .unwrap();
        assert_eq!(
            endpoint.url(),
            "https://user:secret@node.example/v2/key?token=abc"
        );
        for shown in [endpoint.to_string(), format!("{endpoint:?}")] {
            assert!(shown.contains("https://node.example:443"), "{shown}");
            assert!(
                !shown.contains("secret") && !shown.contains("key"),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_node_answers_for_its_evm_where_its_websocket_is() {
        for (endpoint, url) in [
            ("finney", LITE),
            ("local", "http://127.0.0.1:9944/"),
            ("wss://a:b@node.example/ws", "https://a:b@node.example/ws"),
            ("ws://127.0.0.1:1", "http://127.0.0.1:1/"),
        ] {
            let beside = EvmEndpoint::beside(&endpoint.parse().unwrap()).unwrap();
            assert_eq!(beside.url(), url.parse::<EvmEndpoint>().unwrap().url());
        }
        for bad in ["", "node.example", "ws://node.example", "http://"] {
            assert_eq!(bad.parse::<EvmEndpoint>(), Err(EvmEndpointError), "{bad}");
        }
    }
}
