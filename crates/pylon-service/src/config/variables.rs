//! The `PYLON_…` variables: which there are, and which key each one sets.

use std::collections::BTreeSet;

use figment::value::{Dict, Value};

use super::ConfigError;

/// How the text of a variable becomes a value.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Secret,
    /// A secret that opens something: an empty one closes it.
    Token,
    Number,
    Numbers,
    Texts,
    YesOrNo,
}

/// Variables of this service and, where the original Pylon had another name for the same thing, that
/// one before ours, so that ours wins.
const VARIABLES: &[(&str, &str, Kind)] = &[
    ("BITTENSOR_NETWORK", "network", Kind::Text),
    ("NETWORK", "network", Kind::Text),
    ("CHAIN_ENDPOINTS", "chain.endpoints", Kind::Texts),
    ("BITTENSOR_ARCHIVE_NETWORK", "chain.archive", Kind::Text),
    (
        "BITTENSOR_ARCHIVE_BLOCKS_CUTOFF",
        "chain.archive_blocks_cutoff",
        Kind::Number,
    ),
    ("EVM_RPC_URL", "evm.endpoint", Kind::Text),
    ("EVM_ARCHIVE_RPC_URL", "evm.archive", Kind::Text),
    (
        "EVM_ARCHIVE_BLOCKS_CUTOFF",
        "evm.archive_blocks_cutoff",
        Kind::Number,
    ),
    ("BIND", "bind", Kind::Text),
    ("DATA_DIR", "data_dir", Kind::Text),
    ("DATABASE_PATH", "database.path", Kind::Text),
    ("DATABASE_URL", "database.url", Kind::Secret),
    ("RETENTION_JOBS_DAYS", "retention.jobs_days", Kind::Number),
    (
        "RETENTION_SIGNATURES_DAYS",
        "retention.signatures_days",
        Kind::Number,
    ),
    (
        "WEIGHTS_RETRY_ATTEMPTS",
        "weights.retry_attempts",
        Kind::Number,
    ),
    (
        "WEIGHTS_EXPIRE_AFTER_SECONDS",
        "weights.expire_after_seconds",
        Kind::Number,
    ),
    (
        "WEIGHTS_MAX_CLOCK_DRIFT_SECONDS",
        "weights.max_clock_drift_seconds",
        Kind::Number,
    ),
    (
        "COMMITMENT_RETRY_ATTEMPTS",
        "commitments.retry_attempts",
        Kind::Number,
    ),
    ("WEBHOOK_URL", "webhook.url", Kind::Secret),
    ("CLASSIC_IDENTITY", "classic.identity", Kind::Text),
    ("CLASSIC_AUTH", "classic.auth", Kind::Text),
    (
        "COMMIT_CYCLE_LENGTH",
        "classic.commit_cycle_length",
        Kind::Number,
    ),
    (
        "COMMIT_WINDOW_START_OFFSET",
        "classic.commit_window_start_offset",
        Kind::Number,
    ),
    (
        "COMMIT_WINDOW_END_BUFFER",
        "classic.commit_window_end_buffer",
        Kind::Number,
    ),
    ("LOG", "log", Kind::Text),
    (
        "BLOCK_DURATION_SECONDS",
        "block_duration_seconds",
        Kind::Number,
    ),
    (
        "DEFAULT_REQUEST_TIMEOUT_SECONDS",
        "default_request_timeout_seconds",
        Kind::Number,
    ),
    (
        "MAX_REQUEST_TIMEOUT_SECONDS",
        "max_request_timeout_seconds",
        Kind::Number,
    ),
    (
        "LIMITS_REQUESTS_PER_SECOND",
        "limits.requests_per_second",
        Kind::Number,
    ),
    ("LIMITS_BURST", "limits.burst", Kind::Number),
    ("OPEN_ACCESS_TOKEN", "open_access_token", Kind::Token),
    ("METRICS_TOKEN", "metrics_token", Kind::Token),
    (
        "RECENT_OBJECTS_SOFT_LIMIT_BLOCKS",
        "recent.soft_limit_blocks",
        Kind::Number,
    ),
    (
        "RECENT_OBJECTS_HARD_LIMIT_BLOCKS",
        "recent.hard_limit_blocks",
        Kind::Number,
    ),
    ("RECENT_OBJECTS_NETUIDS", "recent.netuids", Kind::Numbers),
    ("BITTENSOR_WALLET_PATH", "wallet.path", Kind::Text),
    (
        "WALLET_ALLOW_LOOSE_PERMISSIONS",
        "wallet.allow_loose_permissions",
        Kind::YesOrNo,
    ),
    ("ENVIRONMENT", "environment", Kind::Text),
    ("SENTRY_DSN", "sentry.dsn", Kind::Secret),
    ("SENTRY_ENVIRONMENT", "sentry.environment", Kind::Text),
    (
        "OTEL_COLLECTOR_ENDPOINT",
        "otel.collector_endpoint",
        Kind::Text,
    ),
    (
        "OTEL_SERVICE_NAMESPACE",
        "otel.service_namespace",
        Kind::Text,
    ),
    ("OTEL_SERVICE_NAME", "otel.service_name", Kind::Text),
    ("OTEL_SERVICE_VERSION", "otel.service_version", Kind::Text),
    (
        "OTEL_SERVICE_INSTANCE_ID",
        "otel.service_instance_id",
        Kind::Text,
    ),
    (
        "OTEL_DEPLOYMENT_ENVIRONMENT",
        "otel.deployment_environment",
        Kind::Text,
    ),
    ("DEV_RUNTIME", "dev.runtime", Kind::Text),
    ("DEV_WORLD", "dev.world", Kind::Text),
    ("DEV_BLOCK_TIME", "dev.block_time", Kind::Text),
    ("DEV_BIND", "dev.bind", Kind::Text),
    ("DEV_ARCHIVE", "dev.archive", Kind::Text),
    ("DEV_NEURONS", "dev.neurons", Kind::Number),
    ("DEV_SUBNETS", "dev.subnets", Kind::Number),
    ("DEV_SEED", "dev.seed", Kind::Number),
    ("DEV_FINALITY_LAG", "dev.finality_lag", Kind::Number),
];

/// Variables of one identity, after `ID_<NAME>_`.
const IDENTITY_VARIABLES: &[(&str, &str, Kind)] = &[
    ("HOTKEY", "hotkey", Kind::Text),
    ("WALLET_NAME", "wallet_name", Kind::Text),
    ("HOTKEY_NAME", "hotkey_name", Kind::Text),
    ("HOTKEY_PASSWORD", "hotkey_password", Kind::Secret),
    ("OWNER_WALLET_NAME", "owner_wallet_name", Kind::Text),
    ("OWNER_HOTKEY_NAME", "owner_hotkey_name", Kind::Text),
    ("OWNER_PASSWORD", "owner_password", Kind::Secret),
    ("OWNER_COLDKEY", "owner_coldkey", Kind::Text),
    ("NETUID", "netuid", Kind::Number),
    ("TOKEN", "token", Kind::Token),
    ("SIGN_SCHEMES", "sign.schemes", Kind::Texts),
    ("SIGN_NETUIDS", "sign.netuids", Kind::Numbers),
    ("SIGN_ANY_RECEIVER", "sign.any_receiver", Kind::YesOrNo),
    (
        "SIGN_REQUESTS_PER_SECOND",
        "sign.requests_per_second",
        Kind::Number,
    ),
    ("SIGN_BURST", "sign.burst", Kind::Number),
];

/// Every variable with the key that it sets, and those that set none.
#[cfg(test)]
pub(crate) fn all() -> (Vec<(String, String)>, Vec<&'static str>) {
    let named = |prefix: &str, within: &str, rows: &[(&str, &str, Kind)]| {
        let row = |(name, key, _): &(&str, &str, Kind)| {
            (format!("PYLON_{prefix}{name}"), format!("{within}{key}"))
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let of_identities = named("ID_NAME_", "identities.NAME.", IDENTITY_VARIABLES);
    let of_tokens = named(
        "ID_NAME_TOKENS_",
        "identities.NAME.tokens.",
        &[("OTHER", "OTHER.token", Kind::Token)],
    );
    (
        [named("", "", VARIABLES), of_identities, of_tokens].concat(),
        KNOWN.to_vec(),
    )
}

/// What existing deployments set for parts that this service does not have, or that are no setting of it.
const KNOWN: &[&str] = &[
    "COMMITMENT_RETRY_DELAY_SECONDS",
    "CONFIG",
    "DEBUG",
    "DOCKER_IMAGE_NAME",
    "ENV_FILE",
    "IDENTITIES",
    "RECENT_OBJECTS_REFRESH_LEAD_BLOCKS",
    "VECTORS_DIR",
    "WEIGHTS_RETRY_DELAY_SECONDS",
];

/// Families of variables: those of the Python client that may share the environment.
const KNOWN_PREFIXES: &[&str] = &["CLIENT_"];

/// What the variables set, and those among them that nobody knows.
pub(super) struct Read {
    pub(super) dict: Dict,
    pub(super) unknown: Vec<String>,
}

/// Whether just one of the two networks that the original Pylon sets together is set.
pub(super) fn has_half_a_network(variables: &[(String, String)]) -> bool {
    let is_set = |name| {
        variables
            .iter()
            .any(|(candidate, value)| candidate == name && !value.trim().is_empty())
    };
    is_set("PYLON_BITTENSOR_NETWORK") != is_set("PYLON_BITTENSOR_ARCHIVE_NETWORK")
}

/// The identities that `PYLON_IDENTITIES` names.
pub(super) fn identities(variables: &[(String, String)]) -> Result<Vec<String>, ConfigError> {
    listed(&own(variables))
}

fn own(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("PYLON_")?, value.as_str())))
        .collect()
}

fn listed(own: &[(&str, &str)]) -> Result<Vec<String>, ConfigError> {
    let listed = find(own, "IDENTITIES")
        .map(|text| list("IDENTITIES", text))
        .transpose()?;
    Ok(listed.unwrap_or_default())
}

/// Reads the `PYLON_…` variables among these; `identities` are all that any layer names.
pub(super) fn read(
    variables: &[(String, String)],
    identities: &BTreeSet<String>,
) -> Result<Read, ConfigError> {
    let own = own(variables);
    let mut rows: Vec<(String, String, Kind)> = VARIABLES
        .iter()
        .map(|(name, key, kind)| ((*name).to_owned(), (*key).to_owned(), *kind))
        .collect();
    for identity in identities {
        rows.extend(IDENTITY_VARIABLES.iter().map(|(name, key, kind)| {
            (
                of_identity(identity, name),
                format!("identities.{identity}.{key}"),
                *kind,
            )
        }));
    }

    for identity in identities {
        let tokens = more_tokens(&own, identity, &rows);
        rows.extend(tokens);
    }

    let mut dict = Dict::new();
    for identity in listed(&own)? {
        insert(
            &mut dict,
            &format!("identities.{identity}"),
            Value::from(Dict::new()),
        );
    }
    for (name, key, kind) in &rows {
        if let Some(text) = find(&own, name)
            && let Some(value) = kind.value(name, text)?
        {
            insert(&mut dict, key, value);
        }
        if kind.is_secret()
            && let Some(path) = find(&own, &format!("{name}_FILE")).filter(|path| !path.is_empty())
        {
            insert(&mut dict, &format!("{key}_file"), Value::from(path));
        }
    }
    let known = |name: &str| {
        KNOWN.contains(&name)
            || KNOWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || rows.iter().any(|(row, _, kind)| {
                row == name || (kind.is_secret() && name.strip_suffix("_FILE") == Some(row))
            })
    };
    let unknown = own
        .iter()
        .filter(|(name, _)| !known(name))
        .map(|(name, _)| format!("PYLON_{name}"))
        .collect();
    Ok(Read { dict, unknown })
}

/// The variables of an identity's further tokens, `ID_<NAME>_TOKENS_<OTHER>`: those that are set and mean nothing else.
fn more_tokens(
    own: &[(&str, &str)],
    identity: &str,
    rows: &[(String, String, Kind)],
) -> Vec<(String, String, Kind)> {
    let prefix = of_identity(identity, "TOKENS_");
    let is_else = |name: &str| rows.iter().any(|(row, ..)| row == name);
    let names = own
        .iter()
        .map(|(name, _)| name.strip_suffix("_FILE").unwrap_or(name))
        .filter(|name| !is_else(name));
    let names: BTreeSet<&str> = names.collect();
    let row = |name: &str| {
        let token = name.strip_prefix(&prefix)?;
        let key = format!(
            "identities.{identity}.tokens.{}.token",
            token.to_lowercase()
        );
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        (!token.is_empty() && token.chars().all(is_word))
            .then(|| (name.to_owned(), key, Kind::Token))
    };
    names.into_iter().filter_map(row).collect()
}

/// The name of an identity's variable, after `PYLON_`.
pub(crate) fn of_identity(identity: &str, name: &str) -> String {
    format!("ID_{}_{name}", identity.to_uppercase().replace('-', "_"))
}

impl Kind {
    /// Whether it may stand in a file of its own.
    const fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Token)
    }

    /// The value, or `None` where an empty text means "not set".
    fn value(self, name: &str, text: &str) -> Result<Option<Value>, ConfigError> {
        let wrong = |expected| ConfigError::Variable {
            name: format!("PYLON_{name}"),
            expected,
        };
        Ok(Some(match self {
            Self::Token => Value::from(text),
            Self::Secret if text.is_empty() => return Ok(None),
            Self::Secret => Value::from(text),
            _ if text.trim().is_empty() => return Ok(None),
            Self::Text => Value::from(text.trim()),
            Self::Number => number(text).ok_or_else(|| wrong("a number"))?,
            Self::Texts => Value::from(list(name, text)?),
            Self::YesOrNo => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Value::from(true),
                "false" | "0" => Value::from(false),
                _ => return Err(wrong("true or false")),
            },
            Self::Numbers => {
                let numbers: Option<Vec<Value>> =
                    list(name, text)?.iter().map(|item| number(item)).collect();
                Value::from(numbers.ok_or_else(|| wrong("a list of numbers"))?)
            }
        }))
    }
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    text.parse::<u64>()
        .map(Value::from)
        .or_else(|_| text.parse::<f64>().map(Value::from))
        .ok()
}

/// A JSON list, or items with commas between.
fn list(name: &str, text: &str) -> Result<Vec<String>, ConfigError> {
    let text = text.trim();
    if text.starts_with('[') {
        let items: Vec<serde_json::Value> =
            serde_json::from_str(text).map_err(|source| ConfigError::List {
                name: format!("PYLON_{name}"),
                source,
            })?;
        return Ok(items
            .into_iter()
            .map(|item| {
                item.as_str()
                    .map_or_else(|| item.to_string(), str::to_owned)
            })
            .collect());
    }
    Ok(text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect())
}

fn find<'a>(variables: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    variables
        .iter()
        .find(|(candidate, _)| *candidate == name)
        .map(|(_, value)| *value)
}

/// Sets a dotted key.
fn insert(dict: &mut Dict, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            dict.insert(key.to_owned(), value);
        }
        Some((first, rest)) => {
            let entry = dict
                .entry(first.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}
