//! Blocks: their headers, their hashes, their time, and making them.

use std::time::{Duration, SystemTime};

use jsonrpsee::core::client::ClientT;
use pylon_devnet::{BlockTime, Devnet, StartError};
use serde_json::{Value, json};
use sp_runtime::{generic::Header, traits::BlakeTwo256};

use crate::wire::{Node, bytes, hex, post};

#[tokio::test]
async fn each_header_names_its_parent_and_hashes_to_its_block() {
    let node = Node::start(Devnet::builder()).await;
    assert_eq!(
        node.get("dev_newBlock", json!([{"count": 3}])).await,
        hash(&node, 3).await
    );
    node.get("dev_newBlock", json!([2])).await;
    node.get("dev_newBlock", json!([])).await;
    assert_eq!(node.devnet.best().0, 6);
    let mut parent = hash(&node, 0).await;
    for number in 1..=6u32 {
        let hash = hash(&node, number).await;
        let block = node.get("chain_getBlock", json!([hash])).await;
        let header: Header<u32, BlakeTwo256> =
            serde_json::from_value(block["block"]["header"].clone()).unwrap();
        assert_eq!(header.number, number);
        assert_eq!(json!(hex(header.parent_hash.as_bytes())), parent);
        assert_eq!(json!(hex(header.hash().as_bytes())), hash);
        assert_eq!(header.digest.logs.len(), 1);
        parent = hash;
    }
    assert_eq!(parent, json!(hex(&node.devnet.best().1)));
}

async fn hash(node: &Node, number: u32) -> Value {
    node.get("chain_getBlockHash", json!([number])).await
}

#[tokio::test]
async fn hashes_are_asked_for_by_number_by_hex_by_list_or_not_at_all() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(2).await.unwrap();
    let list = node
        .get("chain_getBlockHash", json!([[0, "0x1", 2, 9]]))
        .await;
    let each = json!([
        hash(&node, 0).await,
        hash(&node, 1).await,
        hash(&node, 2).await,
        null
    ]);
    assert_eq!(list, each);
    assert_eq!(
        node.get("chain_getBlockHash", json!([null])).await,
        hash(&node, 2).await
    );
    assert_eq!(
        node.get("chain_getHead", json!([])).await,
        hash(&node, 2).await
    );
}

#[tokio::test]
async fn chain_time_moves_by_one_block_time_a_block() {
    for (block_time, step) in [
        (BlockTime::Manual, 12_000),
        (BlockTime::Every(Duration::from_secs(12)), 12_000),
        (BlockTime::Every(Duration::from_secs(9)), 9_000),
    ] {
        let start = SystemTime::UNIX_EPOCH + Duration::from_millis(1_750_000_000_400);
        let builder = Devnet::builder().block_time(block_time).genesis_time(start);
        let node = Node::start(builder).await;
        node.devnet.new_blocks(2).await.unwrap();
        let key = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";
        let now = bytes(&node.get("state_getStorage", json!([key])).await);
        let now = u64::from_le_bytes(now.try_into().unwrap());
        assert_eq!(now, 1_750_000_000_000 + 2 * step);
    }
}

#[tokio::test]
async fn the_same_start_gives_the_same_hashes() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    let mut heads = Vec::new();
    for _ in 0..2 {
        let devnet = Devnet::builder().genesis_time(start).start().await.unwrap();
        devnet
            .set_storage(vec![(vec![1], Some(vec![2]))])
            .await
            .unwrap();
        heads.push(devnet.new_blocks(5).await.unwrap());
    }
    assert_eq!(heads[0], heads[1]);
}

#[tokio::test]
async fn timed_blocks_come_by_themselves() {
    let every = BlockTime::Every(Duration::from_millis(20));
    let devnet = Devnet::builder().block_time(every).start().await.unwrap();
    let wait = async {
        while devnet.best().0 < 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_block_time_below_20_ms_or_above_12_s_is_refused() {
    for millis in [19, 12_001] {
        let every = BlockTime::Every(Duration::from_millis(millis));
        let refused = Devnet::builder().block_time(every).start().await;
        assert!(matches!(refused, Err(StartError::BlockTime(_))));
    }
}

#[tokio::test]
async fn shutdown_closes_connections_and_frees_the_port() {
    let node = Node::start(Devnet::builder()).await;
    let address = node
        .devnet
        .ws_url()
        .trim_start_matches("ws://")
        .parse()
        .unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(3), node.devnet.shutdown());
    stopped.await.unwrap();
    let call = node
        .client
        .request::<Value, _>("system_chain", jsonrpsee::core::rpc_params![]);
    assert!(call.await.is_err());
    Devnet::builder().bind(address).start().await.unwrap();
}

#[tokio::test]
async fn http_post_answers_on_the_same_port() {
    let devnet = Devnet::builder().start().await.unwrap();
    let answer = post(&devnet.http_url(), "system_properties").await;
    let json: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(json["result"]["ss58Format"], 42);
    assert_eq!(json["result"]["tokenSymbol"], "TAO");
}

#[tokio::test]
async fn every_method_is_listed() {
    let node = Node::start(Devnet::builder()).await;
    let listed = node.get("rpc_methods", json!([])).await;
    let listed = listed["methods"].as_array().unwrap();
    // What turbobt 1.3.2, bittensor 11.3.0, @polkadot/api 16.5.6 and subxt 0.51 call.
    for method in "account_nextIndex author_pendingExtrinsics author_submitAndWatchExtrinsic \
        author_submitExtrinsic author_unwatchExtrinsic chain_getBlock chain_getBlockHash \
        chain_getFinalizedHead chain_getHead chain_getHeader chain_subscribeAllHeads \
        chain_subscribeFinalizedHeads chain_subscribeNewHeads chain_unsubscribeAllHeads \
        chain_unsubscribeFinalizedHeads chain_unsubscribeNewHeads payment_queryFeeDetails \
        payment_queryInfo rpc_methods state_call state_getKeys state_getKeysPaged \
        state_getMetadata state_getRuntimeVersion state_getStorage state_getStorageAt \
        state_queryStorageAt state_subscribeRuntimeVersion state_subscribeStorage \
        state_unsubscribeRuntimeVersion state_unsubscribeStorage system_accountNextIndex \
        system_chain system_chainType system_health system_localPeerId system_name \
        system_nodeRoles system_peers system_properties system_syncState system_version \
        eth_getLogs dev_newBlock dev_heal"
        .split_whitespace()
    {
        assert!(listed.contains(&json!(method)), "{method}");
    }
    assert_eq!(node.get("system_chainType", json!([])).await, "Development");
    assert_eq!(
        node.get("system_health", json!([])).await["isSyncing"],
        false
    );
    let version = node.get("state_getRuntimeVersion", json!([])).await;
    assert_eq!(
        (&version["specVersion"], &version["transactionVersion"]),
        (&json!(425), &json!(1))
    );
}
