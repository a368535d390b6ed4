//! What is forgotten, and when.

use pylon_models::{JobState, Timestamp};
use pylon_storage::{Accepted, Horizon, IdempotencyKey, Job, NewJob, Storage};

use crate::database::{Database, attempt, weights};

async fn accept(storage: &Storage, job: NewJob) -> Job {
    storage.accept(job, None).await.unwrap().unwrap().into_job()
}

async fn find(storage: &Storage, job: &Job) -> Option<Job> {
    storage.job(job.id().clone()).await.unwrap()
}

/// A time that many milliseconds from now.
fn in_millis(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(Timestamp::now().unix_millis() + millis).unwrap()
}

const HOUR: i64 = 60 * 60 * 1_000;

#[tokio::test]
async fn what_is_over_is_forgotten_in_time_and_what_is_open_is_not() {
    for database in Database::all() {
        let storage = database.open().await;
        let open = accept(&storage, weights(2, "1")).await;
        let over = accept(&storage, weights(1, "1")).await;
        storage.cancel(over.id().clone()).await.unwrap();
        let long_ago = Timestamp::from_unix_millis(0).unwrap();
        let soon = in_millis(60_000);
        let forget = async |jobs, signatures| {
            let horizon = Horizon { jobs, signatures };
            storage.forget_before(horizon).await.unwrap()
        };
        assert_eq!(forget(long_ago, soon).await, 0);
        assert_eq!(forget(soon, long_ago).await, 1);
        assert_eq!(find(&storage, &over).await, None);
        let open = find(&storage, &open).await.unwrap();
        assert_eq!(open.state(), JobState::Queued);
    }
}

#[tokio::test]
async fn a_vector_that_was_never_sent_is_gone_with_its_successor_and_its_receipt_a_day_later() {
    for database in Database::all() {
        let storage = database.open().await;
        let key = IdempotencyKey {
            key: "epoch-11".to_owned(),
            digest: "a".to_owned(),
        };
        let accepted = storage
            .accept(weights(1, "vector"), Some(key.clone()))
            .await;
        let never_sent = accepted.unwrap().unwrap().into_job();
        let lost = accept(&storage, weights(1, "vector")).await;
        storage
            .attempt(lost.id().clone(), attempt(0))
            .await
            .unwrap();
        let newest = accept(&storage, weights(1, "vector")).await;
        let requeued = storage.requeue(lost.id().clone(), 1, None, None).await;
        requeued.unwrap();
        for superseded in [&never_sent, &lost] {
            let kept = find(&storage, superseded).await.unwrap();
            assert_eq!(
                (kept.state(), kept.request.as_str()),
                (JobState::Superseded, "")
            );
        }
        assert_eq!(find(&storage, &newest).await.unwrap().request, "vector");

        let forget = async || {
            let long_ago = Timestamp::from_unix_millis(0).unwrap();
            let horizon = Horizon {
                jobs: long_ago,
                signatures: long_ago,
            };
            storage.forget_before(horizon).await.unwrap()
        };
        let ended = async |hours: i64| {
            let then = in_millis(-hours * HOUR).unix_millis();
            database.run(&format!(
                "UPDATE jobs SET updated_at = {then}, created_at = {then}; \
                 UPDATE idempotency_keys SET created_at = {then}"
            ));
        };
        ended(23).await;
        assert_eq!(forget().await, 0);
        let again = storage.accept(weights(1, "vector"), Some(key)).await;
        let Accepted::Before(again) = again.unwrap().unwrap() else {
            panic!("the key lives")
        };
        assert_eq!(again.id(), never_sent.id());
        ended(25).await;
        assert_ne!(forget().await, 0);
        assert_eq!(find(&storage, &never_sent).await, None);
        assert!(find(&storage, &lost).await.is_some(), "it was sent");
        assert!(find(&storage, &newest).await.is_some(), "it waits");
        assert_eq!(forget().await, 0);
    }
}

#[tokio::test]
async fn more_than_one_commit_forgets_goes_in_several() {
    for database in Database::all() {
        let storage = database.open().await;
        let accepting: Vec<_> = (0..1_300)
            .map(|n| {
                let storage = storage.clone();
                let key = IdempotencyKey {
                    key: n.to_string(),
                    digest: "a".to_owned(),
                };
                tokio::spawn(async move {
                    let accepted = storage.accept(weights(1, "1"), Some(key)).await;
                    accepted.unwrap().unwrap();
                })
            })
            .collect();
        for accepted in accepting {
            accepted.await.unwrap();
        }
        let counted = async || {
            let counts = storage.jobs_by_state().await.unwrap();
            counts.iter().map(|(_, count)| count).sum::<u64>()
        };
        assert_eq!(counted().await, 1_300);
        let then = in_millis(-25 * HOUR).unix_millis();
        database.run(&format!("UPDATE jobs SET updated_at = {then}"));
        let long_ago = Timestamp::from_unix_millis(0).unwrap();
        let horizon = Horizon {
            jobs: long_ago,
            signatures: long_ago,
        };
        let mut commits = 0;
        while storage.forget_before(horizon).await.unwrap() > 0 {
            commits += 1;
        }
        assert_eq!((commits, counted().await), (3, 1));
    }
}
