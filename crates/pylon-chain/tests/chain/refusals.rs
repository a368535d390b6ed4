//! What chain and pool refuse, by name, and what can come of it once more.

use pylon_chain::{Again, Call, KeyPair, dispatch_again};
use pylon_devnet::Layout;
use pylon_models::{MechId, NetUid, Uid};

use crate::stage::{
    End, LAYOUTS, NETUID, Stage, alice, commit, commit_hash, key, of_subnet, second, set, subtensor,
};

const MAIN: MechId = MechId::MAIN;
/// Far in the future: a pool that looks at the round takes it.
const LATE: u64 = u64::MAX;

/// Where June's runtime tells of it, and where October's.
#[derive(Clone, Copy)]
enum Told {
    InPool,
    InBlock,
    /// June in a block, October in the pool.
    Moved,
}

impl Stage {
    async fn refuses(&self, key: &KeyPair, call: &Call, told: Told, name: &str, again: Again) {
        let in_pool = match told {
            Told::InPool => true,
            Told::InBlock => false,
            Told::Moved => self.layout == Layout::Oct2026,
        };
        let expected = if in_pool {
            End::InPool(name.to_owned())
        } else {
            End::InBlock(name.to_owned())
        };
        assert_eq!(self.make_as(call, key).await, expected, "{}", self.layout);
        assert_eq!(dispatch_again(name), again, "{name}");
    }

    async fn refuses_alice(&self, call: &Call, told: Told, name: &str, again: Again) {
        self.refuses(&key("Alice"), call, told, name, again).await;
    }
}

#[tokio::test]
async fn who_may_not_set_weights_is_told_so_for_good() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(false).await;
        let (charlie, call) = (key("Charlie"), set(MAIN));
        let poor = "NotEnoughStakeToSetWeights";
        stage
            .refuses(&charlie, &call, Told::InPool, poor, Again::Never)
            .await;
        stage.put(subtensor("StakeThreshold"), 0u64).await;
        let stranger = "HotKeyNotRegisteredInSubNet";
        stage
            .refuses(&charlie, &call, Told::Moved, stranger, Again::Never)
            .await;
        stage
            .put(of_subnet("ValidatorPermit"), vec![false; 8])
            .await;
        let name = "NeuronNoValidatorPermit";
        stage
            .refuses_alice(&call, Told::InBlock, name, Again::Never)
            .await;
        // The owner needs none.
        assert_eq!(stage.make_as(&call, &key("Bob")).await, End::Well);
    }
}

#[tokio::test]
async fn weights_that_cannot_be_are_told_so() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(false).await;
        stage.put(of_subnet("WeightsVersionKey"), 5u64).await;
        let old = "IncorrectWeightVersionKey";
        stage
            .refuses_alice(&set(MAIN), Told::InBlock, old, Again::Replan)
            .await;
        stage.put(of_subnet("WeightsVersionKey"), 0u64).await;
        let third = MechId::try_from(2).unwrap();
        // The pool finds no rate where there is no mechanism, and tells it so: the terms know better.
        let name = "SettingWeightsTooFast";
        stage
            .refuses_alice(&set(third), Told::InPool, name, Again::Later)
            .await;
        let of = |netuid, uids: &[u16]| Call::SetWeights {
            netuid: NetUid::new(netuid),
            mechanism: MAIN,
            uids: uids.iter().copied().map(Uid::new).collect(),
            values: vec![1; uids.len()],
            version_key: 0,
        };
        for (call, name, again) in [
            (of(1, &[2, 2]), "DuplicateUids", Again::Never),
            (of(1, &[2, 99]), "UidVecContainInvalidOne", Again::Replan),
            (
                of(1, &[9; 9]),
                "UidsLengthExceedUidsInSubNet",
                Again::Replan,
            ),
            (of(1, &[]), "WeightVecLengthIsLow", Again::Never),
        ] {
            stage.refuses_alice(&call, Told::InBlock, name, again).await;
        }
        let uneven = Call::SetWeights {
            netuid: NETUID,
            mechanism: MAIN,
            uids: vec![Uid::new(2)],
            values: vec![1, 2],
            version_key: 0,
        };
        let name = "WeightVecNotEqualSize";
        stage
            .refuses_alice(&uneven, Told::InBlock, name, Again::Never)
            .await;
    }
}

#[tokio::test]
async fn what_comes_too_soon_is_told_to_come_later() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.rate(100, [1; 8]).await;
        stage.commit_reveal(false).await;
        for mechanism in [MAIN, second()] {
            let name = "SettingWeightsTooFast";
            stage
                .refuses_alice(&set(mechanism), Told::InPool, name, Again::Later)
                .await;
        }
        stage.commit_reveal(true).await;
        let name = "CommittingWeightsTooFast";
        for mechanism in [MAIN, second()] {
            let hash = commit_hash(mechanism, [7; 32]);
            stage
                .refuses_alice(&hash, Told::InPool, name, Again::Later)
                .await;
            let sealed = commit(mechanism, LATE);
            stage
                .refuses_alice(&sealed, Told::Moved, name, Again::Later)
                .await;
        }
        stage.rate(0, [0; 8]).await;
        for _ in 0..10 {
            let sealed = commit(second(), LATE);
            assert_eq!(stage.make(&sealed).await, End::Well);
        }
        let name = "TooManyUnrevealedCommits";
        stage
            .refuses_alice(&commit(second(), LATE), Told::InBlock, name, Again::Later)
            .await;
        assert_eq!(stage.make(&commit(MAIN, LATE)).await, End::Well);
    }
}

#[tokio::test]
async fn what_was_made_for_other_terms_is_to_be_planned_anew() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(true).await;
        for mechanism in [MAIN, second()] {
            let name = "CommitRevealEnabled";
            stage
                .refuses_alice(&set(mechanism), Told::Moved, name, Again::Replan)
                .await;
        }
        let name = "InvalidRevealRound";
        stage
            .refuses_alice(&commit(MAIN, 1), Told::InPool, name, Again::Replan)
            .await;
        stage
            .put(subtensor("CommitRevealWeightsVersion"), 5u16)
            .await;
        let name = "IncorrectCommitRevealVersion";
        stage
            .refuses_alice(&commit(MAIN, LATE), Told::InBlock, name, Again::Replan)
            .await;
        stage.commit_reveal(false).await;
        let name = "CommitRevealDisabled";
        for call in [commit(MAIN, LATE), commit_hash(second(), [7; 32])] {
            stage
                .refuses_alice(&call, Told::InBlock, name, Again::Replan)
                .await;
        }
    }
}

#[tokio::test]
async fn a_nonce_ahead_waits_and_passes_once_the_gap_is_closed() {
    let stage = Stage::start(Layout::Jun2026).await;
    stage.commit_reveal(false).await;
    let (chain, head) = (&stage.chain, stage.head().await);
    let key = key("Alice");
    let ahead = chain.sign(&set(MAIN), &key, 1, head).await.unwrap();
    stage.submit(&ahead).await.unwrap();
    let block = stage.block().await;
    assert_eq!(chain.outcomes(block, &[ahead.hash]).await.unwrap(), [None]);
    assert_eq!(chain.nonce(&alice(), block).await.unwrap(), 0);
    let first = chain.sign(&set(second()), &key, 0, block).await.unwrap();
    stage.submit(&first).await.unwrap();
    let block = stage.block().await;
    let hashes = [first.hash, ahead.hash];
    let outcomes = chain.outcomes(block, &hashes).await.unwrap();
    assert!(outcomes.iter().all(Option::is_some), "{outcomes:?}");
    assert_eq!(chain.nonce(&alice(), block).await.unwrap(), 2);
}
