//! A database is for one chain. A simulated one begins anew with each start, and its jobs with it.

use std::process::Stdio;
use std::time::Duration;

use pylon_devnet::{BlockTime, Devnet, World};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{ALICE, Answer, DEV};
use crate::commits::{accepted, hotkeys, on_chain, receipt, running, until};
use crate::process::{Running, program};

const WEIGHTS: &str = "/api/v1/identity/dev/subnet/1/weights";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_for_one_chain_is_sent_on_no_other() {
    let app = running().start().await;
    let hotkeys = hotkeys(&app).await;
    // Of blocks by hand none comes, so that it waits.
    app.node.set_block_time(BlockTime::Manual).unwrap();
    let weights = json!({ "weights": { &hotkeys[2]: 1 } });
    let job = accepted(&app, &weights).await;
    let before = until(&app, &job, "submitted").await;
    let other = Devnet::builder()
        .world(World::Dev {
            neurons: 16,
            subnets: 2,
            seed: 2,
        })
        .start()
        .await
        .unwrap();
    other.new_blocks(1).await.unwrap();

    let (app, first) = app.restart_over(other).await;
    app.until("it is told that the chain is another one", async || {
        let ready = app.get("/health/ready").await;
        ready.status == 503
            && ready.json()["reasons"] == json!(["the database belongs to another chain"])
    })
    .await;
    let request = app.request(Method::PUT, WEIGHTS).bearer_auth(DEV);
    let refused = Answer::of(request.json(&weights)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.detail().as_str()),
        (
            503,
            "The database belongs to another chain; nothing was kept."
        )
    );
    for _ in 0..10 {
        app.node.new_blocks(1).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(receipt(&app, &job).await, before);

    let (app, second) = app.restart_over(first).await;
    app.node
        .set_block_time(BlockTime::Every(Duration::from_millis(100)))
        .unwrap();
    until(&app, &job, "revealed").await;
    assert_eq!(on_chain(&app).await, json!([[2, 65_535]]));
    second.shutdown().await;
    app.stop().await;
}

/// The program with a simulated chain of its own, killed with its test.
fn serve(folder: &TempDir) -> Running {
    let mut command = program(folder);
    command.args(["serve", "--network", "dev", "--data-dir", "data"]);
    command.args(["--bind", "127.0.0.1:0", "--dev-neurons", "16"]);
    command.args(["--dev-block-time", "100ms"]);
    Running::start(command.stderr(Stdio::null()), "listening http://")
}

async fn ask(running: &Running, method: Method, path: &str, body: &Value) -> Value {
    let url = format!("{}{WEIGHTS}{path}", running.said("listening "));
    let request = reqwest::Client::new().request(method, url);
    let request = request.bearer_auth(running.said("token dev ")).json(body);
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The receipt of a job once it is in one of these states.
async fn once(running: &Running, job: &str, states: &[&str]) -> Value {
    for _ in 0..1_000 {
        let receipt = ask(running, Method::GET, &format!("/jobs/{job}"), &Value::Null).await;
        if states.contains(&receipt["state"].as_str().unwrap()) {
            return receipt;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("{job} is never {states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_of_a_simulated_chain_that_was_killed_arrive_on_the_next_one() {
    for when in [
        // At once.
        &["queued", "submitted", "included", "finalized"][..],
        &["finalized"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut running = serve(&folder);
        let weights = json!({ "weights": { ALICE: 1 } });
        let put = ask(&running, Method::PUT, "", &weights).await;
        let job = put["job_id"].as_str().unwrap();
        let last = once(&running, job, when).await;
        running.kill();

        let running = serve(&folder);
        let receipt = once(&running, job, &["revealed", "reveal_missed"]).await;
        if receipt["state"] == "reveal_missed" {
            // Final on the chain that is gone.
            assert_eq!(receipt["error"]["name"], "ChainBeganAnew", "{last:#}");
            let again = receipt["superseded_by"].as_str().unwrap();
            once(&running, again, &["revealed"]).await;
        }
        assert_eq!(running.signal("-TERM").0, Some(0));
    }
}
