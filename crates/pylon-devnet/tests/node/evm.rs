//! The EVM's JSON-RPC: blocks, and logs as a filter finds them.

use pylon_devnet::{Devnet, EvmLog, Fault, LogsError};
use serde_json::{Value, json};

use crate::wire::{Node, Refusal, hex, post};

fn address(byte: u8) -> String {
    hex(&[byte; 20])
}

fn topic(byte: u8) -> String {
    hex(&[byte; 32])
}

fn log(contract: u8, topics: &[u8]) -> EvmLog {
    EvmLog {
        address: [contract; 20],
        topics: topics.iter().map(|byte| [*byte; 32]).collect(),
        data: vec![contract, 1],
    }
}

/// Contract and block of each log that a filter finds.
async fn found(node: &Node, filter: Value) -> Vec<(String, String)> {
    let logs = node.get("eth_getLogs", json!([filter])).await;
    let logs = logs.as_array().unwrap().iter();
    logs.map(|log| {
        let field = |name: &str| log[name].as_str().unwrap().to_owned();
        (field("address"), field("blockNumber"))
    })
    .collect()
}

fn at(contract: u8, block: &str) -> (String, String) {
    (address(contract), block.to_owned())
}

#[tokio::test]
async fn an_evm_client_finds_chain_and_blocks() {
    let node = Node::start(Devnet::builder().finality_lag(1)).await;
    node.devnet.new_blocks(3).await.unwrap();
    assert_eq!(node.get("eth_chainId", json!([])).await, "0x2a");
    assert_eq!(node.get("net_version", json!([])).await, "42");
    assert_eq!(node.get("eth_blockNumber", json!([])).await, "0x3");
    assert!(node.get("web3_clientVersion", json!([])).await.is_string());
    let block = |place: &str| node.get("eth_getBlockByNumber", json!([place, false]));
    let (second, third) = (block("0x2").await, block("latest").await);
    assert_eq!(third["parentHash"], second["hash"]);
    assert_eq!(block("finalized").await, second);
    assert_eq!(block("earliest").await["number"], "0x0");
    assert_eq!(block("0x63").await, Value::Null);
    let by_hash = node
        .get("eth_getBlockByHash", json!([third["hash"], false]))
        .await;
    assert_eq!(by_hash, third);
    let time = |block: &Value| {
        u64::from_str_radix(&block["timestamp"].as_str().unwrap()[2..], 16).unwrap()
    };
    assert_eq!(time(&third) - time(&second), 12);
    let answer = post(&node.devnet.http_url(), "eth_chainId").await;
    assert!(answer.contains("\"0x2a\""), "{answer}");
}

#[tokio::test]
async fn a_log_says_where_it_stands() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.add_logs(vec![log(1, &[7])]).unwrap();
    let sent = json!([
        {"address": address(2), "topics": [topic(7), topic(8)], "data": "0x0102"},
        {"address": address(3)},
    ]);
    let transaction = node.get("dev_addLogs", json!({ "logs": sent })).await;
    assert_eq!(found(&node, json!({"fromBlock": "0x0"})).await, []);
    node.devnet.new_blocks(1).await.unwrap();
    let block = node
        .get("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(block["transactions"][1], transaction);
    let logs = node
        .get("eth_getLogs", json!([{"address": address(2)}]))
        .await;
    assert_eq!(
        logs,
        json!([{
            "address": address(2),
            "topics": [topic(7), topic(8)],
            "data": "0x0102",
            "blockHash": block["hash"],
            "blockNumber": "0x1",
            "transactionHash": transaction,
            "transactionIndex": "0x1",
            "logIndex": "0x1",
            "transactionLogIndex": "0x0",
            "removed": false,
        }])
    );
}

#[tokio::test]
async fn addresses_topics_and_blocks_narrow_a_query() {
    let node = Node::start(Devnet::builder()).await;
    for logs in [
        vec![log(1, &[7, 8]), log(2, &[7])],
        vec![log(1, &[9, 8])],
        vec![log(3, &[])],
    ] {
        node.devnet.add_logs(logs).unwrap();
        node.devnet.new_blocks(1).await.unwrap();
    }
    let all = [at(1, "0x1"), at(2, "0x1"), at(1, "0x2"), at(3, "0x3")];
    let second = node
        .get("eth_getBlockByNumber", json!(["0x2", false]))
        .await["hash"]
        .clone();
    let from = |mut filter: Value| {
        filter["fromBlock"] = json!("earliest");
        filter
    };
    for (filter, expected) in [
        (from(json!({})), &all[..]),
        (
            from(json!({"address": address(1)})),
            &[at(1, "0x1"), at(1, "0x2")],
        ),
        (
            from(json!({"address": [address(2), address(3)]})),
            &[at(2, "0x1"), at(3, "0x3")],
        ),
        (from(json!({"topics": [topic(7)]})), &all[..2]),
        (
            from(json!({"topics": [null, topic(8)]})),
            &[at(1, "0x1"), at(1, "0x2")],
        ),
        (
            from(json!({"topics": [[topic(9), topic(7)], topic(8)]})),
            &[at(1, "0x1"), at(1, "0x2")],
        ),
        (
            from(json!({"topics": [topic(7)], "address": address(2)})),
            &[at(2, "0x1")],
        ),
        (from(json!({"toBlock": "0x1"})), &all[..2]),
        (json!({"fromBlock": "0x2", "toBlock": "latest"}), &all[2..]),
        (json!({"fromBlock": 2, "toBlock": 99}), &all[2..]),
        (json!({}), &all[3..]),
        (json!({"fromBlock": "0x3", "toBlock": "0x1"}), &[]),
        (json!({ "blockHash": second }), &[at(1, "0x2")]),
    ] {
        assert_eq!(found(&node, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_as_frontier_words_it() {
    let node = Node::start(Devnet::builder()).await;
    let call = |filter: Value| node.call("eth_getLogs", json!([filter]));
    assert_eq!(
        call(json!({"blockHash": topic(1)})).await,
        Err(Refusal::plain(-32_000, "unknown block"))
    );
    for bad in [
        json!({"fromBlock": "soon"}),
        json!({"address": "0x12"}),
        json!({"topics": [null, null, null, null, null]}),
        json!({"block": "0x1"}),
    ] {
        assert_eq!(call(bad).await.unwrap_err().code, -32_602);
    }
    node.devnet.add_logs(vec![log(1, &[]); 10_001]).unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(
        call(json!({})).await,
        Err(Refusal::plain(
            -32_603,
            "query returned more than 10000 results"
        ))
    );
    let five = node.devnet.add_logs(vec![log(1, &[1, 2, 3, 4, 5])]);
    assert_eq!(five, Err(LogsError::Topics));
    let many = node.devnet.add_logs(vec![log(1, &[]); 30_000]);
    assert_eq!(many, Err(LogsError::Full));
}

#[tokio::test]
async fn logs_of_a_left_block_come_again_in_another() {
    let node = Node::start(Devnet::builder().finality_lag(9)).await;
    node.devnet.add_logs(vec![log(1, &[])]).unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    let left = node
        .get("eth_getBlockByNumber", json!(["0x1", false]))
        .await["hash"]
        .clone();
    node.devnet.reorganise(1).await.unwrap();
    assert_eq!(found(&node, json!({"fromBlock": "0x0"})).await, []);
    let by_hash = node.get("eth_getBlockByHash", json!([left, false])).await;
    assert_eq!(by_hash, Value::Null);
    node.devnet.new_blocks(1).await.unwrap();
    let again = found(&node, json!({"fromBlock": "0x0"})).await;
    assert_eq!(again, [at(1, "0x3")]);
}

#[tokio::test]
async fn old_logs_are_left_to_the_archive() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.add_logs(vec![log(1, &[])]).unwrap();
    node.devnet.new_blocks(5).await.unwrap();
    let kept = Fault::DiscardedState { kept: 2 };
    node.devnet.faults().start(kept).await.unwrap();
    assert_eq!(found(&node, json!({"fromBlock": "0x0"})).await, []);
    let archive = Node {
        client: crate::wire::connect_to(&node.devnet.archive_ws_url().unwrap()).await,
        devnet: Devnet::builder().start().await.unwrap(),
    };
    let there = found(&archive, json!({"fromBlock": "0x0"})).await;
    assert_eq!(there, [at(1, "0x1")]);
}
