//! What a write becomes that another session of a server stands in the way of.

use diesel::connection::SimpleConnection;
use pylon_models::Retry;
use pylon_storage::{Epoch, Storage, StorageError};

use crate::database::{Database, Other, alice, bob, weights};

fn epoch() -> Epoch {
    Epoch {
        identity: "dev".parse().unwrap(),
        netuid: 1.into(),
        start: 360,
    }
}

/// Both rows in one transaction: that of the second hotkey last.
async fn set_both(storage: &Storage, weight: f64) -> Result<(), StorageError> {
    let both = [(alice(), weight), (bob(), weight)].into();
    storage.set_epoch_weights(epoch(), both).await
}

/// Statements that change one row each, in the order in which a write comes to them: that of the accounts.
fn changes() -> [String; 2] {
    let mut hotkeys = [alice(), bob()];
    hotkeys.sort();
    hotkeys.map(|hotkey| format!("UPDATE epoch_weights SET weight = 0 WHERE hotkey = '{hotkey}'"))
}

#[tokio::test]
async fn a_write_that_waits_for_one_that_waits_for_it_is_done_after_it() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    set_both(&storage, 1.0).await.unwrap();
    let [first, second] = changes();
    // It is not the one that gives way.
    let mut other = Other::begin(
        &database,
        &format!("SET LOCAL deadlock_timeout = '1min'; {second}"),
    );
    let (written, ()) = tokio::join!(set_both(&storage, 2.0), async {
        other.until_one_waits().await;
        let other = tokio::task::spawn_blocking(move || {
            other.run(&first);
            other.run("COMMIT");
        });
        other.await.unwrap();
    });
    written.unwrap();
    let kept = storage.epoch_weights(epoch()).await.unwrap();
    assert_eq!(kept, [(alice(), 2.0), (bob(), 2.0)].into());
}

#[tokio::test]
async fn a_write_that_waits_too_long_for_another_is_refused_and_can_be_made_again() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    set_both(&storage, 1.0).await.unwrap();
    let [_, second] = changes();
    let mut other = Other::begin(&database, &second);
    let refused = set_both(&storage, 2.0).await.unwrap_err();
    assert!(matches!(refused, StorageError::Locked(_)), "{refused}");
    assert_eq!(refused.retry(), Retry::Backoff);
    let kept = storage.epoch_weights(epoch()).await.unwrap();
    assert_eq!(kept, [(alice(), 1.0), (bob(), 1.0)].into());
    other.run("ROLLBACK");
    set_both(&storage, 2.0).await.unwrap();
}

/// Has every commit of a job do that first.
fn at_commit(database: &Database, does: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN {does}; RETURN NULL; END $$; \
         DROP TRIGGER IF EXISTS at_commit ON jobs; \
         CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION at_commit()"
    );
    database.session().batch_execute(&sql).unwrap();
}

#[tokio::test]
async fn a_connection_that_is_lost_in_a_commit_leaves_open_what_was_kept() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    let accept = async || storage.accept(weights(1, "1"), None).await;
    at_commit(&database, "PERFORM pg_terminate_backend(pg_backend_pid())");
    let lost = accept().await.unwrap_err();
    assert!(matches!(lost, StorageError::UnknownOutcome(_)), "{lost:?}");
    assert_eq!(
        (lost.to_string().as_str(), lost.retry()),
        (
            "the connection to the database was lost in a commit, so it is not known whether it was kept",
            Retry::Once
        )
    );
    // A server that refuses the commit has told that nothing is kept.
    at_commit(&database, "RAISE EXCEPTION 'not today'");
    let refused = accept().await.unwrap_err();
    assert!(matches!(refused, StorageError::Statement(_)), "{refused:?}");
    at_commit(&database, "NULL");
    accept().await.unwrap().unwrap();
}
