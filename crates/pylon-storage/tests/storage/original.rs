//! Weights that the original Pylon left. Its table is as its own migration makes it.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use pylon_models::{JobState, Timestamp};
use pylon_storage::{ImportedJob, JobFilter, OriginalWeights, Storage};

use crate::database::{Database, weights};

const ORIGINAL: &str = "
    CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
    CREATE TABLE weight_tasks (
        id INTEGER NOT NULL PRIMARY KEY, status VARCHAR(9) NOT NULL, identity_name VARCHAR NOT NULL,
        weights JSON NOT NULL, netuid INTEGER NOT NULL, mechanism_id INTEGER NOT NULL, hotkey VARCHAR NOT NULL,
        start_block_number INTEGER, created_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL,
        updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL);
    INSERT INTO weight_tasks (status, identity_name, weights, netuid, mechanism_id, hotkey, created_at) VALUES
        ('SUCCEEDED', 'sn1', '{\"5F\": 1}', 1, 0, '5G', '2026-11-21 09:00:00'),
        ('RUNNING', 'sn1', '{\"5F\": 0.5}', 1, 0, '5G', '2026-11-21 10:00:00'),
        ('CANCELLED', 'sn1', '{}', 1, 0, '5G', '2026-11-21 10:00:00'),
        ('RUNNING', 'sn2', '{}', 2, 1, '5G', '2026-11-21 10:00:00.250000');";

fn original(folder: &Path) -> PathBuf {
    let path = folder.join("pylon.db");
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute(ORIGINAL).unwrap();
    path
}

#[tokio::test]
async fn what_the_original_pylon_had_not_brought_on_chain_is_read_and_its_file_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = original(folder.path());
    let before = std::fs::read(&path).unwrap();
    let rows = OriginalWeights::read(path.clone(), 0).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.id,
                row.identity_name.as_str(),
                row.netuid,
                row.mechanism_id,
            )
        })
        .collect();
    assert_eq!(told, [(4, "sn2", 2, 1), (2, "sn1", 1, 0)]);
    assert_eq!(rows[1].weights, r#"{"5F": 0.5}"#);
    let ten = "2026-11-21T10:00:00Z".parse::<Timestamp>().unwrap();
    assert!(
        rows.iter()
            .all(|row| row.created_at.unwrap() * 1000 == ten.unix_millis())
    );
    let later = OriginalWeights::read(path.clone(), 2).await.unwrap();
    assert_eq!(later.len(), 1);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_not_the_original_s_holds_nothing_and_one_that_is_no_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent.db");
    assert_eq!(OriginalWeights::read(absent.clone(), 0).await.unwrap(), []);
    assert!(!absent.exists());
    let empty = folder.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    assert_eq!(OriginalWeights::read(empty, 0).await.unwrap(), []);
    let other = folder.path().join("other.db");
    std::fs::write(
        &other,
        "no database at all, but long enough to look like one".repeat(20),
    )
    .unwrap();
    OriginalWeights::read(other, 0).await.unwrap_err();
}

fn imported(row: i64, netuid: u16) -> ImportedJob {
    ImportedJob {
        row,
        accepted_at: Timestamp::from_unix_millis(1_700_000_000_000).unwrap(),
        job: weights(netuid, "{}"),
    }
}

async fn import(storage: &Storage, last: i64, jobs: Vec<ImportedJob>) -> usize {
    let kept = storage.import("/data/pylon.db".to_owned(), last, jobs);
    kept.await.unwrap().len()
}

#[tokio::test]
async fn a_row_is_imported_once_and_takes_the_place_of_nothing_newer() {
    for database in Database::all() {
        let storage = database.open().await;
        let source = || "/data/pylon.db".to_owned();
        assert_eq!(storage.imported(source()).await.unwrap(), 0);
        let newer = storage.accept(weights(2, "{}"), None).await.unwrap();
        let newer = newer.unwrap().into_job();
        let rows = vec![imported(7, 1), imported(5, 1), imported(4, 2)];
        assert_eq!(import(&storage, 9, rows.clone()).await, 1);
        assert_eq!(import(&storage, 9, rows.clone()).await, 0);
        storage.close().await;
        drop(storage);

        let storage = database.open().await;
        assert_eq!(storage.imported(source()).await.unwrap(), 9);
        assert_eq!(import(&storage, 9, rows).await, 0);
        let kept = storage.job(newer.id().clone()).await.unwrap().unwrap();
        assert_eq!(kept.state(), JobState::Queued);
        let template = imported(7, 1);
        let filter = JobFilter {
            identity: template.job.identity.clone(),
            netuid: template.job.netuid,
            kind: Some(template.job.kind),
            state: None,
            before: None,
            limit: 10,
        };
        let jobs = storage.jobs(filter).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].receipt.created_at, template.accepted_at);
        // Another file is another source, and later rows are others.
        assert_eq!(import(&storage, 12, vec![imported(11, 3)]).await, 1);
        let other = storage.import("/other.db".to_owned(), 1, vec![imported(1, 4)]);
        assert_eq!(other.await.unwrap().len(), 1);
    }
}
