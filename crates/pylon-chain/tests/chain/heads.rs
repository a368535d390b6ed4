use std::time::Duration;

use pylon_chain::{Head, HeadStream};
use pylon_devnet::{BlockTime, Devnet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::devnet::{config, connect};
use crate::proxy::Proxy;

pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The next `count` heads, each the child of the one before.
pub(crate) async fn take(stream: &mut HeadStream, count: usize) -> Vec<Head> {
    let mut heads: Vec<Head> = Vec::new();
    while heads.len() < count {
        let head = timeout(SOON, stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if let Some(last) = heads.last() {
            assert_eq!(
                (head.number.get(), head.parent),
                (last.number.get() + 1, last.hash)
            );
        }
        heads.push(head);
    }
    heads
}

#[tokio::test]
async fn every_head_is_given_in_order_with_its_time() {
    let devnet = Devnet::builder()
        .block_time(BlockTime::Every(Duration::from_millis(20)))
        .start()
        .await
        .unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let heads = take(&mut follower.stream(), 50).await;
    for head in &heads {
        assert_eq!(head.block(), chain.block(head.hash).await.unwrap().block());
        assert_eq!(
            head.timestamp,
            chain.block(head.hash).await.unwrap().timestamp
        );
        assert_eq!(head.spec_version, 425);
    }
}

#[tokio::test]
async fn the_newest_heads_are_told_with_finality_behind() {
    let devnet = Devnet::builder().finality_lag(3).start().await.unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut heads = follower.heads();
    devnet.new_blocks(10).await.unwrap();
    let reached =
        heads.wait_for(|heads| heads.best.number.get() == 10 && heads.finalized.number.get() == 7);
    let heads = *timeout(SOON, reached).await.unwrap().unwrap();
    assert_eq!(heads.best.hash, devnet.best().1.into());
    assert_eq!(heads.finalized.hash, devnet.finalized().1.into());
    assert!(heads.age() < SOON);
    assert_eq!(follower.current(), heads);
}

#[tokio::test]
async fn a_reader_that_sleeps_through_many_blocks_still_gets_each() {
    let devnet = Devnet::builder().start().await.unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    assert_eq!(take(&mut stream, 1).await[0].number.get(), 0);
    devnet.new_blocks(120).await.unwrap();
    let mut heads = follower.heads();
    timeout(SOON, heads.wait_for(|heads| heads.best.number.get() == 120))
        .await
        .unwrap()
        .unwrap();
    let got = take(&mut stream, 120).await;
    assert_eq!((got[0].number.get(), got[119].number.get()), (1, 120));
}

#[tokio::test]
async fn blocks_made_while_the_socket_was_gone_are_given_after_it_is_back() {
    let devnet = Devnet::builder().start().await.unwrap();
    let proxy = Proxy::to(&devnet).await;
    let chain = pylon_chain::Chain::connect(config(&proxy.url))
        .await
        .unwrap();
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    devnet.new_blocks(2).await.unwrap();
    assert_eq!(take(&mut stream, 3).await[2].number.get(), 2);

    proxy.cut();
    devnet.new_blocks(30).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(follower.current().best.number.get(), 2);
    proxy.reopen();
    let got = take(&mut stream, 30).await;
    assert_eq!((got[0].number.get(), got[29].number.get()), (3, 32));
    assert_eq!(got[29].hash, devnet.best().1.into());
    assert!(chain.stats().reconnects >= 1);

    devnet.new_blocks(1).await.unwrap();
    assert_eq!(take(&mut stream, 1).await[0].number.get(), 33);
}

#[tokio::test]
async fn a_head_that_was_not_told_is_noticed() {
    let devnet = Devnet::builder().start().await.unwrap();
    let mut config = config(&devnet.ws_url());
    config.stall_after = Duration::from_millis(100);
    let chain = pylon_chain::Chain::connect(config).await.unwrap();
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    // Several times over the limit: the node is asked, has nothing new, and following goes on.
    let asked = async {
        let times = || Some(chain.stats().methods.get("chain_getHeader")?.requests);
        while times().is_none_or(|times| times < 5) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, asked).await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let mut heads = follower.heads();
    timeout(SOON, heads.wait_for(|heads| heads.best.number.get() == 1))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn following_ends_when_it_is_cancelled() {
    let devnet = Devnet::builder().start().await.unwrap();
    let chain = connect(&devnet).await;
    let cancel = CancellationToken::new();
    let follower = chain.follow(cancel.clone()).await.unwrap();
    let mut stream = follower.stream();
    take(&mut stream, 1).await;
    cancel.cancel();
    assert!(timeout(SOON, stream.next()).await.unwrap().is_none());
    assert!(
        timeout(SOON, follower.heads().changed())
            .await
            .unwrap()
            .is_err()
    );
}

#[tokio::test]
async fn what_is_final_is_never_ahead_of_the_best_head() {
    let devnet = Devnet::builder()
        .block_time(BlockTime::Every(Duration::from_millis(20)))
        .finality_lag(0)
        .start()
        .await
        .unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut heads = follower.heads();
    for _ in 0..200 {
        timeout(SOON, heads.changed()).await.unwrap().unwrap();
        let now = *heads.borrow_and_update();
        assert!(now.finalized.number <= now.best.number, "{now:?}");
    }
}
