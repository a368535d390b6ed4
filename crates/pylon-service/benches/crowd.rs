//! Fast clients beside a crowd: 1,000 connections that say nothing, 100 that read a few bytes at a time and 100
//! that send their request so.
//!
//! `cargo bench -p pylon-service --bench crowd` loads `neurons/latest` of 256 neurons in rounds, in turn without the
//! crowd and with it, so that a machine's drift meets both, and prints both and their ratio.

#![allow(
    clippy::unwrap_used,
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

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use connection::{Connection, TOKEN, answered, request_text};
use measured::{Asked, Load};
use process::Server;

const SERVICE: &str = env!("CARGO_BIN_EXE_pylon-service");
const PATH: &str = "/api/v1/subnet/1/block/latest/neurons";
const FAST: usize = 16;
const IDLE: usize = 1_000;
const SLOW_READERS: usize = 100;
const SLOW_SENDERS: usize = 100;
const ROUNDS: usize = 4;
/// What a slow client takes or gives at a time, and how long it rests after that.
const SIP: usize = 256;
const REST: Duration = Duration::from_millis(100);

fn main() {
    // Without `--bench` this is `cargo test` asking whether the benchmark starts at all.
    if std::env::args().any(|arg| arg == "--bench") {
        tokio::runtime::Runtime::new().unwrap().block_on(run());
    }
}

async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let devnet = ["devnet", "--bind", "127.0.0.1:0", "--block-time", "manual"];
    let node = Server::start(Command::new(SERVICE).args(devnet));
    let service = Server::start(
        Command::new(SERVICE)
            .args(["serve", "--bind", "127.0.0.1:0", "--network"])
            .arg(format!("ws://{}", node.address))
            .arg("--data-dir")
            .arg(folder.path())
            .env("PYLON_OPEN_ACCESS_TOKEN", TOKEN)
            .env("PYLON_RECENT_OBJECTS_NETUIDS", "1")
            .env("PYLON_LOG", "error"),
    );
    answered(service.address, PATH).await;
    let asked = Asked {
        request: request_text(PATH, ""),
        status: "200",
    };
    let (mut alone, mut beside) = (Load::default(), Load::default());
    let (mut idle, mut memory) = (0, 0);
    for _ in 0..ROUNDS {
        alone.add(&service, FAST, &asked).await;
        let crowd = Crowd::gather(service.address).await;
        beside.add(&service, FAST, &asked).await;
        memory = service.memory().0;
        idle = crowd.leave().await;
    }
    println!(
        "{IDLE} idle, {SLOW_READERS} slow readers, {SLOW_SENDERS} slow senders beside {FAST} fast clients"
    );
    println!("{:<8}{:>10}{:>10}{:>10}", "", "req/s", "p50 ms", "p99 ms");
    let row = |name, load: &mut Load| {
        let row = [load.rate(), load.percentile(0.50), load.percentile(0.99)];
        println!("{name:<8}{:>10.0}{:>10.2}{:>10.2}", row[0], row[1], row[2]);
        row
    };
    let (alone, beside) = (row("alone", &mut alone), row("beside", &mut beside));
    println!(
        "{:<8}{:>10.2}{:>10.2}{:>10.2}",
        "ratio",
        beside[0] / alone[0],
        beside[1] / alone[1],
        beside[2] / alone[2]
    );
    println!(
        "{idle} of the idle connections were still open; RSS {} MiB",
        memory / 1024
    );
}

struct Crowd {
    idle: Vec<Connection>,
    slow: JoinSet<()>,
}

impl Crowd {
    async fn gather(address: SocketAddr) -> Self {
        let mut idle = Vec::new();
        for _ in 0..IDLE {
            let mut connection = Connection::open(address).await.unwrap();
            let status = connection
                .round_trip(&request_text("/health/live", ""))
                .await;
            assert_eq!(status.unwrap(), "200");
            idle.push(connection);
        }
        let mut slow = JoinSet::new();
        for _ in 0..SLOW_READERS {
            slow.spawn(read_slowly(address));
        }
        for _ in 0..SLOW_SENDERS {
            slow.spawn(send_slowly(address));
        }
        tokio::time::sleep(REST * 10).await;
        Self { idle, slow }
    }

    /// How many of the idle connections are answered after all.
    async fn leave(mut self) -> usize {
        self.slow.shutdown().await;
        let mut open = 0;
        for connection in &mut self.idle {
            let answered = connection
                .round_trip(&request_text("/health/live", ""))
                .await;
            open += usize::from(answered.is_ok());
        }
        open
    }
}

/// Asks for the body again and again, and takes it in sips through a small window.
async fn read_slowly(address: SocketAddr) {
    let mut sip = [0; SIP];
    loop {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        stream
            .write_all(request_text(PATH, "").as_bytes())
            .await
            .unwrap();
        while stream.read(&mut sip).await.is_ok_and(|read| read > 0) {
            tokio::time::sleep(REST).await;
        }
    }
}

/// Sends a request byte by byte, until the service has had enough of it.
async fn send_slowly(address: SocketAddr) {
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for byte in request_text(PATH, "").bytes() {
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(REST).await;
        }
    }
}
