//! For whoever runs it: health, version, metrics, documentation.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::app::{ALICE, Answer, METRICS, OPEN, TestApp};
use crate::commits::{running, send};

#[tokio::test(flavor = "multi_thread")]
async fn health_and_version_say_little() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/health/live").await.text(), r#"{"status":"ok"}"#);
    assert_eq!(app.get("/health/ready").await.text(), r#"{"status":"ok"}"#);
    let version = app.get("/version").await.json();
    assert_eq!(
        version,
        json!({ "name": "pylon-service", "version": env!("CARGO_PKG_VERSION") })
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_under_the_labels_of_the_existing_dashboards() {
    let app = TestApp::start().await;
    let path = "/api/v1/subnet/1/block/3/neurons";
    let line = |status: u16| {
        format!(
            "pylon_requests_total{{method=\"GET\",path=\"/api/v1/subnet/{{netuid}}/block/{{block_number}}/neurons\",status_code=\"{status}\",app_name=\"pylon\"}}"
        )
    };
    for _ in 0..3 {
        app.get_as(OPEN, path).await;
        app.get(path).await;
        app.get("/nope/x").await;
        Answer::of(app.request("BREW".parse::<Method>().unwrap(), path)).await;
    }
    assert_eq!(
        (app.metric(&line(200)).await, app.metric(&line(401)).await),
        (3.0, 3.0)
    );
    let text = app.get_as(METRICS, "/metrics").await.text();
    for expected in [
        "pylon_requests_total{method=\"GET\",path=\"unrouted\",status_code=\"404\",app_name=\"pylon\"} 3\n",
        "method=\"other\",path=\"/api/v1/subnet/{netuid}/block/{block_number}/neurons\",status_code=\"405\",app_name=\"pylon\"} 3\n",
        "pylon_request_duration_seconds_count{method=\"GET\",path=\"/api/v1/subnet/{netuid}/block/{block_number}/neurons\",status_code=\"200\",app_name=\"pylon\"} 3\n",
        "pylon_requests_in_progress{method=\"GET\",path=\"/metrics\",status_code=\"200\",app_name=\"pylon\"} 1\n",
        "pylon_requests_in_progress{method=\"GET\",path=\"/api/v1/subnet/{netuid}/block/{block_number}/neurons\",status_code=\"200\",app_name=\"pylon\"} 0\n",
        "# HELP pylon_requests_in_progress Requests that wait for their answer.\n",
        "pylon_head_block 5\n",
        "pylon_finalized_block 3\n",
        "pylon_chain_connected 1\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_stands_still_makes_the_service_unready_and_is_still_served() {
    let app = TestApp::builder()
        .set("block_duration_seconds", json!(1.5))
        .start()
        .await;
    app.new_blocks(1).await;
    tokio::time::sleep(Duration::from_millis(15_500)).await;
    let answer = app.get("/health/ready").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (503, "1")
    );
    assert_eq!(answer.json()["reasons"], json!(["no new block for 15 s"]));
    let neurons = app
        .get_as(OPEN, "/api/v1/subnet/1/block/latest/neurons")
        .await;
    assert_eq!(neurons.status, 200);
    assert!(neurons.header("x-pylon-age-ms").parse::<u64>().unwrap() > 15_000);
    app.new_blocks(1).await;
    assert_eq!(app.get("/health/ready").await.status, 200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    for path in ["/docs", "/schema/swagger", "/schema/swagger/"] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (308, "/docs/"),
            "{path}"
        );
    }
    let page = app.get("/docs/").await.text();
    assert!(
        !page.contains("//unpkg") && !page.contains("https://"),
        "{page}"
    );
    for asset in page.split('"').filter_map(|part| part.strip_prefix("./")) {
        assert_eq!(
            app.get(&format!("/docs/{asset}")).await.status,
            200,
            "{asset}"
        );
    }
    let settings = app.get("/docs/swagger-initializer.js").await.text();
    assert!(
        settings.contains("/openapi.json") && settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_the_one_in_the_repository() {
    let app = TestApp::start().await;
    let served = app.get("/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json()["openapi"], "3.1.0");
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    assert!(
        std::fs::read_to_string(kept).unwrap() == served.text(),
        "docs/openapi.json differs: write it anew with `cargo run -p pylon-service -- openapi > docs/openapi.json`"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_on_the_chain_are_timed_under_the_labels_of_the_existing_dashboards() {
    let app = running().blocks(60).with_struck_archive(20).start().await;
    let timed = async |operation: &str, status: &str, uri: &str, netuid: &str, hotkey: &str| {
        let line = format!(
            "pylon_bittensor_operation_duration_seconds_count{{operation=\"{operation}\",status=\"{status}\",uri=\"{uri}\",netuid=\"{netuid}\",hotkey=\"{hotkey}\"}}"
        );
        app.metric(&line).await
    };
    let (archive, node) = (app.node.ws_url(), app.node.archive_ws_url().unwrap());
    let read = async |path: &str| app.get_as(OPEN, path).await.status;
    assert_eq!(read("/api/v1/subnet/1/block/3/certificates").await, 200);
    assert_eq!(read("/api/v1/subnet/2/block/55/neurons").await, 200);
    assert_eq!(read("/api/v1/subnet/99/block/55/weights").await, 404);
    let of_archive = timed("certificates", "success", &archive, "1", "").await;
    let of_node = timed("snapshot", "success", &node, "2", "").await;
    assert_eq!((of_archive, of_node), (1.0, 1.0));
    // A subnet that is not there is no label: there are too many of them.
    assert_eq!(timed("weights", "success", &node, "", "").await, 1.0);
    let body = json!({ "commitment": "0x01" });
    let path = "/api/v1/identity/dev/subnet/1/commitments";
    assert_eq!(send(&app, Method::POST, path, &body).await.status, 201);
    let sent = timed("submit_commitment", "success", &node, "1", ALICE).await;
    assert_eq!(sent, 1.0);
    app.stop().await;
}
