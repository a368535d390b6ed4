//! Connections to either database, with what each needs to be told first.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{OpenError, StorageError};

/// A connection to one of the two.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Postgres(diesel::PgConnection),
    Sqlite(diesel::SqliteConnection),
}

/// Where the data is.
#[derive(Clone)]
pub enum Location {
    /// A file of this process alone.
    Sqlite(PathBuf),
    /// A server that several processes share, by its `postgres://` URL.
    Postgres(SecretString),
}

impl FromStr for Location {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned().into())),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(_) => Err(OpenError::Url),
            None if text.is_empty() => Err(OpenError::Url),
            None => Ok(Self::Sqlite(text.into())),
        }
    }
}

/// The path of a file; of a server only that it is one.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(_) => f.write_str("PostgreSQL"),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Write,
    Read,
}

/// A waiting lock is given up after so many milliseconds, on either database.
const LOCKED_FOR: u32 = 5_000;

/// `FULL`: a commit is on the disk when it returns, also in WAL mode.
const SQLITE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
    PRAGMA journal_size_limit = 67108864;";

impl Location {
    /// Connects. Blocks; for a server at most some seconds.
    pub(crate) fn connect(&self, use_: Use) -> Result<AnyConnection, OpenError> {
        match self {
            Self::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| OpenError::Connect {
                    reason: "the path is not UTF-8".to_owned(),
                })?;
                let mut connection =
                    diesel::SqliteConnection::establish(path).map_err(|error| {
                        OpenError::Connect {
                            reason: error.to_string(),
                        }
                    })?;
                let settings = match use_ {
                    Use::Write => SQLITE,
                    Use::Read => "PRAGMA query_only = ON;",
                };
                connection
                    .batch_execute(&format!("PRAGMA busy_timeout = {LOCKED_FOR}; {settings}"))
                    .map_err(StorageError::from)?;
                Ok(AnyConnection::Sqlite(connection))
            }
            Self::Postgres(url) => {
                let mut connection = diesel::PgConnection::establish(&with_timeouts(
                    url.expose_secret(),
                ))
                .map_err(|error| OpenError::Connect {
                    reason: without_address(&error.to_string()),
                })?;
                let read_only = match use_ {
                    Use::Write => "",
                    Use::Read => "SET default_transaction_read_only = on;",
                };
                connection
                    .batch_execute(&format!(
                        "SET statement_timeout = 30000; SET lock_timeout = {LOCKED_FOR}; \
                         SET idle_in_transaction_session_timeout = 60000; {read_only}"
                    ))
                    .map_err(StorageError::from)?;
                Ok(AnyConnection::Postgres(connection))
            }
        }
    }
}

/// libpq waits for ever unless it is told otherwise, both for a connection and for a dead peer.
fn with_timeouts(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [("connect_timeout", "5"), ("tcp_user_timeout", "10000")] {
        if !url.contains(name) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

/// What libpq says begins with the server's name and user; only the reason after `FATAL:` or `failed:` is told.
fn without_address(said: &str) -> String {
    let reason = ["FATAL:", "failed:"]
        .iter()
        .find_map(|mark| said.rsplit_once(mark))
        .map_or("the server's answer cannot be told", |(_, reason)| reason);
    reason.lines().next().unwrap_or_default().trim().to_owned()
}

/// Makes the connections that read, for the pool.
#[derive(Debug)]
pub(crate) struct Readers(pub(crate) Location);

impl ManageConnection for Readers {
    type Connection = AnyConnection;
    type Error = OpenError;

    fn connect(&self) -> Result<AnyConnection, OpenError> {
        self.0.connect(Use::Read)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), OpenError> {
        connection
            .ping()
            .map_err(|error| OpenError::Storage(error.into()))
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        connection.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_path_or_a_server_and_never_shows_a_password() {
        assert!(
            matches!("/var/lib/pylon/pylon.db".parse(), Ok(Location::Sqlite(path)) if path.ends_with("pylon.db"))
        );
        assert!(
            matches!("sqlite:///tmp/x.db".parse(), Ok(Location::Sqlite(path)) if path.to_str() == Some("/tmp/x.db"))
        );
        let server: Location = "postgres://pylon:hunter2@db/pylon".parse().unwrap();
        assert_eq!(
            format!("{server} {server:?}"),
            "PostgreSQL Location(PostgreSQL)"
        );
        for bad in ["", "mysql://x", "sqlite://"] {
            assert!(
                matches!(bad.parse::<Location>(), Err(OpenError::Url)),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_server_that_does_not_answer_is_given_up() {
        assert_eq!(
            with_timeouts("postgres://db/x?connect_timeout=2"),
            "postgres://db/x?connect_timeout=2&tcp_user_timeout=10000"
        );
        assert_eq!(
            without_address(
                "connection to server at \"db\" (10.0.0.1), port 5432 failed: Connection refused\n\tIs it running?"
            ),
            "Connection refused"
        );
        assert_eq!(
            without_address(
                "connection to server at \"db\", port 5432 failed: FATAL:  password authentication failed for user \"pylon\""
            ),
            "password authentication failed for user \"pylon\""
        );
    }
}
