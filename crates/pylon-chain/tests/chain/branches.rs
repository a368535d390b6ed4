use pylon_chain::{Reading, Report};
use pylon_devnet::{Devnet, Layout, World};
use pylon_models::{Epochs, NetUid, SafetyNet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::answers::real_runtime;
use crate::devnet::connect;
use crate::heads::{SOON, take};

#[tokio::test]
async fn a_reorganisation_is_told_with_its_fork_and_the_new_branch_is_given() {
    let devnet = Devnet::builder().finality_lag(8).start().await.unwrap();
    devnet.new_blocks(20).await.unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    take(&mut stream, 1).await;
    devnet.new_blocks(2).await.unwrap();
    take(&mut stream, 2).await;
    assert_eq!(follower.current().reorganised, None);

    for (count, depth) in [(1, 1), (2, 4)] {
        let (height, left) = devnet.best();
        let joined = devnet.reorganise(depth).await.unwrap();
        let mut heads = follower.heads();
        let told = heads.wait_for(|heads| heads.best.hash == joined.into());
        let told = timeout(SOON, told).await.unwrap().unwrap().reorganised;
        let told = told.unwrap();
        assert_eq!(told.count, count);
        assert_eq!(
            (told.left.hash, told.joined.hash),
            (left.into(), joined.into())
        );
        assert_eq!(told.fork.number.get(), height - depth);
        assert_eq!(
            told.fork.hash,
            devnet.block_hash(height - depth).unwrap().into()
        );

        let branch = take(&mut stream, usize::try_from(depth).unwrap() + 1).await;
        assert_eq!(branch[0].parent, told.fork.hash);
        assert_eq!(branch.last().unwrap().hash, joined.into());
        devnet.new_blocks(1).await.unwrap();
        take(&mut stream, 1).await;
        assert_eq!(follower.current().reorganised, Some(told), "nothing new");
    }
}

#[tokio::test]
async fn blocks_that_were_missed_are_no_reorganisation() {
    let devnet = Devnet::builder().start().await.unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    take(&mut stream, 1).await;
    devnet
        .faults()
        .start(pylon_devnet::Fault::Stall.times(30))
        .await
        .unwrap();
    devnet.new_blocks(31).await.unwrap();
    devnet.faults().drop_sockets();
    take(&mut stream, 31).await;
    assert_eq!(follower.current().reorganised, None);
}

#[tokio::test]
async fn an_upgrade_in_mid_run_is_read_by_the_metadata_of_each_block() {
    let world = World::Dev {
        neurons: 16,
        subnets: 1,
        seed: 3,
    };
    let devnet = Devnet::builder().world(world).start().await.unwrap();
    devnet.new_blocks(3).await.unwrap();
    let chain = connect(&devnet).await;
    let follower = chain.follow(CancellationToken::new()).await.unwrap();
    let mut stream = follower.stream();
    let june = take(&mut stream, 1).await[0];
    assert_eq!(june.spec_version, 425);
    devnet.upgrade(Layout::Oct2026).await.unwrap();
    devnet.new_blocks(3).await.unwrap();
    let heads = take(&mut stream, 4).await;
    assert!(heads.iter().all(|head| head.spec_version == 475));

    let netuid = NetUid::new(1);
    for (head, net, parameters) in [
        (june, SafetyNet::Week, 33),
        (heads[0], SafetyNet::Tempo, 37),
        (heads[3], SafetyNet::Tempo, 37),
        (june, SafetyNet::Week, 33),
    ] {
        let block = head.block();
        let snapshot = chain.snapshot(netuid, block).await.unwrap().unwrap();
        assert_eq!(snapshot.neurons.len(), 16);
        assert_eq!(snapshot.hyperparameters.len(), parameters);
        assert!(
            matches!(snapshot.epochs, Epochs::Kept(_, kept) if kept == net),
            "{:?}",
            snapshot.epochs
        );
        assert!(chain.extrinsic(block, 0).await.unwrap().is_some());
        assert_eq!(chain.subnets(block).await.unwrap().len(), 2);
        assert!(!chain.commitments(netuid, block).await.unwrap().is_empty());
    }
    assert_eq!(
        chain.runtime_at(june.hash).await.unwrap().spec_version(),
        425
    );
    assert_eq!(
        chain
            .runtime_at(heads[0].hash)
            .await
            .unwrap()
            .spec_version(),
        475
    );
}

fn names(report: &Report, reading: Reading) -> Vec<String> {
    report.read(reading).map(ToString::to_string).collect()
}

#[tokio::test]
async fn both_layouts_have_all_that_is_read_as_it_is_known() {
    for (layout, by_name, missing) in [
        // Nobody was suspended before August, and every subnet had one consensus before July.
        (
            Layout::Jun2026,
            vec![],
            vec![
                "SubtensorModule.SubnetEpochConsensus",
                "SubtensorModule.ChildkeyThresholdSuspended",
            ],
        ),
        // A kind of field that June does not have.
        (Layout::Oct2026, vec!["Commitments.CommitmentOf"], vec![]),
    ] {
        let devnet = Devnet::builder().layout(layout).start().await.unwrap();
        let chain = connect(&devnet).await;
        let runtime = chain.runtime_at(chain.genesis_hash()).await.unwrap();
        let report = runtime.report();
        assert!(!report.is_newer_than_known());
        assert!(report.entries.len() > 20);
        assert_eq!(names(&report, Reading::Missing), missing, "{layout:?}");
        assert_eq!(names(&report, Reading::ByName), by_name, "{layout:?}");
        assert_eq!(names(&report, Reading::InPart).len(), 4);
    }
}

#[test]
fn older_real_runtimes_lack_what_came_later_and_are_told_apart() {
    for (month, spec, missing) in [
        (
            "jul2026",
            424,
            vec![
                "SubtensorModule.SubnetEpochConsensus",
                "SubtensorModule.ChildkeyThresholdSuspended",
            ],
        ),
        (
            "apr2026",
            393,
            vec![
                "SubtensorModule.LastEpochBlock",
                "SubtensorModule.PendingEpochAt",
                "SubtensorModule.SubnetEpochIndex",
                "SubtensorModule.SubnetEpochConsensus",
                "SubtensorModule.ChildkeyThresholdSuspended",
            ],
        ),
        (
            "dec2025",
            365,
            vec![
                "SwapRuntimeApi.current_alpha_price_all",
                "SubtensorModule.LastEpochBlock",
                "SubtensorModule.PendingEpochAt",
                "SubtensorModule.SubnetEpochIndex",
                "SubtensorModule.SubnetEpochConsensus",
                "SubtensorModule.ChildkeyThresholdSuspended",
            ],
        ),
    ] {
        let Some(runtime) = real_runtime(month, spec) else {
            continue;
        };
        let report = runtime.report();
        println!("{month}: by name {:?}", names(&report, Reading::ByName));
        assert_eq!(names(&report, Reading::Missing), missing, "{month}");
    }
}

#[tokio::test]
async fn a_runtime_newer_than_known_is_told() {
    if let Some(runtime) = real_runtime("jul2026", 476) {
        assert!(runtime.report().is_newer_than_known());
    }
}
