//! Each fault of the node: what a reader and a follower see while it is on, and after it.

use std::num::NonZeroU32;
use std::time::Duration;

use pylon_chain::{Chain, ConnectError, EndpointState, Follower, HeadStream, ReadError, RpcError};
use pylon_devnet::{BlockTime, Devnet, Fault, World};
use pylon_models::{NetUid, Retry};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::devnet::config;
use crate::heads::{SOON, take};

const NETUID: NetUid = NetUid::new(1);

struct Scene {
    devnet: Devnet,
    chain: Chain,
    follower: Follower,
    stream: HeadStream,
}

impl Scene {
    /// A node of one small subnet at block 2, followed; with the archive as a second endpoint where there are two.
    async fn of(endpoints: usize) -> Self {
        let world = World::Dev {
            neurons: 8,
            subnets: 1,
            seed: 1,
        };
        let devnet = Devnet::builder().world(world).start().await.unwrap();
        devnet.new_blocks(2).await.unwrap();
        let mut config = config(&devnet.ws_url());
        if endpoints == 2 {
            let second = devnet.archive_ws_url().unwrap();
            config.endpoints.push(second.parse().unwrap());
        }
        config.request_timeout = Duration::from_secs(1);
        config.stall_after = Duration::from_millis(300);
        let chain = Chain::connect(config).await.unwrap();
        let follower = chain.follow(CancellationToken::new()).await.unwrap();
        let mut stream = follower.stream();
        take(&mut stream, 1).await;
        Self {
            devnet,
            chain,
            follower,
            stream,
        }
    }

    /// Everything works: a block is made, told, and read.
    async fn works(&mut self) {
        self.devnet.new_blocks(1).await.unwrap();
        let (number, hash) = self.devnet.best();
        let mut head = take(&mut self.stream, 1).await[0];
        while head.number.get() < number {
            head = take(&mut self.stream, 1).await[0];
        }
        assert_eq!(head.hash, hash.into());
        self.reads().await;
    }

    async fn reads(&self) {
        let head = timeout(SOON, async {
            loop {
                let read = async {
                    let head = self.chain.latest().await?;
                    self.chain.snapshot(NETUID, head).await
                };
                match read.await {
                    Ok(snapshot) => return snapshot.unwrap(),
                    Err(error) => assert!(error.retry() != Retry::Never, "{error:?}"),
                }
                sleep(Duration::from_millis(50)).await;
            }
        });
        assert_eq!(head.await.unwrap().neurons.len(), 8);
    }

    async fn start(&self, fault: Fault) {
        self.devnet.faults().start(fault).await.unwrap();
    }

    async fn heal(&self) {
        self.devnet.faults().heal().await.unwrap();
    }
}

#[tokio::test]
async fn dropped_sockets_cost_neither_a_read_nor_a_head() {
    let mut scene = Scene::of(1).await;
    for _ in 0..3 {
        scene.devnet.faults().drop_sockets();
        scene.chain.latest().await.unwrap();
        scene.works().await;
    }
    assert!(scene.chain.stats().reconnects >= 3);
}

#[tokio::test]
async fn a_dead_port_is_an_error_and_is_found_open_again() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::Refuse).await;
    scene.devnet.faults().drop_sockets();
    let error = scene.chain.latest().await.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Rpc(RpcError::Disconnected | RpcError::Timeout(_))
        ),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Backoff);
    assert!(!scene.chain.is_connected());
    assert_eq!(scene.chain.endpoints()[0].state, EndpointState::Resting);
    scene.devnet.new_blocks(3).await.unwrap();
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn a_node_that_hangs_is_timed_out_and_answers_again_after() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::Hang).await;
    let error = scene.chain.latest().await.unwrap_err();
    assert!(
        matches!(error, ReadError::Rpc(RpcError::Timeout(_))),
        "{error:?}"
    );
    scene.devnet.new_blocks(3).await.unwrap();
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn a_node_that_hangs_is_left_for_another() {
    let mut scene = Scene::of(2).await;
    scene.start(Fault::Hang).await;
    scene.works().await;
    let second = scene.devnet.archive_ws_url().unwrap();
    assert_eq!(scene.chain.endpoint().to_string(), second);
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn a_head_that_stands_still_on_one_node_is_waited_for() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::Stall).await;
    scene.devnet.new_blocks(5).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(scene.follower.current().best.number.get(), 2);
    assert!(scene.follower.current().age() >= Duration::from_secs(1));
    scene.reads().await;
    scene.heal().await;
    let heads = take(&mut scene.stream, 5).await;
    assert_eq!(heads[4].number.get(), 7);
    scene.works().await;
}

#[tokio::test]
async fn a_head_that_stands_still_is_followed_at_another_node() {
    let mut scene = Scene::of(2).await;
    scene.start(Fault::Stall).await;
    scene.devnet.new_blocks(5).await.unwrap();
    let heads = take(&mut scene.stream, 5).await;
    assert_eq!(heads[4].number.get(), 7);
    let second = scene.devnet.archive_ws_url().unwrap();
    assert_eq!(scene.chain.endpoint().to_string(), second);
    assert_eq!(scene.follower.current().reorganised, None);
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn slow_answers_are_waited_for() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::Delay(Duration::from_millis(120))).await;
    scene.works().await;
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn a_429_at_the_door_is_an_error_to_come_back_after() {
    let mut scene = Scene::of(1).await;
    let limit = Fault::TooManyRequests {
        per_second: 0,
        retry_after: Duration::from_secs(1),
    };
    scene.start(limit).await;
    // Who is in stays in.
    scene.works().await;
    let error = Chain::connect(config(&scene.devnet.ws_url()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::Rejected { status: 429, .. }),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Backoff);
    scene.devnet.faults().drop_sockets();
    let error = scene.chain.latest().await.unwrap_err();
    assert_eq!(error.retry(), Retry::Backoff, "{error:?}");
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn a_node_that_had_enough_is_left_alone_by_readers_and_followers() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::RateLimit { per_second: 0 }).await;
    let error = scene.chain.latest().await.unwrap_err();
    assert!(
        matches!(error, ReadError::Rpc(RpcError::RateLimited)),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Backoff);
    let before = scene.chain.stats().methods;
    let (chain, urgent) = (scene.chain.clone(), scene.chain.urgent());
    let readers = (0..40).map(|n| {
        let chain = if n % 2 == 0 {
            chain.clone()
        } else {
            urgent.clone()
        };
        async move { chain.latest().await.is_err() }
    });
    // Whoever asks waits, and is refused by us where the node would refuse.
    let refused = futures::future::join_all(readers).await;
    assert!(refused.iter().all(|refused| *refused));
    let after = scene.chain.stats().methods;
    assert!(after["chain_getHeader"].requests > before["chain_getHeader"].requests);
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn answers_cut_in_half_are_errors_and_never_values() {
    let mut scene = Scene::of(1).await;
    let account = pylon_models::Coldkey::from_bytes([9; 32]);
    for times in [1, 2, 3, 50] {
        let head = scene.chain.latest().await.unwrap();
        let honest = scene.chain.snapshot(NETUID, head).await.unwrap();
        let hotkeys = scene.chain.hotkeys(NETUID, head).await.unwrap();
        let fault = Fault::TruncatedHex.times(times);
        scene.devnet.faults().start(fault).await.unwrap();
        let chain = &scene.chain;
        for _ in 0..3 {
            if let Ok(read) = chain.hotkeys(NETUID, head).await {
                assert_eq!(read, hotkeys);
            }
            if let Ok(read) = chain.snapshot(NETUID, head).await {
                assert_eq!(read, honest);
            }
            if let Ok(read) = chain.latest().await {
                assert_eq!(read, head);
            }
            if let Ok(read) = chain.balance(account, head).await {
                assert_eq!(read, pylon_models::Balance::default());
            }
        }
        scene.heal().await;
        assert_eq!(scene.chain.snapshot(NETUID, head).await.unwrap(), honest);
        scene.works().await;
    }
}

#[tokio::test]
async fn pages_of_html_are_no_answers() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::NotJson).await;
    let error = scene.chain.latest().await.unwrap_err();
    assert!(error.retry() != Retry::Never, "{error:?}");
    scene.heal().await;
    scene.works().await;
}

#[tokio::test]
async fn discarded_states_are_told_and_the_head_is_read_on() {
    let mut scene = Scene::of(1).await;
    scene.devnet.new_blocks(20).await.unwrap();
    take(&mut scene.stream, 20).await;
    scene.start(Fault::DiscardedState { kept: 2 }).await;
    let hash = scene.chain.block_hash(5.into()).await.unwrap().unwrap();
    let error = scene.chain.block(hash).await.unwrap_err();
    assert!(error.is_state_unavailable(), "{error:?}");
    scene.works().await;
    scene.heal().await;
    scene.chain.block(hash).await.unwrap();
}

#[tokio::test]
async fn a_budget_is_kept_by_readers_while_the_head_is_followed() {
    let devnet = Devnet::builder()
        .block_time(BlockTime::Every(Duration::from_millis(1500)))
        .start()
        .await
        .unwrap();
    // Four at once and then four in a second: never more than the node takes.
    let limit = Fault::RateLimit { per_second: 14 };
    let mut config = config(&devnet.ws_url());
    let endpoint = config.endpoints.remove(0);
    config
        .endpoints
        .push(endpoint.with_requests_per_second(NonZeroU32::new(4)));
    let chain = Chain::connect(config).await.unwrap();
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    devnet.faults().start(limit).await.unwrap();
    let readers = (0..60).map(|_| async { chain.latest().await });
    let (answers, heads) = futures::join!(futures::future::join_all(readers), take(&mut stream, 4));
    assert_eq!(heads.len(), 4);
    let mut answered = 0;
    for answer in answers {
        match answer {
            Ok(_) => answered += 1,
            Err(error) => {
                assert!(
                    matches!(error, ReadError::Rpc(RpcError::Busy { .. })),
                    "{error:?}"
                );
                assert_eq!(error.retry(), Retry::AsTold);
                assert!(error.retry_after().unwrap() > Duration::ZERO);
            }
        }
    }
    assert!((5..40).contains(&answered), "{answered}");
}

#[tokio::test]
async fn a_gap_without_states_is_passed_over_and_the_heads_go_on() {
    let mut scene = Scene::of(1).await;
    scene.start(Fault::Stall).await;
    scene.devnet.new_blocks(20).await.unwrap();
    scene.heal().await;
    scene.start(Fault::DiscardedState { kept: 2 }).await;
    let mut number = 2;
    while number < 22 {
        let head = timeout(SOON, scene.stream.next()).await.unwrap();
        let head = head.unwrap().unwrap();
        assert!(head.number.get() > number);
        number = head.number.get();
    }
    scene.works().await;
}
