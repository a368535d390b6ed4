//! What the real runtime of June 2026 did, step by step, done here.
//!
//! Each file in `tests/fixtures/dispatch` is a recorded scenario. They are played on one chain in
//! the order of their first blocks, as they were recorded; each has a subnet of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pylon_devnet::{Devnet, World};
use serde_json::{Value, json};

use crate::{
    happened::{Event, Reader, names, outcome},
    wire::{Node, Transaction, bytes, hex, key},
};

/// Prefixes of the names of events that every chain has, or that depend on its emission.
const NOISE: [&str; 8] = [
    "transactionPayment.",
    "balances.",
    "sudo.",
    "treasury.",
    "system.Extrinsic",
    "system.NewAccount",
    "subtensorModule.IncentiveAlphaEmittedToMiners",
    "subtensorModule.AutoStakeAdded",
];
/// Storage whose u16 numbers consensus computes: they may differ by one in the last place.
const ROUNDED: [&str; 5] = [
    ".Incentive",
    ".Dividends",
    ".Consensus",
    ".ValidatorTrust",
    ".Bonds",
];
/// Letters of a difference that are shown.
const SHOWN: usize = 900;

/// One thing that a step looked at: what it is, what it was on the real chain, what it is here.
struct Compared {
    what: String,
    real: Value,
    here: Value,
}

impl Compared {
    fn new(what: &Value, real: Value, here: Value) -> Self {
        let what = what.as_str().unwrap_or_default().into();
        Self { what, real, here }
    }

    fn is_same(&self) -> bool {
        let rounded = ROUNDED.iter().any(|item| self.what.ends_with(item));
        self.real == self.here || (rounded && nearly(&self.real, &self.here))
    }
}

fn nearly(real: &Value, here: &Value) -> bool {
    if real.is_null() || here.is_null() {
        return false;
    }
    let (real, here) = (bytes(real), bytes(here));
    let numbers = |bytes: &[u8]| -> Vec<u16> {
        // A list's length comes first, here always in one byte.
        let (pairs, _) = bytes[1..].as_chunks();
        pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
    };
    real.len() == here.len()
        && numbers(&real)
            .into_iter()
            .zip(numbers(&here))
            .all(|(real, here)| real.abs_diff(here) <= 1)
}

fn telling(events: &[Event]) -> Vec<&str> {
    let mut names = names(events);
    names.retain(|name| !NOISE.iter().any(|noise| name.starts_with(noise)));
    names
}

/// A chain on which scenarios are played.
struct Stage {
    node: Node,
    reader: Reader,
}

impl Stage {
    async fn step(&self, step: &Value) -> Vec<Compared> {
        if let Some(height) = step["to"].as_u64() {
            self.go_to(height).await
        } else if step["set"].is_array() {
            self.node.get("dev_setStorage", json!([step["set"]])).await;
            Vec::new()
        } else if let Some(count) = step["blocks"].as_u64() {
            vec![self.blocks(count, &step["events"]).await]
        } else if step["call"].is_string() {
            vec![self.call(step).await]
        } else if let Some(read) = step["read"].as_array() {
            let mut compared = Vec::new();
            for entry in read {
                let here = self.node.get("state_getStorage", json!([entry[0]])).await;
                compared.push(Compared::new(&entry[2], entry[1].clone(), here));
            }
            compared
        } else {
            let request = json!([step["api"], step["args"]]);
            let here = match self.node.call("state_call", request).await {
                Ok(answer) => answer,
                Err(refusal) => json!(refusal.message),
            };
            vec![Compared::new(&step["api"], step["result"].clone(), here)]
        }
    }

    async fn go_to(&self, height: u64) -> Vec<Compared> {
        let best = u64::from(self.node.devnet.best().0);
        match height.checked_sub(best) {
            Some(ahead) => {
                let ahead = u32::try_from(ahead).unwrap();
                self.node.devnet.new_blocks(ahead).await.unwrap();
                Vec::new()
            }
            None => vec![Compared::new(&json!("height"), json!(height), json!(best))],
        }
    }

    async fn blocks(&self, count: u64, events: &Value) -> Compared {
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..count {
            self.node.devnet.new_blocks(1).await.unwrap();
            let mut happened = self.reader.best(&self.node.devnet).await;
            happened.retain(|event| event.extrinsic.is_none());
            seen.extend(telling(&happened).into_iter().map(Into::into));
        }
        Compared::new(&json!("events of blocks"), events.clone(), json!(seen))
    }

    async fn call(&self, step: &Value) -> Compared {
        let real = if step["pool"].is_object() {
            json!({"pool": {"code": step["pool"]["code"], "data": step["pool"]["data"]}})
        } else if step["lost"] == true {
            json!({"lost": true})
        } else {
            json!({"dispatch": step["dispatch"], "events": step["events"]})
        };
        Compared::new(&step["says"], real, self.submit(step).await)
    }

    async fn submit(&self, step: &Value) -> Value {
        let uri = step["signer"].as_str().unwrap();
        let address = key(uri).public_key().to_account_id().to_string();
        let nonce = match step["nonce"].as_u64() {
            Some(nonce) => nonce,
            None => {
                let next = self.node.get("system_accountNextIndex", json!([address]));
                next.await.as_u64().unwrap()
            }
        };
        let transaction = Transaction {
            call: bytes(&step["call"]),
            nonce: u32::try_from(nonce).unwrap(),
            tampered: step["tamper"] == true,
            ..self.node.remark(uri, 0).await
        };
        let extrinsic = json!(hex(&transaction.sign()));
        let submitted = self.node.call("author_submitExtrinsic", json!([extrinsic]));
        if let Err(refusal) = submitted.await {
            return json!({"pool": {"code": refusal.code, "data": refusal.data}});
        }
        self.node.devnet.new_blocks(1).await.unwrap();
        let block = self.node.get("chain_getBlock", json!([])).await;
        let extrinsics = block["block"]["extrinsics"].as_array().unwrap();
        let Some(index) = extrinsics.iter().position(|other| *other == extrinsic) else {
            return json!({"lost": true});
        };
        let index = u32::try_from(index).unwrap();
        let events = self.reader.extrinsic(&self.node.devnet, index).await;
        json!({"dispatch": outcome(&events), "events": telling(&events)})
    }
}

impl Stage {
    async fn start() -> Self {
        let node = Node::start(Devnet::builder().world(World::Empty)).await;
        let reader = Reader::connect(&node.devnet).await;
        Self { node, reader }
    }

    /// Plays a scenario and returns where it goes otherwise than on the real chain.
    async fn play(&self, scenario: &Value) -> Vec<String> {
        let name = &scenario["name"];
        let mut compared = 0;
        let mut differences = Vec::new();
        for (nth, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            for seen in self.step(step).await {
                compared += 1;
                if !seen.is_same() {
                    let Compared { what, real, here } = seen;
                    let line = format!("{name} [{nth}] {what}\n   real {real}\n   here {here}");
                    differences.push(line.chars().take(SHOWN).collect());
                }
            }
        }
        assert!(compared > 0, "{name} compares nothing");
        differences
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[tokio::test]
async fn every_recorded_scenario_goes_as_on_the_real_chain() {
    let mut scenarios: Vec<Value> = fs::read_dir(fixtures().join("dispatch"))
        .unwrap()
        .map(|file| read(&file.unwrap().path()))
        .collect();
    scenarios.sort_by_key(|scenario| scenario["steps"][0]["to"].as_u64().unwrap());
    assert_eq!(scenarios.len(), 39);
    let stage = Stage::start().await;
    let mut differences = Vec::new();
    for scenario in scenarios {
        differences.extend(stage.play(&scenario).await);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
