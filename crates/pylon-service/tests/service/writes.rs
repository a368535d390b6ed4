//! Commitments, certificates and hyperparameters, from the request to the chain.

use std::time::{Duration, Instant};

use pylon_chain::storage::StorageKey;
use pylon_devnet::{BlockTime, Layout};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{ALICE, Answer, DEV, TestApp};
use crate::commits::{laid, receipt, running, send, signing, until};

const IDENTITY: &str = "/api/v1/identity/dev/subnet/1";
/// //Bob, who owns netuid 1.
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    send(app, Method::POST, &format!("{IDENTITY}{path}"), body).await
}

async fn set(app: &TestApp, name: &str, value: Value) -> Answer {
    let path = format!("{IDENTITY}/hyperparams/{name}");
    send(app, Method::PUT, &path, &json!({ "value": value })).await
}

async fn get(app: &TestApp, path: &str) -> Answer {
    app.get_as(DEV, &format!("{IDENTITY}{path}")).await
}

/// The job that an answer names.
fn job(answer: &Answer) -> &str {
    answer.header("x-pylon-job")
}

/// An axon of //Alice, as it stands raw on chain.
pub(crate) fn axon(port: u16) -> (Vec<u8>, Option<Vec<u8>>) {
    let alice: pylon_models::Hotkey = ALICE.parse().unwrap();
    let key = StorageKey::new("SubtensorModule", "Axons")
        .identity(&1_u16)
        .blake2_128_concat(alice.as_bytes());
    let mut value = 0_u64.to_le_bytes().to_vec();
    value.extend(7_u32.to_le_bytes());
    value.extend(u128::from(u32::from_be_bytes([192, 0, 2, 9])).to_le_bytes());
    value.extend(port.to_le_bytes());
    value.extend([4, 0, 0, 0]);
    (key.as_bytes().to_vec(), Some(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commitment_is_on_chain_when_the_answer_comes() {
    for layout in [Layout::Jun2026, Layout::Oct2026] {
        let app = running().layout(layout).start().await;
        for data in ["0x6d6f64656c2d7632", &"ab".repeat(128), &"cd".repeat(512)] {
            let answer = post(&app, "/commitments", &json!({ "commitment": data })).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert_eq!(
                answer.json(),
                json!({ "detail": "Commitment set successfully." })
            );
            let receipt = receipt(&app, job(&answer)).await;
            assert_eq!(receipt["kind"], "commitment");
            assert_eq!(
                (&receipt["state"], &receipt["mode"]),
                (&json!("finalized"), &json!("plain"))
            );
            let stands = get(&app, "/block/latest/commitments/self").await.json();
            let data = data.trim_start_matches("0x");
            assert_eq!(stands["commitment"], format!("0x{data}"), "{layout:?}");
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timelocked_commitment_is_opened_by_the_chain_and_its_receipt_says_so() {
    for layout in [Layout::Jun2026, Layout::Oct2026] {
        let app = running().layout(layout).start().await;
        let body = json!({ "commitment": "model-v2", "blocks_until_reveal": 40 });
        let answer = post(&app, "/commitments/revealed", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let receipt = until(&app, job(&answer), "revealed").await;
        assert_eq!(receipt["mode"], "timelocked");
        assert_eq!(receipt["reveal"]["round"], answer.json()["reveal_round"]);
        let block = receipt["reveal"]["block"].as_u64().unwrap();
        let expected = receipt["reveal"]["expected_block"].as_u64().unwrap();
        assert!(block.abs_diff(expected) <= 40, "{receipt:#}");
        let opened = get(&app, "/block/latest/commitments/revealed/self")
            .await
            .json();
        assert_eq!(opened["commitments"][0]["commitment"], "model-v2");
        assert_eq!(opened["commitments"][0]["reveal_block_number"], block);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timelocked_commitment_that_is_written_over_is_missed() {
    let app = running().start().await;
    let body = json!({ "commitment": "model-v2", "blocks_until_reveal": 150 });
    let sealed = post(&app, "/commitments/revealed", &body).await;
    assert_eq!(sealed.status, 201, "{}", sealed.text());
    let plain = post(&app, "/commitments", &json!({ "commitment": "00" })).await;
    assert_eq!(plain.status, 201, "{}", plain.text());
    let receipt = until(&app, job(&sealed), "reveal_missed").await;
    assert_eq!(
        receipt["error"]["message"],
        "the commitment left the chain unopened: a newer one took its place, or the neuron is gone"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_commitment_is_told_in_the_words_of_the_original() {
    let app = signing().start().await;
    let hex = "Value error, passed commitment data is not a valid hex string.";
    for (path, body, key, message) in [
        ("/commitments", json!({}), "commitment", "Field required"),
        (
            "/commitments",
            json!({ "commitment": "xyz" }),
            "commitment",
            hex,
        ),
        (
            "/commitments",
            json!({ "commitment": "0x123" }),
            "commitment",
            hex,
        ),
        (
            "/commitments",
            json!({ "commitment": 5 }),
            "commitment",
            "Value error, commitment must be bytes or hex string",
        ),
        (
            "/commitments",
            json!({ "commitment": "0x" }),
            "commitment",
            "Data should have at least 1 byte",
        ),
        (
            "/commitments",
            json!({ "commitment": "00".repeat(513) }),
            "commitment",
            "Data should have at most 512 bytes",
        ),
        (
            "/commitments/revealed",
            json!({ "blocks_until_reveal": 5 }),
            "commitment",
            "Field required",
        ),
        (
            "/commitments/revealed",
            json!({ "commitment": "a" }),
            "blocks_until_reveal",
            "Field required",
        ),
        (
            "/commitments/revealed",
            json!({ "commitment": "a", "blocks_until_reveal": 0 }),
            "blocks_until_reveal",
            "Input should be an integer from 1 to 50400",
        ),
        (
            "/commitments/revealed",
            json!({ "commitment": "", "blocks_until_reveal": 5 }),
            "commitment",
            "String should have at least 1 character",
        ),
        (
            "/certificates/self",
            json!({ "algorithm": 2 }),
            "algorithm",
            "Value error, Currently, only algorithm equals 1 is supported which is EdDSA using Ed25519 curve",
        ),
    ] {
        let answer = post(&app, path, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        let told = answer.json();
        assert_eq!(
            told["detail"],
            format!("Validation failed for POST {IDENTITY}{path}")
        );
        assert_eq!(told["extra"][0]["key"], key, "{body}");
        assert_eq!(told["extra"][0]["message"], message, "{body}");
    }
    let jobs = get(&app, "/jobs").await.json();
    assert_eq!(jobs["jobs"], json!([]), "nothing was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_time_runs_out_goes_on_and_is_found_by_its_job() {
    let app = signing().block_time(BlockTime::Manual).start().await;
    let path = format!("{IDENTITY}/commitments");
    let asked = app
        .request(Method::POST, &path)
        .bearer_auth(DEV)
        .header("x-pylon-timeout", "1.5")
        .json(&json!({ "commitment": "0xabcd" }));
    let answer = Answer::of(asked).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (504, "Request timed out")
    );
    app.new_blocks(4).await;
    until(&app, job(&answer), "finalized").await;
    let stands = get(&app, "/block/latest/commitments/self").await.json();
    assert_eq!(stands["commitment"], "0xabcd");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commitment_that_the_chain_refuses_is_a_502_with_its_receipt() {
    let nobody = laid("NetworksAdded", Some(1), &[0]);
    let app = running().start().await;
    app.node.set_storage(vec![nobody]).await.unwrap();
    let answer = post(&app, "/commitments", &json!({ "commitment": "00" })).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (502, "there is no subnet 1")
    );
    assert_eq!(answer.json()["code"], "chain_error");
    let receipt = receipt(&app, job(&answer)).await;
    assert_eq!(receipt["error"]["name"], "SubnetNotExists");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_served_with_the_axon_that_stands_on_chain() {
    let app = running().storage(vec![axon(8_091)]).start().await;
    let answer = post(&app, "/certificates/self", &json!({ "algorithm": 1 })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let key = answer.json();
    let public: [u8; 32] = hex::decode(key["public_key"].as_str().unwrap())
        .unwrap()
        .try_into()
        .unwrap();
    let private: [u8; 32] = hex::decode(key["private_key"].as_str().unwrap())
        .unwrap()
        .try_into()
        .unwrap();
    assert_ne!(public, private);
    let kept = get(&app, "/block/latest/certificates/self").await.json();
    assert_eq!(
        kept,
        json!({ "algorithm": 1, "public_key": key["public_key"] })
    );
    // The latest snapshot may be of a block before.
    app.until("the axon is served with its new protocol", async || {
        let neurons = get(&app, "/block/latest/neurons").await.json();
        neurons["neurons"][ALICE]["axon_info"]
            == json!({ "ip": "192.0.2.9", "port": 8091, "protocol": 4 })
    })
    .await;
    // The receipt and the log have the public half alone.
    let receipt = receipt(&app, job(&answer)).await;
    assert!(
        !receipt
            .to_string()
            .contains(key["private_key"].as_str().unwrap())
    );
    assert_eq!(receipt["kind"], "certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neuron_that_serves_nothing_gets_no_certificate() {
    for state in [Vec::new(), vec![axon(0)]] {
        let app = running().storage(state).start().await;
        let answer = post(&app, "/certificates/self", &json!({ "algorithm": 1 })).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (502, "Could not generate certificate pair.")
        );
        let receipt = receipt(&app, job(&answer)).await;
        assert_eq!(receipt["error"]["name"], "AxonNotServed");
        app.stop().await;
    }
}

/// A service whose axon stands in a block so near that the chain takes no other one yet.
pub(crate) async fn within_the_rate_limit() -> TestApp {
    let app = signing()
        .storage(vec![
            axon(8_091),
            laid("ServingRateLimit", Some(1), &1_000_u64.to_le_bytes()),
        ])
        .start()
        .await;
    // The axon is of a block within the rate limit.
    let (key, value) = axon(8_091);
    let mut value = value.unwrap();
    value[0] = 3;
    let storage = vec![(key, Some(value))];
    app.node.set_storage(storage).await.unwrap();
    app.new_blocks(1).await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_certificate_that_could_not_be_sent_in_time_is_served_by_nobody() {
    let app = within_the_rate_limit().await;
    let asked = app
        .request(Method::POST, &format!("{IDENTITY}/certificates/self"))
        .bearer_auth(DEV)
        .header("x-pylon-timeout", "1.5")
        .json(&json!({ "algorithm": 1 }));
    let answer = Answer::of(asked).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    // From then on the chain takes axons of it again.
    assert_eq!(answer.json()["retry_at_block"], 1_003);
    assert_eq!(receipt(&app, job(&answer)).await["state"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_sets_hyperparameters_and_the_chain_has_them() {
    for layout in [Layout::Jun2026, Layout::Oct2026] {
        let app = running().layout(layout).start().await;
        for (name, value) in [
            ("immunity_period", json!(77)),
            ("activity_cutoff_factor", json!(2_000)),
            ("bonds_moving_avg", json!(900_001)),
            ("burn_increase_mult", json!(1.5)),
            ("liquid_alpha_enabled", json!(true)),
            ("alpha_low", json!(20_000)),
            ("alpha_sigmoid_steepness", json!(12)),
        ] {
            let answer = set(&app, name, value.clone()).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            let receipt = answer.json();
            assert_eq!(receipt["hyperparameter"], name);
            assert_eq!(receipt["state"], "finalized");
            let told = get(&app, "/block/latest/hyperparams").await.json();
            let stands = &told["hyperparameters"][name];
            assert_eq!(
                stands.as_f64(),
                value.as_f64(),
                "{layout:?} {name}: {told:#}"
            );
        }
        let jobs = get(&app, "/jobs?kind=hyperparameter&state=finalized")
            .await
            .json();
        assert_eq!(jobs["jobs"].as_array().unwrap().len(), 7);
        let none = get(&app, "/weights/jobs").await.json();
        assert_eq!(none["jobs"], json!([]));
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_set_a_hyperparameter_is_told_who_may() {
    let app = running().start().await;
    let root = set(&app, "kappa", json!(1)).await;
    assert_eq!(
        (root.status.as_u16(), root.detail().as_str()),
        (
            403,
            "Hyperparameter 'kappa' can be set by the network's root only"
        )
    );
    assert_eq!(root.json()["code"], "not_the_owner");
    let unknown = set(&app, "tempoo", json!(1)).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.detail().starts_with(
        "Unknown hyperparameter 'tempoo'; a subnet's owner may set: serving_rate_limit, "
    ));
    let bounds = set(&app, "tempo", json!(10)).await;
    assert_eq!(
        (bounds.status.as_u16(), bounds.detail().as_str()),
        (400, "tempo has to be a whole number from 360 to 50400")
    );
    // Somebody else owns the subnet.
    let charlie: [u8; 32] = [7; 32];
    let owner = laid("SubnetOwner", Some(1), &charlie);
    app.node.set_storage(vec![owner]).await.unwrap();
    app.new_blocks(1).await;
    let not_ours = set(&app, "tempo", json!(400)).await;
    assert_eq!(not_ours.status, 403, "{}", not_ours.text());
    assert_eq!(not_ours.json()["code"], "not_the_owner");
    let owner = pylon_models::Coldkey::from_bytes(charlie);
    assert_eq!(
        not_ours.detail(),
        format!("Subnet 1 is owned by {owner}, whose key is not the configured one.")
    );
    let jobs = get(&app, "/jobs").await.json();
    assert_eq!(jobs["jobs"], json!([]));
    app.stop().await;

    let app = signing().without_owner().start().await;
    let answer = set(&app, "tempo", json!(400)).await;
    assert_eq!(
        answer.detail(),
        "Identity 'dev' has no key of its subnet's owner configured."
    );
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_comes_too_soon_after_another_fails_by_the_name_that_the_chain_has() {
    let app = running().start().await;
    assert_eq!(set(&app, "immunity_period", json!(77)).await.status, 200);
    let again = set(&app, "immunity_period", json!(78)).await;
    assert_eq!(again.status, 502, "{}", again.text());
    let receipt = receipt(&app, job(&again)).await;
    assert_eq!(receipt["error"]["name"], "TxRateLimitExceeded");
    assert_eq!(receipt["attempts"].as_array().unwrap().len(), 1);
}

/// //Bob lets //Alice act for him as the owner of his subnets, raw.
fn alice_is_a_proxy() -> (Vec<u8>, Option<Vec<u8>>) {
    const OWNER: u8 = 1;
    let account = |address: &str| *address.parse::<pylon_models::Hotkey>().unwrap().as_bytes();
    let key = StorageKey::new("Proxy", "Proxies").twox_64_concat(&account(BOB));
    // One definition: the delegate, its type, no delay; then the deposit.
    let mut value = vec![1 << 2];
    value.extend(account(ALICE));
    value.push(OWNER);
    value.extend(0_u32.to_le_bytes());
    value.extend(0_u64.to_le_bytes());
    (key.as_bytes().to_vec(), Some(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_owner_sets_what_its_type_allows_and_is_told_what_it_does_not() {
    let dev = json!({
        "netuid": 1, "token": DEV, "owner_wallet_name": "validator", "owner_hotkey_name": "alice",
        "owner_coldkey": BOB,
    });
    let app = running()
        .set("identities", json!({ "dev": dev.clone() }))
        .storage(vec![alice_is_a_proxy()])
        .start()
        .await;
    let answer = set(&app, "immunity_period", json!(77)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = get(&app, "/block/latest/hyperparams").await.json();
    assert_eq!(told["hyperparameters"]["immunity_period"], 77);
    // The extrinsic succeeds; the call in it does not.
    let refused = set(&app, "tempo", json!(400)).await;
    assert_eq!(refused.status, 502, "{}", refused.text());
    let receipt = receipt(&app, job(&refused)).await;
    assert_eq!(receipt["error"]["name"], "CallFiltered", "{receipt:#}");
    app.stop().await;

    // Whom nobody made a proxy is none.
    let app = running()
        .set("identities", json!({ "dev": dev }))
        .start()
        .await;
    let answer = set(&app, "immunity_period", json!(77)).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let receipt = self::receipt(&app, job(&answer)).await;
    assert_eq!(receipt["error"]["name"], "NotProxy", "{receipt:#}");
    app.stop().await;
}

/// A request whose body comes as late as that after its head.
async fn late(app: &TestApp, (method, path): (&str, &str), more: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(app.service.address()).await.unwrap();
    let head = format!(
        "{method} {IDENTITY}{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {DEV}\r\ncontent-length: {}\r\n\
         x-pylon-timeout: 2\r\n{more}connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(900)).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_late_takes_nothing_from_the_time_to_answer() {
    let app = signing()
        .block_time(BlockTime::Manual)
        .storage(vec![axon(8_091)])
        .start()
        .await;
    let commitment = late(
        &app,
        ("POST", "/commitments"),
        "",
        r#"{"commitment":"0xabcd"}"#,
    )
    .await;
    assert!(commitment.starts_with("HTTP/1.1 504"), "{commitment}");
    assert!(commitment.contains("x-pylon-job: "), "{commitment}");
    app.new_blocks(4).await;
    let certificate = late(
        &app,
        ("POST", "/certificates/self"),
        "",
        r#"{"algorithm":1}"#,
    )
    .await;
    assert!(certificate.starts_with("HTTP/1.1 201"), "{certificate}");
    assert!(certificate.contains("private_key"), "{certificate}");
    let weights = format!(r#"{{"weights":{{"{ALICE}":1}}}}"#);
    let weights = late(&app, ("PUT", "/weights"), "prefer: wait=30\r\n", &weights).await;
    assert!(weights.starts_with("HTTP/1.1 202"), "{weights}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_waits_as_long_as_was_asked() {
    let app = signing().block_time(BlockTime::Manual).start().await;
    let began = Instant::now();
    let asked = app
        .request(Method::PUT, &format!("{IDENTITY}/weights"))
        .bearer_auth(DEV)
        .header("prefer", "wait=1")
        .json(&json!({ "weights": { ALICE: 1 } }));
    let answer = Answer::of(asked).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("preference-applied")),
        (202, "wait=1")
    );
    assert!(began.elapsed() >= Duration::from_secs(1), "not sooner");
}
