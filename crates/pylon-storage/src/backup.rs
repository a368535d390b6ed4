use std::path::{Path, PathBuf};

use diesel::prelude::*;

use crate::connection::{AnyConnection, Location, Use};
use crate::error::{OpenError, StorageError};
use crate::storage::{Storage, blocking};

/// Why no backup was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Something stands there already; it is not written over.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// There is nothing to back up.
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    /// A server's data are backed up by its own tool.
    #[error("a PostgreSQL database is backed up with pg_dump")]
    Server,
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy failed; what was written of it was removed.
    #[error("the copy failed")]
    Copy(#[source] StorageError),
}

impl Storage {
    /// Copies the database of a file into a new one, whole and as of one moment, also while a service uses it.
    ///
    /// # Errors
    /// When the target exists, or for a server: that has `pg_dump`.
    pub async fn backup(location: &Location, to: PathBuf) -> Result<(), BackupError> {
        let Location::Sqlite(from) = location else {
            return Err(BackupError::Server);
        };
        let (from, location) = (from.clone(), location.clone());
        blocking(move || copy(&location, &from, &to))
            .await
            .map_err(BackupError::Copy)?
    }
}

fn copy(location: &Location, from: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    if !from.exists() {
        return Err(BackupError::Missing(from.to_owned()));
    }
    // A connection for writing, though only the copy is written: SQLite takes no copy of one that is for reading.
    let AnyConnection::Sqlite(mut connection) = location.connect(Use::Write)? else {
        return Err(BackupError::Server);
    };
    diesel::sql_query("VACUUM INTO ?")
        .bind::<diesel::sql_types::Text, _>(to.to_string_lossy())
        .execute(&mut connection)
        .map_err(|error| {
            // What is left of it would pass for a backup.
            let _ = std::fs::remove_file(to);
            BackupError::Copy(error.into())
        })?;
    Ok(())
}
