//! A database for one test.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use pylon_models::{BlockHash, BlockNumber, BlockRef, ExtrinsicHash, Hotkey, JobKind};
use pylon_storage::{Location, NewAttempt, NewJob, Storage};

/// A database that goes with its test.
pub(crate) enum Database {
    File(tempfile::TempDir),
    Server { server: String, name: String },
}

impl Database {
    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A new one on the server of the environment, if there is one.
    pub(crate) fn on_server() -> Option<Self> {
        let server = std::env::var("PYLON_TEST_POSTGRES").ok()?;
        let name = format!("pylon_test_{}", ulid::Ulid::new()).to_lowercase();
        PgConnection::establish(&format!("{server}/postgres"))
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        Some(Self::Server { server, name })
    }

    /// One of each kind that there is here.
    pub(crate) fn all() -> Vec<Self> {
        let server = Self::on_server();
        if server.is_none() {
            println!("PYLON_TEST_POSTGRES is not set: SQLite alone");
        }
        std::iter::once(Self::file()).chain(server).collect()
    }

    pub(crate) fn location(&self) -> Location {
        match self {
            Self::File(folder) => Location::Sqlite(folder.path().join("pylon.db")),
            Self::Server { server, name } => format!("{server}/{name}").parse().unwrap(),
        }
    }

    /// A session beside the storage's, on a server.
    pub(crate) fn session(&self) -> PgConnection {
        let Self::Server { server, name } = self else {
            panic!("a file")
        };
        PgConnection::establish(&format!("{server}/{name}")).unwrap()
    }

    /// Ends the connections to it, on a server, and admits no other.
    pub(crate) fn refuse_connections(&self) {
        let Self::Server { server, name } = self else {
            panic!("a file")
        };
        PgConnection::establish(&format!("{server}/postgres"))
            .unwrap()
            .batch_execute(&format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ))
            .unwrap();
    }

    /// Does something to it beside the storage.
    pub(crate) fn run(&self, sql: &str) {
        match self {
            Self::File(folder) => {
                let path = folder.path().join("pylon.db");
                let mut file = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                file.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                file.batch_execute(sql).unwrap();
            }
            Self::Server { .. } => self.session().batch_execute(sql).unwrap(),
        }
    }

    pub(crate) async fn open(&self) -> Storage {
        Storage::open(self.location()).await.unwrap()
    }
}

/// A transaction that somebody else has open in a database of a server.
pub(crate) struct Other {
    session: PgConnection,
    looks: PgConnection,
}

#[derive(diesel::QueryableByName)]
struct Waiting {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

impl Other {
    /// Has done that, and not committed it.
    pub(crate) fn begin(database: &Database, statement: &str) -> Self {
        let mut other = Self {
            session: database.session(),
            looks: database.session(),
        };
        other.run(&format!("BEGIN; {statement}"));
        other
    }

    pub(crate) fn run(&mut self, statement: &str) {
        self.session.batch_execute(statement).unwrap();
    }

    /// Returns when another one waits for what this one did.
    pub(crate) async fn until_one_waits(&mut self) {
        loop {
            let waiting: Waiting = diesel::sql_query(
                "SELECT count(*) AS count FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .get_result(&mut self.looks)
            .unwrap();
            if waiting.count > 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Server { server, name } = self {
            // Left behind, it goes with the server.
            let _ = PgConnection::establish(&format!("{server}/postgres")).map(|mut admin| {
                admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
            });
        }
    }
}

pub(crate) fn alice() -> Hotkey {
    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
        .parse()
        .unwrap()
}

pub(crate) fn bob() -> Hotkey {
    "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
        .parse()
        .unwrap()
}

pub(crate) fn weights(netuid: u16, request: &str) -> NewJob {
    NewJob {
        kind: JobKind::Weights,
        identity: "dev".parse().unwrap(),
        hotkey: alice(),
        netuid: netuid.into(),
        mechanism: 0.try_into().unwrap(),
        hyperparameter: None,
        request: request.to_owned(),
        block_accepted: Some(BlockNumber::new(120)),
    }
}

pub(crate) fn attempt(nonce: u32) -> NewAttempt {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&nonce.to_le_bytes());
    NewAttempt {
        call: "set_mechanism_weights".to_owned(),
        nonce,
        extrinsic: ExtrinsicHash::from_bytes(hash),
        bytes: vec![0x84, 0x00, 0xff],
        submitted_block: BlockNumber::new(121),
        valid_until: BlockNumber::new(185),
    }
}

pub(crate) fn block(number: u32) -> BlockRef {
    BlockRef {
        number: BlockNumber::new(number),
        hash: BlockHash::from_bytes([number.to_le_bytes()[0]; 32]),
    }
}
