//! The program is killed again and again while it brings weights, commitments, certificates and hyperparameters on chain.
//!
//! `PYLON_CRASHES` says how often (a few times unless given), `PYLON_CRASH_PROGRAM` which program: a release build, or one
//! with the feature `failpoints`, which then also dies by itself between any two steps.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use pylon_chain::storage::StorageKey;
use pylon_chain::{Chain, ChainConfig, Outcome};
use pylon_devnet::{BlockTime, Devnet, Fault, World};
use pylon_models::{BlockNumber, BlockRef, ExtrinsicHash};
use rand::Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::DEV;
use crate::commits::{hashed, laid};
use crate::process::{Running, program};
use crate::wallets;
use crate::writes::axon;

const IDENTITY: &str = "/api/v1/identity/dev/subnet/1";
/// How long a request may take, seconds: what is not over by then is asked for as a job.
const PATIENCE: f64 = 0.7;
/// Each step after which a failpoint may end the program.
const STEPS: [&str; 13] = [
    "accepting",
    "accepted",
    "planning",
    "planned",
    "attempted",
    "sent",
    "requeued",
    "including",
    "included",
    "finalizing",
    "finalized",
    "revealing",
    "revealed",
];

fn named(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// The program over that node, with //Alice's wallet and the coldkey of //Bob, who owns the subnet.
fn service(folder: &TempDir, node: &Devnet) -> Command {
    let mut command = match named("PYLON_CRASH_PROGRAM") {
        Some(path) => {
            let mut command = Command::new(path);
            command
                .current_dir(folder)
                .env_clear()
                .stdout(std::process::Stdio::piped());
            command
        }
        None => program(folder),
    };
    let points: Vec<_> = STEPS
        .iter()
        .map(|step| format!("job.{step}=4%return"))
        .collect();
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .unwrap();
    command
        .args([
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--data-dir",
            "data",
            "--network",
            &node.ws_url(),
        ])
        .env("PYLON_IDENTITIES", "dev")
        .env("PYLON_ID_DEV_NETUID", "1")
        .env("PYLON_ID_DEV_TOKEN", DEV)
        .env("PYLON_ID_DEV_WALLET_NAME", "validator")
        .env("PYLON_ID_DEV_HOTKEY_NAME", "alice")
        .env("PYLON_ID_DEV_OWNER_WALLET_NAME", "owner")
        .env("PYLON_BITTENSOR_WALLET_PATH", folder.path())
        .env("PYLON_BLOCK_DURATION_SECONDS", "0.1")
        .env("PYLON_WEIGHTS_MAX_CLOCK_DRIFT_SECONDS", "0")
        .env("FAILPOINTS", points.join(";"))
        .stderr(log);
    command
}

/// An answer that came whole.
struct Told {
    status: u16,
    /// The job that it names.
    job: Option<String>,
    body: Value,
}

/// A request that the program may die under. One that waits for the end of its job is told of the job in a moment.
fn ask(address: &str, method: &str, path: &str, body: &str) -> Option<Told> {
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let length = body.len();
    stream
        .write_all(
            format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {DEV}\r\ncontent-length: {length}\r\nx-pylon-timeout: {PATIENCE}\r\nconnection: close\r\n\r\n{body}"
            )
            .as_bytes(),
        )
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let body: Value = serde_json::from_str(body).ok()?;
    let header = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("x-pylon-job")
            .then(|| value.to_owned())
    });
    let named = body["job_id"].as_str().map(str::to_owned);
    Some(Told {
        status,
        job: header.or(named),
        body,
    })
}

/// Asks for something to be written, and returns the job if it was accepted.
fn write(address: &str, number: u32) -> Option<String> {
    let hotkeys = [
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
    ];
    let (method, path, body) = match rand::rng().random_range(0..8) {
        0 => (
            "POST",
            "/commitments",
            json!({ "commitment": format!("{number:08x}") }),
        ),
        1 => (
            "POST",
            "/commitments/revealed",
            json!({ "commitment": number.to_string(), "blocks_until_reveal": 20 }),
        ),
        2 => ("POST", "/certificates/self", json!({ "algorithm": 1 })),
        3 => (
            "PUT",
            "/hyperparams/immunity_period",
            json!({ "value": number % 60_000 }),
        ),
        _ => {
            let weights: BTreeMap<_, _> = hotkeys.iter().zip([1.0, f64::from(number)]).collect();
            ("PUT", "/weights", json!({ "weights": weights }))
        }
    };
    let told = ask(
        address,
        method,
        &format!("{IDENTITY}{path}"),
        &body.to_string(),
    )?;
    told.job
}

/// State in which nothing but the faults holds jobs of any kind back.
fn nothing_is_rare() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let space = StorageKey::new("Commitments", "MaxSpace");
    vec![
        axon(8_091),
        laid("ServingRateLimit", Some(1), &0_u64.to_le_bytes()),
        laid("OwnerHyperparamRateLimit", None, &0_u16.to_le_bytes()),
        laid("AdminFreezeWindow", None, &0_u16.to_le_bytes()),
        (
            space.as_bytes().to_vec(),
            Some(u32::MAX.to_le_bytes().to_vec()),
        ),
    ]
}

fn fault() -> Option<Fault> {
    Some(match rand::rng().random_range(0..10) {
        0 => Fault::LostExtrinsic,
        1 => Fault::DuplicateExtrinsic,
        2 => Fault::DroppedSubmission,
        3 => Fault::LateInclusion { blocks: 5 },
        4 => Fault::Delay(Duration::from_millis(80)),
        5 => Fault::Stall,
        6 => Fault::NotJson,
        _ => return None,
    })
}

/// For each extrinsic the blocks in which it succeeded.
async fn effects(node: &Devnet, extrinsics: &[ExtrinsicHash]) -> BTreeMap<ExtrinsicHash, u32> {
    // The states of old blocks are there alone.
    let archive = node.archive_ws_url().unwrap();
    let chain = Chain::connect(ChainConfig::new(archive.parse().unwrap()))
        .await
        .unwrap();
    let mut effects = BTreeMap::new();
    for number in 1..=node.best().0 {
        let hash = node.block_hash(number).unwrap().into();
        let block = BlockRef {
            number: BlockNumber::new(number),
            hash,
        };
        let outcomes = chain.outcomes(block, extrinsics).await.unwrap();
        for (extrinsic, outcome) in extrinsics.iter().zip(outcomes) {
            if outcome == Some(Outcome::Succeeded) {
                *effects.entry(*extrinsic).or_default() += 1;
            }
        }
    }
    effects
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_accepted_is_lost_or_done_twice_however_often_the_service_is_killed() {
    let told = nothing_is_lost(Vec::new(), &["revealed", "superseded"]).await;
    println!("{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_where_the_service_itself_opens_what_it_committed() {
    // Epochs that outlast the time in which the service is down.
    let tempo = laid("Tempo", Some(1), &60_u16.to_le_bytes());
    let storage = hashed().into_iter().chain([tempo]).collect();
    let told = nothing_is_lost(storage, &["revealed", "superseded", "reveal_missed"]).await;
    println!("{told}");
}

/// Kills the service that often, and counts what its jobs did. Weights end in one of those states. Returns how many jobs
/// ended how.
async fn nothing_is_lost(storage: Vec<(Vec<u8>, Option<Vec<u8>>)>, ends: &[&str]) -> String {
    let kills: u32 = named("PYLON_CRASHES").map_or(6, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    wallets::lay_down(folder.path(), "validator", "alice", wallets::ALICE);
    wallets::lay_down_coldkey(folder.path(), "owner", wallets::BOB);
    let node = Devnet::builder()
        .world(World::Dev {
            neurons: 16,
            subnets: 1,
            seed: 1,
        })
        .block_time(BlockTime::Every(Duration::from_millis(100)))
        .finality_lag(2)
        .start()
        .await
        .unwrap();
    node.set_storage(nothing_is_rare()).await.unwrap();
    node.set_storage(storage).await.unwrap();
    let mut accepted = Vec::new();
    for kill in 0..kills {
        node.faults().heal().await.unwrap();
        let mut running = Running::start(&mut service(&folder, &node), "listening http://");
        let address = running.said("listening ").to_owned();
        if let Some(fault) = fault() {
            node.faults().start(fault).await.unwrap();
        }
        for put in 0..rand::rng().random_range(2..12) {
            accepted.extend(write(&address, 100 * kill + put));
            let pause = rand::rng().random_range(10..250);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        running.kill();
    }
    node.faults().heal().await.unwrap();
    assert!(!accepted.is_empty());

    let mut last = service(&folder, &node);
    let running = Running::start(last.env_remove("FAILPOINTS"), "listening http://");
    let address = running.said("listening ").to_owned();
    let over = [
        "revealed",
        "superseded",
        "failed",
        "expired",
        "reveal_missed",
        "cancelled",
    ];
    let mut receipts = Vec::new();
    for job in &accepted {
        let receipt = loop {
            let path = format!("{IDENTITY}/jobs/{job}");
            let told = ask(&address, "GET", &path, "").unwrap();
            let receipt = told.body;
            assert_eq!(told.status, 200, "{job}: {receipt}");
            let state = receipt["state"].as_str().unwrap();
            let is_revealed_later = receipt["mode"] == "timelocked" || receipt["mode"] == "hash";
            if over.contains(&state) || (state == "finalized" && !is_revealed_later) {
                break receipt;
            }
            assert!(node.best().0 < 3_000 + kills * 60, "{receipt:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        receipts.push(receipt);
    }

    let attempts = |receipt: &Value| -> Vec<ExtrinsicHash> {
        let attempts = receipt["attempts"].as_array().unwrap().iter();
        attempts
            .map(|attempt| attempt["extrinsic"].as_str().unwrap().parse().unwrap())
            .collect()
    };
    let all: Vec<_> = receipts.iter().flat_map(attempts).collect();
    let effects = effects(&node, &all).await;
    let mut states = BTreeMap::<_, u32>::new();
    for receipt in &receipts {
        let state = receipt["state"].as_str().unwrap();
        let count: u32 = attempts(receipt)
            .iter()
            .filter_map(|hash| effects.get(hash))
            .sum();
        let expected = match state {
            // By two extrinsics of ours.
            "revealed" if receipt["mode"] == "hash" => 2,
            "finalized" | "revealed" | "reveal_missed" => 1,
            _ => 0,
        };
        assert_eq!(count, expected, "{receipt:#}");
        let kind = receipt["kind"].as_str().unwrap();
        *states.entry((kind, state)).or_default() += 1;
    }
    let told = format!("{kills} kills, {} jobs: {states:?}", accepted.len());
    let is_well = |(kind, state): &(&str, &str)| match *kind {
        "weights" => ends.contains(state),
        // One that is written over before it is opened is missed.
        "commitment" => ["finalized", "revealed", "reveal_missed", "superseded"].contains(state),
        // One whose key was not sent in the time of its request is taken back.
        "certificate" => ["finalized", "superseded", "cancelled"].contains(state),
        _ => ["finalized", "superseded"].contains(state),
    };
    assert!(states.keys().all(is_well), "{states:?}");
    assert!(states.contains_key(&("weights", "revealed")));
    running.signal("-TERM");
    node.shutdown().await;
    told
}
