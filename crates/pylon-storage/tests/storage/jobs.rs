use std::collections::HashSet;

use pylon_models::{BlockNumber, CommitMode, JobError, JobKind, JobState, Timestamp};
use pylon_storage::{
    Accepted, AdvanceError, CancelError, Cursor, IdempotencyKey, Job, JobFilter, NewJob, Plan,
    Requeued, Storage,
};

use crate::database::{Database, alice, attempt, block, weights};

async fn accept(storage: &Storage, job: NewJob) -> Job {
    storage.accept(job, None).await.unwrap().unwrap().into_job()
}

async fn state(storage: &Storage, job: &Job) -> JobState {
    storage
        .job(job.id().clone())
        .await
        .unwrap()
        .unwrap()
        .state()
}

#[tokio::test]
async fn a_job_outlives_the_process_that_accepted_it_with_all_that_was_known() {
    for database in Database::all() {
        let storage = database.open().await;
        let job = accept(&storage, weights(1, r#"{"weights":{}}"#)).await;
        let plan = Plan {
            mode: Some(CommitMode::Timelocked),
            epoch: Some(11),
            earliest_block: Some(BlockNumber::new(121)),
            reveal_round: Some(u64::from(u32::MAX) + 7),
            reveal_expected_block: Some(BlockNumber::new(140)),
            dropped: Vec::new(),
            sent: Some("{}".to_owned()),
        };
        storage.plan(job.id().clone(), plan).await.unwrap();
        let job = storage.attempt(job.id().clone(), attempt(7)).await.unwrap();
        storage.close().await;
        drop(storage);

        let storage = database.open().await;
        let kept = storage.job(job.id().clone()).await.unwrap().unwrap();
        assert_eq!(kept, job);
        assert_eq!(kept.receipt.reveal.unwrap().round, Some(4_294_967_302));
        assert_eq!(kept.receipt.attempts[0].nonce, 7);
        assert_eq!(storage.open_jobs(alice()).await.unwrap(), [kept]);
        let signed = storage
            .signatures_since(Timestamp::from_unix_millis(0).unwrap(), 10)
            .await
            .unwrap();
        assert_eq!(signed.len(), 1);
        assert_eq!(signed[0].job.as_ref(), Some(job.id()));
    }
}

#[tokio::test]
async fn the_newest_vector_takes_the_place_of_one_that_waits_but_of_none_that_was_sent() {
    for database in Database::all() {
        let storage = database.open().await;
        let first = accept(&storage, weights(1, "1")).await;
        let other_subnet = accept(&storage, weights(2, "other")).await;
        let second = accept(&storage, weights(1, "2")).await;
        assert_eq!(second.receipt.supersedes.as_ref(), Some(first.id()));
        let first = storage.job(first.id().clone()).await.unwrap().unwrap();
        assert_eq!(first.state(), JobState::Superseded);
        assert_eq!(first.receipt.superseded_by.as_ref(), Some(second.id()));

        storage
            .attempt(second.id().clone(), attempt(0))
            .await
            .unwrap();
        let third = accept(&storage, weights(1, "3")).await;
        assert_eq!(third.receipt.supersedes, None);
        assert_eq!(state(&storage, &second).await, JobState::Submitted);
        assert_eq!(state(&storage, &other_subnet).await, JobState::Queued);

        // What was sent and got lost gives way to the one that waits.
        let became = storage
            .requeue(second.id().clone(), 1, None, None)
            .await
            .unwrap();
        assert_eq!(became, Requeued::SupersededBy(third.id().clone()));
        let second = storage.job(second.id().clone()).await.unwrap().unwrap();
        assert_eq!(second.state(), JobState::Superseded);
        assert_eq!(second.receipt.superseded_by.as_ref(), Some(third.id()));
    }
}

#[tokio::test]
async fn a_job_that_is_lost_after_a_newer_one_was_sent_gives_way_to_it_and_never_the_other_way_round()
 {
    for database in Database::all() {
        let storage = database.open().await;
        let send = async |netuid, n| {
            let id = accept(&storage, weights(netuid, "1")).await.id().clone();
            storage.attempt(id, attempt(n)).await.unwrap()
        };
        let lose = async |job: &Job| {
            let became = storage.requeue(job.id().clone(), 1, None, None).await;
            became.unwrap()
        };
        let by = |job: &Job| Requeued::SupersededBy(job.id().clone());
        let older = [send(1, 0).await, send(2, 1).await, send(3, 2).await];
        let newer = [send(1, 3).await, send(2, 4).await, send(3, 5).await];
        assert_eq!(lose(&older[0]).await, by(&newer[0]));
        assert_eq!(lose(&newer[0]).await, Requeued::Queued);

        let id = newer[1].id().clone();
        storage.included(id.clone(), 1, block(122)).await.unwrap();
        let last = BlockNumber::new(122);
        storage.finalized(id, 1, last, None).await.unwrap();
        assert_eq!(lose(&older[1]).await, by(&newer[1]));
        let kept = storage.job(older[1].id().clone()).await.unwrap().unwrap();
        assert_eq!(kept.state(), JobState::Superseded);
        assert_eq!(kept.receipt.superseded_by.as_ref(), Some(newer[1].id()));

        // One that failed sets nothing.
        let failed = storage.end(newer[2].id().clone(), JobState::Failed, None);
        failed.await.unwrap();
        assert_eq!(lose(&older[2]).await, Requeued::Queued);
    }
}

#[tokio::test]
async fn an_older_job_that_waits_gives_way_to_a_newer_one_that_is_lost() {
    for database in Database::all() {
        let storage = database.open().await;
        let [older, newer] = [0, 1].map(|_| weights(1, "1"));
        let older = accept(&storage, older).await;
        let id = older.id().clone();
        storage.attempt(id.clone(), attempt(0)).await.unwrap();
        let newer = accept(&storage, newer).await.id().clone();
        storage.attempt(newer.clone(), attempt(1)).await.unwrap();
        database.run(&format!(
            "UPDATE jobs SET state = 'queued' WHERE id = '{id}'"
        ));
        let became = storage.requeue(newer.clone(), 1, None, None).await;
        assert_eq!(became.unwrap(), Requeued::Queued);
        let older = storage.job(id).await.unwrap().unwrap();
        assert_eq!(older.receipt.superseded_by, Some(newer));
    }
}

#[tokio::test]
async fn a_job_is_newer_than_those_that_a_process_whose_clock_is_ahead_accepted() {
    for database in Database::all() {
        let storage = database.open().await;
        accept(&storage, weights(1, "1")).await;
        database.run("UPDATE jobs SET id = '02JDB3Z6W8K7Q2M5N9P4R0S1TV'");
        let id = "02JDB3Z6W8K7Q2M5N9P4R0S1TV".parse().unwrap();
        let ahead = storage.attempt(id, attempt(0)).await.unwrap();
        let newer = accept(&storage, weights(1, "2")).await;
        let became = storage.requeue(ahead.id().clone(), 1, None, None).await;
        let by = Requeued::SupersededBy(newer.id().clone());
        assert_eq!(became.unwrap(), by);
    }
}

#[tokio::test]
async fn a_commit_goes_from_queued_to_revealed_and_nowhere_else() {
    for database in Database::all() {
        let storage = database.open().await;
        let id = accept(&storage, weights(1, "1")).await.id().clone();
        let plan = Plan {
            mode: Some(CommitMode::Timelocked),
            ..Plan::default()
        };
        storage.plan(id.clone(), plan).await.unwrap();
        let refused = storage
            .finalized(id.clone(), 1, BlockNumber::new(3), None)
            .await;
        assert!(matches!(
            refused,
            Err(AdvanceError::Edge {
                from: JobState::Queued,
                to: JobState::Finalized
            })
        ));
        storage.attempt(id.clone(), attempt(0)).await.unwrap();
        assert!(matches!(
            storage.included(id.clone(), 2, block(122)).await,
            Err(AdvanceError::NoAttempt { n: 2, .. })
        ));
        let job = storage.job(id.clone()).await.unwrap().unwrap();
        assert_eq!(
            job.state(),
            JobState::Submitted,
            "a refused step changes nothing"
        );

        storage.included(id.clone(), 1, block(122)).await.unwrap();
        let job = storage.reorganised(id.clone(), 1).await.unwrap();
        assert_eq!(job.state(), JobState::Submitted);
        assert_eq!(job.receipt.attempts[0].included_block, None);
        storage.included(id.clone(), 1, block(123)).await.unwrap();
        let job = storage
            .finalized(id.clone(), 1, BlockNumber::new(123), None)
            .await
            .unwrap();
        assert!(!job.is_over(), "a commit is not over before its reveal");
        assert!(matches!(
            storage.cancel(id.clone()).await,
            Err(CancelError::Late(JobState::Finalized))
        ));
        let job = storage
            .revealed(id.clone(), BlockNumber::new(140))
            .await
            .unwrap();
        assert!(job.is_over());
        assert_eq!(
            job.receipt.reveal.unwrap().block,
            Some(BlockNumber::new(140))
        );
        assert_eq!(storage.open_jobs(alice()).await.unwrap(), []);
        for to in [JobState::Failed, JobState::Cancelled, JobState::Queued] {
            assert!(matches!(
                storage.end(id.clone(), to, None).await,
                Err(AdvanceError::Edge {
                    from: JobState::Revealed,
                    ..
                })
            ));
        }
    }
}

#[tokio::test]
async fn weights_in_the_open_are_over_when_they_are_final() {
    for database in Database::all() {
        let storage = database.open().await;
        let id = accept(&storage, weights(1, "1")).await.id().clone();
        storage.attempt(id.clone(), attempt(0)).await.unwrap();
        storage.included(id.clone(), 1, block(122)).await.unwrap();
        storage
            .finalized(id.clone(), 1, BlockNumber::new(122), None)
            .await
            .unwrap();
        assert_eq!(storage.open_jobs(alice()).await.unwrap(), []);
        let over = storage.attempt(id.clone(), attempt(1)).await;
        assert!(matches!(over, Err(AdvanceError::Edge { .. })));
    }
}

/// A commit that is final and waits for its reveal.
async fn commit(storage: &Storage, netuid: u16) -> Job {
    let id = accept(storage, weights(netuid, "1")).await.id().clone();
    let plan = Plan {
        mode: Some(CommitMode::Timelocked),
        ..Plan::default()
    };
    storage.plan(id.clone(), plan).await.unwrap();
    storage.attempt(id.clone(), attempt(0)).await.unwrap();
    storage.included(id.clone(), 1, block(122)).await.unwrap();
    let seen = BlockNumber::new(122);
    storage.finalized(id, 1, seen, None).await.unwrap()
}

#[tokio::test]
async fn a_commit_is_made_again_once_by_a_job_of_its_own_unless_there_are_newer_weights() {
    for database in Database::all() {
        let storage = database.open().await;
        let now = BlockNumber::new(130);
        let old = commit(&storage, 1).await.id().clone();
        let again = storage.commit_again(old.clone(), now).await.unwrap();
        let new = again.unwrap();
        assert_eq!(new.state(), JobState::Queued);
        assert_eq!(
            (new.receipt.supersedes.as_ref(), new.receipt.block_accepted),
            (Some(&old), Some(now))
        );
        let before = storage.job(old.clone()).await.unwrap().unwrap();
        assert_eq!((&before.request, before.hotkey), (&new.request, new.hotkey));
        assert_eq!(before.state(), JobState::Finalized, "the chain ends it");
        assert_eq!(before.receipt.superseded_by.as_ref(), Some(new.id()));
        assert_eq!(storage.commit_again(old, now).await.unwrap(), None);

        let given_up = commit(&storage, 2).await.id().clone();
        let newer = accept(&storage, weights(2, "2")).await.id().clone();
        storage.cancel(newer).await.unwrap();
        let again = storage.commit_again(given_up, now).await.unwrap();
        assert_eq!(again, None, "its owner has asked for something else since");
        let waiting = accept(&storage, weights(3, "1")).await.id().clone();
        assert!(matches!(
            storage.commit_again(waiting, now).await,
            Err(AdvanceError::Edge { .. })
        ));
    }
}

#[tokio::test]
async fn a_job_that_came_too_soon_waits_again_and_says_until_when() {
    for database in Database::all() {
        let storage = database.open().await;
        let id = accept(&storage, weights(1, "1")).await.id().clone();
        storage.attempt(id.clone(), attempt(0)).await.unwrap();
        let too_soon = storage
            .requeue(
                id.clone(),
                1,
                Some("SettingWeightsTooFast".to_owned()),
                Some(BlockNumber::new(220)),
            )
            .await
            .unwrap();
        assert_eq!(too_soon, Requeued::Queued);
        let job = storage.job(id.clone()).await.unwrap().unwrap();
        assert_eq!(job.receipt.earliest_block, Some(BlockNumber::new(220)));
        let told = &job.receipt.attempts[0];
        assert_eq!(told.error.as_deref(), Some("SettingWeightsTooFast"));
        assert_eq!(told.next_allowed_block, Some(BlockNumber::new(220)));

        let job = storage.attempt(id.clone(), attempt(1)).await.unwrap();
        assert_eq!(job.receipt.attempts.len(), 2);
        let error = JobError {
            name: "NeuronNoValidatorPermit".to_owned(),
            message: "no permit".to_owned(),
        };
        let job = storage
            .end(id.clone(), JobState::Failed, Some(error.clone()))
            .await
            .unwrap();
        assert_eq!(
            (job.state(), job.receipt.error),
            (JobState::Failed, Some(error))
        );
    }
}

#[tokio::test]
async fn only_a_job_that_nothing_was_sent_for_is_taken_back() {
    for database in Database::all() {
        let storage = database.open().await;
        let waiting = accept(&storage, weights(1, "1")).await;
        let cancelled = storage.cancel(waiting.id().clone()).await.unwrap();
        assert_eq!(cancelled.state(), JobState::Cancelled);
        let sent = accept(&storage, weights(1, "2")).await;
        storage
            .attempt(sent.id().clone(), attempt(0))
            .await
            .unwrap();
        assert!(matches!(
            storage.cancel(sent.id().clone()).await,
            Err(CancelError::Late(JobState::Submitted))
        ));
        let unknown = "01JDB3Z6W8K7Q2M5N9P4R0S1TV".parse().unwrap();
        assert!(matches!(
            storage.cancel(unknown).await,
            Err(CancelError::Advance(AdvanceError::Missing(_)))
        ));
    }
}

#[tokio::test]
async fn the_same_key_answers_the_first_job_and_refuses_another_request() {
    for database in Database::all() {
        let storage = database.open().await;
        let key = |digest: &str| {
            Some(IdempotencyKey {
                key: "epoch-11".to_owned(),
                digest: digest.to_owned(),
            })
        };
        let first = storage
            .accept(weights(1, "1"), key("a"))
            .await
            .unwrap()
            .unwrap();
        let Accepted::New(first) = first else {
            panic!("{first:?}")
        };
        let again = storage
            .accept(weights(1, "1"), key("a"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(again, Accepted::Before(first.clone()));
        assert!(
            storage
                .accept(weights(1, "2"), key("b"))
                .await
                .unwrap()
                .is_err()
        );
        assert_eq!(state(&storage, &first).await, JobState::Queued);

        let mut of_another = weights(1, "2");
        of_another.identity = "other".parse().unwrap();
        let other = storage.accept(of_another, key("b")).await.unwrap().unwrap();
        assert!(
            matches!(other, Accepted::New(_)),
            "keys are each identity's own"
        );
    }
}

#[tokio::test]
async fn of_two_hundred_jobs_accepted_at_once_all_are_kept_and_one_waits() {
    for database in Database::all() {
        let storage = database.open().await;
        let accepting: Vec<_> = (0..200)
            .map(|n| {
                let storage = storage.clone();
                tokio::spawn(async move { accept(&storage, weights(1, &n.to_string())).await })
            })
            .collect();
        let mut ids = HashSet::new();
        for job in accepting {
            ids.insert(job.await.unwrap().id().clone());
        }
        assert_eq!(ids.len(), 200);
        let counts = storage.jobs_by_state().await.unwrap();
        let of = |state| counts.iter().find(|(s, _)| *s == state).unwrap().1;
        assert_eq!((of(JobState::Queued), of(JobState::Superseded)), (1, 199));

        let filter = |before| JobFilter {
            identity: "dev".parse().unwrap(),
            netuid: 1.into(),
            kind: Some(JobKind::Weights),
            state: None,
            before,
            limit: 64,
        };
        let mut listed = Vec::new();
        loop {
            let before = listed.last().map(|job: &Job| job.id().clone());
            let page = storage.jobs(filter(before)).await.unwrap();
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed.len(), 200);
        assert_eq!(listed[0].state(), JobState::Queued, "newest first");
        for pair in listed.windows(2) {
            assert_eq!(pair[0].receipt.supersedes.as_ref(), Some(pair[1].id()));
        }
    }
}

#[tokio::test]
async fn a_follower_goes_on_where_it_stopped() {
    for database in Database::all() {
        let storage = database.open().await;
        assert_eq!(storage.cursor("reveals").await.unwrap(), None);
        for number in [7, 8] {
            let cursor = Cursor {
                name: "reveals".to_owned(),
                block: block(number),
            };
            storage.move_cursor(cursor.clone()).await.unwrap();
            assert_eq!(storage.cursor("reveals").await.unwrap(), Some(cursor));
        }
    }
}

#[tokio::test]
async fn a_job_that_ends_badly_is_untold_until_somebody_was_told_and_only_where_somebody_is() {
    for database in Database::all() {
        let storage = database.open().await;
        let end = async |netuid, state| {
            let id = accept(&storage, weights(netuid, "1")).await.id().clone();
            storage.end(id.clone(), state, None).await.unwrap();
            id
        };
        end(1, JobState::Failed).await;
        storage.keep_untold();
        let failed = end(1, JobState::Failed).await;
        end(2, JobState::Cancelled).await;
        let expired = end(3, JobState::Expired).await;
        let refused = accept(&storage, weights(4, "1")).await.id().clone();
        storage.attempt(refused.clone(), attempt(0)).await.unwrap();
        let error = JobError {
            name: "BadOrigin".to_owned(),
            message: "no".to_owned(),
        };
        storage.refuse(refused.clone(), 1, error).await.unwrap();
        storage.close().await;
        drop(storage);

        let storage = database.open().await;
        let untold = async |limit| {
            let jobs = storage.untold(limit).await.unwrap();
            let ids = jobs.iter().map(|job| job.id().clone());
            ids.collect::<HashSet<_>>()
        };
        let all = HashSet::from([failed.clone(), expired.clone(), refused.clone()]);
        assert_eq!(untold(10).await, all);
        assert_eq!(untold(2).await.len(), 2);
        storage.told(failed).await.unwrap();
        storage.told(expired).await.unwrap();
        assert_eq!(untold(10).await, HashSet::from([refused]));
    }
}

#[tokio::test]
async fn an_extrinsic_is_kept_byte_for_byte_and_one_that_is_damaged_is_not_read() {
    for database in Database::all() {
        let storage = database.open().await;
        let id = accept(&storage, weights(1, "1")).await.id().clone();
        storage.attempt(id.clone(), attempt(0)).await.unwrap();
        let kept = storage.job(id.clone()).await.unwrap().unwrap();
        assert_eq!(kept.attempts[0].bytes, attempt(0).bytes);
        for (damaged, why) in [
            ("0x8400f", "Odd number of digits"),
            ("0x84zz", "Invalid character 'z' at position 2"),
            ("8400ff", "the bytes are no 0x hex"),
            ("0x", "there are no bytes"),
        ] {
            database.run(&format!("UPDATE attempts SET bytes = '{damaged}'"));
            let told = format!("a row of attempts cannot be read: {why}");
            let one = storage.job(id.clone()).await.unwrap_err();
            let all = storage.open_jobs(alice()).await.unwrap_err();
            assert_eq!((one.to_string(), all.to_string()), (told.clone(), told));
        }
    }
}
