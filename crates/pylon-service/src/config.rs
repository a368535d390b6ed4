//! What the operator decides. Layers, each over the one before: defaults, `pylon.toml`, `.env`, the
//! environment, the command line.

mod dev;
mod network;
mod secret;
mod settings;
mod sources;
mod variables;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use pylon_models::{IdentityName, NetUid};

pub use self::dev::{BlockTime, DevNode, Runtime, World};
pub use self::network::{Network, NetworkError};
pub use self::secret::Token;
pub use self::sources::{ConfigError, Sources};

/// The effective configuration, every value parsed.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain that is read.
    pub network: Network,
    /// Where HTTP is served.
    pub bind: SocketAddr,
    /// Where the service keeps what it makes: tokens now, the database later.
    pub data_dir: PathBuf,
    /// How far apart blocks are; the measure of a head that stands still. `None` when blocks are made by hand.
    pub block_duration: Option<Duration>,
    /// How long a request may take that names no timeout.
    pub default_timeout: Duration,
    /// What a longer `X-Pylon-Timeout` is cut to.
    pub max_timeout: Duration,
    /// The limits of the `recent` reads.
    pub recent: Recent,
    /// Opens the open-access reads; closed without.
    pub open_access_token: Option<Token>,
    /// Opens `/metrics`; closed without.
    pub metrics_token: Option<Token>,
    /// Who may act for which subnet.
    pub identities: BTreeMap<IdentityName, Identity>,
    /// What is logged, and how.
    pub log: Log,
    /// The node inside, under `--network dev`.
    pub dev: DevNode,
}

/// An identity: a name that clients call, a subnet, a token that opens it, a wallet that signs for it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The one subnet it belongs to.
    pub netuid: NetUid,
    /// Its bearer token; closed without.
    pub token: Option<Token>,
    /// The wallet folder's name.
    pub wallet_name: Option<String>,
    /// The hotkey file's name.
    pub hotkey_name: Option<String>,
}

/// How old `recent` may be, and which subnets are kept warm although no identity names them.
#[derive(Clone, Debug)]
pub struct Recent {
    /// Older than this is served with a warning.
    pub soft_limit_blocks: u32,
    /// Older than this is refused.
    pub hard_limit_blocks: u32,
    /// Kept warm from the start.
    pub netuids: Vec<NetUid>,
}

/// `PYLON_LOG`: filter directives and, among them, `json` or `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// `tracing` filter directives.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Log {
    /// Reads `info`, `json`, `debug,json` or any filter directives with a format among them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (formats, filters): (Vec<_>, Vec<_>) = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .partition(|part| matches!(*part, "json" | "text"));
        Self {
            filter: if filters.is_empty() {
                "info".to_owned()
            } else {
                filters.join(",")
            },
            json: formats.last() == Some(&"json"),
        }
    }
}

impl Config {
    /// The subnets that are read at every block: those of the identities and the configured recent ones.
    #[must_use]
    pub fn watched(&self) -> Vec<NetUid> {
        let mut netuids: Vec<_> = self
            .identities
            .values()
            .map(|identity| identity.netuid)
            .collect();
        netuids.extend(&self.recent.netuids);
        netuids.sort_unstable();
        netuids.dedup();
        netuids
    }
}

#[cfg(test)]
mod tests {
    use super::Log;

    #[test]
    fn the_log_setting_holds_level_and_format_in_any_order() {
        for (text, filter, json) in [
            ("", "info", false),
            ("debug", "debug", false),
            ("json", "info", true),
            (
                "json, pylon_chain=trace,warn",
                "pylon_chain=trace,warn",
                true,
            ),
            ("info,text", "info", false),
        ] {
            assert_eq!(
                Log::parse(text),
                Log {
                    filter: filter.to_owned(),
                    json
                },
                "{text}"
            );
        }
    }
}
