//! Where the database is.

use std::path::{Path, PathBuf};

use pylon_storage::Location;
use serde::Deserialize;

use super::{ConfigError, Network, Token, secret};

/// The keys of `[database]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DatabaseSettings {
    #[serde(deserialize_with = "secret::deserialize")]
    url: Option<Token>,
    path: Option<PathBuf>,
}

impl DatabaseSettings {
    /// The server if one is named, else the file. The simulated chain, which begins anew at each start, has a file of
    /// its own: what is kept for another chain is never sent to it, nor the other way round.
    pub(super) fn into_location(
        self,
        data_dir: &Path,
        network: &Network,
    ) -> Result<Location, ConfigError> {
        if let Some(url) = self.url {
            return match url.expose().trim().parse() {
                Ok(location @ Location::Postgres(_)) => Ok(location),
                _ => Err(ConfigError::value(
                    "database.url",
                    "is not a postgres:// URL",
                )),
            };
        }
        let path = self.path.filter(|path| !path.as_os_str().is_empty());
        Ok(Location::Sqlite(path.unwrap_or_else(|| {
            data_dir.join(match network {
                Network::Dev => "dev.db",
                Network::Node(_) => "pylon.db",
            })
        })))
    }
}
