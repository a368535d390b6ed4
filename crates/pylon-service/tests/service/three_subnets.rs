//! One hotkey that sets the weights of three subnets at once: one queue, one nonce.

use std::time::Duration;

use pylon_chain::storage::StorageKey;
use pylon_devnet::World;
use pylon_models::Hotkey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, DEV, TestApp};
use crate::commits::{laid, open, running};

/// The slot of //Alice on each of them.
const UID: u16 = 4;
/// Miners, which are given all the weight in turn.
const MINERS: [u16; 7] = [1, 2, 3, 5, 6, 7, 9];

/// //Alice takes the slot of a validator; its permit and its dates stay.
fn alice_on(netuid: u16) -> [(Vec<u8>, Option<Vec<u8>>); 3] {
    let alice: Hotkey = ALICE.parse().unwrap();
    let alice = *alice.as_bytes();
    let of = |entry| StorageKey::new("SubtensorModule", entry);
    let uid = UID.to_le_bytes().to_vec();
    [
        (of("Keys").identity(&netuid).identity(&UID), alice.to_vec()),
        (of("Uids").identity(&netuid).blake2_128_concat(&alice), uid),
        (
            of("IsNetworkMember")
                .blake2_128_concat(&alice)
                .identity(&netuid),
            vec![1],
        ),
    ]
    .map(|(key, value)| (key.as_bytes().to_vec(), Some(value)))
}

/// One of the subnets, as the identity sees it that acts there.
struct Subnet<'a> {
    app: &'a TestApp,
    path: String,
    /// Hotkeys by uid.
    hotkeys: Vec<String>,
    /// The miner of each vector that was given, and its job.
    given: Vec<(u16, String)>,
}

impl<'a> Subnet<'a> {
    async fn of(app: &'a TestApp, identity: &str, netuid: u16) -> Self {
        let path = format!("/api/v1/identity/{identity}/subnet/{netuid}");
        let latest = format!("{path}/block/latest/neurons");
        let neurons = app.get_as(DEV, &latest).await.json();
        let mut by_uid: Vec<_> = neurons["neurons"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(hotkey, neuron)| (neuron["uid"].as_u64(), hotkey.clone()))
            .collect();
        by_uid.sort();
        let alice = &neurons["neurons"][ALICE];
        assert_eq!(
            (&alice["uid"], &alice["validator_permit"]),
            (&json!(UID), &json!(true)),
            "subnet {netuid}"
        );
        Self {
            app,
            path,
            hotkeys: by_uid.into_iter().map(|(_, hotkey)| hotkey).collect(),
            given: Vec::new(),
        }
    }

    async fn give(&mut self, miner: u16) {
        let hotkey = &self.hotkeys[usize::from(miner)];
        let request = self
            .app
            .request(Method::PUT, &format!("{}/weights", self.path))
            .bearer_auth(DEV)
            .json(&json!({ "weights": { hotkey: 1 } }));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let job = answer.json()["job_id"].as_str().unwrap().to_owned();
        self.given.push((miner, job));
    }

    async fn receipt(&self, job: &str) -> Value {
        let path = format!("{}/weights/jobs/{job}", self.path);
        self.app.get_as(DEV, &path).await.json()
    }

    /// What stands on chain of //Alice's weights.
    async fn row(&self) -> Value {
        let path = format!("{}/block/latest/weights", self.path);
        let matrix = self.app.get_as(DEV, &path).await.json();
        let rows = matrix["weights"].as_array().unwrap();
        let own = rows.iter().find(|row| row["uid"] == UID);
        own.map_or(Value::Null, |row| row["row"].clone())
    }

    /// Checks what became of every vector, once the newest is there. Returns the nonces that they took.
    async fn settle(&self, end: &str) -> Vec<u64> {
        let (newest, last) = self.given.last().unwrap();
        self.app
            .until("the newest weights are there", async || {
                self.receipt(last).await["state"] == end
            })
            .await;
        assert_eq!(self.row().await, json!([[newest, 65_535]]), "{}", self.path);
        let mut nonces = Vec::new();
        for (nth, (_, job)) in self.given.iter().enumerate() {
            let receipt = self.receipt(job).await;
            let attempts = receipt["attempts"].as_array().unwrap();
            if receipt["state"] == "superseded" {
                let (_, next) = &self.given[nth + 1];
                assert_eq!(receipt["superseded_by"], json!(next));
                assert_eq!(self.receipt(next).await["supersedes"], json!(job));
                assert_eq!(attempts.len(), 0, "{receipt:#}");
            } else {
                assert_eq!(receipt["state"], end, "{receipt:#}");
                // Epochs are shorter here than a round of the beacon, which may be ahead of a commit.
                let (late, taken): (Vec<_>, Vec<_>) = attempts
                    .iter()
                    .partition(|attempt| attempt["error"] == "InvalidRevealRound");
                assert!(late.is_empty() || end == "revealed", "{receipt:#}");
                assert_eq!(taken.len(), 1, "{receipt:#}");
                assert!(taken[0]["error"].is_null(), "{receipt:#}");
                nonces.push(taken[0]["nonce"].as_u64().unwrap());
            }
        }
        nonces
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_puts_a_second_to_each_of_three_subnets_of_one_hotkey_leave_the_newest_of_each() {
    let same_hotkey = |netuid: u16| {
        json!({
            "netuid": netuid, "token": DEV, "wallet_name": "validator", "hotkey_name": "alice",
        })
    };
    let second_in_the_open = laid("CommitRevealWeightsEnabled", Some(2), &[0]);
    let app = running()
        .world(World::Dev {
            neurons: 16,
            subnets: 3,
            seed: 1,
        })
        .set(
            "identities",
            json!({ "dev": { "netuid": 1, "token": DEV }, "two": same_hotkey(2), "three": same_hotkey(3) }),
        )
        .storage(
            [open(), alice_on(2).into(), alice_on(3).into()]
                .into_iter()
                .flatten()
                // What she has staked is not enough for three subnets.
                .chain([second_in_the_open, laid("StakeThreshold", None, &[0; 8])])
                .collect(),
        )
        .start()
        .await;
    let mut subnets = [
        Subnet::of(&app, "dev", 1).await,
        Subnet::of(&app, "two", 2).await,
        Subnet::of(&app, "three", 3).await,
    ];
    for miner in MINERS.iter().cycle().take(40) {
        let given = subnets.iter_mut().map(|subnet| subnet.give(*miner));
        futures::future::join_all(given).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut nonces = Vec::new();
    for (subnet, end) in subnets.iter().zip(["finalized", "finalized", "revealed"]) {
        nonces.extend(subnet.settle(end).await);
    }
    nonces.sort_unstable();
    let each_once: Vec<u64> = (0..).take(nonces.len()).collect();
    assert_eq!(nonces, each_once);
    app.stop().await;
}
