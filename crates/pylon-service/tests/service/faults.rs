//! What a reader sees while the node fails, and after it, for each way in which the devnet can fail.

use std::time::Duration;

use futures::future::join_all;
use pylon_devnet::{Fault, Layout};
use serde_json::json;

use crate::app::{Answer, Builder, METRICS, OPEN, TestApp};

const HEAD: &str = "/api/v1/block/latest";
const WARM: &str = "/api/v1/subnet/1/block/latest/neurons";
const RECENT: &str = "/api/v1/subnet/1/block/recent/neurons";
/// Read before the fault, and final.
const PAST: &str = "/api/v1/subnet/1/block/2/neurons";
const PAST_WEIGHTS: &str = "/api/v1/subnet/1/block/2/weights";
/// Not read before.
const COLD: &str = "/api/v1/subnet/1/block/latest/certificates";

/// What no fault takes from a reader.
const KEPT: [&str; 5] = [HEAD, WARM, RECENT, PAST, PAST_WEIGHTS];

const NO_CONNECTION: &str = "the chain is not connected";

struct Scene {
    app: TestApp,
    before: Vec<Answer>,
}

/// How a read is refused.
struct Refusal {
    status: u16,
    code: &'static str,
    detail: &'static str,
    retry_after: &'static str,
}

const TIMED_OUT: Refusal = Refusal {
    status: 504,
    code: "timeout",
    detail: "Request timed out",
    retry_after: "1",
};

const UNREADABLE: Refusal = Refusal {
    status: 502,
    code: "chain_error",
    detail: "The chain could not be read.",
    retry_after: "",
};

impl Scene {
    async fn start() -> Self {
        Self::of(TestApp::builder()).await
    }

    async fn of(builder: Builder) -> Self {
        let app = builder.start().await;
        let mut before = Vec::new();
        for path in KEPT {
            before.push(app.get_as(OPEN, path).await);
        }
        Self { app, before }
    }

    async fn begin(&self, fault: Fault) {
        self.app.node.faults().start(fault).await.unwrap();
    }

    /// What was read is answered as before, and says of which block it is.
    async fn keeps_what_was_read(&self) {
        for (path, before) in KEPT.iter().zip(&self.before) {
            let now = self.app.get_as(OPEN, path).await;
            assert_eq!(now.status, 200, "{path}: {}", now.text());
            assert_eq!(now.bytes, before.bytes, "{path}");
            for header in ["etag", "x-pylon-block", "cache-control"] {
                assert_eq!(now.header(header), before.header(header), "{path}");
            }
            let age = |answer: &Answer| answer.header("x-pylon-age-ms").parse::<u64>().ok();
            assert_eq!(age(&now).is_some(), age(before).is_some(), "{path}");
            assert!(age(&now) >= age(before), "{path}");
        }
    }

    async fn refuses(&self, path: &str, timeout: &str, expected: &Refusal) {
        let answer = self
            .app
            .get_with(path, &[("x-pylon-timeout", timeout)])
            .await;
        let body = answer.json();
        assert_eq!(
            (
                answer.status.as_u16(),
                body["code"].as_str(),
                body["detail"].as_str()
            ),
            (expected.status, Some(expected.code), Some(expected.detail)),
            "{path}"
        );
        assert_eq!(answer.header("retry-after"), expected.retry_after, "{path}");
        assert_eq!(
            body["retry_after"]
                .as_u64()
                .map(|seconds| seconds.to_string()),
            Some(expected.retry_after.to_owned()).filter(|text| !text.is_empty())
        );
    }

    async fn is_unready_for(&self, reason: &str) {
        self.app
            .until("the service says why it is not ready", async || {
                let answer = self.app.get("/health/ready").await;
                let body = answer.json();
                let reasons = body["reasons"].as_array();
                let said = reasons.is_some_and(|reasons| {
                    reasons
                        .iter()
                        .any(|said| said.as_str().unwrap().starts_with(reason))
                });
                said && (answer.status.as_u16(), answer.header("retry-after")) == (503, "1")
            })
            .await;
        assert_eq!(self.app.get("/health/live").await.status, 200);
    }

    async fn is_ready(&self) -> bool {
        self.app.get("/health/ready").await.status == 200
    }

    /// The fault ends, and everything is as ever.
    async fn recovers(self) {
        self.app.node.faults().heal().await.unwrap();
        self.goes_on().await;
    }

    async fn goes_on(self) {
        self.app.new_blocks(2).await;
        let best = u64::from(self.app.node.best().0);
        for path in [HEAD, WARM, RECENT, COLD] {
            self.app
                .until("everything is read at the new head", async || {
                    let answer = self.app.get_as(OPEN, path).await;
                    answer.status == 200 && answer.header("x-pylon-block") == best.to_string()
                })
                .await;
        }
        self.app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_sockets_cost_no_answer() {
    let scene = Scene::start().await;
    for netuid in [1, 2, 0] {
        scene.app.node.faults().drop_sockets();
        scene.keeps_what_was_read().await;
        let path = format!("/api/v1/subnet/{netuid}/block/latest/evm_associations");
        let answer = scene.app.get_as(OPEN, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert!(scene.app.metric("pylon_chain_reconnects_total").await >= 3.0);
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_port_is_dead_what_was_read_is_answered_and_the_rest_is_not() {
    let scene = Scene::start().await;
    scene.begin(Fault::Refuse).await;
    scene.app.node.faults().drop_sockets();
    scene.is_unready_for(NO_CONNECTION).await;
    scene.keeps_what_was_read().await;
    scene.refuses(COLD, "0.3", &TIMED_OUT).await;
    // Who waits longer than a lost connection is waited for is told.
    scene.refuses(COLD, "20", &UNREADABLE).await;
    scene.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_holds_up_nobody_longer_than_they_wait() {
    let scene = Scene::start().await;
    scene.begin(Fault::Hang).await;
    scene.keeps_what_was_read().await;
    for path in [
        COLD,
        "/api/v1/subnet/1/block/1/neurons",
        "/api/v1/subnet/1/block/1/bonds",
    ] {
        scene.refuses(path, "0.3", &TIMED_OUT).await;
    }
    scene.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_stands_still_is_served_with_its_age_and_makes_the_service_unready() {
    let scene = Scene::of(TestApp::builder().set("block_duration_seconds", json!(0.1))).await;
    scene.begin(Fault::Stall).await;
    scene.app.node.new_blocks(3).await.unwrap();
    assert!(scene.is_ready().await);
    let cold = scene.app.get_as(OPEN, COLD).await;
    assert_eq!(
        (cold.status.as_u16(), cold.header("x-pylon-block")),
        (200, "5")
    );
    let ahead = scene
        .app
        .get_as(OPEN, "/api/v1/subnet/1/block/8/neurons")
        .await;
    assert_eq!(
        (ahead.status.as_u16(), ahead.detail().as_str()),
        (404, "Block 8 not found.")
    );
    scene.is_unready_for("no new block for 15 s").await;
    let warm = scene.app.get_as(OPEN, WARM).await;
    assert_eq!(
        (warm.status.as_u16(), warm.header("x-pylon-block")),
        (200, "5")
    );
    assert!(warm.header("x-pylon-age-ms").parse::<u64>().unwrap() > 15_000);
    scene.app.node.faults().heal().await.unwrap();
    scene.app.settle().await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_node_slows_only_what_has_to_be_read() {
    let scene = Scene::start().await;
    scene.begin(Fault::Delay(Duration::from_secs(600))).await;
    scene.keeps_what_was_read().await;
    assert!(scene.is_ready().await);
    scene.refuses(COLD, "0.2", &TIMED_OUT).await;
    // A delay that ends before the reader's patience does.
    scene.begin(Fault::Delay(Duration::from_millis(100))).await;
    let slow = scene
        .app
        .get_as(OPEN, "/api/v1/subnet/2/block/latest/epoch")
        .await;
    assert_eq!(slow.status, 200, "{}", slow.text());
    scene.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_at_the_door_matters_to_nobody_who_is_in() {
    let scene = Scene::start().await;
    scene
        .begin(Fault::TooManyRequests {
            per_second: 0,
            retry_after: Duration::from_secs(1),
        })
        .await;
    scene.keeps_what_was_read().await;
    assert_eq!(scene.app.get_as(OPEN, COLD).await.status, 200);
    scene.app.new_blocks(1).await;
    scene.app.node.faults().drop_sockets();
    scene.is_unready_for(NO_CONNECTION).await;
    assert_eq!(
        scene.app.get_as(OPEN, WARM).await.header("x-pylon-block"),
        "6"
    );
    scene.refuses(COLD, "0.3", &TIMED_OUT).await;
    scene.refuses(COLD, "20", &UNREADABLE).await;
    scene.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_a_node_that_had_enough_is_told_when_to_come_back() {
    let scene = Scene::start().await;
    scene.begin(Fault::RateLimit { per_second: 0 }).await;
    for _ in 0..3 {
        let refused = scene.app.get_with(COLD, &[("x-pylon-timeout", "20")]).await;
        let body = refused.json();
        assert_eq!(
            (refused.status.as_u16(), &body["code"]),
            (503, &json!("not_ready"))
        );
        assert_eq!(body["detail"], "The chain takes no more requests for now.");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert_eq!(
            body["retry_after"].to_string(),
            refused.header("retry-after")
        );
    }
    scene.keeps_what_was_read().await;
    scene.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_an_error_and_never_an_answer() {
    for fault in [Fault::NotJson, Fault::TruncatedHex] {
        let scene = Scene::start().await;
        scene.begin(fault).await;
        scene.refuses(COLD, "20", &UNREADABLE).await;
        let paths = [
            "/api/v1/subnet/2/block/latest/neurons",
            "/api/v1/subnet/1/block/1/neurons",
            "/api/v1/subnet/1/block/latest/commitments",
            "/api/v1/subnet/1/block/latest/weights",
            "/api/v1/block/latest/subnets",
            "/api/v1/block/1/extrinsic/0",
            "/api/_unstable/openaccess/block/latest/prices",
        ];
        let answers = join_all(paths.map(|path| scene.app.get_as(OPEN, path))).await;
        for (path, answer) in paths.iter().zip(answers) {
            assert_eq!(answer.status, 502, "{fault:?} {path}: {}", answer.text());
        }
        scene.keeps_what_was_read().await;
        scene.recovers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_gone_is_an_error_unless_an_archive_has_it() {
    const GONE: Refusal = Refusal {
        status: 502,
        code: "state_unavailable",
        detail: "The state of that block is no longer available.",
        retry_after: "",
    };
    for with_archive in [false, true] {
        let builder = TestApp::builder().blocks(12);
        let scene = Scene::of(if with_archive {
            builder.with_archive(300)
        } else {
            builder
        })
        .await;
        scene.begin(Fault::DiscardedState { kept: 4 }).await;
        scene.keeps_what_was_read().await;
        for path in [
            "/api/v1/subnet/1/block/3/neurons",
            "/api/v1/subnet/1/block/3/certificates",
        ] {
            if with_archive {
                let answer = scene.app.get_as(OPEN, path).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.header("x-pylon-block")),
                    (200, "3")
                );
                assert!(answer.header("cache-control").contains("immutable"));
            } else {
                scene.refuses(path, "20", &GONE).await;
            }
        }
        assert!(scene.is_ready().await);
        assert_eq!(scene.app.get_as(OPEN, COLD).await.status, 200);
        let text = scene.app.get_as(METRICS, "/metrics").await.text();
        let fallbacks = text
            .lines()
            .filter(|line| line.starts_with("pylon_bittensor_fallback_total{"))
            .filter(|line| !line.ends_with(" 0"));
        assert_eq!(fallbacks.count() > 0, with_archive, "{text}");
        scene.recovers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_finality_stops_the_best_head_goes_on_and_nothing_new_is_for_ever() {
    let scene = Scene::start().await;
    let finalized = format!("{WARM}?finalized=true");
    scene.app.node.set_finality_lag(u32::MAX).await.unwrap();
    scene.app.new_blocks(5).await;
    for _ in 0..2 {
        let answer = scene.app.get_as(OPEN, &finalized).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("x-pylon-block")),
            (200, "3")
        );
    }
    for (number, cache) in [
        (3, "private, max-age=31536000, immutable"),
        (4, "private"),
        (9, "private"),
    ] {
        let path = format!("/api/v1/subnet/1/block/{number}/validators");
        assert_eq!(
            scene.app.get_as(OPEN, &path).await.header("cache-control"),
            cache,
            "{number}"
        );
    }
    assert_eq!(
        scene.app.get_as(OPEN, WARM).await.header("x-pylon-block"),
        "10"
    );
    assert!(scene.is_ready().await);
    scene.app.node.set_finality_lag(2).await.unwrap();
    scene.app.new_blocks(1).await;
    scene
        .app
        .until("the finalized head moves again", async || {
            scene
                .app
                .get_as(OPEN, &finalized)
                .await
                .header("x-pylon-block")
                == "9"
        })
        .await;
    scene.goes_on().await;
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
