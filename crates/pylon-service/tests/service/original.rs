//! A deployment of the original Pylon that changed its image. Its table is as its own migration makes it.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use serde_json::{Value, json};

use crate::app::{ALICE, DEV, TestApp};
use crate::commits::{hotkeys, on_chain, open, running, until};

const JOBS: &str = "/api/v1/identity/dev/subnet/1/weights/jobs";
const TABLE: &str = "CREATE TABLE weight_tasks (
    id INTEGER NOT NULL PRIMARY KEY, status VARCHAR(9) NOT NULL, identity_name VARCHAR NOT NULL, weights JSON NOT NULL,
    netuid INTEGER NOT NULL, mechanism_id INTEGER NOT NULL, hotkey VARCHAR NOT NULL, start_block_number INTEGER,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL)";

fn connect(path: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 5000")
        .unwrap();
    connection
}

/// A row that is `age` old, an SQLite modifier.
fn row(
    status: &str,
    identity: &str,
    netuid: u16,
    hotkey: &str,
    weights: &Value,
    age: &str,
) -> String {
    format!(
        "INSERT INTO weight_tasks (status, identity_name, weights, netuid, mechanism_id, hotkey, created_at)
         VALUES ('{status}', '{identity}', '{weights}', {netuid}, 0, '{hotkey}', datetime('now', '{age}'))"
    )
}

/// How many rows there are, and the sum of what tells them apart.
fn fingerprint(path: &Path) -> i64 {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        sum: i64,
    }
    let sum = "SELECT count(*) * 1000 + sum(id * length(status || weights || updated_at)) AS sum FROM weight_tasks";
    diesel::sql_query(sum)
        .get_result::<Sum>(&mut connect(path))
        .unwrap()
        .sum
}

async fn jobs(app: &TestApp) -> Vec<Value> {
    let listed = app.get_as(DEV, JOBS).await.json();
    listed["jobs"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_that_the_original_had_not_brought_on_chain_arrive_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pylon.db");
    // Which hotkeys there are follows from the seed.
    let other = TestApp::start().await;
    let hotkeys = hotkeys(&other).await;
    other.stop().await;
    let stranger = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
    let old = json!({ &hotkeys[2]: 1.0 });
    let newest = json!({ &hotkeys[3]: 0.25, &hotkeys[5]: 1 });
    let mut original = connect(&path);
    for statement in [
        TABLE.to_owned(),
        row("SUCCEEDED", "dev", 1, ALICE, &old, "-1 hour"),
        row("RUNNING", "dev", 1, ALICE, &old, "-20 minutes"),
        row("RUNNING", "dev", 1, ALICE, &newest, "-10 minutes"),
        row("CANCELLED", "dev", 1, ALICE, &old, "-5 minutes"),
        row("RUNNING", "dev", 2, ALICE, &old, "-5 minutes"),
        row("RUNNING", "dev", 1, stranger, &old, "-5 minutes"),
        row("RUNNING", "gone", 1, ALICE, &old, "-5 minutes"),
        row(
            "RUNNING",
            "dev",
            1,
            ALICE,
            &json!({ "nobody": 1 }),
            "-5 minutes",
        ),
        row(
            "RUNNING",
            "dev",
            1,
            ALICE,
            &json!({ &hotkeys[2]: -1 }),
            "-5 minutes",
        ),
        row("RUNNING", "dev", 1, ALICE, &old, "-2 days"),
    ] {
        original.batch_execute(&statement).unwrap();
    }
    drop(original);
    let before = fingerprint(&path);

    let app = running()
        .storage(open())
        .set("database", json!({ "path": path }))
        .start()
        .await;
    let [job] = jobs(&app).await.try_into().unwrap();
    let id = job["id"].as_str().unwrap();
    until(&app, id, "finalized").await;
    assert_eq!(on_chain(&app).await, json!([[3, 16_384], [5, 65_535]]));
    let accepted = job["created_at"]
        .as_str()
        .unwrap()
        .parse::<pylon_models::Timestamp>();
    let age = accepted.unwrap().elapsed().as_secs();
    assert!((600..700).contains(&age), "{age}");

    // Neither again nor, for the original's sake, otherwise touched; what comes later is another matter.
    let app = app.restart().await;
    assert_eq!(jobs(&app).await.len(), 1);
    assert_eq!(fingerprint(&path), before);
    let statement = row("RUNNING", "dev", 1, ALICE, &old, "-1 minute");
    connect(&path).batch_execute(&statement).unwrap();
    let app = app.restart().await;
    assert_eq!(jobs(&app).await.len(), 2);
    app.stop().await;
}
