use pylon_chain::{Chain, ReadError, RpcError};
use pylon_devnet::{Devnet, Fault, World};
use pylon_models::{BlockRef, NetUid};
use tokio_util::sync::CancellationToken;

use crate::devnet::config;
use crate::heads::take;

const NETUID: NetUid = NetUid::new(1);

/// A node that is so high, and its chain with the archive beside it.
async fn started(blocks: u32) -> (Devnet, Chain) {
    let world = World::Dev {
        neurons: 8,
        subnets: 1,
        seed: 1,
    };
    let devnet = Devnet::builder().world(world).start().await.unwrap();
    devnet.new_blocks(blocks).await.unwrap();
    let mut config = config(&devnet.ws_url());
    config
        .archives
        .push(devnet.archive_ws_url().unwrap().parse().unwrap());
    let chain = Chain::connect(config).await.unwrap();
    (devnet, chain)
}

async fn block(chain: &Chain, number: u32) -> BlockRef {
    let hash = chain.block_hash(number.into()).await.unwrap().unwrap();
    BlockRef {
        number: number.into(),
        hash,
    }
}

async fn reads(chain: &Chain, block: BlockRef) {
    let snapshot = chain.snapshot(NETUID, block).await.unwrap().unwrap();
    assert_eq!(snapshot.block, block);
    assert_eq!(snapshot.neurons.len(), 8);
}

#[tokio::test]
async fn an_old_block_is_read_from_the_archive_at_once() {
    let (_devnet, chain) = started(320).await;
    let old = block(&chain, 5).await;
    reads(&chain, old).await;
    assert_eq!(chain.stats().archive_fallbacks, 0);
    assert!(chain.endpoints().len() == 2);
    assert!(chain.extrinsic(old, 0).await.unwrap().is_some());
    assert_eq!(chain.stats().archive_fallbacks, 0);
}

#[tokio::test]
async fn a_block_grows_old_while_the_head_is_followed() {
    let (devnet, chain) = started(10).await;
    let then = block(&chain, 5).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    take(&mut stream, 1).await;
    for _ in 0..4 {
        devnet.new_blocks(80).await.unwrap();
        take(&mut stream, 80).await;
    }
    reads(&chain, then).await;
    assert_eq!(chain.stats().archive_fallbacks, 0);
}

#[tokio::test]
async fn a_nearer_block_whose_state_is_gone_is_read_from_the_archive_and_counted() {
    let (devnet, chain) = started(40).await;
    let faults = devnet.faults();
    faults
        .start(Fault::DiscardedState { kept: 10 })
        .await
        .unwrap();
    let near = block(&chain, 35).await;
    reads(&chain, near).await;
    assert_eq!(chain.stats().archive_fallbacks, 0);
    for (count, number) in [(1, 20), (2, 21)] {
        let gone = block(&chain, number).await;
        reads(&chain, gone).await;
        assert_eq!(chain.stats().archive_fallbacks, count);
    }
    let gone = block(&chain, 22).await;
    let told = chain.block(gone.hash).await.unwrap();
    assert_eq!(told.block(), gone);
    assert!(told.timestamp > 0);
    chain
        .runtime_at(block(&chain, 23).await.hash)
        .await
        .unwrap();
    assert_eq!(chain.stats().archive_fallbacks, 4);

    faults.heal().await.unwrap();
    reads(&chain, block(&chain, 24).await).await;
    assert_eq!(chain.stats().archive_fallbacks, 4);
}

#[tokio::test]
async fn without_an_archive_or_in_none_the_state_is_unavailable() {
    let (devnet, chain) = started(40).await;
    let faults = devnet.faults();
    faults
        .start(Fault::DiscardedState { kept: 10 })
        .await
        .unwrap();
    let gone = block(&chain, 20).await;
    let alone = Chain::connect(config(&devnet.ws_url())).await.unwrap();
    let error = alone.snapshot(NETUID, gone).await.unwrap_err();
    assert!(
        matches!(error, ReadError::StateDiscarded(hash) if hash == gone.hash),
        "{error:?}"
    );
    let error = alone.block(gone.hash).await.unwrap_err();
    assert!(error.is_state_unavailable(), "{error:?}");

    let nowhere = BlockRef {
        number: 20.into(),
        hash: [9; 32].into(),
    };
    let error = chain.snapshot(NETUID, nowhere).await.unwrap_err();
    assert!(matches!(error, ReadError::UnknownBlock(_)), "{error:?}");
    assert!(error.is_state_unavailable());
}

#[tokio::test]
async fn an_archive_that_cannot_be_reached_is_an_error_and_the_rest_is_read_on() {
    let (devnet, _) = started(40).await;
    let mut config = config(&devnet.ws_url());
    config.archives.push("ws://127.0.0.1:1".parse().unwrap());
    let chain = Chain::connect(config).await.unwrap();
    let faults = devnet.faults();
    faults
        .start(Fault::DiscardedState { kept: 10 })
        .await
        .unwrap();
    let gone = block(&chain, 20).await;
    let error = chain.snapshot(NETUID, gone).await.unwrap_err();
    assert!(matches!(error, ReadError::Rpc(_)), "{error:?}");
    reads(&chain, chain.latest().await.unwrap()).await;
}

#[tokio::test]
async fn while_no_archive_can_be_reached_an_old_block_is_read_from_a_main_node_that_has_it() {
    let (devnet, _) = started(20).await;
    let mut config = config(&devnet.ws_url());
    config.archives.push("ws://127.0.0.1:1".parse().unwrap());
    config.archive_cutoff = 3;
    let chain = Chain::connect(config).await.unwrap();
    let old = block(&chain, 5).await;
    reads(&chain, old).await;
    reads(&chain, old).await;

    // What the main node lacks as well may still be had later: that is no word of a block that is gone.
    let faults = devnet.faults();
    faults
        .start(Fault::DiscardedState { kept: 10 })
        .await
        .unwrap();
    let error = chain.snapshot(NETUID, old).await.unwrap_err();
    assert!(
        matches!(error, ReadError::Rpc(RpcError::Disconnected)),
        "{error:?}"
    );
}
