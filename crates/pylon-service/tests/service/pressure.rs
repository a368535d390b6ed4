//! Slow and heavy reads beside cheap ones: who waits for whom, and how often the node is asked.

use std::time::Duration;

use futures::future::join_all;
use pylon_devnet::Fault;

use crate::app::{METRICS, OPEN, TestApp};

/// Heavy reads under way at a time.
const HEAVY: u32 = 2;
/// Reads under way at a time that ask for no token.
const OPEN_TO_ALL: u32 = 8;
/// Snapshots under way at a time, and what is asked at once for each.
const SNAPSHOTS: u32 = 8;
const SNAPSHOT_CALLS: u32 = 4;

fn at(number: u32, what: &str) -> String {
    format!("/api/v1/subnet/1/block/{number}/{what}")
}

fn in_progress(what: &str) -> String {
    format!(
        "pylon_requests_in_progress{{method=\"GET\",path=\"/api/v1/subnet/{{netuid}}/block/{what}\",status_code=\"200\",app_name=\"pylon\"}}"
    )
}

/// Reads something of each block: what is asked from then on is nothing but the block's state.
async fn know_blocks(app: &TestApp) {
    for number in 1..=40 {
        let known = app.get_as(OPEN, &at(number, "certificates")).await;
        assert_eq!(known.status, 200);
    }
}

async fn asked(app: &TestApp, method: &str) -> f64 {
    app.metric(&format!(
        "pylon_chain_requests_total{{method=\"{method}\"}}"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn cheap_reads_are_answered_while_heavy_ones_wait_for_the_node() {
    let app = TestApp::builder().blocks(60).start().await;
    know_blocks(&app).await;
    let held = Fault::Delay(Duration::from_secs(600)).times(HEAVY);
    app.node.faults().start(held).await.unwrap();
    let patient = [("x-pylon-timeout", "60")];
    let paths: Vec<String> = (1..=40).map(|number| at(number, "weights")).collect();
    let heavy = join_all(paths.iter().map(|path| app.get_with(path, &patient)));
    let cheap = async {
        app.until(
            "all heavy reads are pending, and two are with the node",
            async || {
                let waiting = app.metric(&in_progress("{block}/weights")).await;
                waiting == 40.0 && app.node.faults().active().is_empty()
            },
        )
        .await;
        // Cold, warm, past and future alike.
        for path in [
            "/api/v1/subnet/1/block/latest/certificates",
            "/api/v1/subnet/1/block/latest/neurons",
            "/api/v1/subnet/2/block/7/neurons",
            "/api/v1/subnet/1/block/7/commitments",
            "/api/v1/block/latest/subnet/1",
            "/api/_unstable/openaccess/block/9/prices",
        ] {
            let answer = app.get_as(OPEN, path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        app.new_blocks(1).await;
        assert_eq!(app.metric(&in_progress("{block}/weights")).await, 40.0);
        app.node.faults().heal().await.unwrap();
    };
    let (answers, ()) = tokio::join!(heavy, cheap);
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_is_followed_while_snapshots_of_the_past_wait_for_the_node() {
    let app = TestApp::builder().blocks(60).start().await;
    know_blocks(&app).await;
    let held = Fault::Delay(Duration::from_secs(600)).times(SNAPSHOTS * SNAPSHOT_CALLS);
    app.node.faults().start(held).await.unwrap();
    let paths: Vec<String> = (1..=40).map(|number| at(number, "neurons")).collect();
    let snapshots = join_all(paths.iter().map(|path| app.get_with(path, &[])));
    let head = async {
        app.until("all snapshots are pending", async || {
            app.metric(&in_progress("{block_number}/neurons")).await == 40.0
                && app.node.faults().active().is_empty()
        })
        .await;
        for _ in 0..3 {
            app.new_blocks(1).await;
        }
        assert_eq!(
            app.metric(&in_progress("{block_number}/neurons")).await,
            40.0
        );
        app.node.faults().heal().await.unwrap();
    };
    let (answers, ()) = tokio::join!(snapshots, head);
    assert!(answers.iter().all(|answer| answer.status == 200));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_any_more_is_not_read() {
    let app = TestApp::builder().blocks(60).start().await;
    know_blocks(&app).await;
    app.node.faults().start(Fault::Hang).await.unwrap();
    let hasty = [("x-pylon-timeout", "1")];
    let paths: Vec<String> = (1..=40)
        .flat_map(|number| [at(number, "weights"), at(number, "neurons")])
        .collect();
    let answers = join_all(paths.iter().map(|path| app.get_with(path, &hasty))).await;
    assert!(answers.iter().all(|answer| answer.status == 504));
    assert_eq!(app.get_as(METRICS, "/metrics").await.status, 200);
    app.node.faults().heal().await.unwrap();
    // Those that had begun are finished; the rest never reach the node.
    let weights = "pylon_reads_total{kind=\"weights\",outcome=\"read\"}";
    app.until("what had begun is read", async || {
        app.metric(weights).await == f64::from(HEAVY)
    })
    .await;
    app.new_blocks(3).await;
    assert_eq!(app.metric(weights).await, f64::from(HEAVY));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_is_asked_once_however_many_ask_for_the_same() {
    let app = TestApp::builder().blocks(20).start().await;
    let calls = [
        "state_call",
        "state_queryStorageAt",
        "state_getKeysPaged",
        "chain_getBlockHash",
    ];
    for what in ["neurons", "weights", "certificates", "commitments"] {
        let mut costs = Vec::new();
        for (number, readers) in [(4, 1), (5, 50)] {
            let mut before = Vec::new();
            for method in calls {
                before.push(asked(&app, method).await);
            }
            let path = at(number, what);
            // So that all ask before the first is answered.
            app.node
                .faults()
                .start(Fault::Delay(Duration::from_millis(200)))
                .await
                .unwrap();
            let answers = join_all((0..readers).map(|_| app.get_with(&path, &[]))).await;
            app.node.faults().heal().await.unwrap();
            assert!(answers.iter().all(|answer| answer.status == 200));
            assert!(
                answers
                    .iter()
                    .all(|answer| answer.bytes == answers[0].bytes)
            );
            let mut cost = Vec::new();
            for (method, before) in calls.iter().zip(before) {
                cost.push(asked(&app, method).await - before);
            }
            costs.push(cost);
        }
        assert_eq!(costs[0], costs[1], "{what}: {calls:?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_is_read_while_the_past_waits_for_a_slow_archive() {
    let app = TestApp::builder()
        .blocks(60)
        .with_struck_archive(20)
        .start()
        .await;
    know_blocks(&app).await;
    let held = Fault::Delay(Duration::from_secs(600));
    app.node.faults().start(held).await.unwrap();
    let patient = [("x-pylon-timeout", "60")];
    let paths: Vec<String> = (1..=20)
        .flat_map(|number| ["commitments", "weights", "neurons"].map(|what| at(number, what)))
        .collect();
    let past = join_all(paths.iter().map(|path| app.get_with(path, &patient)));
    let present = async {
        app.until("all of the past is pending", async || {
            let mut pending = 0.0;
            for what in [
                "{block}/commitments",
                "{block}/weights",
                "{block_number}/neurons",
            ] {
                pending += app.metric(&in_progress(what)).await;
            }
            pending == 60.0
        })
        .await;
        for path in [
            "/api/v1/subnet/1/block/latest/certificates",
            "/api/v1/subnet/1/block/50/commitments",
            "/api/v1/subnet/1/block/latest/weights",
            "/api/v1/subnet/2/block/latest/neurons",
            "/api/v1/subnet/1/block/50/neurons",
        ] {
            let answer = app.get_with(path, &[("x-pylon-timeout", "10")]).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        app.node.faults().heal().await.unwrap();
    };
    let (answers, ()) = tokio::join!(past, present);
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_no_token_holds_up_nobody_who_does() {
    let app = TestApp::builder().blocks(60).start().await;
    know_blocks(&app).await;
    let held = Fault::Delay(Duration::from_secs(600)).times(OPEN_TO_ALL);
    app.node.faults().start(held).await.unwrap();
    let paths: Vec<String> = (1..=40)
        .map(|number| format!("/api/v1/block/{number}/extrinsic/0"))
        .collect();
    let open = join_all(paths.iter().map(|path| app.get(path)));
    let others = async {
        app.until("as many as may be are with the node", async || {
            app.node.faults().active().is_empty()
        })
        .await;
        for what in ["certificates", "weights", "neurons"] {
            let path = format!("/api/v1/subnet/2/block/latest/{what}");
            let answer = app.get_with(&path, &[("x-pylon-timeout", "10")]).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        app.node.faults().heal().await.unwrap();
    };
    let (answers, ()) = tokio::join!(open, others);
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_given_up_when_no_request_may_wait_for_it_any_longer() {
    let app = TestApp::builder()
        .set("default_request_timeout_seconds", 1.into())
        .set("max_request_timeout_seconds", 1.into())
        .start()
        .await;
    let held = Fault::Delay(Duration::from_secs(600)).times(1);
    app.node.faults().start(held).await.unwrap();
    let path = "/api/v1/subnet/2/block/latest/certificates";
    assert_eq!(app.get_as(OPEN, path).await.status, 504);
    app.until("the read is given up", async || {
        let failed = "pylon_reads_total{kind=\"certificates\",outcome=\"failed\"}";
        app.metric(failed).await == 1.0
    })
    .await;
    app.stop().await;
}
