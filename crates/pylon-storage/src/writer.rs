//! The one connection that writes. What has gathered is committed together and answered after the commit, so
//! that a durable write costs a share of one flush to the disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::Connection;
use diesel::connection::TransactionManager;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error as Diesel;
use tokio::sync::{mpsc, oneshot};

use crate::connection::{AnyConnection, Location, Use};
use crate::error::{StorageError, WriteError};

/// How many writes wait at most; the next ones wait for room, and not for long.
const QUEUE: usize = 1_024;
/// How many share a commit at most.
const BATCH: usize = 256;
/// How long a write waits for room.
const ROOM_WITHIN: Duration = Duration::from_secs(10);

/// How often a write is tried that other processes come between.
const TRIES: u32 = 5;
/// How long it waits for another try, times the tries it had.
const PAUSE: Duration = Duration::from_millis(20);

/// Answers a write once the commit that it shares is done or has failed.
type Answer = Box<dyn FnOnce(Result<(), &Unkept>) + Send>;
/// Runs a write within the commit that it shares, or learns why there is none.
type Write = Box<dyn FnOnce(Result<&mut AnyConnection, &Unkept>) -> Answer + Send>;

/// Why a transaction was not committed, as far as is known.
#[derive(Debug)]
pub(crate) enum Unkept {
    /// One of the writes that shared it ended it.
    GivenUp,
    /// The database did not take it.
    Refused(Diesel),
    /// It was told to commit, and the connection was lost before it answered.
    Unanswered(Diesel),
}

/// What the thread is told.
enum Message {
    Write(Write),
    /// Nothing that comes after it is done.
    Stop,
}

/// The way to the connection that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    /// Writes through this connection, until it is told to stop or the last `Writer` is gone.
    pub(crate) fn start(connection: AnyConnection, location: Location) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("pylon-writer".to_owned())
            .spawn(move || run(connection, &location, waiting))?;
        Ok(Self {
            queue,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    /// Finishes what was accepted and closes the connection. Later writes are refused.
    pub(crate) async fn stop(&self) {
        // A queue that is closed has ended already.
        let _ = self.queue.send(Message::Stop).await;
        let thread = {
            let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            thread.take()
        };
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    /// Runs a write, whole or not at all, and returns when it is kept; again, where another process came between. What
    /// was begun is done even when the one who waits leaves.
    pub(crate) async fn write<T, E>(
        &self,
        mut work: impl FnMut(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError,
    {
        let mut tries = 1;
        loop {
            let (done, same) = self.try_write(work).await?;
            match &done {
                Err(error)
                    if tries < TRIES && error.storage().is_some_and(StorageError::met_another) =>
                {
                    tokio::time::sleep(PAUSE.saturating_mul(tries)).await;
                    tries += 1;
                    work = same;
                }
                _ => return done,
            }
        }
    }

    /// Runs it once, and gives it back.
    async fn try_write<T, E, W>(&self, mut work: W) -> Result<(Result<T, E>, W), StorageError>
    where
        T: Send + 'static,
        E: WriteError,
        W: FnMut(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let write: Write = Box::new(move |connection| {
            let done = match connection {
                Ok(connection) => connection.transaction(&mut work),
                Err(unkept) => Err(StorageError::of_shared(unkept).into()),
            };
            Box::new(move |committed| {
                let done = match (done, committed) {
                    (Ok(_), Err(unkept)) => Err(StorageError::of_shared(unkept).into()),
                    (done, _) => done,
                };
                // Who asked may have left.
                let _ = answer.send((done, work));
            })
        });
        tokio::time::timeout(ROOM_WITHIN, self.queue.send(Message::Write(write)))
            .await
            .map_err(|_| StorageError::Busy)?
            .map_err(|_| StorageError::Closed)?;
        answered.await.map_err(|_| StorageError::Closed)
    }
}

fn run(mut connection: AnyConnection, location: &Location, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = VecDeque::with_capacity(BATCH);
    let mut goes_on = true;
    while goes_on {
        match waiting.blocking_recv() {
            Some(Message::Write(first)) => batch.push_back(first),
            Some(Message::Stop) | None => return,
        }
        while goes_on && batch.len() < BATCH {
            match waiting.try_recv() {
                Ok(Message::Write(next)) => batch.push_back(next),
                Ok(Message::Stop) => goes_on = false,
                Err(_) => break,
            }
        }
        let is_server = matches!(connection, AnyConnection::Postgres(_));
        if !commit(&mut connection, &mut batch) && is_server {
            // A server that was started anew has dropped the connection.
            match location.connect(Use::Write) {
                Ok(new) => connection = new,
                Err(error) => tracing::warn!(%error, "the database cannot be written to"),
            }
        }
    }
}

/// Runs what has gathered in one transaction, answers each, and tells whether it was committed.
fn commit(connection: &mut AnyConnection, batch: &mut VecDeque<Write>) -> bool {
    let mut answers = Vec::with_capacity(batch.len());
    let (mut given_up, mut all_ran) = (false, false);
    let committed = connection.transaction(|connection| {
        while let Some(write) = batch.pop_front() {
            answers.push(write(Ok(connection)));
            // What came after it would be committed by itself.
            given_up = is_given_up(connection);
            if given_up {
                return Err(Diesel::RollbackTransaction);
            }
        }
        all_ran = true;
        Ok(())
    });
    let committed = committed.map_err(|error| match error {
        _ if given_up => Unkept::GivenUp,
        // Lost before: diesel no longer tells such a connection to commit.
        error @ Diesel::BrokenTransactionManager => Unkept::Refused(error),
        // One that is still there has answered: it did not commit.
        error if all_ran && connection.ping().is_err() => Unkept::Unanswered(error),
        error => Unkept::Refused(error),
    });
    if let Err(unkept) = &committed {
        // What is left was not run: the transaction did not even begin, or was over before its turn.
        answers.extend(batch.drain(..).map(|write| write(Err(unkept))));
    }
    for answer in answers {
        answer(committed.as_ref().copied());
    }
    committed.is_ok()
}

/// Whether the transaction is over: SQLite gives up the whole when the disk fails under one statement of it.
fn is_given_up(connection: &mut AnyConnection) -> bool {
    type Transactions = <AnyConnection as Connection>::TransactionManager;
    let status = Transactions::transaction_manager_status_mut(connection);
    matches!(status.transaction_depth(), Ok(None))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::sql_types::Integer;
    use diesel::{QueryableByName, RunQueryDsl};

    use super::*;

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Integer)]
        found: i32,
    }

    fn insert(connection: &mut AnyConnection) -> Result<(), StorageError> {
        Ok(connection.batch_execute("INSERT INTO kept VALUES (1)")?)
    }

    #[tokio::test]
    async fn a_transaction_that_the_database_gives_up_keeps_nothing_of_what_shared_it() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("x.db"));
        let mut connection = location.connect(Use::Write).unwrap();
        connection
            .batch_execute("CREATE TABLE kept (n INTEGER)")
            .unwrap();
        let writer = Writer::start(connection, location).unwrap();
        // The thread waits here until the others have gathered.
        let (runs, running) = oneshot::channel();
        let (go, wait) = std::sync::mpsc::channel();
        let first = writer.clone();
        let held = tokio::spawn(async move {
            let mut runs = Some(runs);
            let held = first.write(move |_| {
                runs.take().map(|runs| runs.send(()));
                wait.recv().map_err(|_| StorageError::Closed)
            });
            held.await
        });
        running.await.unwrap();
        let before = writer.write(insert);
        // As SQLite does by itself when it cannot write.
        let fails = writer.write(|connection| {
            connection.batch_execute("ROLLBACK")?;
            Err::<(), _>(StorageError::Busy)
        });
        let after = writer.write(insert);
        let go = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            go.send(()).unwrap();
        };
        let (before, fails, after, ()) = tokio::join!(before, fails, after, go);
        held.await.unwrap().unwrap();
        assert!(fails.is_err());
        for shared in [before, after] {
            let error = shared.unwrap_err();
            assert!(matches!(error, StorageError::Disk(_)), "{error}");
        }
        writer.write(insert).await.unwrap();
        let count = writer.write(|connection| {
            let count: Count =
                diesel::sql_query("SELECT count(*) AS found FROM kept").get_result(connection)?;
            Ok::<_, StorageError>(count.found)
        });
        assert_eq!(count.await.unwrap(), 1);
    }
}
