//! Durable `PUT …/weights`, beside a bare actix handler that reads the same body and answers the same bytes, and keeps
//! nothing.
//!
//! `cargo bench -p pylon-service --bench weights` has each in a process of its own, on SQLite and, where
//! `PYLON_TEST_POSTGRES` names a server whose user may make databases, on PostgreSQL, and loads them in turn, so that
//! a machine's drift meets all. It prints requests per second, p50, p99 and CPU time per request.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a measuring tool that stops at the first surprise and prints what it measured"
)]

#[path = "load/connection.rs"]
#[allow(dead_code, reason = "shared with the other benchmarks")]
mod connection;
#[path = "load/measured.rs"]
#[allow(dead_code, reason = "shared with the other benchmarks")]
mod measured;
#[path = "load/process.rs"]
#[allow(dead_code, reason = "shared with the other benchmarks")]
mod process;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection};
use serde_json::Value;

use connection::{Connection, TOKEN, answered, put_text};
use measured::{Asked, Load};
use process::Server;

const SERVICE: &str = env!("CARGO_BIN_EXE_pylon-service");
const PATH: &str = "/api/v1/identity/dev/subnet/1/weights";
const NEURONS: &str = "/api/v1/identity/dev/subnet/1/block/latest/neurons";
const ROUNDS: usize = 2;
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// Hotkeys of a body.
const SIZES: [usize; 2] = [1, 256];
/// Set for the process that is the bare handler: the file with the bytes it sends.
const BARE_BODY: &str = "PYLON_BENCH_BARE";

fn main() {
    if let Ok(file) = std::env::var(BARE_BODY) {
        return serve_bare(&file);
    }
    // Without `--bench` this is `cargo test` asking whether the benchmark starts at all.
    if std::env::args().any(|arg| arg == "--bench") {
        tokio::runtime::Runtime::new().unwrap().block_on(run());
    }
}

async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = service(&folder.path().join("sqlite"), None);
    let database = Database::on_server();
    let postgres = database
        .as_ref()
        .map(|database| service(&folder.path().join("postgres"), Some(&database.url())));
    let hotkeys = hotkeys(sqlite.address).await;
    let mut kept = vec![("SQLite", sqlite)];
    match postgres {
        Some(server) => kept.push(("PostgreSQL", server)),
        None => println!("PYLON_TEST_POSTGRES is not set: SQLite alone"),
    }
    for (_, server) in &kept {
        answered(server.address, NEURONS).await;
    }
    let answer = folder.path().join("answer");
    std::fs::write(&answer, put(kept[0].1.address, &body(&hotkeys, 1)).await).unwrap();
    let bare =
        Server::start(Command::new(std::env::current_exe().unwrap()).env(BARE_BODY, &answer));

    println!(
        "{:<12}{:>8}{:>6}{:>10}{:>10}{:>8}{:>10}{:>10}{:>13}{:>13}{:>12}",
        "kept in",
        "weights",
        "conns",
        "PUT/s",
        "bare",
        "ratio",
        "p50 ms",
        "p99 ms",
        "bare p50 ms",
        "bare p99 ms",
        "CPU µs/PUT"
    );
    for size in SIZES {
        let asked = Asked {
            request: put_text(PATH, &body(&hotkeys, size)),
            status: "200",
        };
        for connections in CONNECTIONS {
            let mut theirs = Load::default();
            let mut ours: Vec<_> = kept.iter().map(|_| Load::default()).collect();
            for _ in 0..ROUNDS {
                for ((_, server), load) in kept.iter().zip(&mut ours) {
                    load.add(server, connections, &asked).await;
                }
                theirs.add(&bare, connections, &asked).await;
            }
            for ((name, _), load) in kept.iter().zip(&mut ours) {
                println!(
                    "{name:<12}{size:>8}{connections:>6}{:>10.0}{:>10.0}{:>8.2}{:>10.2}{:>10.2}{:>13.2}{:>13.2}{:>12.1}",
                    load.rate(),
                    theirs.rate(),
                    load.rate() / theirs.rate(),
                    load.percentile(0.50),
                    load.percentile(0.99),
                    theirs.percentile(0.50),
                    theirs.percentile(0.99),
                    load.cpu_per_request(),
                );
            }
        }
    }
    for (name, server) in &kept {
        let (now, highest) = server.memory();
        println!(
            "{name}: RSS {} MiB (highest {} MiB)",
            now / 1024,
            highest / 1024
        );
    }
    // Before the database goes.
    drop(kept);
}

/// The service over a chain of its own, whose blocks are made by hand: the first weights are sent and wait for a block,
/// all others supersede one another.
fn service(data: &std::path::Path, database: Option<&str>) -> Server {
    let mut command = Command::new(SERVICE);
    command
        .args(["serve", "--network", "dev", "--dev-block-time", "manual"])
        .args(["--bind", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .env("PYLON_IDENTITIES", "dev")
        .env("PYLON_ID_DEV_NETUID", "1")
        .env("PYLON_ID_DEV_TOKEN", TOKEN)
        .env("PYLON_LOG", "error");
    if let Some(url) = database {
        command.env("PYLON_DATABASE_URL", url);
    }
    Server::start(&mut command)
}

async fn hotkeys(address: SocketAddr) -> Vec<String> {
    let neurons: Value = serde_json::from_slice(&answered(address, NEURONS).await.body).unwrap();
    neurons["neurons"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

fn body(hotkeys: &[String], size: usize) -> String {
    let weights: BTreeMap<_, _> = hotkeys.iter().take(size).zip(1..).collect();
    assert_eq!(weights.len(), size);
    serde_json::json!({ "weights": weights }).to_string()
}

async fn put(address: SocketAddr, body: &str) -> Vec<u8> {
    let mut connection = Connection::open(address).await.unwrap();
    let status = connection.round_trip(&put_text(PATH, body)).await;
    assert_eq!(status.unwrap(), "200");
    connection.body().to_vec()
}

/// A new database on the server of the environment, which goes with the benchmark.
struct Database {
    server: String,
    name: String,
}

impl Database {
    fn on_server() -> Option<Self> {
        let server = std::env::var("PYLON_TEST_POSTGRES").ok()?;
        let name = format!("pylon_bench_{}", std::process::id());
        let database = Self { server, name };
        database.admin(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    fn admin(&self, sql: &str) {
        let mut admin = PgConnection::establish(&format!("{}/postgres", self.server)).unwrap();
        admin.batch_execute(sql).unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// The ceiling: an actix handler that reads the body as JSON and sends bytes.
#[actix_web::main]
async fn serve_bare(file: &str) {
    let answer = web::Data::new(web::Bytes::from(std::fs::read(file).unwrap()));
    let server = HttpServer::new(move || {
        App::new().app_data(answer.clone()).route(
            "/{path:.*}",
            web::put().to(
                |body: web::Bytes, answer: web::Data<web::Bytes>| async move {
                    match serde_json::from_slice::<Value>(&body) {
                        Ok(Value::Object(_)) => HttpResponse::Ok()
                            .content_type("application/json")
                            .body(answer.get_ref().clone()),
                        _ => HttpResponse::BadRequest().finish(),
                    }
                },
            ),
        )
    })
    .bind(("127.0.0.1", 0))
    .unwrap();
    println!("listening http://{}", server.addrs()[0]);
    server.run().await.unwrap();
}
