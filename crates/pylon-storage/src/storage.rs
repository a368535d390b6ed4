use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::r2d2::Pool;
use tokio::sync::Semaphore;

use crate::connection::{AnyConnection, Location, Readers, Use};
use crate::error::{OpenError, StorageError, WriteError};
use crate::genesis::Met;
use crate::migrations::{self, Schema};
use crate::writer::Writer;

/// How many reads run at once; more wait for a turn.
const READERS: u8 = 4;
/// How long a read waits for a turn and then for a connection.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// How long a database may take that is asked nothing.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// An open database. Clones share it; it is closed by [`Storage::close`], or when the last one is dropped.
#[derive(Clone)]
pub struct Storage {
    writer: Writer,
    readers: Pool<Readers>,
    turns: Arc<Semaphore>,
    location: Location,
    /// Held until the storage is closed or its last clone is gone.
    lock: Option<Arc<File>>,
    met: Arc<Met>,
    /// Whether somebody is told of jobs that end badly.
    keeps_untold: Arc<AtomicBool>,
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Storage({})", self.location)
    }
}

impl Storage {
    /// Opens the database, makes it if it is a file that is not there, and brings it up to date.
    ///
    /// # Errors
    /// When it cannot be reached, is in use by another process (a file) or was migrated by a newer version.
    pub async fn open(location: Location) -> Result<Self, OpenError> {
        blocking(move || Self::open_blocking(location)).await?
    }

    fn open_blocking(location: Location) -> Result<Self, OpenError> {
        let lock = match &location {
            Location::Sqlite(path) => Some(Arc::new(lock(path)?)),
            Location::Postgres(_) => None,
        };
        let mut connection = location.connect(Use::Write)?;
        for migration in migrations::run(&mut connection)? {
            tracing::info!(database.migration = %migration, "the database was migrated");
        }
        let readers = Pool::builder()
            .max_size(READERS.into())
            .min_idle(Some(1))
            .connection_timeout(TURN_WITHIN)
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build(Readers(location.clone()))
            .map_err(|error| OpenError::Connect {
                reason: error.to_string(),
            })?;
        let writer = Writer::start(connection, location.clone()).map_err(OpenError::Thread)?;
        Ok(Self {
            writer,
            readers,
            turns: Arc::new(Semaphore::new(READERS.into())),
            location,
            lock,
            met: Arc::default(),
            keeps_untold: Arc::default(),
        })
    }

    pub(crate) fn met(&self) -> &Met {
        &self.met
    }

    /// From now on it is kept of jobs that end badly that somebody is to be told of them: see [`Storage::untold`].
    pub fn keep_untold(&self) {
        self.keeps_untold.store(true, Ordering::Relaxed);
    }

    pub(crate) fn keeps_untold(&self) -> bool {
        self.keeps_untold.load(Ordering::Relaxed)
    }

    /// Where the data is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Brings the database up to date and tells which migrations that took; nothing stays open.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub async fn migrate(location: Location) -> Result<Vec<String>, OpenError> {
        blocking(move || {
            let _lock = match &location {
                Location::Sqlite(path) => Some(lock(path)?),
                Location::Postgres(_) => None,
            };
            migrations::run(&mut location.connect(Use::Write)?)
        })
        .await?
    }

    /// How the schema of a database stands to this version; nothing is made or changed.
    ///
    /// # Errors
    /// When it cannot be reached or was migrated by a newer version.
    pub async fn schema(location: Location) -> Result<Schema, OpenError> {
        blocking(move || match &location {
            Location::Sqlite(path) if !path.exists() => Ok(Schema::Absent),
            _ => migrations::schema(&mut location.connect(Use::Read)?),
        })
        .await?
    }

    /// Finishes the writes that were accepted and closes the connection that writes. Later writes are refused, and
    /// another process may have the file.
    pub async fn close(&self) {
        self.writer.stop().await;
        if let Some(lock) = &self.lock {
            // What cannot be given back now is when the last clone is gone.
            let _ = lock.unlock();
        }
    }

    /// Whether the database answers, within seconds.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StorageError> {
        use diesel::r2d2::R2D2Connection;
        tokio::time::timeout(
            ANSWERS_WITHIN,
            self.read(|connection| Ok(connection.ping()?)),
        )
        .await
        .unwrap_or(Err(StorageError::Busy))
    }

    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        // The turn is taken before the thread: waiting reads hold none.
        let turn = tokio::time::timeout(TURN_WITHIN, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| StorageError::Busy)?
            .map_err(|_| StorageError::Closed)?;
        let readers = self.readers.clone();
        blocking(move || {
            let _turn = turn;
            // Who has a turn finds one that is free, or makes one.
            let mut connection = readers.get().map_err(StorageError::NoConnection)?;
            work(&mut connection)
        })
        .await?
    }

    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnMut(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError,
    {
        self.writer.write(work).await
    }

    /// Takes the right to send what this database holds, if nobody has it. A file's process always has it; of the
    /// processes that share a server one has, until its [`CommitterLock`] is dropped or it dies.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn try_lock_committer(&self) -> Result<Option<CommitterLock>, OpenError> {
        let Location::Postgres(_) = &self.location else {
            return Ok(Some(CommitterLock { session: None }));
        };
        let location = self.location.clone();
        blocking(move || {
            let mut session = location.connect(Use::Write)?;
            Ok(take_lock(&mut session)?.then(|| CommitterLock {
                session: Some(Box::new(session)),
            }))
        })
        .await?
    }
}

/// Runs what blocks on a thread that may be blocked. A panic goes on here.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StorageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime ends.
        Err(_) => StorageError::Closed,
    })
}

/// SQLite's own locks admit several processes; two committers would send everything twice.
fn lock(database: &Path) -> Result<File, OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Path { path, source }
    };
    if let Some(folder) = database
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            path: database.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(&path)(source)),
    }
}

/// The right to send what the database holds.
pub struct CommitterLock {
    /// The session whose end gives the right back.
    session: Option<Box<AnyConnection>>,
}

impl std::fmt::Debug for CommitterLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CommitterLock")
    }
}

/// "pylon" in ASCII, and 2.
const COMMITTER_LOCK: i64 = 0x7079_6c6f_6e02;

#[derive(diesel::QueryableByName)]
struct Locked {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    locked: i32,
}

fn take_lock(session: &mut AnyConnection) -> Result<bool, StorageError> {
    use diesel::RunQueryDsl;
    let taken: Locked = diesel::sql_query(format!(
        "SELECT pg_try_advisory_lock({COMMITTER_LOCK})::int AS locked"
    ))
    .get_result(session)?;
    Ok(taken.locked == 1)
}

impl CommitterLock {
    /// Whether the right is still held: a session that the server ended has lost it.
    pub async fn is_held(self) -> Option<Self> {
        let Some(mut session) = self.session else {
            return Some(self);
        };
        let alive = blocking(move || {
            use diesel::r2d2::R2D2Connection;
            session.ping().is_ok().then_some(session)
        })
        .await;
        alive.ok().flatten().map(|session| Self {
            session: Some(session),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_read_that_panics_is_not_told_as_an_end_and_the_next_ones_have_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("x.db"));
        let storage = Storage::open(location).await.unwrap();
        for _ in 0..=READERS {
            let storage = storage.clone();
            let read = tokio::spawn(async move {
                let read = storage.read(|_| -> Result<(), StorageError> { panic!("a bug") });
                read.await
            });
            assert!(read.await.unwrap_err().is_panic());
        }
        storage.ping().await.unwrap();
    }
}
