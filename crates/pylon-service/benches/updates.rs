//! Durable updates a second: clients that add to weights through `PUT /update_weight`, each to one of 256 miners.
//!
//! `cargo bench -p pylon-service --bench updates` runs rounds against a service with a SQLite file in the system's
//! temporary folder (`TMPDIR` names another: what a flush to its disk costs decides), prints rate and latency for several
//! numbers of connections, and checks that nothing of what was answered is missing.

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
#[path = "load/process.rs"]
#[allow(dead_code, reason = "shared with the other benchmarks")]
mod process;

use std::process::Command;
use std::time::{Duration, Instant};

use connection::{Connection, TOKEN, answered, request};
use process::Server;

const SERVICE: &str = env!("CARGO_BIN_EXE_pylon-service");
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
const ROUND: Duration = Duration::from_secs(5);

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
            .env("PYLON_IDENTITIES", "dev")
            .env("PYLON_ID_DEV_NETUID", "1")
            .env("PYLON_ID_DEV_TOKEN", TOKEN)
            .env("PYLON_ID_DEV_HOTKEY", ALICE)
            .env("PYLON_LOG", "error"),
    );
    let metagraph = answered(service.address, "/metagraph").await;
    let metagraph: serde_json::Value = serde_json::from_slice(&metagraph.body).unwrap();
    let hotkeys: Vec<String> = metagraph["neurons"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    println!(
        "{:>11}{:>12}{:>10}{:>10}{:>14}",
        "connections", "updates/s", "p50 ms", "p99 ms", "CPU µs/update"
    );
    let mut answered = 0;
    for connections in CONNECTIONS {
        let (cpu, began) = (service.cpu(), Instant::now());
        let tasks: Vec<_> = (0..connections)
            .map(|nth| tokio::spawn(add(service.address, hotkeys[nth % hotkeys.len()].clone())))
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await.unwrap());
        }
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), service.cpu() - cpu);
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = ((latencies.len() - 1) as f64 * share) as usize;
            latencies[index].as_secs_f64() * 1e3
        };
        println!(
            "{connections:>11}{:>12.0}{:>10.2}{:>10.2}{:>14.1}",
            latencies.len() as f64 / seconds,
            at(0.50),
            at(0.99),
            cpu.as_secs_f64() * 1e6 / latencies.len() as f64
        );
        answered += latencies.len();
    }
    let kept = request(service.address, "/raw_weights", "").await.unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept.body).unwrap();
    let weights = kept["weights"].as_object().unwrap().values();
    let sum: f64 = weights.map(|weight| weight.as_f64().unwrap()).sum();
    assert_eq!(sum, answered as f64, "what was answered is kept");
    println!("{answered} updates were answered, and all of them are kept");
}

/// One connection that adds 1 again as soon as it was answered.
async fn add(address: std::net::SocketAddr, hotkey: String) -> Vec<Duration> {
    let body = format!(r#"{{"hotkey":"{hotkey}","weight_delta":1}}"#);
    let request = format!(
        "PUT /update_weight HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = Connection::open(address).await.unwrap();
    let (started, mut latencies) = (Instant::now(), Vec::new());
    while started.elapsed() < ROUND {
        let sent = Instant::now();
        let status = connection.round_trip(&request).await.unwrap();
        assert_eq!(status, "200");
        latencies.push(sent.elapsed());
    }
    latencies
}
