use pylon_chain::{Chain, ConnectError, ReadError};
use pylon_devnet::Devnet;
use pylon_models::{BlockHash, BlockNumber, BlockRef, NetUid, Rao, Retry, v1};

use crate::answers::{Golden, http};
use crate::devnet::{config, connect, golden_devnet};

const GOLDEN: NetUid = NetUid::new(42);

#[tokio::test]
async fn a_snapshot_equals_what_was_laid_down_and_what_the_original_service_answered() {
    let devnet = golden_devnet().await;
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    assert_eq!(head.number.get(), 200);

    let snapshot = chain.snapshot(GOLDEN, head).await.unwrap().unwrap();
    assert_eq!((snapshot.block, snapshot.netuid), (head, GOLDEN));
    assert_eq!(
        snapshot.timestamp,
        chain.block(head.hash).await.unwrap().timestamp
    );
    for (neuron, laid_down) in snapshot.neurons.iter().zip(&Golden::load().neurons) {
        laid_down.assert_is(neuron, "the socket");
    }
    let (neurons, validators) = http();
    let bodies: Vec<_> = snapshot.neurons.iter().map(v1::Neuron::from).collect();
    assert_eq!(bodies, neurons.neurons);
    let bodies: Vec<_> = snapshot
        .validators()
        .into_iter()
        .map(v1::Neuron::from)
        .collect();
    assert_eq!(bodies, validators.validators);
    let tempo = snapshot
        .hyperparameters
        .iter()
        .find(|parameter| parameter.name == "tempo");
    assert_eq!(tempo.unwrap().value.as_u64(), Some(360));
    assert_eq!(snapshot.epochs.tempo(), 360);
}

#[tokio::test]
async fn a_snapshot_costs_four_requests() {
    let devnet = golden_devnet().await;
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    let before = chain.stats();
    chain.snapshot(GOLDEN, head).await.unwrap().unwrap();
    let after = chain.stats();
    let asked = |method: &str| {
        after.methods[method].requests - before.methods.get(method).map_or(0, |m| m.requests)
    };
    assert_eq!(asked("state_call"), 3);
    assert_eq!(asked("state_queryStorageAt"), 1);
    assert_eq!(after.requests() - before.requests(), 4);
}

#[tokio::test]
async fn alpha_prices_are_those_of_the_real_runtime_in_one_request() {
    let devnet = golden_devnet().await;
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    let before = chain.stats().requests();
    let prices = chain.alpha_prices(head).await.unwrap();
    assert_eq!(chain.stats().requests() - before, 1);
    // What the real runtime answered for the golden state. Alpha of root and of the subnet that every chain begins with
    // is worth as much as TAO.
    assert_eq!(
        prices,
        [
            (NetUid::ROOT, Rao::new(1_000_000_000)),
            (NetUid::new(1), Rao::new(1_000_000_000)),
            (GOLDEN, Rao::new(49_999_999)),
        ]
        .into()
    );
}

#[tokio::test]
async fn a_subnet_is_absent_before_it_was_added_and_where_it_never_was() {
    let devnet = golden_devnet().await;
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    assert_eq!(chain.snapshot(NetUid::new(43), head).await.unwrap(), None);
    let earlier = BlockNumber::new(199);
    let hash = chain.block_hash(earlier).await.unwrap().unwrap();
    let earlier = BlockRef {
        number: earlier,
        hash,
    };
    assert_eq!(chain.snapshot(GOLDEN, earlier).await.unwrap(), None);
}

#[tokio::test]
async fn a_past_block_keeps_its_own_snapshot() {
    let devnet = golden_devnet().await;
    let chain = connect(&devnet).await;
    let then = chain.latest().await.unwrap();
    let before = chain.snapshot(GOLDEN, then).await.unwrap().unwrap();
    devnet.new_blocks(5).await.unwrap();
    let permits = pylon_chain::storage::StorageKey::new("SubtensorModule", "ValidatorPermit")
        .identity(&42u16);
    devnet
        .set_storage(vec![(permits.as_bytes().to_vec(), None)])
        .await
        .unwrap();
    let now = chain.latest().await.unwrap();
    assert_eq!(now.number.get(), 205);
    assert_eq!(chain.snapshot(GOLDEN, then).await.unwrap().unwrap(), before);
    assert_eq!(
        chain
            .snapshot(GOLDEN, now)
            .await
            .unwrap()
            .unwrap()
            .validators()
            .len(),
        0
    );
    assert_eq!(before.validators().len(), 64);
}

#[tokio::test]
async fn a_snapshot_under_a_wrong_height_is_refused() {
    let devnet = golden_devnet().await;
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    let wrong = BlockRef {
        number: BlockNumber::new(199),
        hash: head.hash,
    };
    let error = chain.snapshot(GOLDEN, wrong).await.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Decode {
                what: "the neurons",
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn blocks_are_found_by_number_and_hash_with_their_times() {
    let devnet = Devnet::builder().finality_lag(2).start().await.unwrap();
    devnet.new_blocks(10).await.unwrap();
    let chain = connect(&devnet).await;
    assert_eq!(chain.latest().await.unwrap().hash, devnet.best().1.into());
    assert_eq!(chain.finalized().await.unwrap().number.get(), 8);
    let mut parent = chain.genesis_hash();
    let mut time = 0;
    for number in 1..=10 {
        let hash = chain.block_hash(number.into()).await.unwrap().unwrap();
        let block = chain.block(hash).await.unwrap();
        assert_eq!((block.number.get(), block.parent), (number, parent));
        assert!(time == 0 || block.timestamp == time + 12);
        (parent, time) = (hash, block.timestamp);
    }
    assert_eq!(chain.block_hash(11.into()).await.unwrap(), None);
}

#[tokio::test]
async fn a_block_that_is_unknown_and_one_whose_state_is_gone_are_told_apart() {
    let devnet = Devnet::builder().start().await.unwrap();
    devnet.new_blocks(300).await.unwrap();
    let chain = connect(&devnet).await;

    let nowhere = BlockHash::from_bytes([7; 32]);
    let unknown = chain.block(nowhere).await.unwrap_err();
    assert!(
        matches!(unknown, ReadError::UnknownBlock(hash) if hash == nowhere),
        "{unknown:?}"
    );
    let block = BlockRef {
        number: 5.into(),
        hash: nowhere,
    };
    let unknown = chain.snapshot(GOLDEN, block).await.unwrap_err();
    assert!(matches!(unknown, ReadError::UnknownBlock(_)), "{unknown:?}");

    let old = chain.block_hash(5.into()).await.unwrap().unwrap();
    let gone = chain
        .snapshot(
            GOLDEN,
            BlockRef {
                number: 5.into(),
                hash: old,
            },
        )
        .await
        .unwrap_err();
    assert!(
        matches!(gone, ReadError::StateDiscarded(hash) if hash == old),
        "{gone:?}"
    );
    assert!(gone.is_state_unavailable() && unknown.is_state_unavailable());
    assert_eq!(gone.retry(), Retry::Never);
}

#[tokio::test]
async fn another_chain_is_not_connected_to() {
    let devnet = Devnet::builder().start().await.unwrap();
    let mut config = config(&devnet.ws_url());
    config.genesis = Some(BlockHash::from_bytes([1; 32]));
    let error = Chain::connect(config).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::WrongChain { .. }),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Never);
}

#[tokio::test]
async fn subxts_own_client_works_over_the_same_connection() {
    let devnet = Devnet::builder().start().await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let chain = connect(&devnet).await;
    let client = chain.online_client().await.unwrap();
    assert_eq!(client.genesis_hash().0, *chain.genesis_hash().as_bytes());
    let at = client.at_current_block().await.unwrap();
    assert_eq!(at.block_number(), u64::from(devnet.finalized().0));
}
