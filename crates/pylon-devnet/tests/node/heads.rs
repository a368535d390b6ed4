//! Following the chain: heads, finality, storage and transactions.

use jsonrpsee::core::client::Subscription;
use pylon_devnet::Devnet;
use serde_json::{Value, json};

use crate::wire::{Node, connect, hex};

pub(crate) async fn next(subscription: &mut Subscription<Value>) -> Value {
    let next = tokio::time::timeout(std::time::Duration::from_secs(10), subscription.next());
    next.await.unwrap().unwrap().unwrap()
}

async fn numbers(subscription: &mut Subscription<Value>, count: usize) -> Vec<Value> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(next(subscription).await["number"].clone());
    }
    numbers
}

#[tokio::test]
async fn every_head_comes_once_and_in_order_to_each_subscriber() {
    let node = Node::start(Devnet::builder()).await;
    let other = Node {
        client: connect(&node.devnet).await,
        devnet: node.devnet,
    };
    let first = Node {
        client: node.client,
        devnet: Devnet::builder().start().await.unwrap(),
    };
    let mut a = first
        .subscribe(
            "chain_subscribeNewHeads",
            json!([]),
            "chain_unsubscribeNewHeads",
        )
        .await;
    let mut b = other
        .subscribe(
            "chain_subscribeAllHeads",
            json!([]),
            "chain_unsubscribeAllHeads",
        )
        .await;
    other.devnet.new_blocks(40).await.unwrap();
    let expected: Vec<Value> = (0..=40)
        .map(|number| json!(format!("{number:#x}")))
        .collect();
    assert_eq!(numbers(&mut a, 41).await, expected);
    assert_eq!(numbers(&mut b, 41).await, expected);
}

#[tokio::test]
async fn finality_trails_by_its_lag() {
    let node = Node::start(Devnet::builder().finality_lag(2)).await;
    let mut finalized = node
        .subscribe(
            "chain_subscribeFinalizedHeads",
            json!([]),
            "chain_unsubscribeFinalizedHeads",
        )
        .await;
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(node.devnet.finalized().0, 0);
    node.devnet.new_blocks(4).await.unwrap();
    assert_eq!((node.devnet.best().0, node.devnet.finalized().0), (5, 3));
    let head = node.get("chain_getFinalizedHead", json!([])).await;
    assert_eq!(head, json!(hex(&node.devnet.finalized().1)));
    assert_eq!(
        numbers(&mut finalized, 4).await,
        [json!("0x0"), json!("0x1"), json!("0x2"), json!("0x3")]
    );
}

#[tokio::test]
async fn a_watched_transaction_tells_its_life() {
    let node = Node::start(Devnet::builder().finality_lag(1)).await;
    let mut late = node.watch(&node.remark("//Alice", 1).await.sign()).await;
    assert_eq!(next(&mut late).await, "future");
    let mut early = node.watch(&node.remark("//Alice", 0).await.sign()).await;
    assert_eq!(next(&mut early).await, "ready");
    assert_eq!(next(&mut late).await, "ready");
    let block = node.devnet.new_blocks(1).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    for watched in [&mut early, &mut late] {
        assert_eq!(next(watched).await, json!({ "inBlock": hex(&block) }));
        assert_eq!(next(watched).await, json!({ "finalized": hex(&block) }));
    }
}

#[tokio::test]
async fn a_replaced_transaction_tells_by_which() {
    let node = Node::start(Devnet::builder()).await;
    let mut first = node.watch(&node.remark("//Alice", 0).await.sign()).await;
    assert_eq!(next(&mut first).await, "ready");
    // Nothing but a call of the sudo key has a higher priority.
    let sudo = crate::wire::Transaction {
        call: [&[12, 0], &crate::wire::REMARK[..]].concat(),
        ..node.remark("//Alice", 0).await
    };
    let hash = node.submit(&sudo).await.unwrap();
    assert_eq!(next(&mut first).await, json!({ "usurped": hash }));
}

#[tokio::test]
async fn followed_storage_is_told_when_it_changes_and_only_then() {
    let node = Node::start(Devnet::builder()).await;
    let mut storage = node
        .subscribe(
            "state_subscribeStorage",
            json!([["0xcc", "0xcd"]]),
            "state_unsubscribeStorage",
        )
        .await;
    assert_eq!(
        next(&mut storage).await["changes"],
        json!([["0xcc", null], ["0xcd", null]])
    );
    node.devnet.new_blocks(2).await.unwrap();
    node.devnet
        .set_storage(vec![(vec![0xcd], Some(vec![1]))])
        .await
        .unwrap();
    let change = next(&mut storage).await;
    assert_eq!(
        change,
        json!({"block": hex(&node.devnet.best().1), "changes": [["0xcd", "0x01"]]})
    );
    node.devnet.new_blocks(1).await.unwrap();
    node.devnet
        .set_storage(vec![(vec![0xcc], Some(vec![2]))])
        .await
        .unwrap();
    assert_eq!(
        next(&mut storage).await["changes"],
        json!([["0xcc", "0x02"]])
    );
}

#[tokio::test]
async fn the_runtime_version_is_told_at_once() {
    let node = Node::start(Devnet::builder()).await;
    let mut versions = node
        .subscribe(
            "state_subscribeRuntimeVersion",
            json!([]),
            "state_unsubscribeRuntimeVersion",
        )
        .await;
    assert_eq!(next(&mut versions).await["specVersion"], 425);
}
