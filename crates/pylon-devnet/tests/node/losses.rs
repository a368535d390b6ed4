//! What can happen to an extrinsic on its way into a block, and to the pulses that open it.

use std::time::Duration;

use jsonrpsee::{
    core::client::{ClientT, Error},
    rpc_params,
};
use pylon_devnet::{BlockTime, Devnet, Fault};
use serde_json::{Value, json};
use sp_crypto_hashing::twox_128;
use tokio::time::timeout;

use crate::{
    faults::{node, steer},
    heads::next,
    wire::{Node, Refusal, Transaction, bytes, connect, hex},
};

const SUBMIT: &str = "author_submitExtrinsic";
/// Long enough for what comes.
const SOON: Duration = Duration::from_secs(20);
/// Long enough to see that nothing comes.
const A_WHILE: Duration = Duration::from_millis(200);

async fn pending(node: &Node) -> usize {
    let pending = node.get("author_pendingExtrinsics", json!([])).await;
    pending.as_array().unwrap().len()
}

/// Which of the chain's blocks hold those bytes.
async fn holders(node: &Node, extrinsic: &[u8]) -> Vec<u32> {
    let mut holders = Vec::new();
    for number in 1..=node.devnet.best().0 {
        let hash = node.get("chain_getBlockHash", json!([number])).await;
        let block = node.get("chain_getBlock", json!([hash])).await;
        let extrinsics = block["block"]["extrinsics"].as_array().unwrap();
        let count = extrinsics.iter().filter(|held| bytes(held) == extrinsic);
        holders.extend(std::iter::repeat_n(number, count.count()));
    }
    holders
}

#[tokio::test]
async fn a_lost_extrinsic_was_taken_and_is_never_included() {
    let (node, archive) = node().await;
    steer(&archive, "dev_loseExtrinsics", json!({"count": 1})).await;
    let remark = node.remark("//Alice", 0).await.sign();
    let mut watched = node.watch(&remark).await;
    assert_eq!(next(&mut watched).await, "ready");
    node.devnet.new_blocks(3).await.unwrap();
    assert!(holders(&node, &remark).await.is_empty());
    assert_eq!(pending(&node).await, 0);
    let nothing = timeout(A_WHILE, watched.next()).await;
    assert!(!matches!(nothing, Ok(Some(Ok(_)))), "{nothing:?}");

    // It was one: the same bytes get in now.
    node.get(SUBMIT, json!([hex(&remark)])).await;
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(holders(&node, &remark).await, [4]);
}

#[tokio::test]
async fn what_the_pool_refuses_is_not_lost() {
    let (node, _archive) = node().await;
    node.devnet
        .faults()
        .start(Fault::LostExtrinsic.times(1))
        .await
        .unwrap();
    let tampered = Transaction {
        tampered: true,
        ..node.remark("//Alice", 0).await
    };
    let refusal = node.submit(&tampered).await.unwrap_err();
    assert_eq!(refusal, Refusal::invalid("Transaction has a bad signature"));
    assert_eq!(node.devnet.faults().active(), [Fault::LostExtrinsic]);
}

#[tokio::test]
async fn an_extrinsic_that_arrives_twice_is_included_once_and_looks_refused() {
    let (node, archive) = node().await;
    steer(&archive, "dev_duplicateExtrinsics", json!({})).await;
    let remark = node.remark("//Alice", 0).await.sign();
    let submission = json!([hex(&remark)]);
    let refusal = node.call(SUBMIT, submission.clone()).await.unwrap_err();
    assert_eq!(refusal.code, 1_013);
    assert_eq!(refusal.message, "Transaction Already Imported");
    assert_eq!(pending(&node).await, 1);
    node.devnet.new_blocks(2).await.unwrap();
    assert_eq!(holders(&node, &remark).await, [1]);
    // A third time it is known.
    let refusal = node.call(SUBMIT, submission).await.unwrap_err();
    assert_eq!(
        refusal,
        Refusal::plain(1_012, "Transaction is temporarily banned")
    );
}

#[tokio::test]
async fn a_submission_that_nobody_hears_of_is_included_all_the_same() {
    let (node, archive) = node().await;
    steer(&archive, "dev_dropSubmissions", json!({"count": 1})).await;
    let remark = node.remark("//Alice", 0).await.sign();
    let request = rpc_params![hex(&remark)];
    let lost: Result<Value, _> = node.client.request(SUBMIT, request).await;
    assert!(!matches!(lost, Ok(_) | Err(Error::Call(_))));

    let node = Node {
        client: connect(&node.devnet).await,
        ..node
    };
    assert_eq!(pending(&node).await, 1);
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(holders(&node, &remark).await, [1]);
}

#[tokio::test]
async fn a_late_extrinsic_is_passed_by_for_so_many_blocks() {
    let (node, archive) = node().await;
    steer(
        &archive,
        "dev_includeLate",
        json!({"blocks": 3, "count": 1}),
    )
    .await;
    let late = node.remark("//Alice", 0).await.sign();
    let mut watched = node.watch(&late).await;
    assert_eq!(next(&mut watched).await, "ready");
    // Who comes after it waits for it, others do not.
    let after = node.remark("//Alice", 1).await.sign();
    let other = node.remark("//Bob", 0).await.sign();
    for extrinsic in [&after, &other] {
        node.get(SUBMIT, json!([hex(extrinsic)])).await;
    }
    node.devnet.new_blocks(5).await.unwrap();
    assert_eq!(holders(&node, &other).await, [1]);
    assert_eq!(holders(&node, &late).await, [4]);
    assert_eq!(holders(&node, &after).await, [4]);
    assert!(next(&mut watched).await["inBlock"].is_string());
}

#[tokio::test]
async fn an_extrinsic_that_is_late_for_its_era_is_never_included() {
    let (node, _archive) = node().await;
    node.devnet
        .faults()
        .start(Fault::LateInclusion { blocks: 6 })
        .await
        .unwrap();
    let mortal = Transaction {
        // Four blocks from the first one on.
        era: vec![0x01, 0],
        ..node.remark("//Alice", 0).await
    };
    let mortal = mortal.sign();
    let mut watched = node.watch(&mortal).await;
    assert_eq!(next(&mut watched).await, "ready");
    node.devnet.new_blocks(8).await.unwrap();
    assert_eq!(next(&mut watched).await, "invalid");
    assert!(holders(&node, &mortal).await.is_empty());
    assert_eq!(pending(&node).await, 0);
}

#[tokio::test]
async fn extrinsics_that_come_by_the_archive_endpoint_suffer_none_of_it() {
    let (node, archive) = node().await;
    let faults = node.devnet.faults();
    faults.start(Fault::LostExtrinsic).await.unwrap();
    faults.start(Fault::DuplicateExtrinsic).await.unwrap();
    let remark = node.remark("//Alice", 0).await.sign();
    let request = rpc_params![hex(&remark)];
    let _hash: Value = archive.request(SUBMIT, request).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(holders(&node, &remark).await, [1]);
}

#[tokio::test]
async fn while_drand_is_stalled_no_pulse_comes_and_then_all_that_were_missed() {
    let block_time = BlockTime::Every(Duration::from_millis(20));
    let node = Node::start(Devnet::builder().block_time(block_time)).await;
    let last = async || {
        let key = [twox_128(b"Drand"), twox_128(b"LastStoredRound")].concat();
        let round = node.get("state_getStorage", json!([hex(&key)])).await;
        match round {
            // Before the first pulse.
            Value::Null => 0,
            round => u64::from_le_bytes(bytes(&round).try_into().unwrap()),
        }
    };
    node.get("dev_stallDrand", json!([])).await;
    let before = last().await;
    let now = [twox_128(b"Timestamp"), twox_128(b"Now")].concat();
    let time = node.get("state_getStorage", json!([hex(&now)])).await;
    let time = u64::from_le_bytes(bytes(&time).try_into().unwrap());
    // Ten rounds of three seconds go by.
    let later = hex(&(time + 30_000).to_le_bytes());
    node.get("dev_setStorage", json!([[[hex(&now), later]]]))
        .await;
    let height = node.devnet.best().0;
    let blocks = async {
        while node.devnet.best().0 < height + 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, blocks).await.unwrap();
    assert_eq!(last().await, before);

    node.get("dev_heal", json!([])).await;
    let missed = async {
        while last().await < before + 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, missed).await.unwrap();
}
