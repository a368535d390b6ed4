//! What the client makes of the bytes that a peer sends, good and bad.

use std::time::{Duration, Instant};

use pylon_client::models::Problem;
use pylon_client::models::v1::BlockBody;
use pylon_client::testing::{Reply, Request, Server};
use pylon_client::{Cached, Error, ErrorCode, RetryPolicy};

use super::{HASH, builder, client};

fn block() -> String {
    format!(r#"{{"number":200,"hash":"{HASH}","timestamp":1795232412}}"#)
}

fn stale() -> Reply {
    Reply::problem(ErrorCode::Stale, "old")
}

/// A server that meets whatever comes with these, one after another.
async fn server(replies: impl IntoIterator<Item = Reply>) -> Server {
    let server = Server::start().await;
    replies
        .into_iter()
        .fold(server.on(Request::any()), |on, reply| on.reply(reply));
    server
}

#[tokio::test]
async fn a_good_answer_is_read_with_all_that_came_beside_it() {
    let reply = Reply::text(200, &block())
        .header("etag", "W/\"0xab\"")
        .header("x-pylon-block", "200")
        .header("x-pylon-age-ms", "250")
        .header("x-request-id", "01J");
    let server = server([reply]).await;
    let fetched = client(&server).blocks().latest().fetch().await.unwrap();
    assert_eq!(
        (fetched.body.number.get(), fetched.body.timestamp),
        (200, 1_795_232_412)
    );
    assert_eq!(fetched.block, Some(fetched.body.number));
    assert_eq!(fetched.age, Some(Duration::from_millis(250)));
    assert_eq!(fetched.request_id.as_deref(), Some("01J"));
    assert!(fetched.etag.is_some());
    let calls = server.calls();
    assert_eq!(calls[0].to_string(), "GET /api/v1/block/latest");
    let told = calls[0].header("x-pylon-timeout").unwrap();
    assert!(told.starts_with("9.5"), "{told}");
    let agent = calls[0].header("user-agent").unwrap();
    assert!(agent.starts_with("pylon-client/"), "{agent}");
    assert_eq!(calls[0].header("authorization"), None);
}

#[tokio::test]
async fn a_body_that_did_not_change_is_not_sent_again() {
    let tagged = |status, body: &str| Reply::text(status, body).header("etag", "W/\"0xab\"");
    let server = server([tagged(200, &block()), tagged(304, "")]).await;
    let blocks = client(&server).blocks();
    let etag = blocks.latest().fetch().await.unwrap().etag.unwrap();
    assert_eq!(
        blocks.latest().if_none_match(&etag).await.unwrap(),
        Cached::NotModified
    );
    assert_eq!(
        server.calls()[1].header("if-none-match"),
        Some("W/\"0xab\"")
    );
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_token() {
    let to = "/api/v1/identity/dev/subnet/1/block/latest/validators";
    let body = format!(r#"{{"block":{{"number":200,"hash":"{HASH}"}},"validators":[]}}"#);
    let server = Server::start().await;
    let asked = client(&server)
        .identity("dev")
        .unwrap()
        .validators()
        .latest();
    server
        .on(&asked)
        .reply(Reply::text(308, "{}").header("location", to));
    server.on(to).reply(Reply::text(200, &body));
    assert_eq!(asked.clone().await.unwrap().block.number.get(), 200);
    server.assert_called(&asked);
    server.assert_called(to);
    let mut calls = server.calls().into_iter();
    assert!(calls.all(|call| call.header("authorization") == Some("Bearer secret")));
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_refused_and_not_asked() {
    let other = Server::start().await;
    let location = format!("{}/x", other.url());
    let server = server([Reply::text(308, "{}").header("location", &location)]).await;
    let call = client(&server).subnet(1).neurons().latest();
    let error = call.await.unwrap_err();
    assert!(
        matches!(&error, Error::Redirected { location } if location.ends_with("/x")),
        "{error:?}"
    );
    other.assert_called_times(Request::any(), 0);
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let circle = Reply::text(308, "").header("location", "/api/v1/block/latest");
    let server = server([circle]).await;
    let error = client(&server).blocks().latest().await.unwrap_err();
    assert!(matches!(error, Error::Redirected { .. }), "{error:?}");
    assert!(server.calls().len() < 10);
}

#[tokio::test]
async fn an_unready_service_is_asked_again_not_before_it_said() {
    let first = stale().header("retry-after", "1");
    let server = server([first, Reply::text(200, &block())]).await;
    let began = Instant::now();
    client(&server).blocks().latest().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    server.assert_called_times("/api/v1/block/latest", 2);
}

#[tokio::test]
async fn a_wait_longer_than_the_call_has_is_not_begun() {
    let server = server([stale().header("retry-after", "60")]).await;
    let error = client(&server).blocks().latest().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Stale));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    server.assert_called_times(Request::any(), 1);
}

#[tokio::test]
async fn a_mistake_of_the_caller_is_told_at_once() {
    let problem = Reply::problem(ErrorCode::BlockNotFound, "Block 9 not found.");
    let server = server([problem.header("x-request-id", "01J")]).await;
    let error = client(&server).subnet(1).neurons().at(9).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::BlockNotFound));
    assert_eq!(error.request_id(), Some("01J"));
    server.assert_called_times(Request::any(), 1);
}

#[tokio::test]
async fn each_problem_is_asked_about_as_often_as_can_help() {
    for (code, attempts) in [
        (ErrorCode::UnsupportedByRuntime, 1),
        (ErrorCode::SubnetNotFound, 1),
        (ErrorCode::Validation, 1),
        (ErrorCode::Internal, 2),
        (ErrorCode::StateUnavailable, 4),
        (ErrorCode::ChainError, 4),
        (ErrorCode::RateLimited, 4),
        (ErrorCode::NotReady, 4),
        (ErrorCode::Timeout, 4),
    ] {
        let reply = Reply::problem(code, "x").header("retry-after", "0");
        let server = server([reply]).await;
        let call = client(&server).subnet(1).epoch().at(9);
        assert_eq!(call.await.unwrap_err().code(), Some(code));
        server.assert_called_times(Request::any(), attempts);
    }
}

#[tokio::test]
async fn a_problem_without_a_header_says_in_its_body_when_to_come_back() {
    let mut problem = Problem::new(ErrorCode::NotReady, "no block has been read");
    problem.retry_after = Some(60);
    let server = server([Reply::json(503, &problem)]).await;
    let error = client(&server).subnets().latest().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    server.assert_called_times(Request::any(), 1);
}

#[tokio::test]
async fn broken_connections_and_garbage_are_got_over() {
    let server = server([
        Reply::dropped(),
        Reply::raw(*b"\x00\x01garbage\r\n\r\n"),
        Reply::text(200, &block()).cut_at(6),
        Reply::text(200, &block()),
    ])
    .await;
    let body = client(&server).blocks().latest().await.unwrap();
    assert_eq!(body.number.get(), 200);
    server.assert_called_times(Request::any(), 4);
}

#[tokio::test]
async fn attempts_are_as_many_as_the_call_may_make_while_the_budget_lasts() {
    let server = server([Reply::dropped()]).await;
    let policy = RetryPolicy {
        retries: 4,
        budget: 5,
        first_pause: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let client = builder(&server).retry(policy).build().unwrap();
    for (retries, attempts_so_far) in [(4, 5), (0, 6), (4, 8), (4, 9)] {
        let error = client.blocks().latest().retries(retries).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        server.assert_called_times(Request::any(), attempts_so_far);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_answer_costs_no_more_than_the_calls_time() {
    let half = Reply::text(200, &block()).cut_at(1).then_silence();
    let slow = Reply::text(200, &block()).after(Duration::from_secs(60));
    let server = server([Reply::stalled(), half, slow]).await;
    let client = client(&server);
    for _ in 0..3 {
        let call = client.blocks().latest().timeout(Duration::from_millis(200));
        let error = call.await.unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_past_the_bound_is_refused_however_it_is_framed() {
    let large = "x".repeat(2000);
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{large}\r\n0\r\n\r\n");
    let server = server([Reply::text(200, &large), Reply::raw(chunked)]).await;
    let client = builder(&server).max_body(1000).build().unwrap();
    for _ in 0..2 {
        let error = client.blocks().latest().await.unwrap_err();
        assert!(
            matches!(error, Error::BodyTooLarge { limit: 1000 }),
            "{error:?}"
        );
    }
    server.assert_called_times(Request::any(), 2);
}

#[tokio::test]
async fn a_success_that_is_not_pylons_is_a_decode_error() {
    let page = Reply::text(200, "<html></html>").header("x-request-id", "01J");
    let server = server([page]).await;
    let error = client(&server).blocks().latest().await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert_eq!(error.request_id(), Some("01J"));
}

#[tokio::test]
async fn not_being_ready_is_an_answer() {
    let body = r#"{"status":"not_ready","reasons":["no block has been read"]}"#;
    let server = server([Reply::text(503, body).header("retry-after", "1")]).await;
    let health = client(&server).ready().await.unwrap();
    assert!(!health.is_ok());
    assert_eq!(health.reasons, ["no block has been read"]);
}

#[tokio::test]
async fn a_call_can_be_made_from_a_task_of_its_own() {
    let server = server([Reply::text(200, &block())]).await;
    let call = client(&server).blocks().latest();
    let body: BlockBody = tokio::spawn(call.into_future()).await.unwrap().unwrap();
    assert_eq!(body.number.get(), 200);
}
