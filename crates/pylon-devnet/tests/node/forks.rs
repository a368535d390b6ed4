//! Branches: what is left, what takes its place, and who hears of it.

use std::time::{Duration, SystemTime};

use jsonrpsee::core::client::Subscription;
use pylon_devnet::{Devnet, HeadError, ReorganiseError};
use serde_json::{Value, json};

use crate::{
    heads::next,
    wire::{Node, Refusal, account_key, bytes, hex, transfer},
};

const NOW: &str = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";

async fn unfinal() -> Node {
    Node::start(Devnet::builder().finality_lag(100)).await
}

async fn heads(node: &Node, which: &str) -> Subscription<Value> {
    let subscribe = format!("chain_subscribe{which}Heads");
    let unsubscribe = format!("chain_unsubscribe{which}Heads");
    node.subscribe(&subscribe, json!([]), &unsubscribe).await
}

async fn canonical(node: &Node, number: u32) -> Value {
    node.get("chain_getBlockHash", json!([number])).await
}

async fn parent(node: &Node, hash: &Value) -> Value {
    node.get("chain_getHeader", json!([hash])).await["parentHash"].clone()
}

async fn time_at(node: &Node, hash: &Value) -> u64 {
    let now = node.get("state_getStorage", json!([NOW, hash])).await;
    u64::from_le_bytes(bytes(&now).try_into().unwrap())
}

#[tokio::test]
async fn a_reorganisation_replaces_the_best_blocks_by_a_longer_branch() {
    let node = unfinal().await;
    node.devnet.new_blocks(5).await.unwrap();
    let mut left = Vec::new();
    for number in 0..=5 {
        left.push(canonical(&node, number).await);
    }
    let head = node.get("dev_reorganise", json!([2])).await;
    assert_eq!(node.devnet.best().0, 6);
    assert_eq!(head, json!(hex(&node.devnet.best().1)));
    assert_eq!(canonical(&node, 3).await, left[3]);
    for number in 4..=6 {
        let hash = canonical(&node, number).await;
        assert!(!left.contains(&hash));
        assert_eq!(
            parent(&node, &hash).await,
            canonical(&node, number - 1).await
        );
    }
    assert!(time_at(&node, &canonical(&node, 4).await).await > time_at(&node, &left[4]).await);
}

#[tokio::test]
async fn left_blocks_stay_readable_by_hash() {
    let node = unfinal().await;
    node.devnet.new_blocks(2).await.unwrap();
    let changed = vec![(vec![0xcc], Some(vec![7]))];
    node.devnet.set_storage(changed).await.unwrap();
    let left = canonical(&node, 2).await;
    node.devnet.reorganise(1).await.unwrap();
    assert_eq!(
        node.get("chain_getHeader", json!([left])).await["number"],
        "0x2"
    );
    let at = |hash: Value| node.get("state_getStorage", json!(["0xcc", hash]));
    assert_eq!(at(left).await, "0x07");
    assert_eq!(at(canonical(&node, 2).await).await, Value::Null);
}

#[tokio::test]
async fn followers_hear_of_the_new_head_and_those_of_all_heads_of_the_whole_branch() {
    let node = unfinal().await;
    node.devnet.new_blocks(4).await.unwrap();
    let (mut best, mut all) = (heads(&node, "New").await, heads(&node, "All").await);
    for heads in [&mut best, &mut all] {
        assert_eq!(next(heads).await["number"], "0x4");
    }
    node.devnet.reorganise(2).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    for number in ["0x5", "0x6"] {
        assert_eq!(next(&mut best).await["number"], number);
    }
    for number in 3..=6 {
        let header = next(&mut all).await;
        assert_eq!(header["number"], format!("{number:#x}"));
        assert_eq!(header["parentHash"], canonical(&node, number - 1).await);
    }
}

#[tokio::test]
async fn a_transaction_of_a_left_block_is_retracted_and_included_again() {
    let node = unfinal().await;
    let payment = crate::wire::Transaction {
        call: transfer("//Bob", 5),
        ..node.remark("//Alice", 0).await
    };
    let payment = payment.sign();
    let mut watched = node.watch(&payment).await;
    let payment = hex(&payment);
    let left = hex(&node.devnet.new_blocks(1).await.unwrap());
    let bob = hex(&account_key("//Bob"));
    let paid = node.get("state_getStorage", json!([bob])).await;
    node.devnet.reorganise(1).await.unwrap();
    assert_ne!(node.get("state_getStorage", json!([bob])).await, paid);
    assert_eq!(
        node.get("author_pendingExtrinsics", json!([])).await,
        json!([payment])
    );
    let again = hex(&node.devnet.new_blocks(1).await.unwrap());
    assert_eq!(node.get("state_getStorage", json!([bob])).await, paid);
    for status in [
        json!("ready"),
        json!({ "inBlock": left }),
        json!({ "retracted": left }),
        json!("ready"),
        json!({ "inBlock": again }),
    ] {
        assert_eq!(next(&mut watched).await, status);
    }
    node.get("dev_setFinalityLag", json!([0])).await;
    assert_eq!(next(&mut watched).await, json!({ "finalized": again }));
}

#[tokio::test]
async fn final_blocks_are_never_left() {
    let node = Node::start(Devnet::builder().finality_lag(2)).await;
    node.devnet.new_blocks(5).await.unwrap();
    let refused = node.devnet.reorganise(3).await.unwrap_err();
    assert!(matches!(
        refused,
        HeadError::Reorganise(ReorganiseError::Final { depth: 3, free: 2 })
    ));
    assert_eq!(
        node.call("dev_reorganise", json!({"depth": 3})).await,
        Err(Refusal::plain(
            -32_000,
            "cannot replace the best 3 blocks: only 2 of them are not final"
        ))
    );
    assert_eq!(node.devnet.best().0, 5);
    node.devnet.reorganise(2).await.unwrap();
    assert_eq!((node.devnet.best().0, node.devnet.finalized().0), (6, 4));
}

#[tokio::test]
async fn each_branch_has_hashes_of_its_own_and_the_same_in_each_run() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    let mut runs = Vec::new();
    for _ in 0..2 {
        let builder = Devnet::builder().genesis_time(start).finality_lag(100);
        let devnet = builder.start().await.unwrap();
        devnet.new_blocks(2).await.unwrap();
        let mut hashes = vec![devnet.block_hash(2).unwrap()];
        for depth in [1, 2, 3] {
            devnet.reorganise(depth).await.unwrap();
            hashes.push(devnet.block_hash(2).unwrap());
        }
        runs.push(hashes);
    }
    assert_eq!(runs[0], runs[1]);
    let mut distinct = runs.remove(0);
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
}

#[tokio::test]
async fn the_chain_goes_on_from_the_head_that_is_set() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(4).await.unwrap();
    let (second, fourth) = (canonical(&node, 2).await, canonical(&node, 4).await);
    let mut finalized = heads(&node, "Finalized").await;
    assert_eq!(next(&mut finalized).await["number"], "0x4");
    let mut best = heads(&node, "New").await;
    assert_eq!(next(&mut best).await["number"], "0x4");

    assert_eq!(node.get("dev_setHead", json!([2])).await, second);
    assert_eq!((node.devnet.best().0, node.devnet.finalized().0), (2, 2));
    assert_eq!(canonical(&node, 3).await, Value::Null);
    assert_eq!(next(&mut best).await["number"], "0x2");
    assert_eq!(next(&mut finalized).await["number"], "0x2");

    let changed = vec![(vec![0xcc], Some(vec![7]))];
    node.devnet.set_storage(changed).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    let third = canonical(&node, 3).await;
    assert_eq!(parent(&node, &third).await, second);
    assert_eq!(next(&mut best).await["number"], "0x3");
    assert_eq!(next(&mut finalized).await["number"], "0x3");

    // And back to where it was, by hash.
    assert_eq!(
        node.get("dev_setHead", json!({"hash": fourth})).await,
        fourth
    );
    assert_ne!(canonical(&node, 3).await, third);
    assert_eq!(node.devnet.best().0, 4);
    let unknown = json!(["0x".to_owned() + &"77".repeat(32)]);
    assert_eq!(
        node.call("dev_setHead", unknown).await.unwrap_err().code,
        4003
    );
    let refused = node.call("dev_setHead", json!([99])).await.unwrap_err();
    assert_eq!(refused.code, -32_602);
}
