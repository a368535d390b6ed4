//! The owner of a subnet moves its epochs between commit and reveal.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::commits::{accepted, hotkeys, laid, on_chain, receipt, signing};

/// Makes blocks, each once the service has met the one before, until the receipt is as it should be.
async fn blocks_until(app: &TestApp, job: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..150 {
        let receipt = receipt(app, job).await;
        if is_there(&receipt) {
            return receipt;
        }
        app.new_blocks(1).await;
        // What sends weights is told of a block at the same time as what answers.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("never: {:#}", receipt(app, job).await);
}

fn is(state: &str) -> impl Fn(&Value) -> bool {
    move |receipt| receipt["state"] == state
}

/// What `set_tempo` writes: the cycle begins anew.
async fn set_tempo(app: &TestApp, tempo: u16) -> u32 {
    let now = app.node.best().0;
    let changes = vec![
        laid("Tempo", Some(1), &tempo.to_le_bytes()),
        laid("LastEpochBlock", Some(1), &u64::from(now).to_le_bytes()),
    ];
    app.node.set_storage(changes).await.unwrap();
    app.new_blocks(1).await;
    now
}

async fn pulse(app: &TestApp, receipt: &Value) {
    let round = receipt["reveal"]["round"].as_u64().unwrap();
    app.node.add_pulse(round).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_whose_round_comes_after_the_epoch_of_their_reveal_are_committed_again() {
    let long = laid("Tempo", Some(1), &2_000_u16.to_le_bytes());
    let app = signing().storage(vec![long]).start().await;
    let hotkeys = hotkeys(&app).await;
    let first = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let sealed = blocks_until(&app, &first, is("finalized")).await;
    assert_eq!(sealed["reveal"]["expected_block"], 2_000);
    let then = set_tempo(&app, 20).await;

    let replaced = blocks_until(&app, &first, |receipt| !receipt["superseded_by"].is_null()).await;
    assert_eq!(replaced["state"], "finalized");
    assert_eq!(replaced["reveal"]["expected_block"], then + 20);
    let second = replaced["superseded_by"].as_str().unwrap();
    let again = blocks_until(&app, second, is("finalized")).await;
    assert_eq!(again["supersedes"], json!(first));
    assert!(again["reveal"]["round"].as_u64() < sealed["reveal"]["round"].as_u64());
    pulse(&app, &again).await;
    let revealed = blocks_until(&app, second, is("revealed")).await;
    assert_eq!(revealed["reveal"]["block"], then + 20);
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));

    let dropped = blocks_until(&app, &first, is("reveal_missed")).await;
    assert_eq!(dropped["superseded_by"], json!(second));
    assert_eq!(receipt(&app, second).await["superseded_by"], Value::Null);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_that_are_revealed_later_than_meant_are_not_committed_again() {
    let app = signing().start().await;
    let hotkeys = hotkeys(&app).await;
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let sealed = blocks_until(&app, &job, is("finalized")).await;
    assert_eq!(sealed["reveal"]["expected_block"], 20);
    let then = set_tempo(&app, 60).await;
    pulse(&app, &sealed).await;
    let revealed = blocks_until(&app, &job, is("revealed")).await;
    assert_eq!(revealed["reveal"]["block"], then + 60);
    assert_eq!(revealed["reveal"]["expected_block"], then + 60);
    assert_eq!(revealed["superseded_by"], Value::Null);
    assert_eq!(revealed["attempts"].as_array().unwrap().len(), 1);
    app.stop().await;
}
