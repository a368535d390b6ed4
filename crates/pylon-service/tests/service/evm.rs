//! Logs of contracts: what is asked of which node, what is answered, and how failures are told.

use pylon_devnet::{EvmLog, Fault};
use reqwest::Method;
use serde_json::{Value, json};
use sha3::{Digest, Keccak256};

use crate::app::{Answer, DEV, OPEN, TestApp, config};

const CONTRACT: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const OPEN_PATH: &str = "/api/_unstable/openaccess/evm/contracts";
const DEV_PATH: &str = "/api/_unstable/identity/dev/subnet/1/evm/contracts";

fn abi() -> Value {
    json!([
        {"type": "function", "name": "transfer"},
        {"type": "event", "name": "Transfer", "anonymous": false, "inputs": [
            {"name": "from", "type": "address", "indexed": true},
            {"name": "to", "type": "address", "indexed": true},
            {"name": "value", "type": "uint256", "indexed": false},
        ]},
    ])
}

/// A transfer as the contract logs it.
fn transfer(value: [u8; 32]) -> EvmLog {
    let address = hex::decode(&CONTRACT[2..]).unwrap();
    let mut topic = [0; 32];
    topic[12..].copy_from_slice(&address);
    let signature = Keccak256::digest("Transfer(address,address,uint256)").into();
    EvmLog {
        address: address.try_into().unwrap(),
        topics: vec![signature, topic, topic],
        data: value.to_vec(),
    }
}

/// What is no event of the ABI.
fn other() -> EvmLog {
    EvmLog {
        topics: vec![[7; 32]],
        ..transfer([0; 32])
    }
}

async fn ask(app: &TestApp, token: &str, path: &str, query: &str, body: &Value) -> Answer {
    let path = format!("{path}/{CONTRACT}/logs?{query}");
    let request = app.request(Method::POST, &path).bearer_auth(token);
    Answer::of(request.json(body)).await
}

async fn logs(app: &TestApp, query: &str) -> Answer {
    ask(app, OPEN, OPEN_PATH, query, &json!({ "abi": abi() })).await
}

/// Block of each log that is answered.
fn blocks(answer: &Answer) -> Vec<u64> {
    let body = answer.json();
    let logs = body["logs"].as_array().unwrap().iter();
    logs.map(|log| log["block_number"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_of_a_range_are_decoded_for_open_access_and_identities() {
    let app = TestApp::builder().blocks(1).start().await;
    let sent = vec![other(), transfer([0xff; 32])];
    app.node.add_logs(sent).unwrap();
    app.new_blocks(1).await;
    app.node.add_logs(vec![transfer([0; 32])]).unwrap();
    app.new_blocks(1).await;
    let all = logs(&app, "from_block=0&to_block=99").await;
    let hash = all.json()["logs"][0]["transaction_hash"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!((hash.len(), all.header("cache-control")), (66, "no-store"));
    assert_eq!(blocks(&all), [2, 3]);
    let one = logs(&app, "from_block=2&to_block=2").await;
    insta::assert_snapshot!(one.text().replace(&hash, "[hash]"), @r#"{"logs":[{"event":"Transfer","args":{"from":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","to":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","value":115792089237316195423570985008687907853269984665640564039457584007913129639935},"address":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","block_number":2,"transaction_hash":"[hash]","transaction_index":0,"log_index":1}],"from_block":2,"to_block":2}"#);
    let body = json!({ "abi": abi() });
    let own = ask(&app, DEV, DEV_PATH, "from_block=2&to_block=2", &body).await;
    assert_eq!(own.text(), one.text());
    for (abi, found) in [
        (json!([]), 0),
        (json!([{"type": "function"}]), 0),
        (abi(), 2),
    ] {
        let body = json!({ "abi": abi });
        let answer = ask(&app, OPEN, OPEN_PATH, "from_block=0&to_block=3", &body).await;
        assert_eq!(blocks(&answer).len(), found, "{abi}");
    }
    let elsewhere = app.request(
        Method::POST,
        "/api/_unstable/identity/dev/subnet/2/evm/contracts/0x0/logs?from_block=1&to_block=2",
    );
    let moved = Answer::of(elsewhere.bearer_auth(DEV)).await;
    assert_eq!(moved.status, 308);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_is_refused_in_the_originals_words() {
    let app = TestApp::start().await;
    let answer = async |path: &str, query: &str, body: Value| {
        let path = format!("{OPEN_PATH}/{path}/logs?{query}");
        let request = app.request(Method::POST, &path).bearer_auth(OPEN);
        Answer::of(request.json(&body)).await.steady()
    };
    let range = "from_block=1&to_block=2";
    let abi = json!({ "abi": abi() });
    insta::assert_snapshot!(answer("not_an_address", range, abi.clone()).await, @r#"400 {"status_code":400,"detail":"Invalid contract address: not_an_address","type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation"}"#);
    let nameless = json!({"abi": [{"type": "event", "inputs": []}]});
    insta::assert_snapshot!(answer(CONTRACT, range, nameless).await, @r#"422 {"status_code":422,"detail":"Malformed ABI event entry: `name` is missing or not what it should be","type":"about:blank","title":"Unprocessable Content","status":422,"instance":"[id]","code":"unprocessable"}"#);
    insta::assert_snapshot!(answer(CONTRACT, range, json!({})).await, @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/_unstable/openaccess/evm/contracts/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/logs","extra":[{"message":"missing field `abi` at line 1 column 2","key":"abi","source":"body"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"missing field `abi` at line 1 column 2","key":"abi","source":"body"}]}"#);
    insta::assert_snapshot!(answer(CONTRACT, "from_block=3&to_block=2", abi.clone()).await, @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/_unstable/openaccess/evm/contracts/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/logs","extra":[{"message":"the last block comes before the first","key":"to_block","source":"query"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"the last block comes before the first","key":"to_block","source":"query"}]}"#);
    insta::assert_snapshot!(answer(CONTRACT, "to_block=2", abi.clone()).await, @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/_unstable/openaccess/evm/contracts/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/logs","extra":[{"message":"is missing","key":"from_block","source":"query"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"is missing","key":"from_block","source":"query"}]}"#);
    insta::assert_snapshot!(answer(CONTRACT, "from_block=-1&to_block=2", abi.clone()).await, @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/_unstable/openaccess/evm/contracts/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed/logs","extra":[{"message":"invalid digit found in string","key":"from_block","source":"query"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"invalid digit found in string","key":"from_block","source":"query"}]}"#);
    let (bare, upper) = (
        &CONTRACT[2..],
        format!("0X{}", &CONTRACT[2..].to_uppercase()),
    );
    for same in [bare, upper.as_str()] {
        assert!(
            answer(same, range, abi.clone()).await.starts_with("200 "),
            "{same}"
        );
    }
    let path = format!("{OPEN_PATH}/{CONTRACT}/logs?{range}");
    let stranger = Answer::of(app.request(Method::POST, &path).json(&abi)).await;
    assert_eq!(stranger.status, 401);
    // Larger than other bodies may be.
    let padded = json!({"abi": [{"type": "function", "name": "x".repeat(100_000)}]});
    assert!(answer(CONTRACT, range, padded).await.starts_with("200 "));
    let padded = json!({"abi": [{"type": "function", "name": "x".repeat(600_000)}]});
    assert!(answer(CONTRACT, range, padded).await.starts_with("413 "));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_blocks_are_asked_of_the_archive_and_new_ones_of_the_node() {
    let app = TestApp::builder().blocks(1).with_archive(300).start().await;
    for _ in 0..3 {
        app.node.add_logs(vec![transfer([1; 32])]).unwrap();
        app.new_blocks(4).await;
    }
    // Logs lie in blocks 2, 6 and 10 of 13; the node keeps the states of the last three.
    let kept = Fault::DiscardedState { kept: 3 };
    app.node.faults().start(kept).await.unwrap();
    assert_eq!(blocks(&logs(&app, "from_block=0&to_block=13").await), [10]);
    app.stop().await;

    let split = TestApp::builder()
        .blocks(1)
        .with_archive(300)
        .set("evm", json!({ "archive_blocks_cutoff": 5 }))
        .start()
        .await;
    for _ in 0..3 {
        split.node.add_logs(vec![transfer([1; 32])]).unwrap();
        split.new_blocks(4).await;
    }
    split.node.faults().start(kept).await.unwrap();
    for (range, found) in [
        ("from_block=0&to_block=13", &[2, 6, 10][..]),
        ("from_block=0&to_block=8", &[2, 6]),
        ("from_block=9&to_block=13", &[10]),
        ("from_block=7&to_block=9", &[]),
    ] {
        assert_eq!(blocks(&logs(&split, range).await), found, "{range}");
    }
    split.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fails_refuses_or_is_not_there_is_told_without_its_url() {
    let app = TestApp::start().await;
    let range = "from_block=1&to_block=5";
    for (fault, status) in [
        (Fault::RateLimit { per_second: 0 }, 503),
        (Fault::NotJson, 502),
    ] {
        app.node.faults().start(fault).await.unwrap();
        let answer = logs(&app, range).await;
        assert_eq!(answer.status, status, "{fault:?}: {}", answer.text());
        app.node.faults().heal().await.unwrap();
        assert_eq!(logs(&app, range).await.status, 200, "{fault:?}");
    }
    app.node.add_logs(vec![transfer([1; 32]); 10_001]).unwrap();
    app.new_blocks(1).await;
    let many = logs(&app, "from_block=1&to_block=6").await;
    insta::assert_snapshot!(many.steady(), @r#"422 {"status_code":422,"detail":"That range holds too many blocks or logs for one answer: ask for a narrower one.","type":"about:blank","title":"Unprocessable Content","status":422,"instance":"[id]","code":"unprocessable"}"#);
    assert_eq!(logs(&app, range).await.status, 200);
    app.stop().await;

    let nowhere = json!({ "endpoint": "http://user:secret@127.0.0.1:1/key" });
    let app = TestApp::builder().set("evm", nowhere.clone()).start().await;
    insta::assert_snapshot!(logs(&app, range).await.steady(), @r#"502 {"status_code":502,"detail":"The chain could not be read.","type":"about:blank","title":"Bad Gateway","status":502,"instance":"[id]","code":"chain_error"}"#);
    let data = tempfile::tempdir().unwrap();
    let shown = config(&app.node.ws_url(), &data, json!({ "evm": nowhere }));
    let shown = serde_json::to_string(&shown).unwrap();
    assert!(
        shown.contains("http://127.0.0.1:1") && !shown.contains("secret"),
        "{shown}"
    );
    app.stop().await;
}
