use pylon_chain::{Again, Call, Outcome, RpcError, SubmitError, WeightsReveal, timelock};
use pylon_devnet::{Fault, Layout};
use pylon_models::{ExtrinsicHash, MechId, Uid};

use crate::stage::{End, LAYOUTS, NETUID, Stage, alice, commit, commit_hash, key, second, set};

const MAIN: MechId = MechId::MAIN;

#[tokio::test]
async fn weights_in_the_open_are_signed_submitted_and_found() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(false).await;
        for mechanism in [MAIN, second()] {
            assert_eq!(stage.make(&set(mechanism)).await, End::Well);
            let head = stage.head().await;
            let rows = stage.chain.weights(NETUID, mechanism, head).await.unwrap();
            let row = rows.iter().find(|(validator, _)| *validator == Uid::new(4));
            let row = &row.unwrap().1;
            assert_eq!(row, &[(Uid::new(2), 32_768), (Uid::new(3), 65_535)]);
        }
    }
}

#[tokio::test]
async fn a_hash_is_committed_and_what_it_hides_is_revealed() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(true).await;
        for (mechanism, index) in [(MAIN, 1), (second(), 4097)] {
            let (uids, values, salt) = (vec![Uid::new(2)], vec![9], vec![1, 2, 3]);
            let hash = timelock::commit_hash(&alice(), index, &uids, &values, &salt, 0);
            let reveal = Call::RevealHash {
                netuid: NETUID,
                mechanism,
                uids,
                values,
                salt,
                version_key: 0,
            };
            let none = End::InPool("NoWeightsCommitFound".into());
            assert_eq!(stage.make(&reveal).await, none);
            assert_eq!(stage.make(&commit_hash(mechanism, hash)).await, End::Well);
            let early = End::InPool("RevealTooEarly".into());
            assert_eq!(stage.make(&reveal).await, early);
            stage.trigger_epoch().await;
            stage.block().await;
            assert_eq!(stage.make(&reveal).await, End::Well);
            let head = stage.head().await;
            let revealed = WeightsReveal {
                netuid: NETUID,
                mechanism,
                hotkey: alice(),
            };
            assert_eq!(stage.chain.reveals(head).await.unwrap(), [revealed]);
        }
    }
}

#[tokio::test]
async fn an_extrinsic_is_found_in_its_block_alone() {
    let stage = Stage::start(Layout::Jun2026).await;
    stage.commit_reveal(false).await;
    let good = stage.sign(&set(MAIN), &key("Alice")).await;
    let bad = stage.sign(&set(MAIN), &key("Charlie")).await;
    let stranger = ExtrinsicHash::from_bytes([7; 32]);
    stage
        .put(crate::stage::subtensor("StakeThreshold"), 0u64)
        .await;
    let before = stage.head().await;
    stage.submit(&good).await.unwrap();
    stage.submit(&bad).await.unwrap();
    let block = stage.block().await;
    let hashes = [bad.hash, stranger, good.hash];
    let outcomes = stage.chain.outcomes(block, &hashes).await.unwrap();
    let error = "HotKeyNotRegisteredInSubNet".to_owned();
    assert_eq!(
        outcomes,
        [
            Some(Outcome::Failed { error }),
            None,
            Some(Outcome::Succeeded)
        ]
    );
    let asked = stage.chain.stats();
    let outcomes = stage.chain.outcomes(before, &hashes).await.unwrap();
    assert_eq!(outcomes, [None, None, None]);
    // Nothing is there, so no events are looked at.
    assert_eq!(stage.chain.stats().requests() - asked.requests(), 1);
    assert_eq!(good.valid_until.get(), before.number.get() + 63);
    assert_eq!((good.nonce, good.call), (0, "set_weights"));
}

#[tokio::test]
async fn signing_asks_nothing_of_a_block_whose_runtime_is_known() {
    let stage = Stage::start(Layout::Jun2026).await;
    let head = stage.head().await;
    let key = key("Alice");
    stage.chain.sign(&set(MAIN), &key, 0, head).await.unwrap();
    let before = stage.chain.stats().requests();
    for nonce in 0..3 {
        stage
            .chain
            .sign(&commit(MAIN, 5), &key, nonce, head)
            .await
            .unwrap();
    }
    assert_eq!(stage.chain.stats().requests(), before);
}

#[tokio::test]
async fn the_same_bytes_may_be_submitted_again_until_a_block_holds_them() {
    let stage = Stage::start(Layout::Jun2026).await;
    stage.commit_reveal(false).await;
    let signed = stage.sign(&set(MAIN), &key("Alice")).await;
    stage.submit(&signed).await.unwrap();
    stage.submit(&signed).await.unwrap();
    let other = stage
        .chain
        .sign(&set(second()), &key("Alice"), 0, stage.head().await)
        .await
        .unwrap();
    assert_eq!(
        refused(stage.submit(&other).await),
        ("TooLowPriority".to_owned(), Again::NextBlock)
    );
    stage.block().await;
    assert_eq!(
        refused(stage.submit(&signed).await),
        ("TemporarilyBanned".to_owned(), Again::Unknown)
    );
    assert_eq!(
        refused(stage.submit(&other).await),
        ("Stale".to_owned(), Again::NewNonce)
    );
    let head = stage.head().await;
    assert_eq!(stage.chain.nonce(&alice(), head).await.unwrap(), 1);
}

#[tokio::test]
async fn an_extrinsic_passes_in_the_last_block_of_its_era_and_in_none_after_it() {
    for layout in LAYOUTS {
        let stage = Stage::start(layout).await;
        stage.commit_reveal(false).await;
        let last = stage.sign(&set(MAIN), &key("Alice")).await;
        // Two, because a pool bans what it has refused.
        let late = [
            stage.sign(&set(MAIN), &key("Bob")).await,
            stage.sign(&set(second()), &key("Bob")).await,
        ];
        let mut late = late.into_iter();
        let to_go = last.valid_until.get() - stage.devnet.best().0 - 1;
        stage.devnet.new_blocks(to_go).await.unwrap();
        stage.submit(&last).await.unwrap();
        let block = stage.block().await;
        assert_eq!(block.number, last.valid_until);
        let outcomes = stage.chain.outcomes(block, &[last.hash]).await.unwrap();
        assert_eq!(outcomes, [Some(Outcome::Succeeded)]);
        // The era that its period would name next starts with a block that does not exist yet, then does.
        for name in ["AncientBirthBlock", "BadProof"] {
            let late = late.next().unwrap();
            assert_eq!(
                refused(stage.submit(&late).await),
                (name.to_owned(), Again::NextBlock)
            );
            stage.block().await;
        }
    }
}

#[tokio::test]
async fn across_an_upgrade_each_block_is_read_with_the_runtime_that_made_it() {
    let stage = Stage::start(Layout::Jun2026).await;
    stage.commit_reveal(true).await;
    let call = commit(MAIN, u64::MAX);
    let outdated = stage.sign(&call, &key("Bob")).await;
    // No more than ten wait; the eleventh has another index in each runtime.
    for _ in 0..10 {
        assert_eq!(stage.make(&call).await, End::Well);
    }
    let many = "TooManyUnrevealedCommits".to_owned();
    assert_eq!(stage.make(&call).await, End::InBlock(many.clone()));
    let june = stage.sign(&call, &key("Alice")).await;
    stage.submit(&june).await.unwrap();
    stage.devnet.upgrade(Layout::Oct2026).await.unwrap();
    let last = stage.head().await;
    let failed = Some(Outcome::Failed {
        error: many.clone(),
    });
    let outcomes = stage.chain.outcomes(last, &[june.hash]).await.unwrap();
    assert_eq!(outcomes, [failed], "in the block that brings the upgrade");
    assert_eq!(
        refused(stage.submit(&outdated).await),
        ("BadProof".to_owned(), Again::NextBlock)
    );
    assert_eq!(stage.make(&call).await, End::InBlock(many));
}

#[tokio::test]
async fn what_gets_lost_on_the_way_can_be_submitted_again() {
    let stage = Stage::start(Layout::Jun2026).await;
    stage.commit_reveal(false).await;
    let faults = stage.devnet.faults();
    // Forgotten by the pool; then taken, and the answer lost; then sent twice by a proxy.
    let signed = stage.sign(&set(MAIN), &key("Alice")).await;
    faults.start(Fault::LostExtrinsic.times(1)).await.unwrap();
    stage.submit(&signed).await.unwrap();
    let block = stage.block().await;
    let outcomes = stage.chain.outcomes(block, &[signed.hash]).await.unwrap();
    assert_eq!(outcomes, [None]);
    faults
        .start(Fault::DroppedSubmission.times(1))
        .await
        .unwrap();
    let unanswered = stage.submit(&signed).await.unwrap_err();
    assert!(matches!(unanswered, SubmitError::Rpc(_)), "{unanswered}");
    stage.submit(&signed).await.unwrap();
    let twice = stage.sign(&set(second()), &key("Bob")).await;
    faults
        .start(Fault::DuplicateExtrinsic.times(1))
        .await
        .unwrap();
    stage.submit(&twice).await.unwrap();
    let block = stage.block().await;
    let hashes = [signed.hash, twice.hash];
    let outcomes = stage.chain.outcomes(block, &hashes).await.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == Some(Outcome::Succeeded)),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn a_node_that_limits_its_callers_refuses_no_extrinsic() {
    let stage = Stage::start(Layout::Jun2026).await;
    let signed = stage.sign(&set(MAIN), &key("Alice")).await;
    let limit = Fault::RateLimit { per_second: 0 };
    stage.devnet.faults().start(limit).await.unwrap();
    let error = stage.submit(&signed).await.unwrap_err();
    assert!(
        matches!(error, SubmitError::Rpc(RpcError::RateLimited)),
        "{error}"
    );
}

fn refused(answer: Result<(), SubmitError>) -> (String, Again) {
    match answer.unwrap_err() {
        SubmitError::Refused(refusal) => (refusal.name.clone(), refusal.again()),
        other @ SubmitError::Rpc(_) => panic!("{other}"),
        other => panic!("{other}"),
    }
}
