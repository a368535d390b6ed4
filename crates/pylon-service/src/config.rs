//! What the operator decides. Layers, each over the one before: defaults, `pylon.toml`, `.env`, the
//! environment, the command line.

mod classic;
mod commits;
mod database;
mod dev;
mod identity;
mod network;
mod rate;
mod secret;
pub(crate) mod settings;
mod sign;
mod sources;
mod telemetry;
pub(crate) mod variables;
mod wallet;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use pylon_chain::{Endpoint, EvmEndpoint};
use pylon_models::{IdentityName, NetUid};
use pylon_storage::Location;

pub use self::classic::{Classic, ClassicAuth, CommitWindow};
pub use self::commits::{Commits, Webhook};
pub use self::dev::{Archive, BlockTime, DevNode, Runtime, World};
pub use self::identity::{Identity, NamedToken};
pub use self::network::{Network, NetworkError};
pub use self::rate::Rate;
pub use self::secret::Token;
pub use self::sign::{Receivers, SignScope};
pub use self::sources::{ConfigError, Sources};
pub use self::telemetry::{AddressError, Collector, Dsn, Otel, Resource, Sentry};
pub use self::wallet::{KeySource, OwnerSource, WalletKey, Wallets};

/// The effective configuration, every value parsed.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain that is read.
    pub network: Network,
    /// The nodes that it is read through, beside the network's own.
    pub chain: Nodes,
    /// The nodes that its EVM is read through.
    pub evm: EvmNodes,
    /// Where HTTP is served.
    pub bind: SocketAddr,
    /// Where the service keeps its files.
    pub data_dir: PathBuf,
    /// Where jobs, receipts and signatures are kept.
    pub database: Location,
    /// The file that is named as `database.path`, which the original Pylon may have kept its weights in.
    pub original: Option<PathBuf>,
    /// How long they are kept.
    pub retention: Retention,
    /// How weights are brought on chain.
    pub commits: Commits,
    /// The surface of the first Pylon.
    pub classic: Classic,
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
    /// How often each token of open access and of identities may be shown that has no limit of its own.
    pub limits: Option<Rate>,
    /// Where the keys are that identities sign with.
    pub wallet: Wallets,
    /// Who may act for which subnet.
    pub identities: BTreeMap<IdentityName, Identity>,
    /// What is logged, and how.
    pub log: Log,
    /// Where errors are sent, if anywhere.
    pub sentry: Option<Sentry>,
    /// Where traces are sent, if anywhere.
    pub otel: Option<Otel>,
    /// The node inside, under `--network dev`.
    pub dev: DevNode,
}

/// How long the database keeps what is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Jobs with their attempts and receipts, from their end on.
    pub jobs: Duration,
    /// Records of signatures.
    pub signatures: Duration,
}

/// Nodes of a chain beside the network's own. Under `--network dev` there is none but its own and its archive.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Turned to in this order when the network's own fails.
    pub endpoints: Vec<Endpoint>,
    /// Those that keep the state of every block.
    pub archives: Vec<Endpoint>,
    /// A block further behind the head than this is read from them at once.
    pub archive_blocks_cutoff: u32,
}

/// Nodes of the chain's EVM.
#[derive(Clone, Debug)]
pub struct EvmNodes {
    /// Asked for the present; without one the network's own.
    pub endpoint: Option<EvmEndpoint>,
    /// Asked for the past.
    pub archive: Option<EvmEndpoint>,
    /// A block at least this far behind the head is the past.
    pub archive_blocks_cutoff: u32,
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

/// `PYLON_LOG`: a level or filter directives and, after a semicolon, the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// `tracing` filter directives.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl Log {
    /// Reads `info`, `pylon_chain=debug,info`, `info;json` or `;json`; `None` for another format.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (filter, format) = text.split_once(';').unwrap_or((text, "text"));
        let format = match format.trim() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => return None,
        };
        let filter = match filter.trim() {
            "" => "info",
            filter => filter,
        };
        Some(Self {
            filter: filter.to_owned(),
            format,
        })
    }
}

impl std::fmt::Display for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let format = match self.format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        write!(f, "{};{format}", self.filter)
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
    use super::{Log, LogFormat};

    #[test]
    fn the_log_setting_holds_a_filter_and_after_it_the_format() {
        for (text, filter, format) in [
            ("", "info", LogFormat::Text),
            ("debug", "debug", LogFormat::Text),
            (";json", "info", LogFormat::Json),
            (
                "pylon_chain=trace,warn; json",
                "pylon_chain=trace,warn",
                LogFormat::Json,
            ),
            ("info;text", "info", LogFormat::Text),
        ] {
            assert_eq!(
                Log::parse(text),
                Some(Log {
                    filter: filter.to_owned(),
                    format
                }),
                "{text}"
            );
        }
        assert_eq!(Log::parse("info;xml"), None);
    }
}
