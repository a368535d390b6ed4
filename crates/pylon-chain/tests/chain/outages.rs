use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

use pylon_chain::{Chain, ConnectError, ReadError, RpcError};
use pylon_devnet::{Builder, Devnet};
use pylon_models::Retry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::devnet::{config, connect};
use crate::heads::take;
use crate::proxy::Proxy;

#[tokio::test]
async fn a_request_that_meets_a_dropped_socket_is_asked_again() {
    let devnet = Devnet::builder().start().await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let proxy = Proxy::to(&devnet).await;
    let chain = Chain::connect(config(&proxy.url)).await.unwrap();
    for _ in 0..5 {
        proxy.cut();
        proxy.reopen();
        assert_eq!(chain.latest().await.unwrap().number.get(), 1);
    }
}

#[tokio::test]
async fn a_node_that_is_gone_costs_seconds_and_an_error_that_says_so() {
    let devnet = Devnet::builder().start().await.unwrap();
    let chain = connect(&devnet).await;
    devnet.shutdown().await;
    let start = Instant::now();
    let error = chain.latest().await.unwrap_err();
    assert!(
        matches!(error, ReadError::Rpc(RpcError::Disconnected)),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Backoff);
    assert!(start.elapsed() < Duration::from_secs(12));
}

#[tokio::test]
async fn a_node_that_falls_silent_times_out() {
    let devnet = Devnet::builder().start().await.unwrap();
    let proxy = Proxy::to(&devnet).await;
    let mut config = config(&proxy.url);
    config.request_timeout = Duration::from_millis(300);
    let chain = Chain::connect(config).await.unwrap();
    proxy.clog();
    let start = Instant::now();
    let error = chain.latest().await.unwrap_err();
    assert!(
        matches!(error, ReadError::Rpc(RpcError::Timeout(_))),
        "{error:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(3));
    let header = chain.stats().methods["chain_getHeader"];
    assert_eq!(header.failures, 1);
    proxy.reopen();
    chain.latest().await.unwrap();
}

#[tokio::test]
async fn a_node_that_restarts_is_found_again_and_followed_on() {
    // A fixed time, so that the second node has the chain of the first.
    let builder = || -> Builder {
        Devnet::builder().genesis_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    };
    let first = builder().start().await.unwrap();
    let address = first.ws_url().trim_start_matches("ws://").parse().unwrap();
    first.new_blocks(3).await.unwrap();
    let chain = connect(&first).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    assert_eq!(take(&mut stream, 1).await[0].number.get(), 3);
    first.shutdown().await;

    let second = builder().bind(address).start().await.unwrap();
    second.new_blocks(6).await.unwrap();
    let got = take(&mut stream, 3).await;
    assert_eq!(got[2].hash, second.best().1.into());
    assert_eq!(chain.stats().reconnects, 1);
    assert_eq!(chain.latest().await.unwrap().number.get(), 6);
}

#[tokio::test]
async fn another_chain_at_the_same_address_is_not_let_in() {
    let first = Devnet::builder()
        .genesis_time(SystemTime::UNIX_EPOCH)
        .start()
        .await
        .unwrap();
    let address = first.ws_url().trim_start_matches("ws://").parse().unwrap();
    let chain = connect(&first).await;
    first.shutdown().await;
    let later = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
    let second = Devnet::builder()
        .genesis_time(later)
        .bind(address)
        .start()
        .await
        .unwrap();
    if connect(&second).await.genesis_hash() == chain.genesis_hash() {
        println!("skipped: the two devnets have the same genesis");
        return;
    }
    let error = chain.latest().await.unwrap_err();
    assert!(
        matches!(error, ReadError::Rpc(RpcError::Disconnected)),
        "{error:?}"
    );
    assert_eq!(chain.stats().reconnects, 0);
}

#[tokio::test]
async fn connecting_to_nobody_fails_at_once_and_names_no_secret() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("ws://user:hunter2@{free}/v2/apikey?token=abcdef");
    let error = Chain::connect(config(&url)).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Backoff);
    let mut shown = format!("{error:?}");
    let mut cause: Option<&dyn Error> = Some(&error);
    while let Some(error) = cause {
        shown += &error.to_string();
        cause = error.source();
    }
    for secret in ["hunter2", "apikey", "abcdef"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn whoever_accepts_and_never_speaks_websocket_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = config(&format!("ws://{}", listener.local_addr().unwrap()));
    config.request_timeout = Duration::from_millis(300);
    let start = Instant::now();
    let error = Chain::connect(config).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(3));
}
