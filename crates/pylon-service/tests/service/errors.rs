//! Rejections, body for body.

use std::time::{Duration, Instant};

use reqwest::Method;

use crate::app::{Answer, DEV, OPEN, TestApp};

const NEURONS: &str = "/api/v1/subnet/1/block/latest/neurons";

#[tokio::test(flavor = "multi_thread")]
async fn every_rejection_says_what_is_wrong_in_both_shapes() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(app.get(NEURONS).await.steady(), @r#"401 {"status_code":401,"detail":"Authorization header is required","type":"about:blank","title":"Unauthorized","status":401,"instance":"[id]","code":"unauthorized"}"#);
    insta::assert_snapshot!(app.get_as("wrong", NEURONS).await.steady(), @r#"403 {"status_code":403,"detail":"Invalid authorization token","type":"about:blank","title":"Forbidden","status":403,"instance":"[id]","code":"forbidden"}"#);
    insta::assert_snapshot!(app.get_as(OPEN, "/api/v1/subnet/1/block/77/neurons").await.steady(), @r#"404 {"status_code":404,"detail":"Block 77 not found.","type":"about:blank","title":"Not Found","status":404,"instance":"[id]","code":"block_not_found"}"#);
    insta::assert_snapshot!(app.get_as(OPEN, "/api/v1/subnet/77/block/latest/neurons").await.steady(), @r#"404 {"status_code":404,"detail":"Subnet 77 not found.","type":"about:blank","title":"Not Found","status":404,"instance":"[id]","code":"subnet_not_found"}"#);
    insta::assert_snapshot!(app.get("/api/v1/nope").await.steady(), @r#"404 {"status_code":404,"detail":"Not Found","type":"about:blank","title":"Not Found","status":404,"instance":"[id]","code":"not_found"}"#);
    insta::assert_snapshot!(Answer::of(app.request(Method::POST, NEURONS)).await.steady(), @r#"405 {"status_code":405,"detail":"Method Not Allowed","type":"about:blank","title":"Method Not Allowed","status":405,"instance":"[id]","code":"method_not_allowed"}"#);
    insta::assert_snapshot!(app.get_with(NEURONS, &[("x-pylon-timeout", "abc")]).await.steady(), @r#"400 {"status_code":400,"detail":"Invalid X-Pylon-Timeout header value: abc","type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"bad_header"}"#);
    insta::assert_snapshot!(app.get_with(NEURONS, &[("x-pylon-timeout", "-1")]).await.steady(), @r#"400 {"status_code":400,"detail":"X-Pylon-Timeout header value must be positive, got -1.0","type":"about:blank","title":"Bad Request","status":400,"instance":"[id]","code":"bad_header"}"#);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_answer_alike_everywhere() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/nope",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/subnet/1",
        "/api/v2/block/latest",
    ] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (404, "Not Found"),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
    for path in [
        "/api/v1/block/latest",
        "/api/v1/identities",
        "/version",
        "/metrics",
        "/health/live",
        NEURONS,
    ] {
        for method in [Method::POST, Method::DELETE, Method::PUT] {
            let answer = Answer::of(app.request(method, path)).await;
            assert_eq!(
                (answer.status.as_u16(), answer.detail().as_str()),
                (405, "Method Not Allowed"),
                "{path}"
            );
        }
    }
    let login = app.get("/api/v1/login/identity/dev").await;
    assert_eq!(
        (login.status.as_u16(), login.header("allow")),
        (405, "POST")
    );
    assert_eq!(
        Answer::of(app.request(Method::POST, NEURONS))
            .await
            .header("allow"),
        "GET"
    );
    assert_eq!(app.get(NEURONS).await.header("www-authenticate"), "Bearer");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_have_the_media_type_that_is_documented() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.json();
    let mut ours = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        let path = template.replace("{identity_name}", "dev");
        let path = path.replace("{netuid}", "1").replace(['{', '}'], "");
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["responses"]["400"]["content"];
            let documented: Vec<_> = content.as_object().unwrap().keys().collect();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = app.request(method, &path).header("x-pylon-timeout", "abc");
            let answer = Answer::of(request).await;
            assert_eq!(answer.status.as_u16(), 400, "{template}");
            assert_eq!([answer.header("content-type")], *documented, "{template}");
            if documented == ["application/problem+json"] {
                ours.push(template.clone());
            }
        }
    }
    assert!(ours.len() > 15, "{ours:?}");
    let bonds = app.get("/api/v1/subnet/1/block/latest/bonds").await;
    assert_eq!(
        (bonds.status.as_u16(), bonds.header("content-type")),
        (401, "application/problem+json")
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trailing_slash_is_the_same_route() {
    let app = TestApp::start().await;
    for path in [
        NEURONS,
        "/api/v1/identities",
        "/health/live",
        "/api/v1/subnet/1/block/3/validators",
    ] {
        let (with, without) = (
            app.get_as(OPEN, &format!("{path}/")).await,
            app.get_as(OPEN, path).await,
        );
        assert_eq!(
            (with.status.as_u16(), with.bytes),
            (200, without.bytes),
            "{path}"
        );
    }
    let moved = app
        .get_as(DEV, "/api/v1/identity/dev/subnet/2/block/3/neurons/?a=b")
        .await;
    assert_eq!(
        moved.header("location"),
        "/api/v1/identity/dev/subnet/1/block/3/neurons?a=b"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_and_a_callers_id_is_kept() {
    let app = TestApp::start().await;
    for path in [NEURONS, "/nope", "/health/live", "/metrics"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-request-id").len(), 26, "{path}");
        let own = Answer::of(
            app.request(Method::GET, path)
                .header("x-request-id", "mine-1"),
        )
        .await;
        assert_eq!(own.header("x-request-id"), "mine-1", "{path}");
    }
    let failed = Answer::of(
        app.request(Method::GET, "/nope")
            .header("x-request-id", "mine-2"),
    )
    .await;
    assert_eq!(failed.json()["instance"], "mine-2");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_longer_than_its_timeout_is_answered_and_its_read_is_finished() {
    let app = TestApp::builder().blocks(30).start().await;
    // Far less than a read over a socket takes.
    let path = "/api/v1/subnet/2/block/7/neurons";
    let began = Instant::now();
    let late = app.get_with(path, &[("x-pylon-timeout", "0.000001")]).await;
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(late.header("retry-after"), "1");
    insta::assert_snapshot!(late.steady(), @r#"504 {"status_code":504,"detail":"Request timed out","type":"about:blank","title":"Gateway Timeout","status":504,"instance":"[id]","code":"timeout","retry_after":1}"#);
    app.until("the read that nobody waits for is kept", async || {
        let answer = app.get_with(path, &[("x-pylon-timeout", "0.000001")]).await;
        answer.status == 200
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused() {
    let app = TestApp::start().await;
    let request = app
        .request(Method::POST, "/api/v1/login/identity/dev")
        .body("x".repeat(70_000));
    insta::assert_snapshot!(Answer::of(request).await.steady(), @r#"413 {"status_code":413,"detail":"Request body is too large","type":"about:blank","title":"Content Too Large","status":413,"instance":"[id]","code":"body_too_large"}"#);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_reads_do_not_hold_up_those_that_are_ready() {
    let app = TestApp::builder().blocks(120).start().await;
    let slow = async {
        let paths: Vec<_> = (1..=100)
            .map(|block| format!("/api/v1/subnet/2/block/{block}/neurons"))
            .collect();
        futures::future::join_all(paths.iter().map(|path| app.get_as(OPEN, path))).await
    };
    let fast = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let began = Instant::now();
            assert_eq!(app.get_as(OPEN, NEURONS).await.status, 200);
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let (slow, slowest) = tokio::join!(slow, fast);
    assert!(slow.iter().all(|answer| answer.status == 200));
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    app.stop().await;
}
