//! Two nodes: what one suffers, readers are not to notice for long.

use std::time::Duration;

use pylon_devnet::Fault;
use serde_json::json;

use crate::app::{OPEN, TestApp};

const WARM: &str = "/api/v1/subnet/1/block/latest/neurons";

/// A service over the node and a second one, which shows the same chain and suffers nothing.
async fn start() -> TestApp {
    TestApp::builder()
        .with_second_node()
        .set("block_duration_seconds", json!(0.1))
        .start()
        .await
}

/// The fault strikes the first node, the chain goes on at the second.
async fn goes_on_at_the_other(fault: Fault, drop_sockets: bool) {
    let app = start().await;
    app.node.faults().start(fault).await.unwrap();
    if drop_sockets {
        app.node.faults().drop_sockets();
    }
    app.node.new_blocks(2).await.unwrap();
    // Throughout, what was read is answered, and nobody waits longer than they said.
    app.until("the head is followed at the other node", async || {
        let warm = app.get_with(WARM, &[("x-pylon-timeout", "1")]).await;
        assert_eq!(warm.status, 200, "{fault:?}: {}", warm.text());
        warm.header("x-pylon-block") == "7"
    })
    .await;
    for path in [
        "/api/v1/subnet/1/block/latest/certificates",
        "/api/v1/subnet/2/block/latest/neurons",
        "/api/v1/subnet/1/block/2/weights",
    ] {
        let cold = app.get_as(OPEN, path).await;
        assert_eq!(cold.status, 200, "{fault:?} {path}: {}", cold.text());
    }
    assert_eq!(app.get("/health/ready").await.status, 200, "{fault:?}");
    let state = |url: String, state: &str| {
        format!("pylon_chain_endpoint_state{{endpoint=\"{url}\",state=\"{state}\"}}")
    };
    let second = app.node.archive_ws_url().unwrap();
    assert_eq!(app.metric(&state(second, "active")).await, 1.0, "{fault:?}");
    app.new_blocks(1).await;
    app.node.faults().heal().await.unwrap();
    app.until("the first node is asked again", async || {
        app.metric(&state(app.node.ws_url(), "active")).await == 1.0
    })
    .await;
    app.new_blocks(1).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_port_is_left_for_the_other_node() {
    goes_on_at_the_other(Fault::Refuse, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_is_left_for_the_other() {
    goes_on_at_the_other(Fault::Hang, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_head_stands_still_is_left_for_the_other() {
    goes_on_at_the_other(Fault::Stall, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_takes_nobody_in_is_left_for_the_other() {
    let fault = Fault::TooManyRequests {
        per_second: 0,
        retry_after: Duration::from_secs(1),
    };
    goes_on_at_the_other(fault, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_had_enough_is_left_for_the_other() {
    goes_on_at_the_other(Fault::RateLimit { per_second: 0 }, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_talks_nonsense_is_left_for_the_other() {
    goes_on_at_the_other(Fault::NotJson, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cuts_its_answers_is_left_for_the_other() {
    goes_on_at_the_other(Fault::TruncatedHex, false).await;
}
