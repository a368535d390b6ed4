use codec::Encode;
use pylon_chain::storage::StorageKey;
use pylon_devnet::{Devnet, Layout};
use pylon_models::{Children, Hotkey, NetUid, Parents, PendingChildren, Proportion, Take};

use crate::devnet::connect;

const PARENT: [u8; 32] = [1; 32];
const CHILD: [u8; 32] = [2; 32];

fn subtensor(entry: &str) -> StorageKey {
    StorageKey::new("SubtensorModule", entry)
}

fn put(key: &StorageKey, value: impl Encode) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.as_bytes().to_vec(), Some(value.encode()))
}

#[tokio::test]
async fn relations_are_read_from_both_ends_with_what_waits_and_what_is_taken() {
    let devnet = Devnet::builder()
        .layout(Layout::Oct2026)
        .start()
        .await
        .unwrap();
    let half = u64::MAX / 2;
    let (parent, child) = (Hotkey::from_bytes(PARENT), Hotkey::from_bytes(CHILD));
    let of = |entry, key: &[u8; 32]| subtensor(entry).blake2_128_concat(key).identity(&7u16);
    devnet
        .set_storage(vec![
            put(&of("ChildKeys", &PARENT), vec![(half, CHILD)]),
            put(&of("ParentKeys", &CHILD), vec![(half, PARENT)]),
            put(&of("ChildkeyTake", &CHILD), 6_000u16),
            put(
                &subtensor("PendingChildKeys")
                    .identity(&7u16)
                    .blake2_128_concat(&PARENT),
                (Vec::<(u64, [u8; 32])>::new(), 900u64),
            ),
            put(
                &subtensor("ChildkeyThresholdSuspended").blake2_128_concat(&PARENT),
                (),
            ),
        ])
        .await
        .unwrap();
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    let netuid = NetUid::new(7);
    let half = Proportion::new(half);
    assert_eq!(
        chain.children(head).await.unwrap(),
        [Children {
            parent,
            netuid,
            children: vec![(half, child)]
        }]
    );
    assert_eq!(
        chain.parents(head).await.unwrap(),
        [Parents {
            child,
            netuid,
            parents: vec![(half, parent)]
        }]
    );
    assert_eq!(
        chain.pending_children(head).await.unwrap(),
        [PendingChildren {
            parent,
            netuid,
            children: Vec::new(),
            cooldown_block: 900
        }]
    );
    let takes = chain.childkey_takes(head).await.unwrap();
    assert_eq!(takes[&(child, netuid)], Take::new(6_000));
    let suspended = chain.suspended_parents(head).await.unwrap();
    assert_eq!(suspended.into_iter().collect::<Vec<_>>(), [parent]);
}

#[tokio::test]
async fn a_runtime_that_suspends_nobody_has_no_suspended_parents() {
    let devnet = Devnet::builder().start().await.unwrap();
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    assert!(chain.suspended_parents(head).await.unwrap().is_empty());
    assert!(chain.children(head).await.unwrap().is_empty());
}
