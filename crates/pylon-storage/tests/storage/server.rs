//! What several processes that share a server see of one another.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use pylon_models::{JobState, Retry};
use pylon_storage::{AdvanceError, BackupError, OpenError, Plan, Storage};

use crate::database::{Database, Other, weights};

#[tokio::test]
async fn one_process_at_a_time_may_send() {
    for database in Database::all() {
        let one = database.open().await;
        let held = one.try_lock_committer().await.unwrap().unwrap();
        let held = held.is_held().await.unwrap();
        if let Database::Server { .. } = database {
            let two = database.open().await;
            assert!(two.try_lock_committer().await.unwrap().is_none());
            drop(held);
            // The server sees the end of a session a little later.
            let taken = async {
                loop {
                    if let Some(taken) = two.try_lock_committer().await.unwrap() {
                        break taken;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            let taken = tokio::time::timeout(Duration::from_secs(20), taken).await;
            let taken = taken.unwrap();
            assert!(taken.is_held().await.is_some());
        }
    }
}

#[tokio::test]
async fn writes_go_on_after_the_server_dropped_its_connections() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    storage
        .accept(weights(1, "1"), None)
        .await
        .unwrap()
        .unwrap();
    let held = storage.try_lock_committer().await.unwrap().unwrap();
    database
        .session()
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
    let lost = storage.accept(weights(1, "2"), None).await.unwrap_err();
    assert_eq!(lost.to_string(), "the database cannot be reached");
    let kept = storage
        .accept(weights(1, "3"), None)
        .await
        .unwrap()
        .unwrap()
        .into_job();
    assert_eq!(storage.job(kept.id().clone()).await.unwrap().unwrap(), kept);
    assert!(
        held.is_held().await.is_none(),
        "the right to send is lost with the session"
    );
}

#[tokio::test]
async fn two_processes_that_start_at_once_migrate_once_and_accept_side_by_side() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let (one, two) = tokio::join!(
        Storage::open(database.location()),
        Storage::open(database.location())
    );
    let both = [one.unwrap(), two.unwrap()];
    let accepting: Vec<_> = (0..100)
        .map(|n| {
            let storage = both[n % 2].clone();
            tokio::spawn(async move {
                storage
                    .accept(weights(1, &n.to_string()), None)
                    .await
                    .unwrap()
                    .unwrap();
            })
        })
        .collect();
    for accepted in accepting {
        accepted.await.unwrap();
    }
    let counts = both[0].jobs_by_state().await.unwrap();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 100);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_its_address() {
    let location = "postgres://pylon:hunter2@127.0.0.1:1/pylon"
        .parse()
        .unwrap();
    let refused = Storage::open(location).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot connect to the database: Connection refused"
    );
    assert!(matches!(refused, OpenError::Connect { .. }));
    let location = "postgres://127.0.0.1:1/pylon".parse().unwrap();
    let refused = Storage::backup(&location, "x".into()).await;
    assert!(matches!(refused, Err(BackupError::Server)));
}

#[tokio::test]
async fn a_job_that_another_process_sends_meanwhile_is_superseded_by_nothing() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    let accept = async |request: &str| {
        let accepted = storage.accept(weights(1, request), None).await;
        accepted.unwrap().unwrap().into_job()
    };
    let old = accept("1").await;
    let mut other = Other::begin(&database, "UPDATE jobs SET state = 'submitted'");
    let (new, ()) = tokio::join!(accept("2"), async {
        other.until_one_waits().await;
        other.run("COMMIT");
    });
    assert_eq!(new.receipt.supersedes, None);
    let old = storage.job(old.id().clone()).await.unwrap().unwrap();
    assert_eq!(old.state(), JobState::Submitted);
    assert_eq!(old.receipt.superseded_by, None);
}

#[tokio::test]
async fn a_job_that_another_process_supersedes_meanwhile_gets_no_plan() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    let accepted = storage.accept(weights(1, "1"), None).await;
    let job = accepted.unwrap().unwrap().into_job();
    let mut other = Other::begin(
        &database,
        "UPDATE jobs SET state = 'superseded', is_open = 0",
    );
    let plan = Plan {
        epoch: Some(11),
        ..Plan::default()
    };
    let (refused, ()) = tokio::join!(storage.plan(job.id().clone(), plan), async {
        other.until_one_waits().await;
        other.run("COMMIT");
    });
    let refused = refused.unwrap_err();
    let from = JobState::Superseded;
    assert!(
        matches!(&refused, AdvanceError::Edge { from: f, .. } if *f == from),
        "{refused}"
    );
    let job = storage.job(job.id().clone()).await.unwrap().unwrap();
    assert_eq!(job.receipt.epoch, None);
}

#[tokio::test]
async fn a_read_for_which_no_connection_can_be_made_says_so_and_why_but_not_where() {
    let Some(database) = Database::on_server() else {
        return;
    };
    let storage = database.open().await;
    database.refuse_connections();
    let id = "01JDB3Z6W8K7Q2M5N9P4R0S1TV".parse().unwrap();
    let failed = storage.job(id).await.unwrap_err();
    assert_eq!(failed.to_string(), "the database cannot be connected to");
    assert_eq!(failed.retry(), Retry::Backoff);
    let why = std::error::Error::source(&failed).unwrap().to_string();
    assert!(
        why.ends_with("is not currently accepting connections") && !why.contains("127.0.0.1"),
        "{why}"
    );
}
