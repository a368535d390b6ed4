use pylon_chain::{Call, WeightsReveal, timelock};
use pylon_devnet::{Layout, World};
use pylon_models::{Epochs, MechId, NetUid, Rao, SafetyNet, Uid};

use crate::stage::{
    End, LAYOUTS, NETUID, Stage, alice, commit, commit_hash, key, of_subnet, second, set, subtensor,
};

const MAIN: MechId = MechId::MAIN;

impl Stage {
    async fn terms(&self, mechanism: MechId) -> pylon_chain::WeightsTerms {
        self.terms_of(mechanism, &key("Alice")).await
    }

    async fn terms_of(
        &self,
        mechanism: MechId,
        key: &pylon_chain::KeyPair,
    ) -> pylon_chain::WeightsTerms {
        let head = self.head().await;
        let hotkey = key.hotkey();
        let terms = self.chain.weights_terms(head, NETUID, mechanism, &hotkey);
        terms.await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn terms_are_what_was_laid_down() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.rate(7, [0, 0, 0, 0, 90, 0, 0, 0]).await;
        stage.commit_reveal(true).await;
        stage.put(of_subnet("WeightsVersionKey"), 11u64).await;
        stage.put(of_subnet("MinAllowedWeights"), 3u16).await;
        stage.put(of_subnet("MaxWeightsLimit"), 455u16).await;
        stage
            .put(subtensor("CommitRevealWeightsVersion"), 6u16)
            .await;
        let period = subtensor("RevealPeriodEpochs").twox_64_concat(&NETUID.get());
        stage.put(period, 4u64).await;
        let terms = stage.terms(second()).await;
        let head = stage.head().await;
        let snapshot = stage.chain.snapshot(NETUID, head).await.unwrap().unwrap();
        assert_eq!(terms.block, head);
        assert_eq!(terms.timestamp_millis / 1_000, snapshot.timestamp);
        assert_eq!((terms.mechanisms, terms.max_weights), (2, 8));
        assert_eq!(terms.uids.len(), 8);
        for neuron in &snapshot.neurons {
            assert_eq!(terms.uids[&neuron.hotkey], neuron.uid);
        }
        let own = &snapshot.neurons[4];
        assert_eq!(terms.own_uid, Some(Uid::new(4)));
        assert_eq!((terms.permit, terms.is_owner), (true, false));
        assert_eq!(terms.stake_weight, own.stakes.total);
        assert_eq!(terms.stake_threshold, Rao::new(1_000_000_000_000));
        assert!(terms.enough_stake);
        assert_eq!(
            (terms.version_key, terms.min_allowed, terms.max_limit),
            (11, 3, 455)
        );
        assert_eq!((terms.rate_limit, terms.last_update), (7, 90));
        assert_eq!(terms.earliest_block.get(), 97);
        assert_eq!(
            (
                terms.commit_reveal,
                terms.commit_reveal_version,
                terms.reveal_period
            ),
            (true, 6, 4)
        );
        assert_eq!(terms.epochs, snapshot.epochs);
        let net = match layout {
            Layout::Jun2026 => SafetyNet::Week,
            Layout::Oct2026 => SafetyNet::Tempo,
        };
        assert!(matches!(terms.epochs, Epochs::Kept(_, kept) if kept == net));
        assert!(!terms.is_null);
        let beacon = terms.beacon.unwrap();
        assert_eq!(
            (beacon.public_key.len(), beacon.genesis_time, beacon.period),
            (96, 1_692_803_367, 3)
        );
        let last = stage.chain.last_drand_round(head).await.unwrap();
        assert_eq!(terms.last_round, last);
        assert!(last > 0);
        assert_eq!((terms.own_commits, terms.block_time_millis), (0, 12_000));
    }
}

#[tokio::test]
async fn a_subnet_that_is_null_is_told_apart() {
    let stage = Stage::start(Layout::Oct2026).await;
    stage.put(of_subnet("SubnetEpochConsensus"), 1u8).await;
    assert!(stage.terms(MAIN).await.is_null);
}

#[tokio::test]
async fn who_owns_the_subnet_needs_no_stake_and_who_is_not_registered_has_no_slot() {
    let stage = Stage::start(Layout::Jun2026).await;
    stage.put(subtensor("StakeThreshold"), u64::MAX).await;
    stage
        .put(of_subnet("ValidatorPermit"), vec![false; 8])
        .await;
    let owner = stage.terms_of(MAIN, &key("Bob")).await;
    assert_eq!(
        (owner.own_uid, owner.is_owner, owner.enough_stake),
        (Some(Uid::new(0)), true, true)
    );
    assert!(!owner.permit);
    assert!(!stage.terms(MAIN).await.enough_stake);
    let stranger = stage.terms_of(MAIN, &key("Charlie")).await;
    assert_eq!(
        (stranger.own_uid, stranger.permit, stranger.stake_weight),
        (None, false, Rao::ZERO)
    );
    assert!(!stranger.is_owner && !stranger.enough_stake);
    assert_eq!(
        stranger.earliest_block.get(),
        stranger.block.number.get() + 1
    );
}

#[tokio::test]
async fn a_subnet_that_does_not_exist_has_no_terms() {
    let stage = Stage::start(Layout::Jun2026).await;
    let head = stage.head().await;
    let (nowhere, hotkey) = (NetUid::new(77), alice());
    let terms = stage.chain.weights_terms(head, nowhere, MAIN, &hotkey);
    assert_eq!(terms.await.unwrap(), None);
}

#[tokio::test]
async fn the_earliest_block_is_the_first_that_takes_weights() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.rate(9, [0; 8]).await;
        stage.devnet.new_blocks(30).await.unwrap();
        for (on, calls) in [
            (false, [set(MAIN), set(second())]),
            (
                true,
                [commit_hash(MAIN, [7; 32]), commit(second(), u64::MAX)],
            ),
        ] {
            stage.commit_reveal(on).await;
            stage.devnet.new_blocks(9).await.unwrap();
            for (mechanism, call) in [MAIN, second()].into_iter().zip(calls) {
                let fresh = stage.terms(mechanism).await;
                // Nothing was done here for long.
                let next = fresh.block.number.get() + 1;
                assert_eq!(fresh.earliest_block.get(), next);
                assert_eq!(stage.make(&call).await, End::Well);
                let terms = stage.terms(mechanism).await;
                let done = terms.last_update;
                assert_eq!(u64::from(terms.earliest_block), done + 9);
                while stage.head().await.number.get() + 1 < terms.earliest_block.get() {
                    let end = stage.make(&call).await;
                    let soon = "WeightsTooFast";
                    assert!(end.name().ends_with(soon), "{layout}: {end:?}");
                    if matches!(end, End::InPool(_)) {
                        stage.block().await;
                    }
                }
                assert_eq!(stage.make(&call).await, End::Well, "{layout}");
                let head = stage.head().await;
                assert_eq!(head.number, terms.earliest_block);
                let after = stage.terms(mechanism).await;
                assert_eq!(after.last_update, u64::from(head.number));
            }
        }
    }
}

#[tokio::test]
async fn commits_that_wait_are_counted_by_the_epoch_of_the_next_block() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(true).await;
        for made in 0..3 {
            assert_eq!(stage.terms(second()).await.own_commits, made);
            let end = stage.make(&commit(second(), u64::MAX)).await;
            assert_eq!(end, End::Well);
        }
        assert_eq!(stage.terms(MAIN).await.own_commits, 0);
        let others = stage.terms_of(second(), &key("Bob")).await;
        assert_eq!(others.own_commits, 0);
        // The next block's commits go to the next epoch.
        stage.trigger_epoch().await;
        assert_eq!(stage.terms(second()).await.own_commits, 0);
        let end = stage.make(&commit(second(), u64::MAX)).await;
        assert_eq!(end, End::Well);
        assert_eq!(stage.terms(second()).await.own_commits, 1);
    }
}

#[tokio::test]
async fn sealed_weights_are_revealed_after_their_round_by_what_the_terms_say() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(true).await;
        for mechanism in [MAIN, second()] {
            let terms = stage.terms(mechanism).await;
            let (beacon, round) = (terms.beacon.unwrap(), terms.last_round + 5);
            let weights = timelock::WeightsPayload::new(
                &alice(),
                &[Uid::new(2), Uid::new(3)],
                &[7, 14],
                terms.version_key,
            );
            let call = Call::CommitTimelocked {
                netuid: NETUID,
                mechanism,
                commit: beacon.seal_weights(&weights, round).unwrap(),
                reveal_round: round,
                version: terms.commit_reveal_version,
            };
            assert_eq!(stage.make(&call).await, End::Well);
            stage.trigger_epoch().await;
            let block = stage.block().await;
            assert_eq!(stage.chain.reveals(block).await.unwrap(), []);
            stage.devnet.add_pulse(round).unwrap();
            let block = stage.block().await;
            assert_eq!(stage.chain.reveals(block).await.unwrap(), []);
            let block = stage.block().await;
            let revealed = WeightsReveal {
                netuid: NETUID,
                mechanism,
                hotkey: alice(),
            };
            assert_eq!(stage.chain.reveals(block).await.unwrap(), [revealed]);
            let rows = stage.chain.weights(NETUID, mechanism, block).await.unwrap();
            let row = rows.iter().find(|(validator, _)| *validator == Uid::new(4));
            let row = &row.unwrap().1;
            assert_eq!(row, &[(Uid::new(2), 32_768), (Uid::new(3), 65_535)]);
        }
    }
}

#[tokio::test]
async fn terms_cost_two_requests_and_three_where_weights_are_committed() {
    let world = World::Full {
        subnets: 1,
        seed: 1,
    };
    let hotkey = alice();
    let builder = pylon_devnet::Devnet::builder().world(world);
    let devnet = builder.start().await.unwrap();
    let chain = crate::devnet::connect(&devnet).await;
    for (on, requests) in [(false, 2), (true, 3)] {
        let key = of_subnet("CommitRevealWeightsEnabled");
        let change = (key.as_bytes().to_vec(), Some(vec![u8::from(on)]));
        devnet.set_storage(vec![change]).await.unwrap();
        let head = chain.latest().await.unwrap();
        chain.runtime_at(head.hash).await.unwrap();
        let before = chain.stats().requests();
        let terms = chain.weights_terms(head, NETUID, MAIN, &hotkey);
        assert_eq!(terms.await.unwrap().unwrap().uids.len(), 256);
        assert_eq!(chain.stats().requests() - before, requests);
    }
}
