//! Reading state: at the head, at past blocks, page by page, and after it was laid down.

use pylon_devnet::Devnet;
use serde_json::{Value, json};

use crate::wire::{Node, Refusal, bytes, hex};

/// `Timestamp.Now`.
fn now_key() -> String {
    use sp_crypto_hashing::twox_128;
    hex(&[twox_128(b"Timestamp"), twox_128(b"Now")].concat())
}

#[tokio::test]
async fn the_256_states_before_the_head_are_kept_and_older_ones_are_not() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(300).await.unwrap();
    for number in [44, 300] {
        let hash = node.get("chain_getBlockHash", json!([number])).await;
        assert_ne!(
            node.get("state_getStorage", json!([now_key(), hash])).await,
            Value::Null
        );
    }
    for number in [0, 43] {
        let hash = node.get("chain_getBlockHash", json!([number])).await;
        let message = format!(
            "Client error: UnknownBlock: State already discarded for {}",
            hash.as_str().unwrap()
        );
        for (method, params) in [
            ("state_getStorage", json!([now_key(), hash])),
            ("state_call", json!(["Core_version", "0x", hash])),
            ("state_getKeysPaged", json!(["0x", 1, null, hash])),
            ("state_queryStorageAt", json!([[now_key()], hash])),
            ("state_getRuntimeVersion", json!([hash])),
        ] {
            let refusal = node.call(method, params).await.unwrap_err();
            assert_eq!(refusal, Refusal::plain(4003, &message), "{method}");
        }
        // Its header and body stay.
        assert_ne!(node.get("chain_getBlock", json!([hash])).await, Value::Null);
    }
}

#[tokio::test]
async fn an_unknown_block_is_said_to_be_unknown() {
    let node = Node::start(Devnet::builder()).await;
    let hash = hex(&[9; 32]);
    let refusal = node
        .call("state_getStorage", json!([now_key(), hash]))
        .await
        .unwrap_err();
    let message =
        format!("Client error: UnknownBlock: Header was not found in the database: {hash}");
    assert_eq!(refusal, Refusal::plain(4003, &message));
    assert_eq!(
        node.get("chain_getHeader", json!([hash])).await,
        Value::Null
    );
    assert_eq!(
        node.get("chain_getBlockHash", json!([77])).await,
        Value::Null
    );
}

#[tokio::test]
async fn storage_laid_down_shows_at_the_head_under_the_same_hash() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(2).await.unwrap();
    let before = node.get("chain_getBlockHash", json!([])).await;
    let set = node
        .get(
            "dev_setStorage",
            json!([[["0x1234", "0xff"], ["0x1235", "0x01"]]]),
        )
        .await;
    assert_eq!(set, before);
    assert_eq!(node.get("chain_getBlockHash", json!([])).await, before);
    assert_eq!(
        node.get("state_getStorage", json!(["0x1234"])).await,
        json!("0xff")
    );
    assert_eq!(
        node.get("state_getStorage", json!(["0x1234", before]))
            .await,
        json!("0xff")
    );
    let parent = node.get("chain_getBlockHash", json!([1])).await;
    assert_eq!(
        node.get("state_getStorage", json!(["0x1234", parent]))
            .await,
        Value::Null
    );

    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(
        node.get("state_getStorageSize", json!(["0x1234"])).await,
        json!(1)
    );
    node.devnet
        .set_storage(vec![(vec![0x12, 0x34], None)])
        .await
        .unwrap();
    assert_eq!(
        node.get("state_getStorage", json!(["0x1234"])).await,
        Value::Null
    );
    assert_eq!(
        node.get("state_getStorage", json!(["0x1235"])).await,
        json!("0x01")
    );
}

#[tokio::test]
async fn keys_come_in_pages_and_in_order() {
    let node = Node::start(Devnet::builder()).await;
    let keys: Vec<String> = (0..25u8).map(|n| hex(&[0xaa, n])).collect();
    let set: Vec<Value> = keys.iter().map(|key| json!([key, "0x00"])).collect();
    node.get("dev_setStorage", json!([set])).await;
    let mut read = Vec::new();
    let mut start = Value::Null;
    loop {
        let page = node
            .get("state_getKeysPaged", json!(["0xaa", 10, start]))
            .await;
        let Some(last) = page.as_array().unwrap().last() else {
            break;
        };
        start = last.clone();
        read.extend(page.as_array().unwrap().clone());
    }
    assert_eq!(json!(read), json!(keys));
    let at_once = node.get("state_getKeys", json!({"prefix": "0xaa", "hash": null}));
    assert_eq!(at_once.await, json!(keys));
    let refusal = node
        .call("state_getKeysPaged", json!(["0xaa", 1001]))
        .await
        .unwrap_err();
    let message = "count exceeds maximum value. value: 1001, max: 1000";
    assert_eq!(refusal, Refusal::plain(4002, message));
}

#[tokio::test]
async fn parameters_go_by_name_as_well() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(1).await.unwrap();
    let genesis = node.get("chain_getBlockHash", json!([0])).await;
    for named in [
        json!({"key": now_key(), "at": genesis}),
        json!({"hash": genesis, "key": now_key()}),
    ] {
        let value = node.get("state_getStorage", named).await;
        assert_eq!(
            value,
            node.get("state_getStorage", json!([now_key(), genesis]))
                .await
        );
    }
    let version = node
        .get("state_call", json!({"name": "Core_version", "bytes": "0x"}))
        .await;
    assert_eq!(
        version,
        node.get("state_call", json!(["Core_version", "0x"])).await
    );
}

#[tokio::test]
async fn unknown_methods_and_bad_parameters_get_json_rpc_errors() {
    let node = Node::start(Devnet::builder()).await;
    let unknown = node.call("state_nothing", json!([])).await.unwrap_err();
    assert_eq!(unknown, Refusal::plain(-32601, "Method not found"));
    for params in [
        json!([]),
        json!(["nothex"]),
        json!(["0x00", "0x00"]),
        json!({"hash": null}),
    ] {
        let bad = node.call("state_getStorage", params).await.unwrap_err();
        assert_eq!((bad.code, &bad.message[..]), (-32602, "Invalid params"));
    }
    let missing = node
        .call("state_call", json!(["Core_nothing", "0x"]))
        .await
        .unwrap_err();
    let message =
        "Client error: Execution failed: Other: Exported method Core_nothing is not found";
    assert_eq!(missing, Refusal::plain(4003, message));
}

#[tokio::test]
async fn a_range_of_blocks_shows_where_a_value_changed() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(1).await.unwrap();
    node.get("dev_setStorage", json!([[["0xbb", "0x01"]]]))
        .await;
    node.devnet.new_blocks(2).await.unwrap();
    let hash = |number: u32| node.get("chain_getBlockHash", json!([number]));
    let (first, second, last) = (hash(0).await, hash(1).await, hash(3).await);
    let sets = node
        .get("state_queryStorage", json!([["0xbb"], first, last]))
        .await;
    let expected = json!([
        {"block": first, "changes": [["0xbb", null]]},
        {"block": second, "changes": [["0xbb", "0x01"]]},
    ]);
    assert_eq!(sets, expected);
    let backwards = node
        .call("state_queryStorage", json!([["0xbb"], last, first]))
        .await;
    assert_eq!(backwards.unwrap_err().code, 4001);
}

#[tokio::test]
async fn metadata_comes_in_the_three_formats_that_are_listed() {
    let node = Node::start(Devnet::builder()).await;
    let listed = node
        .get("state_call", json!(["Metadata_metadata_versions", "0x"]))
        .await;
    assert_eq!(listed, json!("0x0c0e0000000f00000010000000"));
    let metadata = bytes(&node.get("state_getMetadata", json!([])).await);
    assert_eq!(&metadata[..5], b"meta\x0e");
}
