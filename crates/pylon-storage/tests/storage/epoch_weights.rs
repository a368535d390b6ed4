//! Weights that are given one by one.

use std::collections::BTreeMap;

use pylon_models::{Hotkey, Timestamp};
use pylon_storage::{Epoch, Horizon};

use crate::database::{Database, alice};

fn epoch(start: i64) -> Epoch {
    Epoch {
        identity: "dev".parse().unwrap(),
        netuid: 1.into(),
        start,
    }
}

fn bob() -> Hotkey {
    Hotkey::from_bytes([7; 32])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_add_at_once_lose_nothing() {
    for database in Database::all() {
        // On a server, two processes.
        let first = database.open().await;
        let second = match &database {
            Database::File(_) => first.clone(),
            Database::Server { .. } => database.open().await,
        };
        let adding = (0..200).map(|n| {
            let storage = if n % 2 == 0 { &first } else { &second };
            let storage = storage.clone();
            tokio::spawn(async move { storage.add_epoch_weight(epoch(-14), alice(), 1.0).await })
        });
        let mut sums = Vec::new();
        for added in adding.collect::<Vec<_>>() {
            sums.push(added.await.unwrap().unwrap().unwrap());
        }
        sums.sort_by(f64::total_cmp);
        let expected: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(sums, expected);
        first.close().await;
        second.close().await;
        drop((first, second));
        let kept = database.open().await.epoch_weights(epoch(-14)).await;
        assert_eq!(kept.unwrap(), BTreeMap::from([(alice(), 200.0)]));
    }
}

#[tokio::test]
async fn weights_belong_to_one_epoch_of_one_subnet_and_identity() {
    for database in Database::all() {
        let storage = database.open().await;
        let both = BTreeMap::from([(alice(), 0.1), (bob(), 2.0)]);
        storage
            .set_epoch_weights(epoch(360), both.clone())
            .await
            .unwrap();
        assert_eq!(storage.epoch_weights(epoch(360)).await.unwrap(), both);
        for other in [
            epoch(720),
            Epoch {
                netuid: 2.into(),
                ..epoch(360)
            },
            Epoch {
                identity: "other".parse().unwrap(),
                ..epoch(360)
            },
        ] {
            assert_eq!(storage.epoch_weights(other).await.unwrap(), BTreeMap::new());
        }
        // What is given again takes the place of what was given; the rest stays.
        let again = BTreeMap::from([(alice(), 5.0)]);
        storage.set_epoch_weights(epoch(360), again).await.unwrap();
        let sum = storage.add_epoch_weight(epoch(360), bob(), -0.5).await;
        assert_eq!(sum.unwrap().unwrap(), 1.5);
        assert_eq!(
            storage.epoch_weights(epoch(360)).await.unwrap(),
            BTreeMap::from([(alice(), 5.0), (bob(), 1.5)])
        );
    }
}

#[tokio::test]
async fn a_sum_that_is_no_number_any_more_is_refused_and_what_was_there_stays() {
    for database in Database::all() {
        let storage = database.open().await;
        for (delta, sum) in [
            (f64::MAX, Some(f64::MAX)),
            (f64::MAX, None),
            (-1e308, Some(f64::MAX - 1e308)),
        ] {
            let added = storage.add_epoch_weight(epoch(1), alice(), delta).await;
            assert_eq!(added.unwrap().ok(), sum, "{delta}");
        }
    }
}

#[tokio::test]
async fn old_epochs_are_forgotten_whole_and_others_are_not() {
    for database in Database::all() {
        let storage = database.open().await;
        for start in [1, 2, 3] {
            let weights = BTreeMap::from([(alice(), 1.0), (bob(), 1.0)]);
            storage
                .set_epoch_weights(epoch(start), weights)
                .await
                .unwrap();
        }
        let long_ago = Timestamp::from_unix_millis(0).unwrap();
        let horizon = |jobs| Horizon {
            jobs,
            signatures: long_ago,
        };
        assert_eq!(storage.forget_before(horizon(long_ago)).await.unwrap(), 0);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let now = Timestamp::now();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        // One of both is as good as new: the epoch is not old.
        let touched = storage.add_epoch_weight(epoch(2), bob(), 1.0).await;
        touched.unwrap().unwrap();
        let mut gone = Vec::new();
        while gone.last() != Some(&0) {
            gone.push(storage.forget_before(horizon(now)).await.unwrap());
        }
        assert_eq!(gone, [2, 2, 0]);
        assert_eq!(storage.epoch_weights(epoch(2)).await.unwrap().len(), 2);
        assert_eq!(storage.epoch_weights(epoch(1)).await.unwrap().len(), 0);
    }
}
