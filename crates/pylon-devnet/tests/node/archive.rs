//! The archive endpoint: every state, and the same chain.

use jsonrpsee::{core::client::ClientT, rpc_params};
use pylon_devnet::Devnet;
use serde_json::{Value, json};

use crate::wire::{Node, Refusal, connect_to, post};

const NOW: &str = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";

#[tokio::test]
async fn the_archive_has_the_states_that_the_main_endpoint_dropped() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(300).await.unwrap();
    let archive = connect_to(&node.devnet.archive_ws_url().unwrap()).await;
    for (number, kept) in [(0, false), (43, false), (44, true), (300, true)] {
        let hash = node.get("chain_getBlockHash", json!([number])).await;
        let here = node.call("state_getStorage", json!([NOW, hash])).await;
        let there: Value = archive
            .request("state_getStorage", rpc_params![NOW, &hash])
            .await
            .unwrap();
        assert!(there.is_string());
        if kept {
            assert_eq!(here, Ok(there));
        } else {
            let gone = format!(
                "Client error: UnknownBlock: State already discarded for {}",
                hash.as_str().unwrap()
            );
            assert_eq!(here, Err(Refusal::plain(4_003, &gone)));
        }
    }
}

#[tokio::test]
async fn both_endpoints_change_the_same_chain() {
    let node = Node::start(Devnet::builder()).await;
    let archive = connect_to(&node.devnet.archive_ws_url().unwrap()).await;
    let made: Value = archive
        .request("dev_newBlock", rpc_params![2])
        .await
        .unwrap();
    assert_eq!(node.get("chain_getBlockHash", json!([])).await, made);
    let answer = post(
        &node.devnet.archive_http_url().unwrap(),
        "chain_getBlockHash",
    )
    .await;
    assert!(answer.contains(made.as_str().unwrap()), "{answer}");
}

#[tokio::test]
async fn a_node_without_archive_has_one_endpoint() {
    let node = Node::start(Devnet::builder().without_archive()).await;
    assert_eq!(node.devnet.archive_ws_url(), None);
    node.devnet.new_blocks(257).await.unwrap();
    let genesis = node.get("chain_getBlockHash", json!([0])).await;
    let gone = node.call("state_getStorage", json!([NOW, genesis])).await;
    assert_eq!(gone.unwrap_err().code, 4_003);
}
