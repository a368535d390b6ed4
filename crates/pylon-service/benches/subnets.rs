//! A service that watches 128 subnets of 256 neurons: its memory, what it asks the node at each block and how long
//! that takes; then reads of past blocks, cold and warm.
//!
//! `cargo bench -p pylon-service --bench subnets` has the node in its own process and the service in another.

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

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use pylon_devnet::{Devnet, World};

use connection::{Connection, TOKEN, request_text};
use process::Server;

const SERVICE: &str = env!("CARGO_BIN_EXE_pylon-service");
const SUBNETS: u16 = 128;
const BLOCKS: u32 = 20;
/// As many as the cache of past snapshots holds.
const PAST: u32 = 40;
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    // Without `--bench` this is `cargo test` asking whether the benchmark starts at all.
    if std::env::args().any(|arg| arg == "--bench") {
        tokio::runtime::Runtime::new().unwrap().block_on(run());
    }
}

struct Bench {
    node: Devnet,
    service: Server,
    connection: Connection,
    folder: tempfile::TempDir,
}

async fn run() {
    let mut bench = Bench::start().await;
    bench.watch().await;
    bench.read_the_past().await;
    bench.node.shutdown().await;
    bench.folder.close().unwrap();
}

impl Bench {
    async fn start() -> Self {
        let world = World::Full {
            subnets: SUBNETS,
            seed: 1,
        };
        let node = Devnet::builder().world(world).start().await.unwrap();
        node.new_blocks(PAST + 10).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let netuids: Vec<String> = (1..=SUBNETS).map(|netuid| netuid.to_string()).collect();
        let started = Instant::now();
        let service = Server::start(
            Command::new(SERVICE)
                .args([
                    "serve",
                    "--bind",
                    "127.0.0.1:0",
                    "--network",
                    &node.ws_url(),
                ])
                .arg("--data-dir")
                .arg(folder.path())
                .env("PYLON_OPEN_ACCESS_TOKEN", TOKEN)
                .env("PYLON_METRICS_TOKEN", TOKEN)
                .env("PYLON_RECENT_OBJECTS_NETUIDS", netuids.join(","))
                .env("PYLON_LOG", "error"),
        );
        let connection = Connection::open(service.address).await.unwrap();
        let mut bench = Self {
            node,
            service,
            connection,
            folder,
        };
        while bench.get("/health/ready", "").await.0 != "200" {
            assert!(started.elapsed() < PATIENCE, "not ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!(
            "{SUBNETS} subnets read {} ms after start",
            started.elapsed().as_millis()
        );
        bench
    }

    async fn get(&mut self, path: &str, headers: &str) -> (String, Vec<u8>) {
        let request = request_text(path, headers);
        let status = self
            .connection
            .round_trip(&request)
            .await
            .unwrap()
            .to_owned();
        (status, self.connection.body().to_vec())
    }

    async fn metrics(&mut self) -> BTreeMap<String, f64> {
        let (status, body) = self.get("/metrics", "").await;
        assert_eq!(status, "200");
        let text = String::from_utf8(body).unwrap();
        let values = text.lines().filter_map(|line| line.rsplit_once(' '));
        values
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect()
    }

    /// The subnets at each of some blocks, each body sent in its three forms as well.
    async fn watch(&mut self) {
        let read = "pylon_snapshot_reads_total{outcome=\"ok\"}";
        let (before, cpu) = (self.metrics().await, self.service.cpu());
        let mut times = Vec::new();
        for block in 1..=BLOCKS {
            let made = Instant::now();
            self.node.new_blocks(1).await.unwrap();
            let due = before[read] + f64::from(block) * f64::from(SUBNETS);
            while self.metrics().await[read] < due {
                assert!(made.elapsed() < PATIENCE, "not read");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            times.push(made.elapsed());
        }
        let (after, cpu) = (self.metrics().await, self.service.cpu() - cpu);
        times.sort_unstable();
        println!(
            "a block: {} ms until all are read, {:.0} ms of CPU",
            times[times.len() / 2].as_millis(),
            cpu.as_secs_f64() * 1e3 / f64::from(BLOCKS)
        );
        println!("requests to the node per block:");
        let mut all = 0.0;
        for (name, count) in after
            .iter()
            .filter(|(name, _)| name.starts_with("pylon_chain_requests_total"))
        {
            let count = (count - before.get(name).copied().unwrap_or(0.0)) / f64::from(BLOCKS);
            all += count;
            if count > 0.0 {
                println!("  {count:>7.1} {name}");
            }
        }
        println!("  {all:>7.1} in all");
        self.print_memory("watching");
        for coding in ["gzip", "br", "zstd"] {
            for netuid in 1..=SUBNETS {
                let path = format!("/api/v1/subnet/{netuid}/block/latest/neurons");
                let (status, _) = self
                    .get(&path, &format!("Accept-Encoding: {coding}\r\n"))
                    .await;
                assert_eq!(status, "200");
            }
        }
        self.print_memory("after every form was asked for");
    }

    async fn read_the_past(&mut self) {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for times in [&mut cold, &mut warm] {
            for number in 1..=PAST {
                let path = format!("/api/v1/subnet/1/block/{number}/neurons");
                let asked = Instant::now();
                let (status, _) = self.get(&path, "").await;
                times.push(asked.elapsed().as_secs_f64() * 1e3);
                assert_eq!(status, "200");
            }
            times.sort_unstable_by(f64::total_cmp);
        }
        let middle = |times: &[f64]| times[times.len() / 2];
        println!(
            "a past block: cold {:.2} ms (slowest {:.2}), warm {:.3} ms (slowest {:.3}), ratio {:.0}",
            middle(&cold),
            cold[cold.len() - 1],
            middle(&warm),
            warm[warm.len() - 1],
            middle(&cold) / middle(&warm)
        );
        self.print_memory("after reads of the past");
    }

    fn print_memory(&self, when: &str) {
        let (now, highest) = self.service.memory();
        println!(
            "RSS {when}: {} MiB (highest {} MiB)",
            now / 1024,
            highest / 1024
        );
    }
}
