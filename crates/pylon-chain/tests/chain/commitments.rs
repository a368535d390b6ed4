use codec::{Compact, Encode};
use pylon_chain::storage::StorageKey;
use pylon_devnet::Devnet;
use pylon_models::{Commitment, CommitmentField, Hotkey, NetUid, Rao};

use crate::devnet::connect;

const NETUID: NetUid = NetUid::new(7);

fn key(netuid: NetUid, hotkey: [u8; 32]) -> Vec<u8> {
    StorageKey::new("Commitments", "CommitmentOf")
        .identity(&netuid.get())
        .twox_64_concat(&hotkey)
        .as_bytes()
        .to_vec()
}

/// A commitment as the pallet keeps it: deposit, block, and the fields in its own encoding.
fn kept(deposit: u64, block: u32, fields: &[Vec<u8>]) -> Vec<u8> {
    let count = Compact(u32::try_from(fields.len()).unwrap());
    [(deposit, block, count).encode(), fields.concat()].concat()
}

#[tokio::test]
async fn what_hotkeys_committed_is_read_with_every_kind_of_field() {
    let devnet = Devnet::builder().start().await.unwrap();
    let (alice, bob) = ([1; 32], [2; 32]);
    let timelocked = (134u8, vec![5u8; 90], 77u64).encode();
    let hashed = [vec![131], vec![9; 32]].concat();
    let elsewhere = kept(0, 1, &[vec![0]]);
    devnet
        .set_storage(vec![
            (
                key(NETUID, alice),
                Some(kept(3, 11, &[b"\x06https".to_vec(), vec![135], hashed])),
            ),
            (key(NETUID, bob), Some(kept(0, 12, &[timelocked]))),
            (key(NetUid::new(8), alice), Some(elsewhere)),
        ])
        .await
        .unwrap();
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    let mut commitments = chain.commitments(NETUID, head).await.unwrap();
    commitments.sort_by_key(|commitment| commitment.block);
    assert_eq!(
        commitments,
        [
            Commitment {
                hotkey: Hotkey::from_bytes(alice),
                block: 11.into(),
                deposit: Rao::new(3),
                fields: vec![
                    CommitmentField::Raw(b"https".to_vec()),
                    CommitmentField::ResetBondsFlag,
                    CommitmentField::Sha256([9; 32]),
                ],
            },
            Commitment {
                hotkey: Hotkey::from_bytes(bob),
                block: 12.into(),
                deposit: Rao::ZERO,
                fields: vec![CommitmentField::TimelockEncrypted {
                    encrypted: vec![5; 90],
                    reveal_round: 77,
                }],
            },
        ]
    );
    let nobody = chain.commitments(NetUid::new(9), head).await.unwrap();
    assert_eq!(nobody, []);
}

#[tokio::test]
async fn more_commitments_than_a_page_has_are_all_read_once() {
    let devnet = Devnet::builder().start().await.unwrap();
    let hotkey = |n: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        bytes
    };
    for count in [1_000, 2_001] {
        let set = (0..count).map(|n| {
            let kept = kept(0, n, &[vec![1]]);
            (key(NETUID, hotkey(n)), Some(kept))
        });
        devnet.set_storage(set.collect()).await.unwrap();
        let chain = connect(&devnet).await;
        let head = chain.latest().await.unwrap();
        let mut commitments = chain.commitments(NETUID, head).await.unwrap();
        commitments.sort_by_key(|commitment| commitment.block);
        let read: Vec<_> = commitments
            .iter()
            .map(|commitment| (commitment.block.get(), commitment.hotkey))
            .collect();
        let laid_down: Vec<_> = (0..count)
            .map(|n| (n, Hotkey::from_bytes(hotkey(n))))
            .collect();
        assert_eq!(read, laid_down);
    }
}

#[tokio::test]
async fn a_commitment_that_cannot_be_read_is_an_error_that_names_the_block() {
    let devnet = Devnet::builder().start().await.unwrap();
    let kept = kept(0, 1, &[vec![137]]);
    devnet
        .set_storage(vec![(key(NETUID, [1; 32]), Some(kept))])
        .await
        .unwrap();
    let chain = connect(&devnet).await;
    let head = chain.latest().await.unwrap();
    let error = chain.commitments(NETUID, head).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the commitments of block {} cannot be read", head.hash)
    );
}
