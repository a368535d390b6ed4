//! The original Pylon's answers over the real runtime, and ours over the same state.

use pylon_devnet::World;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, DEV, OPEN, TestApp};

/// The second extrinsic of the original's block.
const ANNOUNCEMENT: &str = "/api/v1/block/200/extrinsic/1";

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

/// What differs from the original on purpose: its later versions leave out what is timelocked alone, which this
/// one gives as if it were plain. In this state that is a run of the byte 0xee.
fn as_later_versions(request: &Value, expected: Value) -> (u64, Value) {
    let is_timelocked = |data: &Value| data.as_str().is_some_and(|hex| hex.starts_with("0xeeee"));
    let status = request["status"].as_u64().unwrap();
    if is_timelocked(&expected["commitment"]) {
        return (
            404,
            json!({ "status_code": 404, "detail": "Commitment not found." }),
        );
    }
    let mut expected = expected;
    if let Some(all) = expected.get_mut("commitments") {
        let all = all.as_object_mut().unwrap();
        let before = all.len();
        all.retain(|_, data| !is_timelocked(data));
        assert!(all.len() < before);
    }
    (status, expected)
}

/// An extrinsic without what its chain decides: hashes, the names of types in its metadata, and values.
fn shape(mut extrinsic: Value) -> Value {
    for hash in ["/extrinsic_hash", "/call/call_hash"] {
        let at = extrinsic.pointer_mut(hash).unwrap();
        assert_eq!(at.as_str().unwrap().len(), 66);
        *at = "[hash]".into();
    }
    for argument in extrinsic["call"]["call_args"].as_array_mut().unwrap() {
        assert!(argument["type"].is_string());
        argument["type"] = "[type]".into();
        let value = &mut argument["value"];
        *value = if value.is_u64() {
            "[number]"
        } else {
            "[other]"
        }
        .into();
    }
    extrinsic
}

/// The keys of an object in the order in which they stand in the text, which a parsed object forgets.
fn hotkeys_in_order(text: &str) -> Vec<&str> {
    text.split("\":{\"uid\":")
        .filter_map(|before| before.rsplit('"').next())
        .filter(|key| key.len() == 48)
        .collect()
}

/// Hyperparameters that the runtime's newest list leaves out.
const UNLISTED: [&str; 6] = [
    "adjustment_alpha",
    "adjustment_interval",
    "difficulty",
    "max_difficulty",
    "min_difficulty",
    "rho",
];
const GOLDEN: &str = include_str!("../fixtures/golden_http.json");

/// The answers, and a service over the state that they are of.
async fn over_the_same_state() -> (Value, TestApp) {
    let runtime: Value =
        serde_json::from_str(include_str!("../fixtures/golden_runtime_256.json")).unwrap();
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
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
            json!({ "dev": { "netuid": netuid, "token": DEV, "hotkey": ALICE } }),
        )
        .start()
        .await;
    (golden, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_equals_the_originals_value_for_value() {
    let (golden, app) = over_the_same_state().await;
    let requests = golden["requests"].as_array().unwrap();
    let body_of = |path: &str| {
        requests
            .iter()
            .find(|request| request["path"] == path && request.get("body").is_some())
            .unwrap()["body"]
            .clone()
    };
    assert_eq!(requests.len(), 28);
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
        if path == ANNOUNCEMENT {
            // The real chain's authors announce keys in every block; ours do not.
            assert_eq!(answer.detail(), "Extrinsic 200-1 not found.");
            continue;
        }
        assert_eq!(
            answer.header("content-type"),
            request["content_type"].as_str().unwrap(),
            "{path}"
        );
        let expected = match request["body_same_as"].as_str() {
            Some(other) => body_of(other),
            None => request["body"].clone(),
        };
        let (status, expected) = as_later_versions(request, expected);
        assert_eq!(u64::from(answer.status.as_u16()), status, "{path}");
        if path.contains("/extrinsic/") && answer.status.is_success() {
            assert_eq!(shape(answer.json()), shape(expected), "{path}");
            continue;
        }
        let mut body = answer.json();
        if !answer.status.is_success() {
            // Beside the original's members ours has those of RFC 9457.
            body = json!({ "status_code": body["status_code"], "detail": body["detail"] });
        }
        assert_eq!(comparable(body), comparable(expected), "{path}");
        if path.ends_with("/neurons") && answer.status.is_success() {
            let text = answer.text();
            let whole = hotkeys_in_order(GOLDEN);
            assert_eq!(hotkeys_in_order(&text), whole[..256], "{path}");
            orders += 1;
        }
    }
    assert_eq!(orders, 4);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_of_the_classic_surface_equals_the_first_pylons() {
    let (golden, app) = over_the_same_state().await;
    let requests = golden["classic"].as_array().unwrap();
    assert_eq!(requests.len(), 8);
    for request in requests {
        let path = request["path"].as_str().unwrap();
        let expected = match request["body_same_as"].as_str() {
            Some(other) => {
                let mut requests = requests.iter();
                &requests.find(|one| one["path"] == other).unwrap()["body"]
            }
            None => &request["body"],
        };
        let mut expected = expected.clone();
        let answer = app.get_as(OPEN, path).await;
        assert_eq!(answer.status.as_u16(), request["status"], "{path}");
        let mut body = answer.json();
        if !answer.status.is_success() {
            assert_eq!(body["detail"], expected["detail"], "{path}");
            continue;
        }
        if path.starts_with("/metagraph") {
            let whole = hotkeys_in_order(GOLDEN);
            let text = answer.text();
            assert_eq!(hotkeys_in_order(&text), whole[..256], "{path}");
        }
        if path == "/hyperparams" {
            // The first Pylon read the runtime's first list; its newest has more, and no longer has these.
            let listed = body.as_object_mut().unwrap();
            let expected = expected.as_object_mut().unwrap();
            assert!(listed.len() > expected.len());
            listed.retain(|name, _| expected.contains_key(name));
            for name in UNLISTED {
                assert!(expected.remove(name).is_some(), "{name}");
            }
        }
        for body in [&mut body, &mut expected] {
            if let Some(hash) = body.get_mut("block_hash") {
                assert_eq!(hash.as_str().unwrap().len(), 66);
                *hash = "[hash]".into();
            }
        }
        assert_eq!(body, expected, "{path}");
    }
    app.stop().await;
}
