//! The original Pylon's answers over the real runtime, and ours over the same state.

use pylon_devnet::World;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, DEV, OPEN, TestApp};

fn raw(pairs: &Value) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let bytes =
        |value: &Value| hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap();
    pairs
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            (
                bytes(&pair[0]),
                (!pair[1].is_null()).then(|| bytes(&pair[1])),
            )
        })
        .collect()
}

/// A body with what the file says varies taken out: hashes and times.
fn comparable(mut body: Value) -> Value {
    let hash = |at: &mut Value| {
        assert_eq!(at.as_str().unwrap().len(), 66);
        *at = "[hash]".into();
    };
    if let Some(at) = body.get_mut("hash") {
        hash(at);
        assert!(body["timestamp"].as_u64().unwrap() > 1_700_000_000);
        body["timestamp"] = "[time]".into();
    }
    if let Some(at) = body
        .get_mut("block")
        .and_then(|block| block.get_mut("hash"))
    {
        hash(at);
    }
    body
}

/// The keys of an object in the order in which they stand in the text, which a parsed object forgets.
fn hotkeys_in_order(text: &str) -> Vec<&str> {
    text.split("\":{\"uid\":")
        .filter_map(|before| before.rsplit('"').next())
        .filter(|key| key.len() == 48)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn neurons_validators_and_blocks_equal_the_originals_value_for_value() {
    let runtime: Value =
        serde_json::from_str(include_str!("../fixtures/golden_runtime_256.json")).unwrap();
    let golden_text = include_str!("../fixtures/golden_http.json");
    let golden: Value = serde_json::from_str(golden_text).unwrap();
    let (netuid, block) = (
        golden["netuid"].as_u64().unwrap(),
        golden["block"].as_u64().unwrap(),
    );
    let storage = raw(&runtime["set"])
        .into_iter()
        .chain(raw(&golden["extra"]))
        .collect();
    let app = TestApp::builder()
        .world(World::Empty)
        .blocks(u32::try_from(block).unwrap())
        .storage(storage)
        .set(
            "identities",
            json!({ "dev": { "netuid": netuid, "token": DEV } }),
        )
        .start()
        .await;

    let requests = golden["requests"].as_array().unwrap();
    let body_of = |path: &str| {
        requests
            .iter()
            .find(|request| request["path"] == path && request.get("body").is_some())
            .unwrap()["body"]
            .clone()
    };
    let mut orders = 0;
    for request in requests {
        let path = request["path"].as_str().unwrap();
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let token = if path.contains("/identity/") {
            DEV
        } else {
            OPEN
        };
        let answer = Answer::of(app.request(method, path).bearer_auth(token)).await;
        assert_eq!(
            u64::from(answer.status.as_u16()),
            request["status"].as_u64().unwrap(),
            "{path}"
        );
        assert_eq!(
            answer.header("content-type"),
            request["content_type"].as_str().unwrap(),
            "{path}"
        );
        let expected = match request["body_same_as"].as_str() {
            Some(other) => body_of(other),
            None => request["body"].clone(),
        };
        let mut body = answer.json();
        if !answer.status.is_success() {
            // Beside the original's members ours has those of RFC 9457.
            body = json!({ "status_code": body["status_code"], "detail": body["detail"] });
        }
        assert_eq!(comparable(body), comparable(expected), "{path}");
        if path.ends_with("/neurons") && answer.status.is_success() {
            let text = answer.text();
            let whole = hotkeys_in_order(golden_text);
            assert_eq!(hotkeys_in_order(&text), whole[..256], "{path}");
            orders += 1;
        }
    }
    assert_eq!(orders, 4);
    app.stop().await;
}
