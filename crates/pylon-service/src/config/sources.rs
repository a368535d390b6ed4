//! Where the configuration comes from, layer by layer.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use pylon_models::Retry;

use super::settings::Settings;
use super::{Config, variables};

/// Everything that configuration is read from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The folder of `pylon.toml` and `.env`.
    pub directory: PathBuf,
    /// A configuration file that must exist, in place of `pylon.toml`.
    pub file: Option<PathBuf>,
    /// The process's environment.
    pub environment: Vec<(String, String)>,
    /// What the command line says, in the shape of `pylon.toml`.
    pub command_line: serde_json::Value,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key that is unknown or a value that does not fit, which is not told: it may be a credential.
    #[error(transparent)]
    Figment(Box<figment::Error>),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no TOML.
    #[error("{} is no TOML at line {line}", path.display())]
    Toml {
        /// Which one.
        path: PathBuf,
        /// Where, from 1 on.
        line: usize,
    },
    /// An environment file holds something else than variables.
    #[error("{} is not NAME=VALUE at line {line}, or a quote before that is not closed", path.display())]
    EnvFile {
        /// Which one.
        path: PathBuf,
        /// Where, from 1 on.
        line: usize,
    },
    /// Both a secret and the file that holds it are set in one place.
    #[error("both `{0}` and `{0}_file` are set: keep one")]
    SecretTwice(String),
    /// A variable does not hold what it should.
    #[error("{name} is not {expected}")]
    Variable {
        /// The variable.
        name: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// One network would be read in the present and another one in the past.
    #[error("set both PYLON_BITTENSOR_NETWORK and PYLON_BITTENSOR_ARCHIVE_NETWORK, or neither")]
    HalfANetwork,
    /// A list in a variable is not JSON.
    #[error("{name} is neither a JSON list nor items with commas between")]
    List {
        /// The variable.
        name: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// An identity's name cannot be used.
    #[error("`{name}` cannot name an identity")]
    IdentityName {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: pylon_models::ParseIdentityNameError,
    },
    /// An identity belongs to no subnet.
    #[error("identity `{name}` has no netuid: set identities.{name}.netuid or PYLON_ID_…_NETUID")]
    IdentityWithoutNetuid {
        /// The identity.
        name: String,
    },
    /// An identity's wallet has no hotkey, or its hotkey no wallet.
    #[error("identity `{name}` has only one of wallet_name and hotkey_name: set both or neither")]
    HalfAWallet {
        /// The identity.
        name: String,
    },
    /// There is an owner's key or account, and no wallet.
    #[error("identity `{name}` names an owner without owner_wallet_name")]
    OwnerWithoutWallet {
        /// The identity.
        name: String,
    },
    /// A value that its type allows and its meaning does not.
    #[error("{key} {problem}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl ConfigError {
    pub(super) fn value(key: impl Into<String>, problem: &'static str) -> Self {
        Self::Value {
            key: key.into(),
            problem,
        }
    }

    /// A configuration does not get better by itself.
    #[must_use]
    pub fn retry(&self) -> Retry {
        Retry::Never
    }
}

impl From<figment::Error> for ConfigError {
    fn from(error: figment::Error) -> Self {
        let untold = |mut error: figment::Error| {
            error.kind = match error.kind {
                Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
                    let is_table = expected.starts_with("struct ");
                    let expected = if is_table { "a table" } else { &expected };
                    Kind::Message(format!("expected {expected}"))
                }
                Kind::Unsupported(_) | Kind::UnsupportedKey(..) => {
                    Kind::Message("a value of no use here".to_owned())
                }
                kind => kind,
            };
            error
        };
        let told = error.into_iter().map(untold).reduce(figment::Error::chain);
        let told = told.unwrap_or_else(|| "a value that cannot be read".to_owned().into());
        Self::Figment(Box::new(told))
    }
}

impl Sources {
    /// The working directory and environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            directory: PathBuf::from("."),
            file: None,
            // A variable that is not UTF-8 is none of ours.
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            command_line: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// The effective configuration, and what the operator should be warned of.
    ///
    /// # Errors
    /// Names the file, key or variable that cannot be used.
    pub fn load(&self) -> Result<(Config, Vec<String>), ConfigError> {
        let file = self.toml()?;
        let env_file = self.env_file()?;
        let all = [env_file.as_slice(), self.environment.as_slice()].concat();
        if variables::has_half_a_network(&all) {
            return Err(ConfigError::HalfANetwork);
        }
        let mut identities = identity_names(&file);
        identities.extend(variables::identities(&env_file)?);
        identities.extend(variables::identities(&self.environment)?);
        let env_file = variables::read(&env_file, &identities)?;
        let environment = variables::read(&self.environment, &identities)?;

        let settings: Settings = Figment::new()
            .merge(Layer::new("pylon.toml", file)?)
            .merge(Layer::new(".env", env_file.dict)?)
            .merge(Layer::new("the environment", environment.dict)?)
            .merge(Layer::new("the command line", self.options()?)?)
            .extract()?;
        let home = self.variable("HOME").map(PathBuf::from);
        let config = settings.into_config(home)?;
        let warnings = env_file
            .unknown
            .iter()
            .chain(&environment.unknown)
            .map(|name| format!("{name} is no setting of this service and is ignored"))
            .collect();
        Ok((config, warnings))
    }

    fn toml(&self) -> Result<Dict, ConfigError> {
        let named = self
            .file
            .clone()
            .or_else(|| self.variable("PYLON_CONFIG").map(PathBuf::from));
        let path = match named {
            Some(path) => path,
            None => {
                let path = self.directory.join("pylon.toml");
                if !path.exists() {
                    return Ok(Dict::new());
                }
                path
            }
        };
        let text = read(&path)?;
        Toml::from_str(&text).map_err(|error| {
            // The error itself shows the line.
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.unwrap_or_default().matches('\n').count() + 1;
            ConfigError::Toml { path, line }
        })
    }

    fn options(&self) -> Result<Dict, ConfigError> {
        let options = Value::serialize(&self.command_line)?;
        Ok(options.into_dict().unwrap_or_default())
    }

    fn env_file(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let path = self.variable("PYLON_ENV_FILE").unwrap_or(".env");
        let path = self.directory.join(path);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = read(&path)?;
        let mut lines = Lines(text.as_bytes());
        let variables: Result<Vec<_>, _> = dotenvy::from_read_iter(&mut lines).collect();
        variables.map_err(|_| {
            // The error itself shows the line.
            let read = text.len().saturating_sub(lines.0.len());
            let line = text.get(..read).unwrap_or_default().lines().count();
            ConfigError::EnvFile { path, line }
        })
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .iter()
            .find(|(candidate, value)| candidate == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

/// What is left of a text. Each read gives no more than a line of it, so that what is left tells where a reader is.
struct Lines<'a>(&'a [u8]);

impl io::Read for Lines<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut lines = self.0.split_inclusive(|byte| *byte == b'\n');
        let count = lines.next().unwrap_or_default().read(into)?;
        self.0 = self.0.get(count..).unwrap_or_default();
        Ok(count)
    }
}

fn identity_names(dict: &Dict) -> BTreeSet<String> {
    dict.get("identities")
        .and_then(Value::as_dict)
        .map(|names| names.keys().cloned().collect())
        .unwrap_or_default()
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::File {
        path: path.to_owned(),
        source,
    })
}

/// One layer, its secret files read: so a secret in a higher layer wins over a file in a lower one.
struct Layer {
    name: &'static str,
    dict: Dict,
}

impl Layer {
    fn new(name: &'static str, mut dict: Dict) -> Result<Self, ConfigError> {
        read_secret(&mut dict, "open_access_token")?;
        read_secret(&mut dict, "metrics_token")?;
        if let Some(Value::Dict(_, database)) = dict.get_mut("database") {
            read_secret(database, "url")?;
        }
        if let Some(Value::Dict(_, webhook)) = dict.get_mut("webhook") {
            read_secret(webhook, "url")?;
        }
        if let Some(Value::Dict(_, sentry)) = dict.get_mut("sentry") {
            read_secret(sentry, "dsn")?;
        }
        if let Some(Value::Dict(_, identities)) = dict.get_mut("identities") {
            for identity in identities.values_mut() {
                if let Value::Dict(_, identity) = identity {
                    read_secret(identity, "token")?;
                    read_secret(identity, "hotkey_password")?;
                    read_secret(identity, "owner_password")?;
                    if let Some(Value::Dict(_, tokens)) = identity.get_mut("tokens") {
                        read_tokens(tokens)?;
                    }
                }
            }
        }
        Ok(Self { name, dict })
    }
}

fn read_secret(dict: &mut Dict, key: &str) -> Result<(), ConfigError> {
    let Some(path) = dict.remove(&format!("{key}_file")) else {
        return Ok(());
    };
    // An empty value beside the file is how compose files write "not set".
    if dict
        .get(key)
        .is_some_and(|value| value.as_str() != Some(""))
    {
        return Err(ConfigError::SecretTwice(key.to_owned()));
    }
    let path = path
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| ConfigError::value("a secret's file", "is not a path"))?;
    let text = read(&path)?;
    dict.insert(
        key.to_owned(),
        Value::from(text.trim_end_matches(['\r', '\n'])),
    );
    Ok(())
}

/// Tokens by name. One that is a text (`next = "…"`, `next_file = "/path"`) becomes a table with that text, so that a
/// layer that sets the token alone leaves its limit as it is.
fn read_tokens(tokens: &mut Dict) -> Result<(), ConfigError> {
    let texts: Vec<(String, String)> = tokens
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    for (name, text) in texts {
        tokens.remove(&name);
        let (name, key) = match name.strip_suffix("_file") {
            Some(name) => (name, "token_file"),
            None => (name.as_str(), "token"),
        };
        let table = tokens
            .entry(name.to_owned())
            .or_insert_with(|| Value::from(Dict::new()));
        if let Value::Dict(_, table) = table {
            table.insert(key.to_owned(), Value::from(text));
        }
    }
    for table in tokens.values_mut() {
        if let Value::Dict(_, table) = table {
            read_secret(table, "token")?;
        }
    }
    Ok(())
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name).interpolater(|_, keys| keys.join("."))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}
