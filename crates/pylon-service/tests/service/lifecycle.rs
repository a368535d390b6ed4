//! Starting, losing the chain, finding it again, stopping.

use std::net::SocketAddr;
use std::time::{Duration, Instant, UNIX_EPOCH};

use pylon_devnet::{BlockTime, Devnet, World};
use pylon_service::{Service, StartError};
use serde_json::json;

use crate::app::{OPEN, TestApp, config};

const NEURONS: &str = "/api/v1/subnet/1/block/latest/neurons";

async fn get(service: &Service, path: &str) -> (u16, String) {
    let response = reqwest::Client::new()
        .get(format!("http://{}{path}", service.address()))
        .bearer_auth(OPEN)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "not within 30 s: {what}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_chain_the_service_answers_that_it_is_not_ready_and_connects_when_there_is_one() {
    // A port that was free a moment ago: the node takes it later.
    let node = Devnet::builder().start().await.unwrap();
    let address: SocketAddr = node.ws_url().trim_start_matches("ws://").parse().unwrap();
    node.shutdown().await;

    let data = tempfile::tempdir().unwrap();
    let settings =
        json!({ "bind": "127.0.0.1:0", "open_access_token": OPEN, "recent": { "netuids": [1] } });
    let service = Service::start(config(&format!("ws://{address}"), &data, settings))
        .await
        .unwrap();
    let (status, body) = get(&service, "/health/ready").await;
    assert_eq!(status, 503);
    for reason in [
        "the chain is not connected",
        "no block has been read",
        "subnets not read yet: 1",
    ] {
        assert!(body.contains(reason), "{body}");
    }
    assert_eq!(get(&service, "/health/live").await.0, 200);
    for path in [
        NEURONS,
        "/api/v1/block/latest",
        "/api/v1/subnet/1/block/recent/neurons",
        "/api/v1/subnet/1/block/3/validators",
    ] {
        let (status, body) = get(&service, path).await;
        assert_eq!(status, 503, "{path}");
        assert!(
            body.contains("\"code\":\"not_ready\"") && body.contains("\"retry_after\":1"),
            "{body}"
        );
        assert!(!body.contains(&address.to_string()), "{body}");
    }

    let start = || {
        let world = World::Dev {
            neurons: 16,
            subnets: 2,
            seed: 1,
        };
        let genesis = UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let time = BlockTime::Every(Duration::from_millis(200));
        Devnet::builder()
            .world(world)
            .block_time(time)
            .genesis_time(genesis)
            .bind(address)
            .start()
    };
    let node = start().await.unwrap();
    until("the service is ready", async || {
        get(&service, "/health/ready").await.0 == 200
    })
    .await;
    assert_eq!(get(&service, NEURONS).await.0, 200);

    // The node goes away: what was read is still served, what was not is a failure of the chain.
    node.shutdown().await;
    until("the service is not ready", async || {
        get(&service, "/health/ready").await.0 == 503
    })
    .await;
    assert_eq!(get(&service, NEURONS).await.0, 200);
    let (status, body) = get(&service, "/api/v1/subnet/2/block/1/neurons").await;
    assert_eq!(status, 502);
    assert!(body.contains("\"code\":\"chain_error\""), "{body}");
    assert!(!body.contains(&address.to_string()), "{body}");

    // And comes back.
    let node = start().await.unwrap();
    until("the service is ready again", async || {
        get(&service, "/health/ready").await.0 == 200
    })
    .await;
    until("it answers from the node", async || {
        let (status, body) = get(&service, "/api/v1/block/latest").await;
        let best = node.best().0;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        status == 200 && best > 3 && body["number"].as_u64().unwrap().abs_diff(best.into()) <= 1
    })
    .await;
    service.stop().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_named() {
    let app = TestApp::start().await;
    let data = tempfile::tempdir().unwrap();
    let taken = app.service.address();
    let again = Service::start(config(&app.node.ws_url(), &data, json!({ "bind": taken }))).await;
    let error = again.err().unwrap();
    assert!(matches!(error, StartError::Bind { .. }) && error.retry().is_worthwhile());
    assert_eq!(error.to_string(), format!("cannot listen on {taken}"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_within_its_bound_although_clients_keep_their_connections() {
    let app = TestApp::start().await;
    let idle = futures::future::join_all((0..20).map(|_| app.get_as(OPEN, NEURONS))).await;
    assert_eq!(idle.len(), 20);
    app.stop().await;
}
