//! What a block of the dev world costs, in time and in memory, and whether 20 ms blocks keep up.
//!
//! `cargo bench -p pylon-devnet --bench blocks` prints one line for each question. Memory is the
//! process's own, so it needs Linux.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring tool that stops at the first surprise and prints what it measured"
)]

use std::time::{Duration, Instant};

use pylon_devnet::{BlockTime, Builder, Devnet, World};

const WORLD: World = World::Dev {
    neurons: 256,
    subnets: 2,
    seed: 1,
};
const FAST: Duration = Duration::from_millis(20);
const WATCHED: u32 = 10;

#[tokio::main]
async fn main() {
    // Without `--bench` this is `cargo test` asking whether the benchmark starts at all.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let builder = || Devnet::builder().world(WORLD);
    measure("without archive", builder().without_archive()).await;
    measure("with archive", builder()).await;
    pulses(builder()).await;
    keep_up(builder()).await;
}

/// Resident memory, KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

async fn measure(what: &str, builder: Builder) {
    let devnet = builder.start().await.unwrap();
    println!("{what}: {} KiB resident at the start", resident());
    // More blocks than states are kept, then many more of the same.
    for count in [256, 256, 2_048] {
        let (before, began) = (resident(), Instant::now());
        devnet.new_blocks(count).await.unwrap();
        let (each, grown) = (began.elapsed() / count, resident().saturating_sub(before));
        println!("{what}: {count} blocks, {each:?} each, {grown} KiB more resident");
    }
    devnet.shutdown().await;
}

async fn pulses(builder: Builder) {
    let devnet = builder.start().await.unwrap();
    let rounds = 50;
    for round in 1..=rounds {
        devnet.add_pulse(round.into()).unwrap();
    }
    let began = Instant::now();
    devnet.new_blocks(1).await.unwrap();
    println!(
        "drand: {:?} for each round's pulse",
        began.elapsed() / rounds
    );
    devnet.shutdown().await;
}

async fn keep_up(builder: Builder) {
    let every = BlockTime::Every(FAST);
    let devnet = builder.block_time(every).start().await.unwrap();
    tokio::time::sleep(Duration::from_secs(WATCHED.into())).await;
    let (made, due) = (devnet.best().0, WATCHED * 50);
    println!("every {FAST:?}: {made} blocks in {WATCHED} s, {due} were due");
    devnet.shutdown().await;
}
