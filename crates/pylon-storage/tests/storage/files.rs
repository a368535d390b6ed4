//! What goes wrong with files, and what an operator is told.

use std::fs;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use pylon_models::JobState;
use pylon_storage::{BackupError, Location, OpenError, Schema, Storage};

use crate::database::{Database, weights};

#[tokio::test]
async fn a_file_serves_one_process_and_is_free_again_after_it() {
    let database = Database::file();
    let storage = database.open().await;
    let second = Storage::open(database.location()).await.unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    storage.close().await;
    drop(storage);
    database.open().await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let database = Database::file();
    database.open().await.close().await;
    let Location::Sqlite(path) = database.location() else {
        panic!("a file")
    };
    SqliteConnection::establish(path.to_str().unwrap())
        .unwrap()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')")
        .unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Storage::open(database.location()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the database was migrated by a newer version (it has migration 99990101000000): upgrade, or restore a backup"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    let looked = Storage::schema(database.location()).await.unwrap_err();
    assert_eq!(looked.to_string(), refused.to_string());
}

#[tokio::test]
async fn a_look_at_the_schema_tells_what_opening_would_do_and_does_nothing() {
    for database in Database::all() {
        let looked = Storage::schema(database.location()).await.unwrap();
        match &database {
            Database::File(folder) => {
                assert_eq!(looked, Schema::Absent);
                assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
            }
            Database::Server { .. } => assert!(
                matches!(&looked, Schema::Behind(missing) if missing.contains(&"2026-11-21-000000_jobs".to_owned())),
                "{looked:?}"
            ),
        }
        let storage = database.open().await;
        let looked = Storage::schema(database.location()).await.unwrap();
        assert_eq!(looked, Schema::Current, "also while it is used");
        storage.close().await;
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pylon.db");
    let text = "dear diary, ".repeat(1_000);
    fs::write(&path, &text).unwrap();
    let refused = Storage::open(Location::Sqlite(path.clone()))
        .await
        .unwrap_err();
    assert_eq!(refused.to_string(), "the database is damaged");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("data");
    fs::write(&in_the_way, "").unwrap();
    let refused = Storage::open(Location::Sqlite(in_the_way.join("pylon.db")))
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!("cannot use {} for the database", in_the_way.display())
    );
}

#[tokio::test]
async fn a_backup_of_a_database_in_use_opens_with_all_that_was_kept() {
    let database = Database::file();
    let storage = database.open().await;
    let job = storage
        .accept(weights(1, "1"), None)
        .await
        .unwrap()
        .unwrap()
        .into_job();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    Storage::backup(&database.location(), copy.clone())
        .await
        .unwrap();
    let again = Storage::backup(&database.location(), copy.clone()).await;
    assert!(matches!(again, Err(BackupError::Exists(_))));

    storage.cancel(job.id().clone()).await.unwrap();
    let copy = Storage::open(Location::Sqlite(copy)).await.unwrap();
    let kept = copy.job(job.id().clone()).await.unwrap().unwrap();
    assert_eq!(
        kept.state(),
        JobState::Queued,
        "as of the moment of the backup"
    );
    let missing = Storage::backup(
        &Location::Sqlite(folder.path().join("none.db")),
        folder.path().join("x.db"),
    )
    .await;
    assert!(matches!(missing, Err(BackupError::Missing(_))));
}

#[tokio::test]
async fn a_write_after_the_end_is_refused() {
    let storage = Database::file().open().await;
    storage.close().await;
    let refused = storage.accept(weights(1, "1"), None).await.unwrap_err();
    assert_eq!(refused.to_string(), "the storage is closed");
}
