//! Which chain a database is for.

use pylon_models::BlockHash;
use pylon_storage::{ChainKind, StorageError, Tie};

use crate::database::{Database, weights};

const ONE: BlockHash = BlockHash::from_bytes([1; 32]);
const TWO: BlockHash = BlockHash::from_bytes([2; 32]);

#[tokio::test]
async fn a_database_is_for_the_first_chain_that_it_meets_and_for_no_other() {
    for database in Database::all() {
        let storage = database.open().await;
        for _ in 0..2 {
            let tie = storage.tie_to(ONE, ChainKind::Network).await;
            assert_eq!(tie.unwrap(), Tie::Same);
        }
        storage
            .accept(weights(1, "1"), None)
            .await
            .unwrap()
            .unwrap();
        storage.close().await;
        drop(storage);

        let storage = database.open().await;
        for kind in [ChainKind::Network, ChainKind::Simulated] {
            let other = storage.tie_to(TWO, kind).await.unwrap_err();
            let said = other.to_string();
            assert!(
                said.contains(&ONE.to_string()) && said.contains(&TWO.to_string()),
                "{said}"
            );
        }
        assert!(storage.is_of_another_chain());
        let refused = storage.accept(weights(1, "2"), None).await.unwrap_err();
        assert!(
            matches!(refused, StorageError::OtherChain { .. }),
            "{refused}"
        );
        storage.close().await;
        drop(storage);

        let storage = database.open().await;
        let tie = storage.tie_to(ONE, ChainKind::Network).await;
        assert_eq!(tie.unwrap(), Tie::Same, "a refusal changes nothing");
        assert!(!storage.is_of_another_chain());
    }
}

#[tokio::test]
async fn a_simulated_chain_begins_anew_with_each_process_and_leaves_its_database_to_no_network() {
    for database in Database::all() {
        for genesis in [ONE, TWO, TWO] {
            let storage = database.open().await;
            let tie = async || storage.tie_to(genesis, ChainKind::Simulated).await.unwrap();
            for _ in 0..2 {
                assert_eq!(tie().await, Tie::Anew, "until its jobs are ready for it");
            }
            storage.tie_anew();
            assert_eq!(tie().await, Tie::Same);
            storage.close().await;
        }
        let storage = database.open().await;
        let other = storage.tie_to(TWO, ChainKind::Network).await;
        assert!(matches!(other, Err(StorageError::OtherChain { .. })));
    }
}
