//! When blocks are made, and when they are final.

use std::time::Duration;

use pylon_devnet::{BlockTime, Devnet};
use serde_json::{Value, json};

use crate::{heads::next, wire::Node};

async fn reach(devnet: &Devnet, number: u32) {
    let wait = async {
        while devnet.best().0 < number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_instant_node_makes_a_block_for_each_transaction() {
    let node = Node::start(Devnet::builder()).await;
    assert_eq!(
        node.get("dev_setBlockBuildMode", json!(["Instant"])).await,
        Value::Null
    );
    for nonce in 0..3u32 {
        let mut watched = node
            .watch(&node.remark("//Alice", nonce).await.sign())
            .await;
        assert_eq!(next(&mut watched).await, "ready");
        assert!(next(&mut watched).await["inBlock"].is_string());
        assert_eq!(node.devnet.best().0, nonce + 1);
    }
}

#[tokio::test]
async fn an_instant_node_takes_what_waited_before() {
    let node = Node::start(Devnet::builder()).await;
    node.submit(&node.remark("//Alice", 0).await).await.unwrap();
    node.devnet.set_block_time(BlockTime::Instant).unwrap();
    reach(&node.devnet, 1).await;
    assert_eq!(
        node.get("author_pendingExtrinsics", json!([])).await,
        json!([])
    );
}

#[tokio::test]
async fn the_block_time_changes_while_the_node_runs() {
    let node = Node::start(Devnet::builder()).await;
    for timed in [
        json!([20]),
        json!([{"every_ms": 20}]),
        json!({"every_ms": 20}),
    ] {
        node.get("dev_setBlockBuildMode", timed).await;
        let now = node.devnet.best().0;
        reach(&node.devnet, now + 3).await;
        node.get("dev_setBlockBuildMode", json!(["Manual"])).await;
    }
    for bad in [json!([19]), json!([12_001]), json!(["Often"]), json!([])] {
        let refused = node.call("dev_setBlockBuildMode", bad).await.unwrap_err();
        assert_eq!(refused.code, -32_602);
    }
}

#[tokio::test]
async fn chain_time_moves_by_the_block_time_of_the_moment_and_slots_never_go_back() {
    let node = Node::start(Devnet::builder()).await;
    let mut slots = Vec::new();
    for mode in [json!(["Manual"]), json!([12_000]), json!([3_000])] {
        node.get("dev_setBlockBuildMode", mode).await;
        node.devnet.new_blocks(1).await.unwrap();
        let header = node.get("chain_getHeader", json!([])).await;
        let item = hex::decode(&header["digest"]["logs"][0].as_str().unwrap()[2..]).unwrap();
        slots.push(u64::from_le_bytes(
            item[item.len() - 8..].try_into().unwrap(),
        ));
    }
    assert_eq!([slots[0] + 1, slots[0] + 2], slots[1..]);
    let key = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";
    let mut times = Vec::new();
    for number in 0..=3 {
        let hash = node.get("chain_getBlockHash", json!([number])).await;
        let now = crate::wire::bytes(&node.get("state_getStorage", json!([key, hash])).await);
        times.push(u64::from_le_bytes(now.try_into().unwrap()));
    }
    let steps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(steps, [12_000, 12_000, 3_000]);
}

#[tokio::test]
async fn a_greater_lag_makes_finality_wait_and_a_smaller_one_lets_it_catch_up() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(3).await.unwrap();
    node.get("dev_setFinalityLag", json!([5])).await;
    node.devnet.new_blocks(4).await.unwrap();
    assert_eq!(node.devnet.finalized().0, 3);
    node.devnet.new_blocks(2).await.unwrap();
    assert_eq!(node.devnet.finalized().0, 4);
    node.devnet.set_finality_lag(1).await.unwrap();
    assert_eq!((node.devnet.best().0, node.devnet.finalized().0), (9, 8));
}
