//! What the real runtime of June 2026 did, step by step, done here.

use pylon_devnet::Devnet;
use serde_json::{Value, json};

use crate::wire::{Node, Transaction, bytes, key};

#[tokio::test]
async fn the_pool_answers_like_the_real_one() {
    let scenario: Value = serde_json::from_str(include_str!("../fixtures/pool.json")).unwrap();
    let node = Node::start(Devnet::builder()).await;
    let mut submitted = 0;
    for step in scenario["steps"].as_array().unwrap() {
        if let Some(height) = step["to"].as_u64() {
            let count = u32::try_from(height).unwrap() - node.devnet.best().0;
            node.devnet.new_blocks(count).await.unwrap();
        } else if step.get("set").is_some() {
            node.get("dev_setStorage", json!([step["set"]])).await;
        } else if let Some(read) = step["read"].as_array() {
            for entry in read {
                let value = node.get("state_getStorage", json!([entry[0]])).await;
                assert_eq!(value, entry[1], "{}", entry[2]);
            }
        } else {
            submit(&node, step).await;
            submitted += 1;
        }
    }
    assert_eq!(submitted, 7);
}

async fn submit(node: &Node, step: &Value) {
    let uri = step["signer"].as_str().unwrap();
    let address = key(uri).public_key().to_account_id().to_string();
    let nonce = match step["nonce"].as_u64() {
        Some(nonce) => json!(nonce),
        None => node.get("system_accountNextIndex", json!([address])).await,
    };
    let transaction = Transaction {
        call: bytes(&step["call"]),
        nonce: u32::try_from(nonce.as_u64().unwrap()).unwrap(),
        tampered: step["tamper"] == true,
        ..node.remark(uri, 0).await
    };
    let extrinsic = transaction.sign();
    let answer = node
        .call(
            "author_submitExtrinsic",
            json!([crate::wire::hex(&extrinsic)]),
        )
        .await;
    if step["pool"].is_object() {
        let refusal = answer.unwrap_err();
        assert_eq!(json!(refusal.code), step["pool"]["code"]);
        assert_eq!(json!(refusal.message), step["pool"]["message"]);
        assert_eq!(json!(refusal.data), step["pool"]["data"]);
        return;
    }
    answer.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(json!(node.devnet.best().0), step["block"]);
    let block = node.get("chain_getBlock", json!([])).await;
    let extrinsics = block["block"]["extrinsics"].as_array().unwrap();
    let included = extrinsics.contains(&json!(crate::wire::hex(&extrinsic)));
    assert_eq!(included, step["lost"] != true);
    if included {
        assert_eq!(
            crate::through_subxt::outcome(&node.devnet, 1).await,
            step["dispatch"]
        );
    }
}
