//! The owner of a subnet moves its epochs between commit and reveal.

use std::time::Duration;

use pylon_chain::{Call, Chain, ChainConfig, KeyPair, Outcome};
use pylon_models::{BlockNumber, BlockRef, SettableHyperparameter};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::commits::{accepted, hotkeys, laid, on_chain, receipt, signing};

/// Makes blocks, so many at once, until the receipt is as it should be.
async fn blocks_until(
    app: &TestApp,
    job: &str,
    at_once: u32,
    is_there: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..100 {
        let receipt = receipt(app, job).await;
        if is_there(&receipt) {
            return receipt;
        }
        app.new_blocks(at_once).await;
        // What sends weights is told of a block at the same time as what answers.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {:#}", receipt(app, job).await);
}

fn is(state: &str) -> impl Fn(&Value) -> bool {
    move |receipt| receipt["state"] == state
}

/// //Bob, whose subnet it is, calls `set_tempo`. Returns the block of it, with which the cycle begins anew.
async fn set_tempo(app: &TestApp, tempo: u16) -> u32 {
    let config = ChainConfig::new(app.node.ws_url().parse().unwrap());
    let chain = Chain::connect(config).await.unwrap();
    let best = || {
        let (number, hash) = app.node.best();
        BlockRef {
            number: BlockNumber::new(number),
            hash: hash.into(),
        }
    };
    let parameter = SettableHyperparameter::Tempo;
    let call = Call::SetHyperparameter {
        netuid: 1.into(),
        parameter,
        value: parameter.value(&json!(tempo)).unwrap(),
        on_behalf_of: None,
    };
    let owner = KeyPair::dev("Bob").unwrap();
    let nonce = chain.nonce(&owner.hotkey(), best()).await.unwrap();
    let signed = chain.sign(&call, &owner, nonce, best()).await.unwrap();
    chain.submit(signed.call, &signed.bytes).await.unwrap();
    app.new_blocks(1).await;
    let outcomes = chain.outcomes(best(), &[signed.hash]).await.unwrap();
    assert_eq!(outcomes, [Some(Outcome::Succeeded)]);
    best().number.get()
}

async fn pulse(app: &TestApp, receipt: &Value) {
    let round = receipt["reveal"]["round"].as_u64().unwrap();
    app.node.add_pulse(round).unwrap();
}

fn tempo(blocks: u16) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    vec![laid("Tempo", Some(1), &blocks.to_le_bytes())]
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_whose_round_comes_after_the_epoch_of_their_reveal_are_committed_again() {
    let app = signing().storage(tempo(2_000)).start().await;
    let hotkeys = hotkeys(&app).await;
    let first = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let sealed = blocks_until(&app, &first, 1, is("finalized")).await;
    assert_eq!(sealed["reveal"]["expected_block"], 2_000);
    let then = set_tempo(&app, 360).await;

    let is_replaced = |receipt: &Value| !receipt["superseded_by"].is_null();
    let replaced = blocks_until(&app, &first, 1, is_replaced).await;
    assert_eq!(replaced["state"], "finalized");
    assert_eq!(replaced["reveal"]["expected_block"], then + 360);
    let second = replaced["superseded_by"].as_str().unwrap();
    let again = blocks_until(&app, second, 1, is("finalized")).await;
    assert_eq!(again["supersedes"], json!(first));
    assert!(again["reveal"]["round"].as_u64() < sealed["reveal"]["round"].as_u64());
    pulse(&app, &again).await;
    let revealed = blocks_until(&app, second, 40, is("revealed")).await;
    assert_eq!(revealed["reveal"]["block"], then + 360);
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));

    let dropped = blocks_until(&app, &first, 40, is("reveal_missed")).await;
    assert_eq!(dropped["superseded_by"], json!(second));
    assert_eq!(receipt(&app, second).await["superseded_by"], Value::Null);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_that_are_revealed_later_than_meant_are_not_committed_again() {
    let app = signing().storage(tempo(360)).start().await;
    let hotkeys = hotkeys(&app).await;
    let job = accepted(&app, &json!({ "weights": { &hotkeys[2]: 1 } })).await;
    let sealed = blocks_until(&app, &job, 1, is("finalized")).await;
    assert_eq!(sealed["reveal"]["expected_block"], 360);
    let then = set_tempo(&app, 400).await;
    pulse(&app, &sealed).await;
    let revealed = blocks_until(&app, &job, 40, is("revealed")).await;
    assert_eq!(revealed["reveal"]["block"], then + 400);
    assert_eq!(revealed["reveal"]["expected_block"], then + 400);
    assert_eq!(revealed["superseded_by"], Value::Null);
    assert_eq!(revealed["attempts"].as_array().unwrap().len(), 1);
    app.stop().await;
}
