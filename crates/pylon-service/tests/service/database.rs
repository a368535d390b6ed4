//! The database of a running service: a file, and PostgreSQL where `PYLON_TEST_POSTGRES` names a server.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use pylon_models::{BlockNumber, JobKind};
use pylon_storage::{Job, Location, NewJob, Storage};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use crate::app::{ALICE, Answer, TestApp};
use crate::commits;
use crate::process::{Running, program};

/// A folder for a database at `data/dev.db`.
struct Kept {
    folder: TempDir,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("data/dev.db")
    }

    async fn open(&self) -> Storage {
        Storage::open(Location::Sqlite(self.path())).await.unwrap()
    }

    fn connect(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(self.path().to_str().unwrap()).unwrap();
        // A process that ends may still be closing its own.
        connection
            .batch_execute("PRAGMA busy_timeout = 5000")
            .unwrap();
        connection
    }

    /// Runs a command on it until it ends: its exit code, what it said and how it failed.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = program(&self.folder);
        command.args(arguments).args(["--network", "dev"]);
        let Output {
            status,
            stdout,
            stderr,
        } = command.args(["--data-dir", "data"]).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code(), text(stdout), text(stderr))
    }

    /// What a service says that does not start on it.
    fn refusal(&self) -> String {
        let (code, said, error) = self.run(&["serve", "--bind", "127.0.0.1:0"]);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{error}");
        error.lines().last().unwrap().to_owned()
    }

    /// A service that is told of a limit of its files by an error alone, as one of a container's or a quota is.
    fn serve_within_limits(&self) -> Running {
        let serve = "trap '' XFSZ && exec \"$0\" serve --network dev --data-dir data --bind 127.0.0.1:0 \
                     --dev-neurons 16 --dev-block-time 100ms";
        let mut command = Command::new("sh");
        command
            .args(["-c", serve, env!("CARGO_BIN_EXE_pylon-service")])
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Running::start(&mut command, "listening http://")
    }

    fn serve(&self) -> Running {
        let mut command = program(&self.folder);
        command.args(["serve", "--network", "dev", "--data-dir", "data"]);
        command.args(["--bind", "127.0.0.1:0", "--dev-neurons", "16"]);
        Running::start(command.stderr(Stdio::null()), "listening http://")
    }
}

async fn accept(storage: &Storage, request: &str) -> Job {
    let job = NewJob {
        kind: JobKind::Weights,
        identity: "dev".parse().unwrap(),
        hotkey: ALICE.parse().unwrap(),
        netuid: 1.into(),
        mechanism: 0.try_into().unwrap(),
        hyperparameter: None,
        request: request.to_owned(),
        block_accepted: Some(BlockNumber::new(1)),
    };
    let accepted = storage.accept(job, None).await.unwrap();
    accepted.unwrap().into_job()
}

#[tokio::test]
async fn a_database_that_another_process_has_is_refused_and_free_after_it() {
    let kept = Kept::new();
    let held = kept.open().await;
    assert_eq!(
        kept.refusal(),
        "error: cannot use the database data/dev.db: data/dev.db is in use by another process; SQLite serves one, PostgreSQL several"
    );
    held.close().await;
    let running = kept.serve();
    let second = kept.refusal();
    assert!(second.contains("is in use by another process"), "{second}");
    assert_eq!(running.signal("-TERM").0, Some(0));
    kept.open().await;
}

#[tokio::test]
async fn a_database_that_is_damaged_or_of_a_newer_version_is_refused_with_its_reason() {
    let kept = Kept::new();
    kept.open().await.close().await;
    kept.connect()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')")
        .unwrap();
    assert_eq!(
        kept.refusal(),
        "error: cannot use the database data/dev.db: the database was migrated by a newer version (it has migration 99990101000000): upgrade, or restore a backup"
    );
    let kept = Kept::new();
    let text = "dear diary, ".repeat(1_000);
    std::fs::write(kept.path(), &text).unwrap();
    assert_eq!(
        kept.refusal(),
        "error: cannot use the database data/dev.db: the database is damaged: file is not a database"
    );
    assert_eq!(std::fs::read_to_string(kept.path()).unwrap(), text);
}

#[tokio::test]
async fn what_the_original_kept_in_the_same_file_is_left_as_it_was() {
    let kept = Kept::new();
    kept.connect()
        .batch_execute(
            "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE weight_tasks (id INTEGER); \
             INSERT INTO weight_tasks VALUES (7)",
        )
        .unwrap();
    let running = kept.serve();
    assert_eq!(running.signal("-TERM").0, Some(0));
    accept(&kept.open().await, "1").await;
    let still_there = diesel::sql_query("DELETE FROM weight_tasks WHERE id = 7");
    assert_eq!(still_there.execute(&mut kept.connect()).unwrap(), 1);
}

#[tokio::test]
async fn a_database_is_made_by_migrate_and_told_of_by_check() {
    let kept = Kept::new();
    let check = || {
        let (_, said, error) = kept.run(&["check", "--dev-neurons", "16"]);
        let line = said.lines().find(|line| line.starts_with("database "));
        line.unwrap_or(&error).to_owned()
    };
    assert_eq!(
        check(),
        "database data/dev.db: not there yet, made at the start"
    );
    assert!(!kept.path().exists());
    let (_, said, _) = kept.run(&["migrate"]);
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
    let mut migrations: Vec<_> = std::fs::read_dir(migrations)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    migrations.sort();
    let migrated = migrations
        .iter()
        .map(|name| format!("migrated data/dev.db: {name}\n"));
    assert_eq!(said, migrated.collect::<String>());
    assert_eq!(kept.run(&["migrate"]).1, "data/dev.db is up to date\n");
    assert_eq!(check(), "database data/dev.db: up to date");
    let running = kept.serve();
    assert_eq!(check(), "database data/dev.db: up to date");
    let (code, _, error) = kept.run(&["migrate"]);
    assert!(
        code == Some(1) && error.contains("is in use by another process"),
        "{error}"
    );
    drop(running);
    kept.connect()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')")
        .unwrap();
    assert!(
        check().contains("migrated by a newer version"),
        "{}",
        check()
    );
}

#[tokio::test]
async fn a_backup_made_while_a_service_runs_opens_with_the_same_rows() {
    let kept = Kept::new();
    let storage = kept.open().await;
    let mut ids = Vec::new();
    for request in ["1", "2", "3"] {
        ids.push(accept(&storage, request).await.id().clone());
    }
    // Over, so that the service leaves them as they are.
    storage.cancel(ids[2].clone()).await.unwrap();
    let mut jobs = Vec::new();
    for id in ids {
        jobs.push(storage.job(id).await.unwrap().unwrap());
    }
    storage.close().await;
    let running = kept.serve();
    let (code, said, error) = kept.run(&["backup", "copy.db"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "data/dev.db is copied to copy.db\n"),
        "{error}"
    );
    let (code, _, error) = kept.run(&["backup", "copy.db"]);
    assert_eq!(
        (code, error.as_str()),
        (Some(1), "error: copy.db exists already\n")
    );
    assert_eq!(running.signal("-TERM").0, Some(0));
    let copied = Storage::open(Location::Sqlite(kept.folder.path().join("copy.db")))
        .await
        .unwrap();
    for job in jobs {
        assert_eq!(copied.job(job.id().clone()).await.unwrap(), Some(job));
    }
}

#[tokio::test]
async fn a_service_forgets_what_is_older_than_it_keeps_and_nothing_else() {
    let kept = Kept::new();
    let storage = kept.open().await;
    let mut jobs = Vec::new();
    for request in ["1", "2"] {
        let job = accept(&storage, request).await;
        jobs.push(storage.cancel(job.id().clone()).await.unwrap());
    }
    jobs.push(accept(&storage, "3").await);
    storage.close().await;
    let [old, recent, open] = [&jobs[0], &jobs[1], &jobs[2]].map(|job| job.id().clone());
    let day = Duration::from_secs(24 * 60 * 60);
    for (id, days) in [(&old, 31), (&recent, 29), (&open, 31)] {
        let then = pylon_models::Timestamp::ago(day * days).unix_millis();
        let sql = format!("UPDATE jobs SET updated_at = {then} WHERE id = '{id}'");
        kept.connect().batch_execute(&sql).unwrap();
    }
    let running = kept.serve();
    let there = |id| {
        let counted = diesel::sql_query(format!("UPDATE jobs SET id = id WHERE id = '{id}'"));
        counted.execute(&mut kept.connect()).unwrap() == 1
    };
    crate::process::until(|| !there(&old));
    assert!(there(&recent) && there(&open));
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_refused_while_the_file_cannot_grow_and_taken_again_when_it_can() {
    let kept = Kept::new();
    let running = kept.serve_within_limits();
    let (address, token) = (running.said("listening "), running.said("token dev "));
    let weights = format!("{address}/api/v1/identity/dev/subnet/1/weights");
    let http = reqwest::Client::new();
    let put = |weight: u32| {
        let body = json!({ "weights": { ALICE: weight } });
        Answer::of(http.put(&weights).bearer_auth(token).json(&body))
    };
    let get = |path: &str| Answer::of(http.get(format!("{weights}/jobs{path}")).bearer_auth(token));
    let job = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["job_id"].as_str().unwrap().to_owned()
    };
    let first = job(&put(1).await);
    let log = std::fs::metadata(kept.path().with_extension("db-wal")).unwrap();
    running.limit_files(Some(log.len()));
    for weight in 2..8 {
        let refused = put(weight).await;
        assert_eq!(
            (refused.status.as_u16(), refused.detail().as_str()),
            (
                503,
                "The disk of the database is full, keeps its file from growing, or fails; nothing was kept."
            )
        );
        assert_eq!(refused.json()["code"], "not_ready");
        assert_eq!(refused.header("retry-after"), "1");
    }
    let live = Answer::of(http.get(format!("{address}/health/live"))).await;
    assert_eq!(live.status, 200);
    running.limit_files(None);
    let last = job(&put(8).await);
    let listed = get("").await.json();
    let listed: Vec<_> = listed["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| &job["id"])
        .collect();
    assert_eq!(listed, [&json!(last), &json!(first)]);
    // What brings weights on chain has gone through the same.
    let on_chain = async {
        loop {
            let receipt = get(&format!("/{last}")).await.json();
            let state = receipt["state"].as_str().unwrap();
            if ["finalized", "revealed"].contains(&state) {
                break;
            }
            assert!(
                ["queued", "submitted", "included"].contains(&state),
                "{receipt:#}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), on_chain)
        .await
        .unwrap();
    assert_eq!(running.signal("-TERM").0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_makes_the_service_unready_until_it_is_back() {
    let Some(server) = Server::new() else {
        return;
    };
    let way = Way::to(&server.address).await;
    let url = server.url(&way.address);
    let app = TestApp::builder()
        .set("database", json!({ "url": url }))
        .start()
        .await;
    way.close().await;
    app.until("the service is not ready", async || {
        let answer = app.get("/health/ready").await;
        answer.status == 503 && answer.text().contains("the database does not answer")
    })
    .await;
    assert_eq!(app.get("/health/live").await.status, 200);
    way.open().await;
    app.settle().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_another_session_keeps_waiting_is_503_and_one_whose_commit_is_not_answered_says_so()
 {
    let Some(server) = Server::new() else {
        return;
    };
    let app = commits::running()
        .set("database", json!({ "url": server.url(&server.address) }))
        .start()
        .await;
    let path = "/api/v1/identity/dev/subnet/1/weights";
    let put = async || {
        let body = json!({ "weights": { ALICE: 1 } });
        let answer = commits::send(&app, reqwest::Method::PUT, path, &body).await;
        (answer.status.as_u16(), answer.json())
    };
    let mut other = PgConnection::establish(&server.url(&server.address)).unwrap();
    other
        .batch_execute("BEGIN; LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE")
        .unwrap();
    let (status, problem) = put().await;
    assert_eq!((status, &problem["code"]), (503, &json!("not_ready")));
    assert_eq!(
        problem["detail"],
        "The database cannot be used for now; nothing was kept."
    );
    other
        .batch_execute(
            "ROLLBACK; CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION dies()",
        )
        .unwrap();
    let (status, problem) = put().await;
    assert_eq!((status, &problem["code"]), (500, &json!("internal")));
    assert_eq!(
        problem["detail"],
        "The connection to the database was lost in a commit: it is not known whether this was kept."
    );
    other.batch_execute("DROP TRIGGER dies ON jobs").unwrap();
    assert_eq!(put().await.0, 200);
    app.stop().await;
}

/// A database on the server of the environment.
pub(crate) struct Server {
    /// `USER[:PASSWORD]`, and `HOST:PORT`.
    user: String,
    pub(crate) address: String,
    name: String,
}

impl Server {
    pub(crate) fn new() -> Option<Self> {
        let server = std::env::var("PYLON_TEST_POSTGRES").ok()?;
        let (user, address) = server.split_once("://").unwrap().1.split_once('@').unwrap();
        let server = Self {
            user: user.to_owned(),
            address: address.to_owned(),
            name: format!("pylon_service_{}", ulid::Ulid::new()).to_lowercase(),
        };
        server.admin(&format!("CREATE DATABASE {}", server.name));
        Some(server)
    }

    pub(crate) fn url(&self, address: &str) -> String {
        format!("postgres://{}@{address}/{}", self.user, self.name)
    }

    fn admin(&self, sql: &str) {
        let url = format!("postgres://{}@{}/postgres", self.user, self.address);
        let mut admin = PgConnection::establish(&url).unwrap();
        admin.batch_execute(sql).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// A way to a server that can be closed.
struct Way {
    address: String,
    to: String,
    open: tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Way {
    async fn to(server: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Self {
            address: free.local_addr().unwrap().to_string(),
            to: server.to_owned(),
            open: tokio::sync::Mutex::new(None),
        };
        drop(free);
        way.open().await;
        way
    }

    async fn open(&self) {
        let (listener, to) = (
            TcpListener::bind(&self.address).await.unwrap(),
            self.to.clone(),
        );
        let task = tokio::spawn(async move {
            // Dropped with the task, and all connections with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut here, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    if let Ok(mut there) = TcpStream::connect(&to).await {
                        let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
                    }
                });
            }
        });
        *self.open.lock().await = Some(task);
    }

    async fn close(&self) {
        if let Some(task) = self.open.lock().await.take() {
            task.abort();
            let _ = task.await;
        }
    }
}
