//! Where the database is, and how long it keeps what is over.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pylon_storage::Location;
use serde::Deserialize;

use super::{ConfigError, Network, Retention, Token, secret};

/// The keys of `[database]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DatabaseSettings {
    #[serde(deserialize_with = "secret::deserialize")]
    url: Option<Token>,
    path: Option<PathBuf>,
}

impl DatabaseSettings {
    /// The file, where one is named.
    pub(super) fn named_path(&self) -> Option<PathBuf> {
        let path = self.path.clone();
        path.filter(|path| !path.as_os_str().is_empty())
    }

    /// The server if one is named, else the file. The simulated chain, which begins anew at each start, has a file of
    /// its own: what is kept for another chain is never sent to it, nor the other way round.
    pub(super) fn into_location(
        self,
        data_dir: &Path,
        network: &Network,
    ) -> Result<Location, ConfigError> {
        if let Some(url) = &self.url {
            return match url.expose().trim().parse() {
                Ok(location @ Location::Postgres(_)) => Ok(location),
                _ => Err(ConfigError::value(
                    "database.url",
                    "is not a postgres:// URL",
                )),
            };
        }
        Ok(Location::Sqlite(self.named_path().unwrap_or_else(|| {
            data_dir.join(match network {
                Network::Dev => "dev.db",
                Network::Node(_) => "pylon.db",
            })
        })))
    }
}

/// The keys of `[retention]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetentionSettings {
    jobs_days: u32,
    signatures_days: u32,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            jobs_days: 30,
            signatures_days: 365,
        }
    }
}

impl RetentionSettings {
    pub(super) fn into_retention(self) -> Result<Retention, ConfigError> {
        let days = |key, days: u32| match days {
            0 => Err(ConfigError::value(key, "is not at least one day")),
            days => Ok(DAY * days),
        };
        Ok(Retention {
            jobs: days("retention.jobs_days", self.jobs_days)?,
            signatures: days("retention.signatures_days", self.signatures_days)?,
        })
    }
}

/// A number of whole days.
pub(super) fn days(time: Duration) -> u64 {
    time.as_secs() / DAY.as_secs()
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
