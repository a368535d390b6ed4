//! Requests to other neurons, signed with an identity's hotkey.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use pylon_models::{Hotkey, Timestamp};
use pylon_storage::{Location, Signature, Storage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sp_core::{Pair, sr25519};

use crate::app::{ALICE, Answer, DEV, METRICS, OPEN, TestApp};
use crate::commits::hotkeys;

const SIGN: &str = "/api/v1/identity/dev/subnet/1/sign/request";
/// Registered nowhere.
const CHARLIE: &str = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
const BODY: &[u8] = br#"{"metrics":{"loss":2.031}}"#;

/// The identity `dev`, which signs as these settings say.
async fn signing(sign: Value) -> TestApp {
    let dev = json!({ "netuid": 1, "token": DEV, "sign": sign });
    let builder = TestApp::builder().set("identities", json!({ "dev": dev }));
    builder.signing().start().await
}

fn both() -> Value {
    json!({ "schemes": ["btauth/1", "epistula/2"] })
}

fn body(scheme: &str, receiver: &str) -> Value {
    json!({
        "scheme": scheme, "method": "POST", "path": "/v1/submissions?netuid=25",
        "body_sha256": sha256(BODY), "receiver": receiver,
    })
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

async fn sign(app: &TestApp, body: &Value) -> Answer {
    let request = app.request(Method::POST, SIGN).bearer_auth(DEV);
    Answer::of(request.json(body)).await
}

/// Whether //Alice signed this, by another library than the service's own code.
fn alice_signed(message: &str, signature: &Value) -> bool {
    let alice: Hotkey = ALICE.parse().unwrap();
    let signature = hex::decode(signature.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap();
    sr25519::Pair::verify(
        &sr25519::Signature::from_raw(signature.try_into().unwrap()),
        message,
        &sr25519::Public::from_raw(*alice.as_bytes()),
    )
}

async fn signatures(app: TestApp) -> Vec<Signature> {
    let database = Location::Sqlite(app.database());
    app.service.stop().await;
    let storage = Storage::open(database).await.unwrap();
    let since = Timestamp::from_unix_millis(0).unwrap();
    let signatures = storage.signatures_since(since, 100).await.unwrap();
    storage.close().await;
    app.node.shutdown().await;
    signatures
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_signed_by_either_scheme_so_that_its_receiver_takes_it() {
    let app = signing(both()).await;
    let miner = hotkeys(&app).await.remove(3);
    let now = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_nanos()).unwrap()
    };
    let before = now();
    let answer = sign(&app, &body("btauth/1", &miner)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let btauth = answer.json();
    let nonce = btauth["signed"]["nonce"].as_u64().unwrap();
    assert!((before..=now()).contains(&nonce), "{nonce}");
    let hash = sha256(BODY);
    let message = format!(
        "btauth/1\nsr25519\nPOST\n/v1/submissions?netuid=25\n{hash}\n{nonce}\n{ALICE}\n{miner}"
    );
    let headers = &btauth["headers"];
    let signature = &headers["X-Bittensor-Signature"];
    assert!(alice_signed(&message, signature));
    assert!(!alice_signed(&message.replace("POST", "PUT"), signature));
    assert_eq!(
        headers,
        &json!({
            "X-Bittensor-Version": "1", "X-Bittensor-Hotkey": ALICE, "X-Bittensor-Receiver": miner,
            "X-Bittensor-Nonce": nonce.to_string(), "X-Bittensor-Signature": signature,
        })
    );
    assert_eq!(btauth["block"]["number"], 5);
    let btauth_digest = format!("0x{}", sha256(message.as_bytes()));
    assert_eq!(
        btauth["signed"],
        json!({ "sender": ALICE, "receiver": miner, "nonce": nonce, "digest": btauth_digest })
    );

    let epistula = sign(&app, &body("epistula/2", &miner)).await.json();
    let signed = &epistula["signed"];
    let (timestamp, uuid) = (&signed["timestamp"], signed["uuid"].as_str().unwrap());
    assert!((before / 1_000_000..=now() / 1_000_000).contains(&timestamp.as_u64().unwrap()));
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    let message = format!("{hash}.{uuid}.{timestamp}.{miner}");
    let signature = &epistula["headers"]["Epistula-Request-Signature"];
    assert!(alice_signed(&message, signature));
    assert_eq!(
        epistula["headers"],
        json!({
            "Epistula-Version": "2", "Epistula-Timestamp": timestamp.to_string(), "Epistula-Uuid": uuid,
            "Epistula-Signed-By": ALICE, "Epistula-Signed-For": miner,
            "Epistula-Request-Signature": signature,
        })
    );

    let counted = "pylon_signed_requests_total{scheme=\"btauth/1\",outcome=\"signed\"}";
    assert_eq!(app.metric(counted).await, 1.0);
    let recorded: Vec<_> = signatures(app)
        .await
        .into_iter()
        .map(|row| {
            (
                row.purpose,
                row.digest,
                row.identity.to_string(),
                row.hotkey.to_string(),
                row.job,
            )
        })
        .collect();
    let row = |purpose: &str, digest: &str| {
        let (purpose, digest) = (purpose.to_owned(), digest.to_owned());
        (purpose, digest, "dev".to_owned(), ALICE.to_owned(), None)
    };
    let epistula_digest = format!("0x{}", sha256(message.as_bytes()));
    assert_eq!(
        recorded,
        [
            row("btauth/1", &btauth_digest),
            row("epistula/2", &epistula_digest)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_requests_that_are_signed_at_once_have_the_same_nonce() {
    let app = signing(both()).await;
    let miner = hotkeys(&app).await.remove(3);
    let body = body("btauth/1", &miner);
    let answers = futures::future::join_all((0..100).map(|_| sign(&app, &body))).await;
    let nonces: BTreeSet<u64> = answers
        .iter()
        .map(|answer| answer.json()["signed"]["nonce"].as_u64().unwrap())
        .collect();
    assert_eq!(nonces.len(), 100);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_signed_is_told_member_by_member() {
    let app = signing(both()).await;
    let miner = hotkeys(&app).await.remove(3);
    for (member, value, told) in [
        (
            "scheme",
            json!("btauth/2"),
            "\"btauth/2\" is no scheme of signed requests",
        ),
        ("scheme", json!(1), "is not a text"),
        (
            "method",
            json!("post"),
            "is none of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS",
        ),
        (
            "path",
            json!("https://miner.example/v1"),
            "does not begin with a single slash",
        ),
        (
            "path",
            json!("//miner.example/v1"),
            "does not begin with a single slash",
        ),
        (
            "path",
            json!("/v1\nPOST"),
            "has a character at byte 3 that is sent in another form: percent-encode it",
        ),
        (
            "path",
            json!("/a/../b"),
            "has a segment of dots, which is sent resolved",
        ),
        (
            "path",
            json!("/100%"),
            "has a percent sign at byte 4 without two hex digits after it",
        ),
        (
            "body_sha256",
            json!(sha256(BODY).to_uppercase()),
            "is not 64 lower-case hex digits, the SHA-256 of the body",
        ),
        ("body_sha256", Value::Null, "is not a text"),
        (
            "receiver",
            json!("5Grw"),
            "invalid length: 3 bytes instead of 35",
        ),
        (
            "receiver",
            json!("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"),
            "invalid prefix: 0 instead of 42",
        ),
        (
            "message",
            json!("0xdeadbeef"),
            "is unknown: there are scheme, method, path, body_sha256, receiver",
        ),
    ] {
        let mut body = body("btauth/1", &miner);
        body[member] = value;
        let answer = sign(&app, &body).await;
        assert_eq!(answer.status, 400, "{member}: {}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["code"], "validation");
        assert_eq!(
            problem["errors"],
            json!([{ "message": told, "key": member, "source": "body" }])
        );
        assert!(!answer.text().contains("Signature"));
    }
    insta::assert_snapshot!(sign(&app, &json!({ "bytes": "0x00" })).await.steady(), @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/v1/identity/dev/subnet/1/sign/request","extra":[{"message":"is unknown: there are scheme, method, path, body_sha256, receiver","key":"bytes","source":"body"},{"message":"is missing","key":"scheme","source":"body"},{"message":"is missing","key":"method","source":"body"},{"message":"is missing","key":"path","source":"body"},{"message":"is missing","key":"body_sha256","source":"body"},{"message":"is missing","key":"receiver","source":"body"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"is unknown: there are scheme, method, path, body_sha256, receiver","key":"bytes","source":"body"},{"message":"is missing","key":"scheme","source":"body"},{"message":"is missing","key":"method","source":"body"},{"message":"is missing","key":"path","source":"body"},{"message":"is missing","key":"body_sha256","source":"body"},{"message":"is missing","key":"receiver","source":"body"}]}"#);
    insta::assert_snapshot!(sign(&app, &json!(["btauth/1"])).await.steady(), @r#"400 {"status_code":400,"detail":"Validation failed for POST /api/v1/identity/dev/subnet/1/sign/request","extra":[{"message":"Expected `object`","source":"body"}],"type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"validation","errors":[{"message":"Expected `object`","source":"body"}]}"#);
    assert_eq!(signatures(app).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_signs_what_its_configuration_allows_and_for_its_own_token_alone() {
    let app = signing(json!({ "schemes": ["btauth/1"] })).await;
    let miner = hotkeys(&app).await.remove(3);
    insta::assert_snapshot!(sign(&app, &body("epistula/2", &miner)).await.steady(), @r#"403 {"status_code":403,"detail":"Identity 'dev' is not configured to sign requests by epistula/2","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    insta::assert_snapshot!(sign(&app, &body("btauth/1", CHARLIE)).await.steady(), @r#"403 {"status_code":403,"detail":"Receiver 5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y is not registered on subnet 1","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    for (token, status) in [(OPEN, 403), (METRICS, 403), ("wrong", 403)] {
        let request = app.request(Method::POST, SIGN).bearer_auth(token);
        let answer = Answer::of(request.json(&body("btauth/1", &miner))).await;
        assert_eq!(answer.status, status, "{token}");
    }
    let nobody = app.request(Method::POST, SIGN);
    let nobody = Answer::of(nobody.json(&body("btauth/1", &miner))).await;
    assert_eq!(nobody.status, 401);
    let counted = "pylon_signed_requests_total{scheme=\"btauth/1\",outcome=\"refused\"}";
    assert_eq!(app.metric(counted).await, 1.0);
    assert_eq!(signatures(app).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_without_settings_or_without_a_key_signs_nothing() {
    let app = signing(json!({})).await;
    let miner = hotkeys(&app).await.remove(3);
    assert_eq!(
        sign(&app, &body("btauth/1", &miner)).await.status,
        StatusCode::FORBIDDEN
    );
    app.stop().await;
    let reader = TestApp::start().await;
    let answer = sign(&reader, &body("btauth/1", &miner)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (404, "Identity 'dev' has no hotkey configured")
    );
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_of_other_subnets_are_for_those_whose_configuration_names_them() {
    let elsewhere = async |app: &TestApp| {
        let path = "/api/v1/subnet/2/block/latest/neurons";
        let neurons = app.get_as(OPEN, path).await.json()["neurons"].clone();
        let own = hotkeys(app).await;
        let mut others = neurons.as_object().unwrap().keys().cloned();
        others.find(|hotkey| !own.contains(hotkey)).unwrap()
    };
    let app = signing(json!({ "schemes": ["btauth/1"], "netuids": [9, 2] })).await;
    let other = elsewhere(&app).await;
    assert_eq!(sign(&app, &body("btauth/1", &other)).await.status, 200);
    let own = hotkeys(&app).await.remove(3);
    let refused = sign(&app, &body("btauth/1", &own)).await;
    let told = format!("Receiver {own} is not registered on any of the subnets 9, 2");
    assert_eq!((refused.status.as_u16(), refused.detail()), (403, told));
    app.stop().await;

    let app = signing(both()).await;
    let other = elsewhere(&app).await;
    assert_eq!(sign(&app, &body("btauth/1", &other)).await.status, 403);
    app.stop().await;

    let app = signing(json!({ "schemes": ["btauth/1"], "any_receiver": true })).await;
    let answer = sign(&app, &body("btauth/1", CHARLIE)).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["block"]),
        (200, &Value::Null)
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_told_when_to_come_back_and_hold_up_nothing_else() {
    let mut few = both();
    few["requests_per_second"] = json!(0.01);
    few["burst"] = json!(2);
    let app = signing(few).await;
    let miner = hotkeys(&app).await.remove(3);
    let mut statuses = Vec::new();
    for scheme in ["btauth/1", "epistula/2", "btauth/1"] {
        let answer = sign(&app, &body(scheme, &miner)).await;
        statuses.push((
            answer.status.as_u16(),
            answer.header("retry-after").is_empty(),
        ));
    }
    assert_eq!(statuses, [(200, true), (200, true), (429, false)]);
    let limited = sign(&app, &body("btauth/1", &miner)).await;
    assert_eq!(
        limited.detail(),
        "Too many requests signed for this identity"
    );
    assert_eq!(limited.json()["code"], "rate_limited");
    assert_eq!(hotkeys(&app).await.len(), 16);
    assert_eq!(signatures(app).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_not_signed() {
    let app = signing(both()).await;
    let miner = hotkeys(&app).await.remove(3);
    let mut other = SqliteConnection::establish(app.database().to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let refused = sign(&app, &body("btauth/1", &miner)).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(!refused.text().contains("headers"));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(sign(&app, &body("btauth/1", &miner)).await.status, 200);
    drop(other);
    assert_eq!(signatures(app).await.len(), 1);
}
