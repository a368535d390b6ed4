//! The configuration as it is written, and its way into [`Config`].

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use pylon_chain::{Endpoint, EvmEndpoint};
use pylon_models::NetUid;
use pylon_storage::Location;
use serde::Deserialize;

use super::classic::ClassicSettings;
use super::commits::{CommitmentsSettings, WebhookSettings, WeightsSettings};
use super::database::{DatabaseSettings, RetentionSettings, days};
use super::identity::{IdentitySettings, redacted};
use super::rate::LimitsSettings;
use super::{
    BlockTime, Config, ConfigError, DevNode, EvmNodes, Log, Network, Nodes, Otel, Recent, Resource,
    Sentry, Token, Wallets, secret,
};

/// The chain that is read unless another one is named, and its archive.
const MAINNET: &str = "finney";
const MAINNET_ARCHIVE: &str = "archive";

/// The keys of `pylon.toml`. What is unknown among them is refused by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    network: Option<Network>,
    chain: ChainSettings,
    evm: EvmSettings,
    bind: SocketAddr,
    data_dir: Option<PathBuf>,
    database: DatabaseSettings,
    retention: RetentionSettings,
    weights: WeightsSettings,
    commitments: CommitmentsSettings,
    webhook: WebhookSettings,
    classic: ClassicSettings,
    log: String,
    block_duration_seconds: Option<f64>,
    default_request_timeout_seconds: f64,
    max_request_timeout_seconds: f64,
    #[serde(deserialize_with = "secret::deserialize")]
    open_access_token: Option<Token>,
    #[serde(deserialize_with = "secret::deserialize")]
    metrics_token: Option<Token>,
    limits: LimitsSettings,
    recent: RecentSettings,
    wallet: Wallets,
    identities: BTreeMap<String, IdentitySettings>,
    environment: String,
    sentry: SentrySettings,
    otel: OtelSettings,
    dev: DevNode,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SentrySettings {
    #[serde(deserialize_with = "secret::deserialize")]
    dsn: Option<Token>,
    environment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OtelSettings {
    collector_endpoint: Option<String>,
    service_namespace: String,
    service_name: String,
    service_version: String,
    service_instance_id: Option<String>,
    deployment_environment: Option<String>,
}

impl Default for OtelSettings {
    /// Names that dashboards of the original Pylon know.
    fn default() -> Self {
        Self {
            collector_endpoint: None,
            service_namespace: "bittensor-pylon".to_owned(),
            service_name: "pylon_service".to_owned(),
            service_version: env!("CARGO_PKG_VERSION").to_owned(),
            service_instance_id: None,
            deployment_environment: None,
        }
    }
}

impl SentrySettings {
    fn into_sentry(self, environment: &str) -> Result<Option<Sentry>, ConfigError> {
        let Some(dsn) = self.dsn else {
            return Ok(None);
        };
        let dsn = dsn.expose().trim().parse();
        Ok(Some(Sentry {
            dsn: dsn
                .map_err(|_| ConfigError::value("sentry.dsn", "is not https://KEY@HOST/PROJECT"))?,
            environment: self.environment.unwrap_or_else(|| environment.to_owned()),
        }))
    }
}

impl OtelSettings {
    fn into_otel(self, environment: &str) -> Result<Option<Otel>, ConfigError> {
        let Some(collector) = self.collector_endpoint.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let collector = collector.parse();
        Ok(Some(Otel {
            collector: collector.map_err(|_| {
                ConfigError::value(
                    "otel.collector_endpoint",
                    "is not a http:// or https:// URL",
                )
            })?,
            resource: Resource {
                service_namespace: self.service_namespace,
                service_name: self.service_name,
                service_version: self.service_version,
                service_instance_id: self
                    .service_instance_id
                    .unwrap_or_else(|| ulid::Ulid::new().to_string()),
                deployment_environment: self
                    .deployment_environment
                    .unwrap_or_else(|| environment.to_owned()),
            },
        }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ChainSettings {
    endpoints: Vec<String>,
    archive: Option<String>,
    archive_blocks_cutoff: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EvmSettings {
    endpoint: Option<String>,
    archive: Option<String>,
    archive_blocks_cutoff: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RecentSettings {
    soft_limit_blocks: u32,
    hard_limit_blocks: u32,
    netuids: Vec<NetUid>,
}

/// The keys of a table of `pylon.toml`, as a key that is none of them is refused.
#[cfg(test)]
pub(crate) fn keys_of(table: &str) -> Vec<String> {
    let unknown = serde_json::json!({ "not-a-key": 1 });
    let tables = table.rsplit('.').filter(|table| !table.is_empty());
    let settings = tables.fold(unknown, |inner, table| serde_json::json!({ table: inner }));
    let refused = serde_json::from_value::<Settings>(settings)
        .unwrap_err()
        .to_string();
    let (_, expected) = refused.split_once("expected").unwrap();
    let names = expected.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            network: None,
            chain: ChainSettings::default(),
            evm: EvmSettings::default(),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            data_dir: None,
            database: DatabaseSettings::default(),
            retention: RetentionSettings::default(),
            weights: WeightsSettings::default(),
            commitments: CommitmentsSettings::default(),
            webhook: WebhookSettings::default(),
            classic: ClassicSettings::default(),
            log: "info".to_owned(),
            block_duration_seconds: None,
            default_request_timeout_seconds: 60.0,
            max_request_timeout_seconds: 300.0,
            open_access_token: None,
            metrics_token: None,
            limits: LimitsSettings::default(),
            recent: RecentSettings::default(),
            wallet: Wallets::default(),
            identities: BTreeMap::new(),
            environment: "production".to_owned(),
            sentry: SentrySettings::default(),
            otel: OtelSettings::default(),
            dev: DevNode::default(),
        }
    }
}

impl Default for ChainSettings {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            archive: None,
            archive_blocks_cutoff: 300,
        }
    }
}

impl ChainSettings {
    /// Mainnet has an archive that everyone can read; of other chains one is known only where it is named.
    fn into_nodes(self, network: &Network) -> Result<Nodes, ConfigError> {
        let endpoint = |key, text: &str| {
            text.parse::<Endpoint>().map_err(|_| {
                ConfigError::value(key, "is not a network's name or a ws:// or wss:// URL")
            })
        };
        let is_mainnet = network.to_string() == MAINNET;
        let archive = self
            .archive
            .filter(|archive| !archive.is_empty())
            .or_else(|| is_mainnet.then(|| MAINNET_ARCHIVE.to_owned()));
        Ok(Nodes {
            endpoints: self
                .endpoints
                .iter()
                .map(|text| endpoint("chain.endpoints", text))
                .collect::<Result<_, _>>()?,
            archives: archive
                .iter()
                .map(|text| endpoint("chain.archive", text))
                .collect::<Result<_, _>>()?,
            archive_blocks_cutoff: self.archive_blocks_cutoff,
        })
    }
}

impl Default for EvmSettings {
    fn default() -> Self {
        Self {
            endpoint: None,
            archive: None,
            archive_blocks_cutoff: 300,
        }
    }
}

impl EvmSettings {
    fn into_nodes(self) -> Result<EvmNodes, ConfigError> {
        let endpoint = |key, text: Option<String>| {
            text.filter(|text| !text.is_empty())
                .map(|text| text.parse::<EvmEndpoint>())
                .transpose()
                .map_err(|_| ConfigError::value(key, "is not an http:// or https:// URL"))
        };
        Ok(EvmNodes {
            endpoint: endpoint("evm.endpoint", self.endpoint)?,
            archive: endpoint("evm.archive", self.archive)?,
            archive_blocks_cutoff: self.archive_blocks_cutoff,
        })
    }
}

impl Default for RecentSettings {
    fn default() -> Self {
        Self {
            soft_limit_blocks: 100,
            hard_limit_blocks: 150,
            netuids: Vec::new(),
        }
    }
}

impl Settings {
    pub(super) fn into_config(self, home: Option<PathBuf>) -> Result<Config, ConfigError> {
        let network = match self.network {
            Some(network) => network,
            None => finney()?,
        };
        let seconds = |key, value| positive(key, value);
        let block_duration = match (self.block_duration_seconds, &network, self.dev.block_time) {
            (Some(duration), _, _) => Some(seconds("block_duration_seconds", duration)?),
            (None, Network::Dev, BlockTime::Manual) => None,
            (None, Network::Dev, BlockTime::Every(time)) => Some(time),
            (None, Network::Node(_), _) => Some(Duration::from_secs(12)),
        };
        if self.recent.soft_limit_blocks > self.recent.hard_limit_blocks {
            return Err(ConfigError::value(
                "recent.soft_limit_blocks",
                "is above recent.hard_limit_blocks",
            ));
        }
        let max_timeout = seconds(
            "max_request_timeout_seconds",
            self.max_request_timeout_seconds,
        )?;
        let default_timeout = seconds(
            "default_request_timeout_seconds",
            self.default_request_timeout_seconds,
        )?;
        let chain = self.chain.into_nodes(&network)?;
        let data_dir = self.data_dir.unwrap_or_else(|| default_data_dir(home));
        let original = self.database.named_path();
        let database = self.database.into_location(&data_dir, &network)?;
        let commits = self
            .weights
            .into_commits(&self.commitments, self.webhook, &network)?;
        let identities = self.identities.into_iter();
        let identities = identities
            .map(|(name, identity)| identity.named(&name))
            .collect::<Result<_, _>>()?;
        let classic = self
            .classic
            .into_classic(&network, self.bind, &identities)?;
        Ok(Config {
            network,
            chain,
            evm: self.evm.into_nodes()?,
            bind: self.bind,
            data_dir,
            database,
            original,
            retention: self.retention.into_retention()?,
            commits,
            classic,
            block_duration,
            default_timeout: default_timeout.min(max_timeout),
            max_timeout,
            recent: Recent {
                soft_limit_blocks: self.recent.soft_limit_blocks,
                hard_limit_blocks: self.recent.hard_limit_blocks,
                netuids: self.recent.netuids,
            },
            open_access_token: self.open_access_token,
            metrics_token: self.metrics_token,
            limits: self.limits.into_rate()?,
            wallet: self.wallet,
            identities,
            log: Log::parse(&self.log)
                .ok_or_else(|| ConfigError::value("log", "has a format other than text or json"))?,
            sentry: self.sentry.into_sentry(&self.environment)?,
            otel: self.otel.into_otel(&self.environment)?,
            dev: self.dev,
        })
    }
}

fn finney() -> Result<Network, ConfigError> {
    MAINNET
        .parse()
        .map_err(|_| ConfigError::value("network", "has no default"))
}

fn positive(key: &'static str, seconds: f64) -> Result<Duration, ConfigError> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| ConfigError::value(key, "is not a positive number of seconds"))
}

fn default_data_dir(home: Option<PathBuf>) -> PathBuf {
    home.map_or_else(
        || PathBuf::from("pylon-data"),
        |home| home.join(".local/share/pylon"),
    )
}

impl serde::Serialize for Config {
    /// The effective configuration in the shape of `pylon.toml`, with secrets and credentials redacted.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        fn shown(endpoints: &[Endpoint]) -> Vec<String> {
            endpoints.iter().map(Endpoint::to_string).collect()
        }
        let identities: BTreeMap<_, _> = self
            .identities
            .iter()
            .map(|(name, identity)| (name.to_string(), identity.shown()))
            .collect();
        serde_json::json!({
            "network": self.network.to_string(),
            "chain": {
                "endpoints": shown(&self.chain.endpoints),
                "archive": shown(&self.chain.archives).first(),
                "archive_blocks_cutoff": self.chain.archive_blocks_cutoff,
            },
            "evm": {
                "endpoint": self.evm.endpoint.as_ref().map(EvmEndpoint::to_string),
                "archive": self.evm.archive.as_ref().map(EvmEndpoint::to_string),
                "archive_blocks_cutoff": self.evm.archive_blocks_cutoff,
            },
            "retention": {
                "jobs_days": days(self.retention.jobs),
                "signatures_days": days(self.retention.signatures),
            },
            "bind": self.bind,
            "data_dir": self.data_dir,
            "database": match &self.database {
                Location::Sqlite(path) => serde_json::json!({ "path": path }),
                Location::Postgres(_) => serde_json::json!({ "url": "<redacted>" }),
            },
            "weights": {
                "retry_attempts": self.commits.retry_attempts,
                "expire_after_seconds": self.commits.expire_after.as_secs_f64(),
                "max_clock_drift_seconds": self
                    .commits
                    .max_clock_drift
                    .map_or(0.0, |drift| drift.as_secs_f64()),
            },
            "commitments": { "retry_attempts": self.commits.commitment_retry_attempts },
            "webhook": { "url": self.commits.webhook.as_ref().map(|_| "<redacted>") },
            "classic": {
                "identity": self.classic_identity().map(|(name, _)| name),
                "auth": self.classic.auth,
                "commit_cycle_length": self.classic.window.cycle_length,
                "commit_window_start_offset": self.classic.window.start_offset,
                "commit_window_end_buffer": self.classic.window.end_buffer,
            },
            "log": self.log.to_string(),
            "block_duration_seconds": self.block_duration.map(|time| time.as_secs_f64()),
            "default_request_timeout_seconds": self.default_timeout.as_secs_f64(),
            "max_request_timeout_seconds": self.max_timeout.as_secs_f64(),
            "limits": self.limits,
            "open_access_token": redacted(self.open_access_token.as_ref()),
            "metrics_token": redacted(self.metrics_token.as_ref()),
            "recent": {
                "soft_limit_blocks": self.recent.soft_limit_blocks,
                "hard_limit_blocks": self.recent.hard_limit_blocks,
                "netuids": self.recent.netuids,
            },
            "wallet": self.wallet,
            "identities": identities,
            "sentry": self.sentry.as_ref().map(|sentry| serde_json::json!({
                "dsn": "<redacted>", "environment": sentry.environment,
            })),
            "otel": self.otel.as_ref().map(|otel| serde_json::json!({
                "collector_endpoint": otel.collector.to_string(),
                "service_namespace": otel.resource.service_namespace,
                "service_name": otel.resource.service_name,
                "service_version": otel.resource.service_version,
                "service_instance_id": otel.resource.service_instance_id,
                "deployment_environment": otel.resource.deployment_environment,
            })),
            "dev": matches!(self.network, Network::Dev).then_some(&self.dev),
        })
        .serialize(to)
    }
}
