//! Which nodes to talk to, and how long to wait for them.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use jsonrpsee::client_transport::ws::Url;
use pylon_models::BlockHash;

/// The first block of mainnet.
const FINNEY_GENESIS: BlockHash = BlockHash::from_bytes([
    0x2f, 0x05, 0x55, 0xcc, 0x76, 0xfc, 0x28, 0x40, 0xa2, 0x5a, 0x6e, 0xa3, 0xb9, 0x63, 0x71, 0x46,
    0x80, 0x6f, 0x1f, 0x44, 0xb0, 0x90, 0xc1, 0x75, 0xff, 0xde, 0x2a, 0x7e, 0x5a, 0xb3, 0x6c, 0x03,
]);

/// What the public nodes of mainnet and testnet answer to one caller.
const PUBLIC_RATE: Option<NonZeroU32> = NonZeroU32::new(1);

/// How far behind the head a block is read from an archive node at once.
const ARCHIVE_CUTOFF: u32 = 300;

/// How to reach a chain.
#[derive(Debug, Clone)]
pub struct ChainConfig {
    /// The nodes, the preferred one first. Another one is turned to when one fails or its head stands still.
    pub endpoints: Vec<Endpoint>,
    /// The nodes that keep the state of every block, the preferred one first; may be none.
    pub archives: Vec<Endpoint>,
    /// A block further behind the head than this is read from an archive node at once; a nearer one only when
    /// the others no longer have its state.
    pub archive_cutoff: u32,
    /// The hash of block 0 that the nodes must have, if that is known.
    pub genesis: Option<BlockHash>,
    /// How long one request may take, a reconnect in its midst included.
    pub request_timeout: Duration,
    /// How long the head may stand still before the node is asked whether it should, and left for another one.
    /// As often a node that is preferred to the present one is looked for.
    pub stall_after: Duration,
}

impl ChainConfig {
    /// A request may take 30 s, and a head may stand still for a minute: five blocks of mainnet.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            genesis: endpoint.genesis,
            endpoints: vec![endpoint],
            archives: Vec::new(),
            archive_cutoff: ARCHIVE_CUTOFF,
            request_timeout: Duration::from_secs(30),
            stall_after: Duration::from_secs(60),
        }
    }

    /// Gives nodes that would be shown alike, since they differ in their path or credentials or in nothing, a
    /// number each: the second is shown as `wss://node.example:443#2`.
    pub(crate) fn tell_apart(&mut self) {
        let mut met: HashMap<String, u32> = HashMap::new();
        for endpoint in self.endpoints.iter_mut().chain(&mut self.archives) {
            let times = met.entry(endpoint.shown.clone()).or_default();
            *times += 1;
            if *times > 1 {
                endpoint.shown.push_str(&format!("#{times}"));
            }
        }
    }
}

/// A node's websocket address, read from a network's name or a URL.
///
/// The URL may hold credentials; what is shown of it is the name, or scheme, host and port.
///
/// ```
/// use pylon_chain::Endpoint;
///
/// let endpoint: Endpoint = "wss://user:secret@node.example:443/v2?key=abc".parse()?;
/// assert_eq!(endpoint.to_string(), "wss://node.example:443");
/// assert_eq!("finney".parse::<Endpoint>()?.to_string(), "finney");
/// # Ok::<(), pylon_chain::EndpointError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    shown: String,
    url: String,
    genesis: Option<BlockHash>,
    requests_per_second: Option<NonZeroU32>,
}

/// Neither a network's name nor a URL of a websocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint is finney, archive, test, local, or a ws:// or wss:// URL")]
pub struct EndpointError;

impl Endpoint {
    /// The URL in full: for connecting alone.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The first block that whatever is there must have.
    pub(crate) fn genesis(&self) -> Option<BlockHash> {
        self.genesis
    }

    /// How many requests it takes, if that is limited: 1 a second on the public nodes that have a name here.
    pub fn requests_per_second(&self) -> Option<NonZeroU32> {
        self.requests_per_second
    }

    /// The same with another limit; `None` for a node of one's own.
    #[must_use]
    pub fn with_requests_per_second(self, requests_per_second: Option<NonZeroU32>) -> Self {
        Self {
            requests_per_second,
            ..self
        }
    }

    /// What stands for a node where none is configured.
    pub(crate) fn nowhere() -> Self {
        Self::named("none", "", None, None)
    }

    fn named(
        name: &str,
        url: &str,
        genesis: Option<BlockHash>,
        requests_per_second: Option<NonZeroU32>,
    ) -> Self {
        Self {
            shown: name.to_owned(),
            url: url.to_owned(),
            genesis,
            requests_per_second,
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "finney" => Ok(Self::named(
                text,
                "wss://entrypoint-finney.opentensor.ai:443",
                Some(FINNEY_GENESIS),
                PUBLIC_RATE,
            )),
            "archive" => Ok(Self::named(
                text,
                "wss://archive.chain.opentensor.ai:443",
                Some(FINNEY_GENESIS),
                PUBLIC_RATE,
            )),
            "test" => Ok(Self::named(
                text,
                "wss://test.finney.opentensor.ai:443",
                None,
                PUBLIC_RATE,
            )),
            "local" => Ok(Self::named(text, "ws://127.0.0.1:9944", None, None)),
            _ => {
                let url = Url::parse(text).map_err(|_| EndpointError)?;
                if !matches!(url.scheme(), "ws" | "wss") {
                    return Err(EndpointError);
                }
                // The parser would take the path of `ws:///path` for the host.
                if text.contains(":///") {
                    return Err(EndpointError);
                }
                let host = url
                    .host_str()
                    .filter(|host| !host.is_empty())
                    .ok_or(EndpointError)?;
                let port = url.port_or_known_default().ok_or(EndpointError)?;
                Ok(Self {
                    shown: format!("{}://{host}:{port}", url.scheme()),
                    url: text.to_owned(),
                    genesis: None,
                    requests_per_second: None,
                })
            }
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_one_host_are_shown_apart_without_their_secrets() {
        let mut config = ChainConfig::new("wss://node.example/v1/first-key".parse().unwrap());
        config.endpoints.extend([
            "wss://user:secret@node.example/v1".parse().unwrap(),
            "wss://other.example".parse().unwrap(),
        ]);
        config
            .archives
            .push("wss://node.example/v1/third-key".parse().unwrap());
        config.tell_apart();
        let nodes = config.endpoints.iter().chain(&config.archives);
        let shown: Vec<String> = nodes.map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "wss://node.example:443",
                "wss://node.example:443#2",
                "wss://other.example:443",
                "wss://node.example:443#3",
            ]
        );
    }

    #[test]
    fn mainnet_by_name_must_have_its_genesis() {
        for name in ["finney", "archive"] {
            assert_eq!(
                ChainConfig::new(name.parse().unwrap())
                    .genesis
                    .unwrap()
                    .to_string(),
                "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03"
            );
        }
        assert_eq!(ChainConfig::new("local".parse().unwrap()).genesis, None);
    }

    #[test]
    fn what_is_no_websocket_is_refused() {
        for bad in [
            "",
            "mainnet",
            "http://127.0.0.1:9944",
            "ws://",
            "wss:///path",
            "ws://:9944",
        ] {
            assert_eq!(bad.parse::<Endpoint>(), Err(EndpointError), "{bad}");
        }
    }

    #[test]
    fn credentials_are_used_and_never_shown() {
        let endpoint: Endpoint = "wss://user:secret@node.example/v2/key?token=abc"
            .parse()
            .unwrap();
        let config = ChainConfig::new(endpoint.clone());
        assert_eq!(
            endpoint.url(),
            "wss://user:secret@node.example/v2/key?token=abc"
        );
        for shown in [
            endpoint.to_string(),
            format!("{endpoint:?}"),
            format!("{config:?}"),
        ] {
            assert!(shown.contains("wss://node.example:443"), "{shown}");
            for secret in ["user", "secret", "key", "abc"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}
