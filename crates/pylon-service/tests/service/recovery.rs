//! What becomes of jobs when the service was away, ended between two steps or met trouble that lasts.

use std::time::Duration;

use diesel::{Connection, RunQueryDsl, SqliteConnection};
use pylon_devnet::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ALICE, Answer, DEV, TestApp};
use crate::commits::{accepted, hashed, hotkeys, on_chain, open, running, signing, until};
use crate::writes::within_the_rate_limit;

const IDENTITY: &str = "/api/v1/identity/dev/subnet/1";

async fn receipt(app: &TestApp, job: &str) -> Value {
    let path = format!("{IDENTITY}/jobs/{job}");
    app.get_as(DEV, &path).await.json()
}

/// Asks for something that takes longer than the request may, and returns the job.
async fn begun(app: &TestApp, path: &str, body: &Value) -> String {
    let request = app
        .request(Method::POST, &format!("{IDENTITY}{path}"))
        .bearer_auth(DEV)
        .header("x-pylon-timeout", "1")
        .json(body);
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    answer.header("x-pylon-job").to_owned()
}

fn attempts(receipt: &Value) -> &[Value] {
    receipt["attempts"].as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extrinsic_whose_block_no_node_has_any_more_ends_its_job_and_holds_up_no_other() {
    let app = running().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    let late = Fault::LateInclusion { blocks: 20 }.times(1);
    app.node.faults().start(late).await.unwrap();
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    until(&app, &job, "submitted").await;
    let app = app
        .restart_after(async |node| {
            // Its era ends meanwhile, and its state is forgotten.
            node.new_blocks(120).await.unwrap();
            let forgets = Fault::DiscardedState { kept: 16 };
            node.faults().start(forgets).await.unwrap();
        })
        .await;
    app.until("the job is over", async || {
        receipt(&app, &job).await["state"] == "failed"
    })
    .await;
    let told = receipt(&app, &job).await;
    assert_eq!(told["error"]["name"], "OutcomeUnknown", "{told:#}");
    assert_eq!(attempts(&told).len(), 1);
    // It did take effect, which is why it was not sent again.
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));

    let next = accepted(&app, &json!({ "weights": { &hotkeys[3]: 1 } })).await;
    until(&app, &next, "finalized").await;
    assert_eq!(on_chain(&app).await, json!([[3, 65_535]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_opened_while_the_service_was_away_is_found_where_states_are_kept() {
    let app = running().start().await;
    let hotkeys = hotkeys(&app).await;
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let told = until(&app, &job, "finalized").await;
    let expected = told["reveal"]["expected_block"].as_u64().unwrap();
    let app = app
        .restart_after(async |node| {
            while u64::from(node.best().0) < expected + 6 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // The commit's block is forgotten, that of the reveal is not.
            let forgets = Fault::DiscardedState { kept: 12 };
            node.faults().start(forgets).await.unwrap();
        })
        .await;
    let receipt = until(&app, &job, "revealed").await;
    assert_eq!(attempts(&receipt).len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reveal_that_stays_is_told_though_the_service_ended_before_it_said_so() {
    let app = running().storage(hashed()).start().await;
    let hotkeys = hotkeys(&app).await;
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let told = until(&app, &job, "revealed").await;
    // As it stands between two writes: the attempt is final, and the job is not over.
    let mut database = SqliteConnection::establish(app.database().to_str().unwrap()).unwrap();
    diesel::sql_query("UPDATE jobs SET state = 'finalized', is_open = 1, reveal_block = NULL")
        .execute(&mut database)
        .unwrap();
    let app = app.restart().await;
    assert_eq!(until(&app, &job, "revealed").await, told);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_to_nothing_is_tried_again_after_what_was_not_tried_yet() {
    let app = running().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    app.node.faults().start(Fault::LostExtrinsic).await.unwrap();
    let first = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    until(&app, &first, "submitted").await;
    let second = begun(&app, "/commitments", &json!({ "commitment": "0xc0ffee" })).await;
    app.until("the first is lost", async || {
        attempts(&receipt(&app, &first).await)[0]["error"] == "Lost"
    })
    .await;
    app.node.faults().heal().await.unwrap();
    app.until("both are final", async || {
        let states = [receipt(&app, &first).await, receipt(&app, &second).await];
        states.iter().all(|job| job["state"] == "finalized")
    })
    .await;
    let (first, second) = (receipt(&app, &first).await, receipt(&app, &second).await);
    let sent = |attempt: &Value| attempt["submitted_block"].as_u64();
    assert!(
        sent(&attempts(&second)[0]) < sent(&attempts(&first)[1]),
        "{first:#} {second:#}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_was_not_sent_before_the_service_ended_is_taken_back() {
    let app = within_the_rate_limit().await;
    let request = app
        .request(Method::POST, &format!("{IDENTITY}/certificates/self"))
        .bearer_auth(DEV)
        .json(&json!({ "algorithm": 1 }));
    let asked = tokio::spawn(request.send());
    let jobs = format!("{IDENTITY}/jobs?kind=certificate");
    let mut job = Value::Null;
    app.until("the job is there", async || {
        job = app.get_as(DEV, &jobs).await.json()["jobs"][0].clone();
        job["state"] == "queued"
    })
    .await;
    let mut database = SqliteConnection::establish(app.database().to_str().unwrap()).unwrap();
    let app = app
        .restart_after(async |_| {
            // As a process leaves it that is killed.
            diesel::sql_query("UPDATE jobs SET state = 'queued', is_open = 1")
                .execute(&mut database)
                .unwrap();
        })
        .await;
    asked.abort();
    let id = job["id"].as_str().unwrap();
    app.until("it is taken back", async || {
        receipt(&app, id).await["state"] == "cancelled"
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_weights_back_is_measured_whether_there_are_jobs_or_not() {
    let app = signing().start().await;
    let limit = format!(
        "pylon_weights_blocks_until_allowed{{netuid=\"1\",mechanism=\"0\",hotkey=\"{ALICE}\"}}"
    );
    let metrics = app.get_as(crate::app::METRICS, "/metrics").await.text();
    app.until("it is told", async || {
        let metrics = app.get_as(crate::app::METRICS, "/metrics").await.text();
        metrics.contains(&limit)
    })
    .await;
    assert!(metrics.contains("pylon_drand_lag_rounds"));
    assert!(app.metric("pylon_drand_lag_rounds").await < 20.0);
    app.node.faults().start(Fault::StalledDrand).await.unwrap();
    app.new_blocks(80).await;
    app.until("the beacon lags", async || {
        app.metric("pylon_drand_lag_rounds").await > 20.0
    })
    .await;
    // The simulated blocks come faster than their time goes.
    assert!(app.metric("pylon_clock_drift_milliseconds").await != 0.0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_asked_once_a_block_however_often_weights_are_given_while_they_wait() {
    let app = signing().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    let first = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    until(&app, &first, "submitted").await;
    app.new_blocks(4).await;
    until(&app, &first, "finalized").await;
    let given = async |miner: usize| {
        let job = accepted(&app, &json!({ "weights": { &hotkeys[miner]: 1 } })).await;
        app.until("it waits for the rate limit", async || {
            receipt(&app, &job).await["earliest_block"].is_u64()
        })
        .await;
    };
    given(3).await;
    let reads = "pylon_chain_requests_total{method=\"state_queryStorageAt\"}";
    let before = app.metric(reads).await;
    assert!(before > 0.0);
    for miner in [5, 6, 7, 5, 6, 7] {
        given(miner).await;
    }
    assert_eq!(app.metric(reads).await, before);
    app.stop().await;
}
