//! What is read, and from which block.

use pylon_devnet::{BlockTime, World};
use serde_json::json;
use std::time::Duration;

use crate::app::{DEV, OPEN, TestApp};

const SUBNET: &str = "/api/v1/subnet/1/block";

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_block_and_snapshots_follow_the_head() {
    let app = TestApp::start().await;
    for number in 6..9 {
        app.new_blocks(1).await;
        let hash = format!("0x{}", hex::encode(app.node.best().1));
        let head = app.get("/api/v1/block/latest").await;
        assert_eq!(head.json()["number"], number);
        assert_eq!(head.json()["hash"], hash);
        let neurons = app
            .get_as(DEV, "/api/v1/identity/dev/subnet/1/block/latest/neurons")
            .await;
        assert_eq!(
            neurons.json()["block"],
            json!({ "number": number, "hash": hash })
        );
        assert_eq!(neurons.header("x-pylon-block"), number.to_string());
        assert!(neurons.header("x-pylon-age-ms").parse::<u64>().unwrap() < 20_000);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_are_the_permitted_neurons_by_total_stake() {
    let app = TestApp::start().await;
    let neurons = app
        .get_as(OPEN, &format!("{SUBNET}/latest/neurons"))
        .await
        .json();
    let validators = app
        .get_as(OPEN, &format!("{SUBNET}/latest/validators"))
        .await
        .json();
    let mut expected: Vec<_> = neurons["neurons"]
        .as_object()
        .unwrap()
        .values()
        .filter(|neuron| neuron["validator_permit"] == true)
        .collect();
    assert!(!expected.is_empty() && expected.len() < 16);
    expected.sort_by_key(|neuron| neuron["uid"].as_u64());
    expected.sort_by(|a, b| {
        b["stakes"]["total"]
            .as_f64()
            .unwrap()
            .total_cmp(&a["stakes"]["total"].as_f64().unwrap())
    });
    assert_eq!(json!(expected), validators["validators"]);
    assert_eq!(validators["block"], neurons["block"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_block_is_read_once_and_holds_for_ever_once_finalized() {
    let app = TestApp::builder().blocks(20).start().await;
    let reads = "pylon_snapshot_reads_total{outcome=\"ok\"}";
    let before = app.metric(reads).await;
    let first = app.get_as(OPEN, &format!("{SUBNET}/3/neurons")).await;
    let again = app.get_as(OPEN, &format!("{SUBNET}/3/neurons")).await;
    app.get_as(OPEN, &format!("{SUBNET}/3/validators")).await;
    assert_eq!(first.json()["block"]["number"], 3);
    assert_eq!(
        (first.bytes, first.headers.get("etag")),
        (again.bytes, again.headers.get("etag"))
    );
    assert_eq!(app.metric(reads).await - before, 1.0);
    assert_eq!(
        again.headers["cache-control"],
        "private, max-age=31536000, immutable"
    );
    assert_eq!(again.headers["x-pylon-block"], "3");
    assert!(!again.headers.contains_key("x-pylon-age-ms"));
    let best = app.get_as(OPEN, &format!("{SUBNET}/20/neurons")).await;
    assert_eq!(best.header("cache-control"), "private");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_subnets_that_do_not_exist_are_not_found() {
    let app = TestApp::start().await;
    for (path, detail) in [
        ("1/block/6/neurons", "Block 6 not found."),
        ("1/block/4294967295/neurons", "Block 4294967295 not found."),
        (
            "1/block/4294967296/validators",
            "Block 4294967296 not found.",
        ),
        (
            "1/block/99999999999999999999999/neurons",
            "Block 99999999999999999999999 not found.",
        ),
        ("1/block/abc/neurons", "Not Found"),
        ("1/block/-1/neurons", "Not Found"),
        ("9/block/latest/neurons", "Subnet 9 not found."),
        ("9/block/recent/neurons", "Subnet 9 not found."),
        ("9/block/3/validators", "Subnet 9 not found."),
        ("65536/block/latest/neurons", "Subnet 65536 not found."),
        ("x/block/latest/neurons", "Not Found"),
        ("1/block/3", "Not Found"),
    ] {
        let answer = app.get_as(OPEN, &format!("/api/v1/subnet/{path}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (404, detail),
            "{path}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subnet_that_nobody_watches_is_read_once_for_all_who_ask_and_then_kept_warm() {
    let app = TestApp::start().await;
    let path = "/api/v1/subnet/2/block/latest/neurons";
    let reads = "pylon_snapshot_reads_total{outcome=\"ok\"}";
    let before = app.metric(reads).await;
    let answers = futures::future::join_all((0..20).map(|_| app.get_as(OPEN, path))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.json()["block"]["number"] == 5)
    );
    assert_eq!(app.metric(reads).await - before, 1.0);

    app.new_blocks(1).await;
    app.until("netuid 2 is read at the new head unasked", async || {
        app.metric("pylon_subnets_kept_warm").await == 2.0
            && app
                .get_as(OPEN, "/api/v1/subnet/2/block/recent/neurons")
                .await
                .json()["block"]["number"]
                == 6
    })
    .await;
    assert_eq!(app.metric(reads).await - before, 3.0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recent_answers_from_what_was_read_until_it_is_too_old() {
    let app = TestApp::builder()
        .set("block_duration_seconds", json!(0.1))
        .set(
            "recent",
            json!({ "soft_limit_blocks": 30, "hard_limit_blocks": 45 }),
        )
        .start()
        .await;
    let path = "/api/v1/subnet/1/block/recent/neurons";
    app.new_blocks(1).await;
    let fresh = app.get_as(OPEN, path).await;
    assert_eq!((fresh.status.as_u16(), fresh.header("warning")), (200, ""));
    // No block comes any more: by the clock, blocks are missing.
    app.until("it is served with a warning", async || {
        let late = app.get_as(OPEN, path).await;
        assert_eq!(late.status, 200);
        late.header("warning") == "110 pylon \"Response is Stale\""
    })
    .await;
    app.until("it is refused", async || {
        app.get_as(OPEN, path).await.status == 503
    })
    .await;
    let stale = app.get_as(OPEN, path).await;
    assert_eq!(stale.header("retry-after"), "12");
    assert!(stale.detail().starts_with("Recent neurons data is stale. "));
    assert_eq!(stale.json()["code"], "stale");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_keep_up_with_blocks_that_come_by_themselves() {
    let app = TestApp::builder()
        .world(World::Dev {
            neurons: 256,
            subnets: 2,
            seed: 7,
        })
        .block_time(BlockTime::Every(Duration::from_millis(500)))
        .blocks(0)
        .start()
        .await;
    for _ in 0..3 {
        app.until("the warm snapshot is at most a block behind", async || {
            let best = app.node.best().0;
            let read = app
                .get_as(OPEN, &format!("{SUBNET}/latest/neurons"))
                .await
                .json();
            assert_eq!(read["neurons"].as_object().unwrap().len(), 256);
            u64::from(best) - read["block"]["number"].as_u64().unwrap() <= 1
        })
        .await;
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    app.stop().await;
}
