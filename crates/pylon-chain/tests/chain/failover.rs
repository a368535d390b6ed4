use std::time::Duration;

use pylon_chain::{Chain, ChainConfig, ConnectError, EndpointState};
use pylon_devnet::Devnet;
use tokio_util::sync::CancellationToken;

use crate::devnet::config;
use crate::heads::take;
use crate::proxy::Proxy;

/// One node behind two addresses.
async fn two_ways() -> (Devnet, Proxy, Proxy, ChainConfig) {
    let devnet = Devnet::builder().start().await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let (first, second) = (Proxy::to(&devnet).await, Proxy::to(&devnet).await);
    let mut config = config(&first.url);
    config.endpoints.push(second.url.parse().unwrap());
    (devnet, first, second, config)
}

fn states(chain: &Chain) -> Vec<EndpointState> {
    let endpoints = chain.endpoints();
    endpoints.iter().map(|endpoint| endpoint.state).collect()
}

#[tokio::test]
async fn the_next_node_is_asked_when_the_preferred_one_is_lost() {
    let (devnet, first, second, config) = two_ways().await;
    let chain = Chain::connect(config).await.unwrap();
    assert_eq!(chain.endpoint().to_string(), first.url);
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    take(&mut stream, 1).await;

    first.cut();
    assert_eq!(chain.latest().await.unwrap().number.get(), 1);
    assert_eq!(chain.endpoint().to_string(), second.url);
    assert_eq!(
        states(&chain),
        [EndpointState::Resting, EndpointState::Active]
    );
    assert_eq!(chain.endpoints()[0].failures, 1);
    devnet.new_blocks(3).await.unwrap();
    let heads = take(&mut stream, 3).await;
    assert_eq!(heads[2].number.get(), 4);
}

#[tokio::test]
async fn the_preferred_node_is_gone_back_to_and_no_head_is_lost() {
    let (devnet, first, second, mut config) = two_ways().await;
    config.stall_after = Duration::from_millis(400);
    first.cut();
    let chain = Chain::connect(config).await.unwrap();
    assert_eq!(chain.endpoint().to_string(), second.url);
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    take(&mut stream, 1).await;

    first.reopen();
    let mut number = 1;
    while chain.endpoint().to_string() != first.url {
        devnet.new_blocks(1).await.unwrap();
        number += 1;
        let head = take(&mut stream, 1).await[0];
        assert_eq!(head.number.get(), number);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        states(&chain),
        [EndpointState::Active, EndpointState::Ready]
    );
    devnet.new_blocks(2).await.unwrap();
    assert_eq!(take(&mut stream, 2).await[1].number.get(), number + 2);
}

#[tokio::test]
async fn a_chain_without_endpoints_is_refused() {
    let (_devnet, _first, _second, mut config) = two_ways().await;
    config.endpoints.clear();
    let error = Chain::connect(config).await.unwrap_err();
    assert!(matches!(error, ConnectError::NoEndpoint), "{error:?}");
}
