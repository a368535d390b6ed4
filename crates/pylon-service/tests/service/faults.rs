//! What a reader sees while the node fails, and after it.

use pylon_devnet::{Fault, Layout};

use crate::app::{OPEN, TestApp};

const WARM: &str = "/api/v1/subnet/1/block/latest/neurons";
const COLD: &str = "/api/v1/subnet/1/block/latest/certificates";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_warm_is_answered_while_the_node_fails_and_the_rest_once_it_does_not() {
    for (fault, status) in [
        (Fault::RateLimit { per_second: 0 }, 503),
        (Fault::NotJson, 502),
        (Fault::TruncatedHex, 502),
    ] {
        let app = TestApp::start().await;
        app.node.faults().start(fault).await.unwrap();
        assert_eq!(app.get_as(OPEN, WARM).await.status, 200, "{fault:?}");
        let refused = app.get_with(COLD, &[("x-pylon-timeout", "10")]).await;
        assert_eq!(refused.status, status, "{fault:?}: {}", refused.text());
        assert_eq!(
            status == 503,
            refused.headers.contains_key("retry-after"),
            "{fault:?}"
        );
        app.node.faults().heal().await.unwrap();
        app.until("the read succeeds once the node does", async || {
            app.get_as(OPEN, COLD).await.status == 200
        })
        .await;
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_never_leaves_a_body_of_the_branch_that_was_left() {
    let app = TestApp::builder().blocks(10).start().await;
    let path = "/api/v1/subnet/1/block/10/certificates";
    let before = app.get_as(OPEN, path).await;
    app.node.reorganise(2).await.unwrap();
    app.new_blocks(1).await;
    let after = app.get_as(OPEN, path).await;
    assert_eq!((before.status.as_u16(), after.status.as_u16()), (200, 200));
    assert_ne!(before.header("etag"), after.header("etag"));
    let neurons = app.get_as(OPEN, "/api/v1/subnet/1/block/10/neurons").await;
    let hash = neurons.json()["block"]["hash"].as_str().unwrap().to_owned();
    assert_eq!(neurons.header("etag"), format!("W/\"{hash}\""));
    assert_eq!(after.header("etag"), neurons.header("etag"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_of_the_runtime_is_read_across() {
    let app = TestApp::start().await;
    app.node.upgrade(Layout::Oct2026).await.unwrap();
    app.new_blocks(2).await;
    for path in [
        WARM,
        COLD,
        "/api/v1/subnet/1/block/latest/hyperparams",
        "/api/v1/subnet/1/block/latest/epoch",
        "/api/v1/subnet/1/block/latest/weights",
        "/api/v1/block/latest/subnets",
        "/api/v1/block/latest/extrinsic/0",
        "/api/v1/block/3/extrinsic/0",
        "/api/v1/subnet/1/block/3/hyperparams",
    ] {
        let answer = app.get_as(OPEN, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    app.stop().await;
}
