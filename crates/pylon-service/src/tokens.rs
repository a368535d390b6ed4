//! Tokens that the service makes for itself under `--network dev`, and keeps between starts.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use pylon_models::{AuthScheme, IdentityName, NetUid, Retry};
use rand::Rng;
use rand::distr::Alphanumeric;

use crate::config::{Config, Identity, KeySource, OwnerSource, Token};

/// The identity of the development network, which signs with //Alice.
pub(crate) const DEV_IDENTITY: &str = "dev";
/// The subnet on which //Alice validates.
const DEV_NETUID: NetUid = NetUid::new(1);
/// Who signs for it.
const DEV_KEY: &str = "Alice";
/// Who owns that subnet.
const DEV_OWNER: &str = "Bob";
const LENGTH: usize = 32;

/// A token that was made because none was configured.
#[derive(Clone, Debug)]
pub struct MadeToken {
    /// What it opens: `open_access`, `metrics`, or an identity's name.
    pub name: String,
    /// The token.
    pub token: Token,
}

/// Why tokens cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file that keeps them cannot be read or written.
    #[error("cannot keep tokens in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file that keeps them holds something else.
    #[error("{} holds no tokens: remove it and new ones are made", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl TokensError {
    /// The operator has to act first.
    #[must_use]
    pub fn retry(&self) -> Retry {
        Retry::Never
    }
}

/// Fills in what the development network can do without the operator: the identity `dev`, and every
/// token that is not configured. Returns the tokens that were not configured.
pub(crate) fn fill_in(config: &mut Config) -> Result<Vec<MadeToken>, TokensError> {
    let mut kept = Kept::read(&config.data_dir)?;
    let mut made = Vec::new();
    let mut fill = |slot: &mut Option<Token>, name: &str| {
        if slot.is_none() {
            *slot = Token::new(kept.token(name));
            made.extend(slot.clone().map(|token| MadeToken {
                name: name.to_owned(),
                token,
            }));
        }
    };
    fill(&mut config.open_access_token, "open_access");
    fill(&mut config.metrics_token, "metrics");
    if let Ok(name) = DEV_IDENTITY.parse::<IdentityName>() {
        let identity = config
            .identities
            .entry(name)
            .or_insert_with(|| Identity::reader(DEV_NETUID));
        // One that is somebody else's in the configuration reads as that one, and does not sign.
        if identity.hotkey.is_none() {
            identity.key.get_or_insert(KeySource::Dev(DEV_KEY));
            identity.owner.get_or_insert(OwnerSource {
                key: Some(KeySource::Dev(DEV_OWNER)),
                on_behalf_of: None,
            });
        }
        // A key that everybody has may sign every request.
        if matches!(identity.key, Some(KeySource::Dev(_))) && identity.sign.schemes.is_empty() {
            identity.sign.schemes.extend(AuthScheme::ALL);
        }
        if identity.tokens.is_empty() {
            fill(&mut identity.token, DEV_IDENTITY);
        }
    }
    kept.write()?;
    Ok(made)
}

/// The file of made tokens: a JSON object of values by name that its owner alone can read.
struct Kept {
    path: PathBuf,
    tokens: BTreeMap<String, String>,
    changed: bool,
}

impl Kept {
    fn read(data_dir: &Path) -> Result<Self, TokensError> {
        let path = data_dir.join("dev-tokens.json");
        let tokens = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|source| TokensError::Content {
                path: path.clone(),
                source,
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(TokensError::File { path, source }),
        };
        Ok(Self {
            path,
            tokens,
            changed: false,
        })
    }

    fn token(&mut self, name: &str) -> &str {
        self.tokens.entry(name.to_owned()).or_insert_with(|| {
            self.changed = true;
            rand::rng()
                .sample_iter(Alphanumeric)
                .take(LENGTH)
                .map(char::from)
                .collect()
        })
    }

    /// Replaces the file in one step, so that a crash leaves the old one or the new one.
    fn write(&self) -> Result<(), TokensError> {
        if !self.changed {
            return Ok(());
        }
        self.replace().map_err(|source| TokensError::File {
            path: self.path.clone(),
            source,
        })
    }

    fn replace(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = self.path.with_extension("json.new");
        let mut file: File = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(&self.tokens)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::Sources;

    fn config(folder: &Path, more: serde_json::Value) -> Config {
        let mut command_line = serde_json::json!({ "network": "dev", "data_dir": folder });
        command_line
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Sources {
            directory: folder.to_owned(),
            command_line,
            ..Sources::default()
        }
        .load()
        .unwrap()
        .0
    }

    #[test]
    fn made_tokens_stay_the_same_and_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = fill_in(&mut config(&data, serde_json::json!({}))).unwrap();
        let second = fill_in(&mut config(&data, serde_json::json!({}))).unwrap();
        let shown = |made: &[MadeToken]| -> Vec<(String, String)> {
            made.iter()
                .map(|made| (made.name.clone(), made.token.expose().to_owned()))
                .collect()
        };
        assert_eq!(shown(&first), shown(&second));
        assert_eq!(
            first
                .iter()
                .map(|made| made.name.as_str())
                .collect::<Vec<_>>(),
            ["open_access", "metrics", "dev"]
        );
        let mode = fs::metadata(data.join("dev-tokens.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_identity_dev_signs_with_alice_unless_it_is_somebody_else_s() {
        let folder = tempfile::tempdir().unwrap();
        let key = |identity: serde_json::Value| {
            let settings = serde_json::json!({ "identities": identity });
            let mut config = config(folder.path(), settings);
            fill_in(&mut config).unwrap();
            config.identities[&DEV_IDENTITY.parse().unwrap()]
                .key
                .clone()
        };
        let none = serde_json::json!({});
        assert!(matches!(key(none), Some(KeySource::Dev("Alice"))));
        let wallet = serde_json::json!({ "netuid": 1, "wallet_name": "w", "hotkey_name": "h" });
        let wallet = serde_json::json!({ "dev": wallet });
        assert!(matches!(key(wallet), Some(KeySource::Wallet(_))));
        let bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
        let bob = serde_json::json!({ "dev": { "netuid": 1, "hotkey": bob } });
        assert!(key(bob).is_none());
    }

    #[test]
    fn a_key_that_everybody_has_signs_every_request_unless_told_and_no_other_does() {
        let folder = tempfile::tempdir().unwrap();
        let schemes = |identity: serde_json::Value| {
            let settings = serde_json::json!({ "identities": identity });
            let mut config = config(folder.path(), settings);
            fill_in(&mut config).unwrap();
            let dev = &config.identities[&DEV_IDENTITY.parse().unwrap()];
            dev.sign.schemes.len()
        };
        assert_eq!(schemes(serde_json::json!({})), 2);
        let told = serde_json::json!({ "netuid": 1, "sign": { "schemes": ["btauth/1"] } });
        assert_eq!(schemes(serde_json::json!({ "dev": told })), 1);
        let wallet = serde_json::json!({ "netuid": 1, "wallet_name": "w", "hotkey_name": "h" });
        assert_eq!(schemes(serde_json::json!({ "dev": wallet })), 0);
    }

    #[test]
    fn a_configured_token_is_neither_made_nor_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(
            folder.path(),
            serde_json::json!({ "open_access_token": "mine" }),
        );
        let made = fill_in(&mut config).unwrap();
        assert!(made.iter().all(|made| made.name != "open_access"));
        assert_eq!(config.open_access_token.unwrap().expose(), "mine");
    }
}
