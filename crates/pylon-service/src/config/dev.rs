//! The simulated node's settings, shared by `serve --network dev` and `devnet`.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The simulated node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DevNode {
    /// Whose metadata and rules it has.
    pub runtime: Runtime,
    /// What stands on it at genesis.
    pub world: World,
    /// When it makes blocks.
    pub block_time: BlockTime,
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where its archive endpoint listens.
    pub archive: Archive,
    /// Neurons of netuid 1 in world `dev`.
    pub neurons: u16,
    /// Subnets beside root in world `dev`.
    pub subnets: u16,
    /// What the world is drawn from.
    pub seed: u64,
    /// How many blocks the finalized head stands behind the best.
    pub finality_lag: u32,
}

impl Default for DevNode {
    fn default() -> Self {
        Self {
            runtime: Runtime::Jun2026,
            world: World::Dev,
            block_time: BlockTime::Every(Duration::from_secs(1)),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            archive: Archive::Beside,
            neurons: 256,
            subnets: 2,
            seed: 1,
            finality_lag: 2,
        }
    }
}

impl DevNode {
    /// Where the archive endpoint listens, if there is one: unless it is said, on the port after
    /// the node's own, or on a free one as that is.
    #[must_use]
    pub fn archive_bind(&self) -> Option<SocketAddr> {
        match self.archive {
            Archive::Beside => {
                let port = match self.bind.port() {
                    0 => 0,
                    port => port.checked_add(1).unwrap_or(0),
                };
                Some(SocketAddr::new(self.bind.ip(), port))
            }
            Archive::At(address) => Some(address),
            Archive::Off => None,
        }
    }
}

/// Where the simulated node's archive endpoint listens: `beside` the node's own, at an address, or
/// `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Archive {
    /// On the next port.
    Beside,
    /// There.
    At(SocketAddr),
    /// Nowhere: old states are dropped.
    Off,
}

/// A place for the archive endpoint that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither `beside`, `off` nor an address such as `127.0.0.1:9945`")]
pub struct ArchiveError(String);

impl FromStr for Archive {
    type Err = ArchiveError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "beside" => Ok(Self::Beside),
            "off" => Ok(Self::Off),
            _ => text
                .parse()
                .map(Self::At)
                .map_err(|_| ArchiveError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Archive {
    type Error = ArchiveError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Archive> for String {
    fn from(archive: Archive) -> Self {
        match archive {
            Archive::Beside => "beside".to_owned(),
            Archive::At(address) => address.to_string(),
            Archive::Off => "off".to_owned(),
        }
    }
}

/// The runtime layouts that the simulated node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// Spec 425.
    Jun2026,
    /// Spec 475.
    Oct2026,
}

/// What the simulated node holds at genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// Subnets with neurons, drawn from the seed.
    Dev,
    /// Root, a subnet of nobody and the dev accounts.
    Empty,
}

/// When the simulated node makes blocks: `manual`, or a time such as `1s` or `250ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BlockTime {
    /// On `dev_newBlock` alone.
    Manual,
    /// One after each such time.
    Every(Duration),
}

/// A block time that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither `manual` nor a time such as `1s` or `250ms` from 20ms to 12s")]
pub struct BlockTimeError(String);

impl FromStr for BlockTime {
    type Err = BlockTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "manual" {
            return Ok(Self::Manual);
        }
        let (number, unit) = match text.strip_suffix("ms") {
            Some(number) => (number, 0.001),
            None => (text.strip_suffix('s').unwrap_or(""), 1.0),
        };
        number
            .parse::<f64>()
            .ok()
            .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
            .filter(|time| (Duration::from_millis(20)..=Duration::from_secs(12)).contains(time))
            .map(Self::Every)
            .ok_or_else(|| BlockTimeError(text.to_owned()))
    }
}

impl TryFrom<String> for BlockTime {
    type Error = BlockTimeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for BlockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.write_str("manual"),
            Self::Every(time) => write!(f, "{}ms", time.as_millis()),
        }
    }
}

impl From<BlockTime> for String {
    fn from(time: BlockTime) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_beside_the_node_at_an_address_or_nowhere() {
        let at = |bind: &str, archive: &str| {
            let node = DevNode {
                bind: bind.parse().unwrap(),
                archive: archive.parse().unwrap(),
                ..DevNode::default()
            };
            node.archive_bind().map(|address| address.to_string())
        };
        for (bind, archive, expected) in [
            ("127.0.0.1:9944", "beside", Some("127.0.0.1:9945")),
            ("127.0.0.1:0", "beside", Some("127.0.0.1:0")),
            ("0.0.0.0:1", "127.0.0.1:7", Some("127.0.0.1:7")),
            ("127.0.0.1:9944", "off", None),
        ] {
            assert_eq!(at(bind, archive).as_deref(), expected, "{bind} {archive}");
        }
        assert!("on".parse::<Archive>().is_err());
    }

    #[test]
    fn block_times_are_manual_or_between_20_ms_and_12_s() {
        assert_eq!("manual".parse::<BlockTime>().unwrap(), BlockTime::Manual);
        assert_eq!(
            "1s".parse::<BlockTime>().unwrap(),
            BlockTime::Every(Duration::from_secs(1))
        );
        assert_eq!(
            "0.25s".parse::<BlockTime>().unwrap(),
            BlockTime::Every(Duration::from_millis(250))
        );
        assert_eq!(
            "20ms".parse::<BlockTime>().unwrap(),
            BlockTime::Every(Duration::from_millis(20))
        );
        for bad in ["", "s", "1", "19ms", "13s", "-1s", "NaNs", "infs", "1m"] {
            assert!(bad.parse::<BlockTime>().is_err(), "{bad}");
        }
    }
}
