//! What the client makes of the bytes that a peer sends, good and bad.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod peer;

use std::time::{Duration, Instant};

use peer::{Peer, Reply, answer};
use pylon_client::models::v1::BlockBody;
use pylon_client::{Cached, ClientBuilder, Error, ErrorCode, PylonClient, RetryPolicy};

const HASH: &str = "0x28c0c84d733c64250449e92ed0b79f893d9892d54af6958dba30f8234bbeaa25";

fn block() -> String {
    format!(r#"{{"number":200,"hash":"{HASH}","timestamp":1795232412}}"#)
}

fn builder(peer: &Peer) -> ClientBuilder {
    PylonClient::builder()
        .url(peer.url())
        .token("open")
        .identity("dev", 7, "secret")
        .timeout(Duration::from_secs(10))
        .retry(RetryPolicy {
            first_pause: Duration::from_millis(1),
            ..RetryPolicy::default()
        })
}

fn client(peer: &Peer) -> PylonClient {
    builder(peer).build().unwrap()
}

#[tokio::test]
async fn a_good_answer_is_read_with_all_that_came_beside_it() {
    let headers =
        "etag: W/\"0xab\"\r\nx-pylon-block: 200\r\nx-pylon-age-ms: 250\r\nx-request-id: 01J\r\n";
    let peer = Peer::start([answer("200 OK", headers, &block())]).await;
    let fetched = client(&peer).blocks().latest().fetch().await.unwrap();
    assert_eq!(
        (fetched.body.number.get(), fetched.body.timestamp),
        (200, 1_795_232_412)
    );
    assert_eq!(fetched.block, Some(fetched.body.number));
    assert_eq!(fetched.age, Some(Duration::from_millis(250)));
    assert_eq!(fetched.request_id.as_deref(), Some("01J"));
    assert!(fetched.etag.is_some());
    let heads = peer.heads();
    assert!(
        heads[0].starts_with("GET /api/v1/block/latest HTTP/1.1\r\n"),
        "{}",
        heads[0]
    );
    assert!(heads[0].contains("x-pylon-timeout: 9.5"), "{}", heads[0]);
    assert!(
        heads[0].contains("user-agent: pylon-client/"),
        "{}",
        heads[0]
    );
    assert!(!heads[0].contains("authorization"), "{}", heads[0]);
}

#[tokio::test]
async fn a_body_that_did_not_change_is_not_sent_again() {
    let peer = Peer::start([
        answer("200 OK", "etag: W/\"0xab\"\r\n", &block()),
        answer("304 Not Modified", "etag: W/\"0xab\"\r\n", ""),
    ])
    .await;
    let blocks = client(&peer).blocks();
    let etag = blocks.latest().fetch().await.unwrap().etag.unwrap();
    assert_eq!(
        blocks.latest().if_none_match(&etag).await.unwrap(),
        Cached::NotModified
    );
    assert!(peer.heads()[1].contains("if-none-match: W/\"0xab\""));
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_token() {
    let to = "/api/v1/identity/dev/subnet/1/block/latest/validators";
    let body = format!(r#"{{"block":{{"number":200,"hash":"{HASH}"}},"validators":[]}}"#);
    let peer = Peer::start([
        answer(
            "308 Permanent Redirect",
            &format!("location: {to}\r\n"),
            "{}",
        ),
        answer("200 OK", "", &body),
    ])
    .await;
    let body = client(&peer)
        .identity("dev")
        .unwrap()
        .validators()
        .latest()
        .await
        .unwrap();
    assert_eq!(body.block.number.get(), 200);
    let heads = peer.heads();
    assert!(
        heads[0].starts_with("GET /api/v1/identity/dev/subnet/7/"),
        "{}",
        heads[0]
    );
    assert!(heads[1].starts_with(&format!("GET {to} ")), "{}", heads[1]);
    assert!(
        heads
            .iter()
            .all(|head| head.contains("authorization: Bearer secret"))
    );
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_refused_and_not_asked() {
    let other = Peer::start([answer("200 OK", "", &block())]).await;
    let location = format!("location: {}/x\r\n", other.url());
    let peer = Peer::start([answer("308 Permanent Redirect", &location, "{}")]).await;
    let error = client(&peer)
        .subnet(1)
        .neurons()
        .latest()
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Redirected { location } if location.ends_with("/x")),
        "{error:?}"
    );
    assert!(other.heads().is_empty());
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let circle = || {
        answer(
            "308 Permanent Redirect",
            "location: /api/v1/block/latest\r\n",
            "",
        )
    };
    let peer = Peer::start((0..20).map(|_| circle())).await;
    let error = client(&peer).blocks().latest().await.unwrap_err();
    assert!(matches!(error, Error::Redirected { .. }), "{error:?}");
    assert!(peer.heads().len() < 10);
}

#[tokio::test]
async fn an_unready_service_is_asked_again_not_before_it_said() {
    let stale = r#"{"status_code":503,"detail":"old","code":"stale"}"#;
    let peer = Peer::start([
        answer("503 Service Unavailable", "retry-after: 1\r\n", stale),
        answer("200 OK", "", &block()),
    ])
    .await;
    let began = Instant::now();
    client(&peer).blocks().latest().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(peer.heads().len(), 2);
}

#[tokio::test]
async fn a_wait_longer_than_the_call_has_is_not_begun() {
    let stale = r#"{"status_code":503,"detail":"old","code":"stale"}"#;
    let peer = Peer::start([answer(
        "503 Service Unavailable",
        "retry-after: 60\r\n",
        stale,
    )])
    .await;
    let began = Instant::now();
    let error = client(&peer).blocks().latest().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(error.code(), Some(ErrorCode::Stale));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn a_mistake_of_the_caller_is_told_at_once() {
    let problem = r#"{"status_code":404,"detail":"Block 9 not found.","code":"block_not_found"}"#;
    let peer = Peer::start([answer("404 Not Found", "x-request-id: 01J\r\n", problem)]).await;
    let error = client(&peer).subnet(1).neurons().at(9).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::BlockNotFound));
    assert_eq!(error.request_id(), Some("01J"));
    assert_eq!(peer.heads().len(), 1);
}

#[tokio::test]
async fn an_internal_error_is_tried_once_more() {
    let internal = || {
        answer(
            "500 Internal Server Error",
            "",
            r#"{"status_code":500,"detail":"x"}"#,
        )
    };
    let peer = Peer::start((0..5).map(|_| internal())).await;
    let error = client(&peer).blocks().latest().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Internal));
    assert_eq!(peer.heads().len(), 2);
}

#[tokio::test]
async fn broken_connections_and_garbage_are_got_over() {
    let peer = Peer::start([
        Reply::Close,
        Reply::Bytes(b"\x00\x01garbage\r\n\r\n".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"numb".to_vec()),
        answer("200 OK", "", &block()),
    ])
    .await;
    assert_eq!(
        client(&peer).blocks().latest().await.unwrap().number.get(),
        200
    );
    assert_eq!(peer.heads().len(), 4);
}

#[tokio::test]
async fn attempts_are_as_many_as_the_call_may_make_while_the_budget_lasts() {
    let peer = Peer::start((0..20).map(|_| Reply::Close)).await;
    let policy = RetryPolicy {
        retries: 4,
        budget: 5,
        first_pause: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let client = builder(&peer).retry(policy).build().unwrap();
    for (retries, attempts_so_far) in [(4, 5), (0, 6), (4, 8), (4, 9)] {
        let error = client.blocks().latest().retries(retries).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        assert_eq!(peer.heads().len(), attempts_so_far);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_answer_costs_no_more_than_the_calls_time() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{".to_vec();
    let peer = Peer::start([Reply::Stall(Vec::new()), Reply::Stall(half)]).await;
    let client = client(&peer);
    for _ in 0..2 {
        let began = Instant::now();
        let call = client.blocks().latest().timeout(Duration::from_millis(200));
        let error = call.await.unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn a_body_past_the_bound_is_refused_however_it_is_framed() {
    let large = "x".repeat(2000);
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{large}\r\n0\r\n\r\n");
    let peer = Peer::start([
        answer("200 OK", "", &large),
        Reply::Bytes(chunked.into_bytes()),
    ])
    .await;
    let client = builder(&peer).max_body(1000).build().unwrap();
    for _ in 0..2 {
        let error = client.blocks().latest().await.unwrap_err();
        assert!(
            matches!(error, Error::BodyTooLarge { limit: 1000 }),
            "{error:?}"
        );
    }
    assert_eq!(peer.heads().len(), 2);
}

#[tokio::test]
async fn a_success_that_is_not_pylons_is_a_decode_error() {
    let peer = Peer::start([answer("200 OK", "x-request-id: 01J\r\n", "<html></html>")]).await;
    let error = client(&peer).blocks().latest().await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert_eq!(error.request_id(), Some("01J"));
}

#[tokio::test]
async fn not_being_ready_is_an_answer() {
    let body = r#"{"status":"not_ready","reasons":["no block has been read"]}"#;
    let peer = Peer::start([answer(
        "503 Service Unavailable",
        "retry-after: 1\r\n",
        body,
    )])
    .await;
    let health = client(&peer).ready().await.unwrap();
    assert!(!health.is_ok());
    assert_eq!(health.reasons, ["no block has been read"]);
}

#[tokio::test]
async fn a_call_can_be_made_from_a_task_of_its_own() {
    let peer = Peer::start([answer("200 OK", "", &block())]).await;
    let call = client(&peer).blocks().latest();
    let body: BlockBody = tokio::spawn(call.into_future()).await.unwrap().unwrap();
    assert_eq!(body.number.get(), 200);
}
