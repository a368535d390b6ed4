//! Weights and commitments that are committed, opened and set.

use std::time::Duration;

use codec::{Compact, Decode, Encode};
use pylon_devnet::{BlockTime, Devnet, Layout, PulseError, World};
use serde_json::json;
use sp_crypto_hashing::{blake2_128, twox_64, twox_128};

use crate::{
    happened::{Reader, names, outcome},
    sealed::seal,
    wire::{Node, Refusal, Transaction, bytes, hex, key},
};

const NETUID: u16 = 1;
const SMALL: World = World::Dev {
    neurons: 8,
    subnets: 1,
    seed: 1,
};

fn alice() -> [u8; 32] {
    key("//Alice").public_key().0
}

fn at(pallet: &str, item: &str, key: &[u8]) -> Vec<u8> {
    let (pallet, item) = (twox_128(pallet.as_bytes()), twox_128(item.as_bytes()));
    [&pallet[..], &item, key].concat()
}

fn of_subnet(item: &str) -> Vec<u8> {
    at("SubtensorModule", item, &NETUID.to_le_bytes())
}

/// A devnet on which //Alice may commit at once.
struct Stage {
    node: Node,
    reader: Reader,
    spec: u32,
}

impl Stage {
    async fn start(layout: Layout, rate_limit: u64) -> Self {
        let builder = Devnet::builder().world(SMALL).layout(layout);
        let node = Node::start(builder).await;
        let reader = Reader::connect(&node.devnet).await;
        let spec = match layout {
            Layout::Jun2026 => 425,
            Layout::Oct2026 => 475,
        };
        let stage = Self { node, reader, spec };
        stage
            .put(of_subnet("WeightsSetRateLimit"), rate_limit.encode())
            .await;
        stage
            .put(of_subnet("LastUpdate"), vec![0u64; 8].encode())
            .await;
        stage
    }

    async fn put(&self, key: Vec<u8>, value: Vec<u8>) {
        let change = vec![(key, Some(value))];
        self.node.devnet.set_storage(change).await.unwrap();
    }

    async fn read<T: Decode>(&self, key: &[u8]) -> Option<T> {
        let value = self.node.get("state_getStorage", json!([hex(key)])).await;
        let value = (!value.is_null()).then(|| bytes(&value))?;
        Some(T::decode(&mut &value[..]).unwrap())
    }

    /// The public key of the chain's beacon.
    async fn beacon(&self) -> Vec<u8> {
        self.read(&at("Drand", "BeaconConfig", &[])).await.unwrap()
    }

    async fn last_round(&self) -> u64 {
        let key = at("Drand", "LastStoredRound", &[]);
        self.read(&key).await.unwrap_or_default()
    }

    async fn transaction(&self, call: Vec<u8>, nonce: u32) -> Transaction {
        Transaction {
            call,
            spec: self.spec,
            ..self.node.remark("//Alice", nonce).await
        }
    }

    /// Makes a block of one call of //Alice's, and says how it went.
    async fn make(&self, call: Vec<u8>, nonce: u32) -> String {
        let transaction = self.transaction(call, nonce).await;
        self.node.submit(&transaction).await.unwrap();
        self.node.devnet.new_blocks(1).await.unwrap();
        outcome(&self.reader.extrinsic(&self.node.devnet, 1).await)
    }

    /// Makes a block, and returns what happened in it by itself.
    async fn block(&self) -> Vec<String> {
        self.node.devnet.new_blocks(1).await.unwrap();
        let mut events = self.reader.best(&self.node.devnet).await;
        events.retain(|event| event.extrinsic.is_none());
        names(&events).into_iter().map(Into::into).collect()
    }

    /// Has the subnet's epoch due in the next block.
    async fn trigger_epoch(&self) {
        let next = u64::from(self.node.devnet.best().0 + 1);
        self.put(of_subnet("PendingEpochAt"), next.encode()).await;
    }
}

/// `commit_timelocked_mechanism_weights` for mechanism 0.
fn timelocked(commit: Vec<u8>, round: u64) -> Vec<u8> {
    (7u8, 118u8, NETUID, 0u8, commit, round, 4u16).encode()
}

/// `commit_weights`.
fn hashed(hash: [u8; 32]) -> Vec<u8> {
    (7u8, 96u8, NETUID, hash).encode()
}

#[tokio::test]
async fn weights_sealed_for_the_chains_beacon_are_set_once_their_epoch_and_round_have_come() {
    for layout in Layout::ALL {
        let stage = Stage::start(layout, 0).await;
        let round = stage.last_round().await + 5;
        let payload = (alice().to_vec(), vec![2u16, 3], vec![7u16, 14], 0u64).encode();
        let commit = seal(&stage.beacon().await, round, &payload);
        assert_eq!(stage.make(timelocked(commit, round), 0).await, "ok");

        stage.trigger_epoch().await;
        let events = stage.block().await;
        let revealed = "subtensorModule.TimelockedWeightsRevealed".to_owned();
        assert!(!events.contains(&revealed), "before its round");
        stage.node.get("dev_pulse", json!([round])).await;
        assert_eq!(stage.block().await, ["drand.NewPulse"]);
        assert_eq!(stage.last_round().await, round);
        let events = stage.block().await;
        assert_eq!(events, ["subtensorModule.WeightsSet".to_owned(), revealed]);

        let who = [&NETUID.to_le_bytes()[..], &blake2_128(&alice()), &alice()].concat();
        let uid: u16 = stage
            .read(&at("SubtensorModule", "Uids", &who))
            .await
            .unwrap();
        let place = [NETUID.to_le_bytes(), uid.to_le_bytes()].concat();
        let row = stage.read(&at("SubtensorModule", "Weights", &place)).await;
        let row: Vec<(u16, u16)> = row.unwrap();
        assert_eq!(row, [(2, 32_768), (3, 65_535)]);
    }
}

#[tokio::test]
async fn a_commitment_sealed_for_the_chains_beacon_is_read_by_all_after_its_round() {
    let stage = Stage::start(Layout::Jun2026, 0).await;
    let round = stage.last_round().await + 5;
    let sealed = seal(&stage.beacon().await, round, b"a text");
    let field = (Compact(1u32), 134u8, sealed, round).encode();
    let call = [(18u8, 0u8, NETUID).encode(), field].concat();
    assert_eq!(stage.make(call, 0).await, "ok");
    stage.node.devnet.add_pulse(round).unwrap();
    assert_eq!(stage.block().await, ["drand.NewPulse"]);
    assert_eq!(stage.block().await, ["commitments.CommitmentRevealed"]);
    let who = [&NETUID.to_le_bytes()[..], &twox_64(&alice()), &alice()].concat();
    let key = at("Commitments", "RevealedCommitments", &who);
    let revealed: Vec<(Vec<u8>, u64)> = stage.read(&key).await.unwrap();
    assert_eq!(revealed, [(b"a text".to_vec(), 3)]);
    let key = at("Commitments", "CommitmentOf", &who);
    assert_eq!(stage.read::<u8>(&key).await, None);
}

#[tokio::test]
async fn drand_follows_a_clocks_blocks_and_none_that_are_made_by_hand() {
    let stage = Stage::start(Layout::Jun2026, 0).await;
    let last = stage.last_round().await;
    stage.node.devnet.new_blocks(3).await.unwrap();
    assert_eq!(stage.last_round().await, last);
    let timed = BlockTime::Every(Duration::from_millis(20));
    stage.node.devnet.set_block_time(timed).unwrap();
    let caught_up = async {
        // Four rounds for each block of 12 s.
        while stage.last_round().await < last + 12 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), caught_up)
        .await
        .unwrap();
    for round in last + 1..=last + 12 {
        let key = [&blake2_128(&round.to_le_bytes())[..], &round.to_le_bytes()].concat();
        let pulse: (u64, Vec<u8>, Vec<u8>) =
            stage.read(&at("Drand", "Pulses", &key)).await.unwrap();
        assert_eq!((pulse.0, pulse.2.len()), (round, 48));
    }
}

#[tokio::test]
async fn fifty_rounds_wait_for_a_block_at_most() {
    let devnet = Devnet::builder().start().await.unwrap();
    for round in 1..=50 {
        devnet.add_pulse(round).unwrap();
    }
    assert_eq!(devnet.add_pulse(51), Err(PulseError::Full));
    devnet.add_pulse(50).unwrap();
    devnet.new_blocks(1).await.unwrap();
    devnet.add_pulse(51).unwrap();
}

#[tokio::test]
async fn octobers_pool_holds_one_commit_of_a_hotkey() {
    for layout in Layout::ALL {
        let stage = Stage::start(layout, 10).await;
        stage.node.devnet.new_blocks(20).await.unwrap();
        let first = stage.transaction(hashed([1; 32]), 0).await;
        let second = stage.transaction(hashed([2; 32]), 1).await;
        stage.node.submit(&first).await.unwrap();
        let refused = stage.node.submit(&second).await.err();
        match layout {
            Layout::Jun2026 => assert_eq!(refused, None),
            Layout::Oct2026 => {
                let Refusal { code, message, .. } = refused.unwrap();
                assert_eq!(
                    (code, &message[..]),
                    (1014, "Priority is too low: (1 vs 1)")
                );
            }
        }
    }
}

#[tokio::test]
async fn a_long_commit_is_none_in_june_and_fails_in_october() {
    let june = Stage::start(Layout::Jun2026, 0).await;
    // Far enough away, however long this takes: October's pool knows which rounds are over.
    let round = june.last_round().await + 1_000;
    let long = |length| timelocked(vec![7; length], round);
    assert_eq!(june.make(long(5_000), 0).await, "ok");
    let undecodable = june.transaction(long(5_001), 1).await;
    let refused = june.node.submit(&undecodable).await.unwrap_err();
    assert_eq!(refused.code, 1002);

    let october = Stage::start(Layout::Oct2026, 0).await;
    let too_large = "subtensorModule.CommitPayloadTooLarge";
    assert_eq!(october.make(long(5_000), 0).await, "ok");
    assert_eq!(october.make(long(5_001), 1).await, too_large);
    assert_eq!(october.make(long(32 * 1_024), 2).await, too_large);
    let undecodable = october.transaction(long(32 * 1_024 + 1), 3).await;
    let refused = october.node.submit(&undecodable).await.unwrap_err();
    assert_eq!(refused.code, 1002);
}
