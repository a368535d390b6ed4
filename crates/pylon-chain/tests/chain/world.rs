use pylon_chain::Snapshot;
use pylon_devnet::{Devnet, World};
use pylon_models::{Epochs, NetUid, SafetyNet};
use tokio_util::sync::CancellationToken;

use crate::devnet::connect;
use crate::heads::take;

#[tokio::test]
async fn each_block_of_a_living_subnet_is_read_and_its_schedule_foretells_the_next() {
    let world = World::Dev {
        neurons: 32,
        subnets: 2,
        seed: 7,
    };
    let devnet = Devnet::builder().world(world).start().await.unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    for (netuid, neurons) in [(1, 32), (2, 16)] {
        let netuid = NetUid::new(netuid);
        let mut before: Option<Snapshot> = None;
        devnet.new_blocks(60).await.unwrap();
        for head in take(&mut stream, 60).await {
            let snapshot = chain.snapshot(netuid, head.block()).await.unwrap().unwrap();
            assert_eq!(
                (snapshot.block, snapshot.timestamp),
                (head.block(), head.timestamp)
            );
            assert_eq!(snapshot.neurons.len(), neurons);
            assert_eq!(snapshot.validators().len(), neurons / 4);
            if let Some(before) = &before {
                let then = before.epochs.schedule().unwrap();
                let foretold = then.after_block(SafetyNet::Week, head.number.into());
                assert_eq!(
                    snapshot.epochs,
                    Epochs::Kept(foretold, SafetyNet::Week),
                    "block {}",
                    head.number
                );
                let epoch = foretold.subnet_epoch_index > then.subnet_epoch_index;
                let next = before.epochs.next_epoch(before.block.number.into());
                assert_eq!(next == Some(head.number.into()), epoch);
                assert_eq!(
                    snapshot.neurons != before.neurons,
                    epoch,
                    "block {}",
                    head.number
                );
            }
            before = Some(snapshot);
        }
    }
    let root = chain
        .snapshot(NetUid::ROOT, follower.current().best.block())
        .await
        .unwrap();
    assert_eq!(root.unwrap().netuid, NetUid::ROOT);
}
