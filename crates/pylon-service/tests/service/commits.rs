//! Weights, from `PUT` to the chain.

use std::time::Duration;

use pylon_chain::storage::StorageKey;
use pylon_devnet::{BlockTime, Layout};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, Builder, DEV, TestApp};

const WEIGHTS: &str = "/api/v1/identity/dev/subnet/1/weights";
const JOBS: &str = "/api/v1/identity/dev/subnet/1/weights/jobs";
/// Those of every kind.
const ALL_JOBS: &str = "/api/v1/identity/dev/subnet/1/jobs";

/// A raw value of the pallet: an entry, the subnet where it is one of a subnet, and what it holds.
pub(crate) fn laid(entry: &str, netuid: Option<u16>, value: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let key = StorageKey::new("SubtensorModule", entry);
    let key = match netuid {
        Some(netuid) => key.identity(&netuid),
        None => key,
    };
    (key.as_bytes().to_vec(), Some(value.to_vec()))
}

/// Blocks come when they are made.
pub(crate) fn signing() -> Builder {
    TestApp::builder().signing().set(
        "weights",
        // The simulated chain has a time of its own.
        json!({ "max_clock_drift_seconds": 0.0 }),
    )
}

/// Blocks come by themselves.
pub(crate) fn running() -> Builder {
    signing()
        .block_time(BlockTime::Every(Duration::from_millis(100)))
        .set("block_duration_seconds", json!(0.1))
}

pub(crate) async fn send(app: &TestApp, method: Method, path: &str, body: &Value) -> Answer {
    Answer::of(app.request(method, path).bearer_auth(DEV).json(body)).await
}

async fn put(app: &TestApp, body: &Value) -> Answer {
    send(app, Method::PUT, WEIGHTS, body).await
}

/// The job of weights that were accepted.
pub(crate) async fn accepted(app: &TestApp, body: &Value) -> String {
    let answer = put(app, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["job_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn receipt(app: &TestApp, job: &str) -> Value {
    let answer = app.get_as(DEV, &format!("{ALL_JOBS}/{job}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The receipt once the job is in that state; a job that ends otherwise fails the test.
pub(crate) async fn until(app: &TestApp, job: &str, state: &str) -> Value {
    let over = [
        "failed",
        "expired",
        "reveal_missed",
        "cancelled",
        "superseded",
    ];
    for _ in 0..3_000 {
        let receipt = receipt(app, job).await;
        let now = receipt["state"].as_str().unwrap();
        if now == state {
            return receipt;
        }
        assert!(!over.contains(&now), "{receipt:#}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {state}: {:#}", receipt(app, job).await);
}

/// Hotkeys of the subnet, by uid.
pub(crate) async fn hotkeys(app: &TestApp) -> Vec<String> {
    let path = "/api/v1/identity/dev/subnet/1/block/latest/neurons";
    let mut neurons: Vec<_> = app.get_as(DEV, path).await.json()["neurons"]
        .as_object()
        .unwrap()
        .values()
        .map(|neuron| {
            let hotkey = neuron["hotkey"].as_str().unwrap().to_owned();
            (neuron["uid"].as_u64().unwrap(), hotkey)
        })
        .collect();
    neurons.sort();
    neurons.into_iter().map(|(_, hotkey)| hotkey).collect()
}

/// What stands on chain of //Alice's weights.
pub(crate) async fn on_chain(app: &TestApp) -> Value {
    let path = "/api/v1/identity/dev/subnet/1/block/latest/neurons";
    let uid = app.get_as(DEV, path).await.json()["neurons"][ALICE]["uid"].clone();
    let path = "/api/v1/identity/dev/subnet/1/block/latest/weights";
    let matrix = app.get_as(DEV, path).await.json();
    let rows = matrix["weights"].as_array().unwrap();
    let row = rows.iter().find(|row| row["uid"] == uid);
    row.map_or(Value::Null, |row| row["row"].clone())
}

async fn arrives(layout: Layout, laid_down: Vec<(Vec<u8>, Option<Vec<u8>>)>, mode: &str) {
    let app = running().layout(layout).storage(laid_down).start().await;
    let hotkeys = hotkeys(&app).await;
    let stranger = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
    let weights = json!({ "weights": {
        &hotkeys[3]: 0.5, &hotkeys[7]: 1, &hotkeys[9]: 0.1, &hotkeys[11]: 1e-9, stranger: 1.0,
    }});
    let path = format!("{WEIGHTS}?dry_run=true");
    let dry = send(&app, Method::PUT, &path, &weights).await.json();
    assert_eq!(
        (&dry["mode"], &dry["error"]),
        (&json!(mode), &Value::Null),
        "{dry:#}"
    );
    assert_eq!(dry["uids"], json!([3, 7, 9]));
    assert_eq!(dry["values"], json!([32_768, 65_535, 6_554]));

    let job = accepted(&app, &weights).await;
    let end = if mode == "plain" {
        "finalized"
    } else {
        "revealed"
    };
    let receipt = until(&app, &job, end).await;
    assert_eq!(receipt["mode"], mode);
    assert_eq!(
        receipt["dropped"],
        json!([
            { "hotkey": stranger, "reason": "not_registered" },
            { "hotkey": hotkeys[11], "reason": "zero" },
        ])
    );
    let attempts = receipt["attempts"].as_array().unwrap().iter();
    // On a busy machine the chain may have the round before the commit.
    let errors: Vec<_> = attempts
        .map(|attempt| &attempt["error"])
        .filter(|error| *error != "InvalidRevealRound")
        .collect();
    assert!(errors.iter().all(|error| error.is_null()), "{receipt:#}");
    assert_eq!(errors.len(), if mode == "hash" { 2 } else { 1 });
    if mode != "plain" {
        let block = |name: &str| receipt["reveal"][name].as_u64().unwrap();
        let late = block("block") - block("expected_block");
        // The chain opens what is sealed; a reveal of ours takes as long as its sender, and the epoch 20 blocks.
        let most = if mode == "hash" { 19 } else { 0 };
        assert!(late <= most, "{receipt:#}");
    }
    assert_eq!(
        on_chain(&app).await,
        json!([[3, 32_768], [7, 65_535], [9, 6_554]])
    );
    app.stop().await;
}

pub(crate) fn open() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    vec![laid("CommitRevealWeightsEnabled", Some(1), &[0])]
}

pub(crate) fn hashed() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    vec![laid("CommitRevealWeightsVersion", None, &[2, 0])]
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_arrive_sealed_where_the_subnet_wants_them_so() {
    arrives(Layout::Jun2026, Vec::new(), "timelocked").await;
    arrives(Layout::Oct2026, Vec::new(), "timelocked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_arrive_in_the_open_where_the_subnet_wants_them_so() {
    arrives(Layout::Jun2026, open(), "plain").await;
    arrives(Layout::Oct2026, open(), "plain").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_arrive_by_a_hash_that_is_opened_later_where_the_subnet_wants_them_so() {
    arrives(Layout::Jun2026, hashed(), "hash").await;
    arrives(Layout::Oct2026, hashed(), "hash").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_weights_win_and_those_before_say_so() {
    let app = signing().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    // The rate limit is not over yet: they wait.
    app.node
        .set_storage(vec![
            laid("WeightsSetRateLimit", Some(1), &1_000_u64.to_le_bytes()),
            updated(&app).await,
        ])
        .await
        .unwrap();
    app.new_blocks(1).await;
    let mut jobs = Vec::new();
    for hotkey in &hotkeys[1..6] {
        jobs.push(accepted(&app, &json!({ "weights": { hotkey: 1 } })).await);
    }
    for pair in jobs.windows(2) {
        let old = receipt(&app, &pair[0]).await;
        assert_eq!(
            (&old["state"], &old["superseded_by"]),
            (&json!("superseded"), &json!(pair[1]))
        );
        assert_eq!(receipt(&app, &pair[1]).await["supersedes"], json!(pair[0]));
    }
    let last = jobs.last().unwrap();
    app.until("the receipt says when it is sent", async || {
        receipt(&app, last).await["earliest_block"] == 1_005
    })
    .await;
    let listed = app
        .get_as(DEV, &format!("{JOBS}?state=superseded&limit=3"))
        .await
        .json();
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 3);
    let next = listed["next_cursor"].as_str().unwrap();
    let rest = app
        .get_as(
            DEV,
            &format!("{JOBS}?state=superseded&limit=3&cursor={next}"),
        )
        .await
        .json();
    assert_eq!(rest["jobs"].as_array().unwrap().len(), 1);
    assert!(rest.get("next_cursor").is_none());

    // It can be taken back as long as it waits.
    let path = format!("{JOBS}/{last}");
    let cancelled = send(&app, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(
        (cancelled.status, &cancelled.json()["state"]),
        (StatusCode::OK, &json!("cancelled"))
    );
    let again = send(&app, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        again.detail(),
        "The job is cancelled and cannot be taken back any more."
    );
    app.stop().await;
}

/// //Alice set weights at block 5.
async fn updated(app: &TestApp) -> (Vec<u8>, Option<Vec<u8>>) {
    let path = "/api/v1/identity/dev/subnet/1/block/latest/neurons";
    let uid = app.get_as(DEV, path).await.json()["neurons"][ALICE]["uid"]
        .as_u64()
        .unwrap();
    let mut updates = [0_u64; 16];
    updates[usize::try_from(uid).unwrap()] = 5;
    let mut bytes = vec![16 << 2];
    bytes.extend(updates.iter().flat_map(|update| update.to_le_bytes()));
    laid("LastUpdate", Some(1), &bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_the_same_name_is_the_same_job() {
    let app = signing().start().await;
    let hotkeys = hotkeys(&app).await;
    let named = |body: Value, key: &str| {
        Answer::of(
            app.request(Method::PUT, WEIGHTS)
                .bearer_auth(DEV)
                .header("idempotency-key", key)
                .json(&body),
        )
    };
    let weights = json!({ "weights": { &hotkeys[2]: 1 } });
    let first = named(weights.clone(), "epoch-7").await.json();
    let again = named(weights.clone(), "epoch-7").await.json();
    assert_eq!(first, again);
    let other = named(json!({ "weights": { &hotkeys[3]: 1 } }), "epoch-7").await;
    assert_eq!(
        (other.status, &other.json()["code"]),
        (StatusCode::CONFLICT, &json!("idempotency_mismatch"))
    );
    let newer = named(weights.clone(), "epoch-8").await.json();
    assert_ne!(first["job_id"], newer["job_id"]);
    let bad = named(weights, "two words").await;
    assert_eq!(
        (bad.status, &bad.json()["code"]),
        (StatusCode::BAD_REQUEST, &json!("bad_header"))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_would_refuse_is_told_before_anything_is_sent() {
    let app = signing().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    let good = json!({ "weights": { &hotkeys[2]: 1 } });
    let high = u64::MAX.to_le_bytes();
    for (laid_down, body, name) in [
        (
            laid("WeightsVersionKey", Some(1), &7_u64.to_le_bytes()),
            json!({ "weights": { &hotkeys[2]: 1 }, "version_key": 6 }),
            "IncorrectWeightVersionKey",
        ),
        (
            laid("MinAllowedWeights", Some(1), &3_u16.to_le_bytes()),
            good.clone(),
            "WeightVecLengthIsLow",
        ),
        (
            laid("MinAllowedWeights", Some(1), &1_u16.to_le_bytes()),
            json!({ "weights": { "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y": 1 } }),
            "NoHotkeyRegistered",
        ),
        (
            laid("CommitRevealWeightsEnabled", Some(1), &[1]),
            good.clone(),
            "",
        ),
        (
            laid("CommitRevealWeightsVersion", None, &[9, 0]),
            good.clone(),
            "IncorrectCommitRevealVersion",
        ),
        (
            laid("ValidatorPermit", Some(1), &permits(16)),
            good.clone(),
            "NeuronNoValidatorPermit",
        ),
        (
            laid("StakeThreshold", None, &high),
            good,
            "NotEnoughStakeToSetWeights",
        ),
    ] {
        app.node.set_storage(vec![laid_down]).await.unwrap();
        app.new_blocks(1).await;
        if name.is_empty() {
            continue;
        }
        let dry = send(&app, Method::PUT, &format!("{WEIGHTS}?dry_run=true"), &body)
            .await
            .json();
        assert_eq!(dry["error"]["name"], name, "{dry:#}");
        let job = accepted(&app, &body).await;
        app.until(name, async || {
            receipt(&app, &job).await["state"] == "failed"
        })
        .await;
        let receipt = receipt(&app, &job).await;
        assert_eq!(receipt["error"], dry["error"]);
        assert_eq!(receipt["attempts"], json!([]));
    }
    app.stop().await;
}

/// Nobody may.
pub(crate) fn permits(count: u8) -> Vec<u8> {
    let mut bytes = vec![count << 2];
    bytes.resize(usize::from(count) + 1, 0);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_wait_for_the_end() {
    let app = running().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    let prefer = |path: &str, seconds: &str| {
        app.request(Method::PUT, path)
            .bearer_auth(DEV)
            .header("prefer", seconds)
            .json(&json!({ "weights": { &hotkeys[2]: 1 } }))
    };
    let answer = Answer::of(prefer(WEIGHTS, "respond-async, wait=20")).await;
    assert_eq!(
        (answer.status, answer.header("preference-applied")),
        (StatusCode::OK, "wait=20")
    );
    assert_eq!(answer.json()["state"], "finalized");
    // The rate limit lets nothing through for a while.
    let late = Answer::of(prefer(WEIGHTS, "wait=0")).await;
    assert_eq!(late.status, 202);
    assert_eq!(late.json()["state"], "queued");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_starts_again_goes_on_where_the_last_one_ended() {
    let app = running().start().await;
    let hotkeys = hotkeys(&app).await;
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    until(&app, &job, "finalized").await;
    let app = app.restart().await;
    let receipt = until(&app, &job, "revealed").await;
    assert_eq!(receipt["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_wrong_is_refused_with_every_reason() {
    let app = signing().start().await;
    for (body, expected) in [
        (json!([]), vec![(None, "Expected `object`")]),
        (json!({}), vec![(Some("weights"), "Field required")]),
        (
            json!({ "weights": [] }),
            vec![(Some("weights"), "Input should be a valid dictionary")],
        ),
        (
            json!({ "weights": {} }),
            vec![(Some("weights"), "Value error, No weights provided")],
        ),
        (
            json!({ "weights": { ALICE: 0.0 } }),
            vec![(Some("weights"), "Value error, All weights are zero")],
        ),
        (
            json!({ "weights": { "": 1, ALICE: "1" } }),
            vec![
                (
                    Some("weights."),
                    "Value error, Invalid hotkey: '' must be a non-empty string",
                ),
                (
                    Some("weights.5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
                    "Input should be a valid number",
                ),
            ],
        ),
        (
            json!({ "weights": { ALICE: -0.5 } }),
            vec![(
                Some("weights.5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
                "Value error, a weight is finite and not negative",
            )],
        ),
        (
            json!({ "weights": { ALICE: 1 }, "version_key": -1 }),
            vec![(
                Some("version_key"),
                "Input should be an integer from 0 to 18446744073709551615",
            )],
        ),
    ] {
        let answer = put(&app, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(
            answer.detail(),
            format!("Validation failed for PUT {WEIGHTS}")
        );
        let told: Vec<_> = answer.json()["extra"]
            .as_array()
            .unwrap()
            .iter()
            .map(|extra| {
                (
                    extra["key"].as_str().map(str::to_owned),
                    extra["message"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(key, message)| (key.map(str::to_owned), message.to_owned()))
            .collect();
        assert_eq!(told, expected, "{body}");
    }
    assert_eq!(app.get_as(DEV, JOBS).await.json(), json!({ "jobs": [] }));
    for job in ["01JDB3Z6W8K7Q2M5N9P4R0S1TV", "nothing"] {
        let answer = app.get_as(DEV, &format!("{JOBS}/{job}")).await;
        assert_eq!(
            (answer.status, answer.detail()),
            (StatusCode::NOT_FOUND, format!("Job {job} not found."))
        );
    }
    app.stop().await;
}
