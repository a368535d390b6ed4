use std::io;
use std::path::PathBuf;

use diesel::r2d2::PoolError;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use pylon_models::{BlockHash, Retry};

use crate::writer::Unkept;

/// Why something could not be read or kept. What was to be written is not kept; only of
/// [`StorageError::UnknownOutcome`] it is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The disk, or the space that the database may use, is full.
    #[error("the database has no room left")]
    Full(#[source] Diesel),
    /// The disk does not take what is written: a quota or a limit of the file's size is reached, or it fails. SQLite tells
    /// these by one text.
    #[error("the disk of the database is full, keeps its file from growing, or fails")]
    Disk(#[source] Diesel),
    /// Someone else holds the database, or a row of it, for too long; or two waited for each other.
    #[error("the database is locked by another program")]
    Locked(#[source] Diesel),
    /// The file is damaged, or is no database.
    #[error("the database is damaged")]
    Corrupt(#[source] Diesel),
    /// The database cannot be written to.
    #[error("the database cannot be written to")]
    ReadOnly(#[source] Diesel),
    /// The server went away or cannot be reached.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Diesel),
    /// No connection to read through could be made.
    #[error("the database cannot be connected to")]
    NoConnection(#[source] PoolError),
    /// More is waiting than can be kept in time.
    #[error("the database is too busy")]
    Busy,
    /// The storage is closed.
    #[error("the storage is closed")]
    Closed,
    /// The server went away before it answered a commit.
    #[error(
        "the connection to the database was lost in a commit, so it is not known whether it was kept"
    )]
    UnknownOutcome(#[source] Diesel),
    /// What is kept is for another chain.
    #[error(
        "the database is for the chain whose first block is {kept}, and this chain's is {found}: give each a database of \
         its own (`database.path`, `database.url`), or this service the network of this one"
    )]
    OtherChain {
        /// The first block of the chain that it is for.
        kept: BlockHash,
        /// The first block of the chain that was met.
        found: BlockHash,
    },
    /// A row holds what no version of this program wrote.
    #[error("a row of {table} cannot be read: {what}")]
    Row {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Statement(#[source] Diesel),
}

impl StorageError {
    /// Whether the same can work later.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Full(_)
            | Self::Disk(_)
            | Self::Locked(_)
            | Self::Unreachable(_)
            | Self::NoConnection(_)
            | Self::Busy => Retry::Backoff,
            Self::UnknownOutcome(_) => Retry::Once,
            Self::Corrupt(_)
            | Self::ReadOnly(_)
            | Self::Closed
            | Self::OtherChain { .. }
            | Self::Row { .. }
            | Self::Statement(_) => Retry::Never,
        }
    }

    pub(crate) fn row(table: &'static str, what: impl ToString) -> Self {
        Self::Row {
            table,
            what: what.to_string(),
        }
    }

    /// What each write of a transaction is told that was not committed.
    pub(crate) fn of_shared(unkept: &Unkept) -> Self {
        match unkept {
            // SQLite does that when the disk fails under it.
            Unkept::GivenUp => Self::Disk(Diesel::RollbackTransaction),
            Unkept::Refused(error) => again(error).into(),
            Unkept::Unanswered(error) => Self::UnknownOutcome(again(error)),
        }
    }

    /// Whether another process came between: the same may work at once.
    pub(crate) fn met_another(&self) -> bool {
        match self {
            Self::Locked(error) => is_conflict(error),
            Self::Statement(Diesel::DatabaseError(kind, _)) => {
                matches!(kind, DatabaseErrorKind::UniqueViolation)
            }
            _ => false,
        }
    }
}

/// The same failure for another write: diesel's cannot be cloned.
fn again(error: &Diesel) -> Diesel {
    match error {
        Diesel::DatabaseError(kind, said) => {
            Diesel::DatabaseError(kind_of(kind), Box::new(said.message().to_owned()))
        }
        Diesel::BrokenTransactionManager => Diesel::BrokenTransactionManager,
        other => Diesel::QueryBuilderError(other.to_string().into()),
    }
}

/// Kinds cannot be cloned either; only those that matter here are told apart.
fn kind_of(kind: &DatabaseErrorKind) -> DatabaseErrorKind {
    match kind {
        DatabaseErrorKind::ClosedConnection => DatabaseErrorKind::ClosedConnection,
        DatabaseErrorKind::ReadOnlyTransaction => DatabaseErrorKind::ReadOnlyTransaction,
        DatabaseErrorKind::SerializationFailure => DatabaseErrorKind::SerializationFailure,
        _ => DatabaseErrorKind::Unknown,
    }
}

/// Whether PostgreSQL let another transaction go first.
fn is_conflict(error: &Diesel) -> bool {
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Diesel::DatabaseError(_, said) => said.message().contains("deadlock detected"),
        _ => false,
    }
}

/// Why a write came to nothing: the database, or what it was for.
pub(crate) trait WriteError: From<StorageError> + From<Diesel> + Send + 'static {
    /// What the database said, where it was the database.
    fn storage(&self) -> Option<&StorageError>;
}

impl WriteError for StorageError {
    fn storage(&self) -> Option<&StorageError> {
        Some(self)
    }
}

impl From<Diesel> for StorageError {
    fn from(error: Diesel) -> Self {
        // Neither database has a code of its own for most of these in what diesel passes on: the text decides.
        let said = error.to_string();
        let says = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
        if says(&["database or disk is full", "No space left on device"]) {
            Self::Full(error)
        } else if says(&["disk I/O error"]) {
            Self::Disk(error)
        } else if is_conflict(&error)
            || says(&[
                "database is locked",
                "database table is locked",
                "due to lock timeout",
                "could not obtain lock",
            ])
        {
            Self::Locked(error)
        } else if says(&["malformed", "file is not a database"]) {
            Self::Corrupt(error)
        } else if says(&["readonly database", "read-only transaction"]) {
            Self::ReadOnly(error)
        } else if matches!(
            error,
            Diesel::BrokenTransactionManager
                | Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
        ) || says(&[
            "server closed the connection",
            "connection to server",
            "no connection to the server",
            "terminating connection",
        ]) {
            Self::Unreachable(error)
        } else {
            Self::Statement(error)
        }
    }
}

/// Why a storage cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the database cannot be made or used.
    #[error("cannot use {path} for the database")]
    Path {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The thread that writes cannot be started.
    #[error("cannot start the thread that writes to the database")]
    Thread(#[source] io::Error),
    /// Another process has this file open.
    #[error("{path} is in use by another process; SQLite serves one, PostgreSQL several")]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// No connection.
    #[error("cannot connect to the database: {reason}")]
    Connect {
        /// What the database said, without its address.
        reason: String,
    },
    /// A newer version of this program has used it.
    #[error(
        "the database was migrated by a newer version (it has migration {version}): upgrade, or restore a backup"
    )]
    Newer {
        /// The first migration that this version does not know.
        version: String,
    },
    /// A migration failed; the database is as it was before it.
    #[error("cannot migrate the database: {reason}")]
    Migrate {
        /// Which, and what the database said.
        reason: String,
    },
    /// The URL names no database that is supported.
    #[error("a database is postgres://... or the path of a file")]
    Url,
    /// The database refuses.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenError {
    /// Whether the same can work later.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::InUse { .. } | Self::Connect { .. } | Self::Thread(_) => Retry::Backoff,
            Self::Storage(error) => error.retry(),
            Self::Path { .. } | Self::Newer { .. } | Self::Migrate { .. } | Self::Url => {
                Retry::Never
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> StorageError {
        Diesel::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text.to_owned())).into()
    }

    #[test]
    fn an_operator_is_told_what_is_wrong_with_the_database() {
        for (text, means, retry) in [
            (
                "database or disk is full",
                "the database has no room left",
                Retry::Backoff,
            ),
            (
                "could not extend file: No space left on device",
                "the database has no room left",
                Retry::Backoff,
            ),
            (
                "disk I/O error",
                "the disk of the database is full, keeps its file from growing, or fails",
                Retry::Backoff,
            ),
            (
                "database is locked",
                "the database is locked by another program",
                Retry::Backoff,
            ),
            (
                "deadlock detected",
                "the database is locked by another program",
                Retry::Backoff,
            ),
            (
                "canceling statement due to lock timeout",
                "the database is locked by another program",
                Retry::Backoff,
            ),
            (
                "database disk image is malformed",
                "the database is damaged",
                Retry::Never,
            ),
            (
                "file is not a database",
                "the database is damaged",
                Retry::Never,
            ),
            (
                "attempt to write a readonly database",
                "the database cannot be written to",
                Retry::Never,
            ),
            (
                "server closed the connection unexpectedly",
                "the database cannot be reached",
                Retry::Backoff,
            ),
            (
                "syntax error",
                "the database refused a statement",
                Retry::Never,
            ),
        ] {
            let error = said(text);
            assert_eq!(
                (error.to_string().as_str(), error.retry()),
                (means, retry),
                "{text}"
            );
        }
    }
}
