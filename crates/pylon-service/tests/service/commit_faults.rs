//! Weights while the node misbehaves: each trouble of the table in `docs/weights.md`.

use std::time::Duration;

use pylon_chain::storage::StorageKey;
use pylon_devnet::Fault;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::commits::{accepted, hotkeys, on_chain, open, receipt, running, until};
use crate::destination::Destination;

/// The receipt of weights that were given while a fault was on.
async fn under(fault: impl Into<pylon_devnet::Spell>, state: &str) -> Value {
    let app = running().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    app.node.faults().start(fault).await.unwrap();
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let receipt = until(&app, &job, state).await;
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));
    app.stop().await;
    receipt
}

fn attempts(receipt: &Value) -> usize {
    receipt["attempts"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extrinsic_that_the_node_loses_is_sent_once_more() {
    let receipt = under(Fault::LostExtrinsic.times(1), "finalized").await;
    assert_eq!(attempts(&receipt), 1, "{receipt:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extrinsic_whose_answer_gets_lost_or_that_arrives_twice_counts_once() {
    for fault in [
        Fault::DroppedSubmission.times(2),
        Fault::DuplicateExtrinsic.times(2),
    ] {
        let receipt = under(fault, "finalized").await;
        assert_eq!(attempts(&receipt), 1, "{receipt:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extrinsic_that_is_included_late_is_waited_for() {
    let receipt = under(Fault::LateInclusion { blocks: 9 }.times(1), "finalized").await;
    assert_eq!(attempts(&receipt), 1, "{receipt:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extrinsic_whose_era_ends_is_signed_anew() {
    let fault = Fault::LateInclusion { blocks: 90 }.times(1);
    let receipt = under(fault, "finalized").await;
    assert_eq!(attempts(&receipt), 2, "{receipt:#}");
    assert_eq!(receipt["attempts"][0]["error"], "Lost");
    let nonce = |n: usize| receipt["attempts"][n]["nonce"].clone();
    assert_eq!(nonce(0), nonce(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_gone_silent_limited_or_garbled_for_a_while_costs_nothing_but_time() {
    let while_it_lasts = Duration::from_millis(1_500);
    for fault in [
        Fault::Stall,
        Fault::Hang,
        Fault::NotJson,
        Fault::TruncatedHex,
        Fault::RateLimit { per_second: 0 },
        Fault::Delay(Duration::from_millis(150)),
    ] {
        let receipt = under(fault.during(while_it_lasts), "finalized").await;
        assert_eq!(attempts(&receipt), 1, "{fault:?}: {receipt:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_whose_block_leaves_the_chain_are_looked_for_again() {
    let app = running().storage(open()).start().await;
    app.node.set_finality_lag(30).await.unwrap();
    let hotkeys = hotkeys(&app).await;
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let included = until(&app, &job, "included").await["attempts"][0]["included_block"].clone();
    let depth = app.node.best().0 - u32::try_from(included.as_u64().unwrap()).unwrap() + 1;
    app.node.reorganise(depth).await.unwrap();
    app.until("it is in another block", async || {
        let now = receipt(&app, &job).await;
        let block = &now["attempts"][0]["included_block"];
        now["state"] == "included" && *block != included
    })
    .await;
    app.node.set_finality_lag(2).await.unwrap();
    until(&app, &job, "finalized").await;
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reveal_that_the_chain_misses_is_told_to_the_operator() {
    let hook = Destination::start();
    let url = format!("http://{}/hook?key=hunter2", hook.address);
    let period = StorageKey::new("SubtensorModule", "RevealPeriodEpochs").twox_64_concat(&1_u16);
    // An epoch takes less time than a round of the beacon: several, and the round has not come yet.
    let app = running()
        .set("webhook", json!({ "url": url }))
        .storage(vec![(
            period.as_bytes().to_vec(),
            Some(vec![3, 0, 0, 0, 0, 0, 0, 0]),
        )])
        .start()
        .await;
    let hotkeys = hotkeys(&app).await;
    app.node.faults().start(Fault::StalledDrand).await.unwrap();
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    until(&app, &job, "reveal_missed").await;
    let post = hook.next();
    assert_eq!(post.path, "/hook?key=hunter2");
    let told: Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!(told["event"], "weights.reveal_missed");
    assert_eq!(told["receipt"], receipt(&app, &job).await);
    assert_eq!(told["receipt"]["error"]["name"], "RevealMissed");
    assert!(app.metric("pylon_weights_reveals_missed_total").await >= 1.0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_failed_before_the_service_ended_is_told_after_its_start_and_once() {
    let hook = Destination::start();
    let app = running()
        .set(
            "webhook",
            json!({ "url": format!("http://{}/", hook.address) }),
        )
        .storage(open())
        .start()
        .await;
    let fail = async |app: &TestApp| {
        let unregistered = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";
        let job = accepted(app, &json!({ "weights": { unregistered: 1 } })).await;
        until(app, &job, "failed").await
    };
    hook.refuse(true);
    let first = fail(&app).await;
    hook.next();
    let app = app
        .restart_after(async |_| {
            hook.rest();
            hook.refuse(false);
        })
        .await;
    let told = || serde_json::from_slice::<Value>(&hook.next().body).unwrap();
    assert_eq!(
        told(),
        json!({ "event": "weights.failed", "receipt": first })
    );
    let app = app.restart().await;
    let second = fail(&app).await;
    assert_eq!(told()["receipt"], second, "the first was told once");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_puts_a_second_leave_the_newest_on_chain_and_no_nonce_twice() {
    let app: TestApp = running().storage(open()).start().await;
    let hotkeys = hotkeys(&app).await;
    let mut jobs = Vec::new();
    for n in 0..30_usize {
        let weights = json!({ "weights": { &hotkeys[n % 8 + 1]: 1 } });
        jobs.push(accepted(&app, &weights).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let last = until(&app, jobs.last().unwrap(), "finalized").await;
    assert_eq!(
        on_chain(&app).await,
        json!([[29 % 8 + 1, 65_535]]),
        "{last:#}"
    );
    let mut nonces = Vec::new();
    for job in &jobs {
        let receipt = receipt(&app, job).await;
        match receipt["state"].as_str().unwrap() {
            "superseded" => assert_eq!(receipt["attempts"], json!([])),
            "finalized" => nonces.push(receipt["attempts"][0]["nonce"].as_u64().unwrap()),
            _ => panic!("{receipt:#}"),
        }
    }
    let expected: Vec<_> = (0..nonces.len()).map(|nonce| nonce as u64).collect();
    assert_eq!(nonces, expected);
    app.stop().await;
}
