//! The server that tests of other programs lean on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pylon_client::testing::{Reply, Request, Server};
use pylon_client::{ErrorCode, RetryPolicy};

use super::{builder, client};

fn failure(doing: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(doing)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[tokio::test]
async fn what_was_not_told_is_answered_with_its_name_and_fails_the_test_at_its_end() {
    let server = Server::start().await;
    let call = client(&server).subnet(3).epoch().latest().finalized();
    let error = call.await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NotFound));
    let name = "GET /api/v1/subnet/3/block/latest/epoch?finalized=true";
    assert!(error.to_string().contains(name), "{error}");
    assert_eq!(
        failure(|| drop(server)),
        format!("no answer was given for what was called:\n  {name}")
    );
}

#[tokio::test]
async fn a_failing_assertion_names_what_was_called_instead() {
    let server = Server::start().await;
    let client = client(&server);
    assert_eq!(
        failure(|| server.assert_called("/api/v1/identities")),
        "expected a call of GET /api/v1/identities, nothing was called"
    );
    server
        .on(Request::any())
        .reply(Reply::text(200, r#"{"identities":{}}"#));
    client.identities().await.unwrap();
    server.assert_called_times("/api/v1/identities", 1);
    assert_eq!(
        failure(|| server.assert_called_times(Request::post("/x"), 2)),
        "expected 2 calls of POST /x, got 0; what was called:\n  GET /api/v1/identities"
    );
    assert_eq!(
        failure(|| server.assert_called("/version")),
        "expected a call of GET /version, what was called:\n  GET /api/v1/identities"
    );
}

#[tokio::test]
async fn replies_come_in_their_order_and_the_last_one_stays() {
    let server = Server::start().await;
    let client = builder(&server).retry(RetryPolicy::NEVER).build().unwrap();
    let version = |version: &str| serde_json::json!({"name": "x", "version": version});
    server
        .on("/version")
        .answer(200, &version("1"))
        .problem(ErrorCode::Internal, "broken")
        .answer(200, &version("2"));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = client.version().await;
        seen.push(answer.map_or_else(|error| error.to_string(), |body| body.version));
    }
    let broken = "the service answered 500 internal: broken";
    assert_eq!(seen, ["1", broken, "2", "2"]);
    server.on("/version").answer(200, &version("3"));
    assert_eq!(client.version().await.unwrap().version, "3");
}

#[tokio::test]
async fn a_query_is_told_apart_only_where_it_is_named() {
    let server = Server::start().await;
    let latest = client(&server)
        .subnet(1)
        .weights(Default::default())
        .latest();
    let code = |error: pylon_client::Error| error.code().unwrap();
    server
        .on("/api/v1/subnet/1/block/latest/weights")
        .problem(ErrorCode::NotFound, "whichever");
    server
        .on("/api/v1/subnet/1/block/latest/weights?finalized=true&mechanism=0")
        .problem(ErrorCode::UnsupportedByRuntime, "this one");
    let error = latest.clone().await.unwrap_err();
    assert_eq!(code(error), ErrorCode::NotFound);
    let error = latest.clone().finalized().await.unwrap_err();
    assert_eq!(code(error), ErrorCode::UnsupportedByRuntime);
    assert_eq!(server.calls_of(&latest).len(), 1);
    server.assert_called_times("/api/v1/subnet/1/block/latest/weights", 2);
}
