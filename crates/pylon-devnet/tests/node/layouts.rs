//! The layout of October, and the upgrade to it in mid-run.

use std::time::Duration;

use pylon_devnet::{BlockTime, Devnet, Layout, World};
use serde_json::{Value, json};
use sp_crypto_hashing::twox_128;
use subxt::{dynamic, events::Phase};
use subxt_signer::sr25519::dev;

use crate::{
    happened::{Reader, outcome},
    through_subxt::connect,
    wire::{Node, Refusal, bytes},
};

const SUBSCRIBE: &str = "state_subscribeRuntimeVersion";
const UNSUBSCRIBE: &str = "state_unsubscribeRuntimeVersion";

async fn spec_version(node: &Node, at: Value) -> Value {
    node.get("state_getRuntimeVersion", json!([at])).await["specVersion"].clone()
}

async fn hash(node: &Node, number: u32) -> Value {
    node.get("chain_getBlockHash", json!([number])).await
}

#[tokio::test]
async fn an_upgrade_changes_version_and_metadata_from_its_block_on() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(1).await.unwrap();
    let mut versions = node.subscribe(SUBSCRIBE, json!([]), UNSUBSCRIBE).await;
    assert_eq!(versions.next().await.unwrap().unwrap()["specVersion"], 425);

    assert_eq!(
        node.get("dev_upgrade", json!(["oct2026"])).await,
        Value::Null
    );
    assert_eq!(node.devnet.best().0, 2, "made at once, by hand");
    node.devnet.new_blocks(2).await.unwrap();
    for (number, version) in [(1, 425), (2, 475), (3, 475), (4, 475)] {
        let at = hash(&node, number).await;
        assert_eq!(
            spec_version(&node, at.clone()).await,
            version,
            "block {number}"
        );
        let core = node
            .get("state_call", json!(["Core_version", "0x", at]))
            .await;
        // Names, the authoring version, then the spec version.
        let core = bytes(&core);
        assert_eq!(core[34..38], u32::to_le_bytes(version), "block {number}");
        let metadata = bytes(&node.get("state_getMetadata", json!([at])).await);
        let metadata = subxt::Metadata::decode_from(&metadata).unwrap();
        let storage = metadata
            .pallet_by_name("SubtensorModule")
            .unwrap()
            .storage()
            .unwrap();
        assert_eq!(
            storage.entry_by_name("LastYumaStepBlock").is_some(),
            version == 475
        );
        assert_eq!(storage.entry_by_name("Alpha").is_some(), version == 425);
    }

    // Told once: the next it hears is of the way back.
    assert_eq!(versions.next().await.unwrap().unwrap()["specVersion"], 475);
    node.devnet.upgrade(Layout::Jun2026).await.unwrap();
    assert_eq!(versions.next().await.unwrap().unwrap()["specVersion"], 425);
}

#[tokio::test]
async fn the_block_of_the_upgrade_is_still_the_old_runtimes() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(1).await.unwrap();
    node.devnet.upgrade(Layout::Oct2026).await.unwrap();
    let header = node.get("chain_getHeader", json!([])).await;
    let logs = header["digest"]["logs"].as_array().unwrap();
    assert!(logs.contains(&json!("0x08")), "{logs:?}");

    let client = connect(&node.devnet).await;
    let at = client.at_current_block().await.unwrap();
    let events = at.events().fetch().await.unwrap();
    let updated: Vec<_> = events
        .iter()
        .map(Result::unwrap)
        .filter(|event| event.event_name() == "CodeUpdated")
        .map(|event| event.phase())
        .collect();
    assert_eq!(updated, [Phase::Finalization]);
}

/// Has the epochs of these subnets due in the next block.
async fn trigger_epochs(devnet: &Devnet, netuids: &[u16]) {
    let next = u64::from(devnet.best().0 + 1);
    let prefix = [twox_128(b"SubtensorModule"), twox_128(b"PendingEpochAt")].concat();
    let changes = netuids
        .iter()
        .map(|netuid| {
            let key = [&prefix[..], &netuid.to_le_bytes()].concat();
            (key, Some(next.to_le_bytes().to_vec()))
        })
        .collect();
    devnet.set_storage(changes).await.unwrap();
}

#[tokio::test]
async fn a_block_of_either_runtime_decodes_by_its_own_metadata() {
    let world = World::Dev {
        neurons: 4,
        subnets: 3,
        seed: 1,
    };
    let devnet = Devnet::builder().world(world).start().await.unwrap();
    let mut found = Vec::new();
    for layout in Layout::ALL {
        if layout == Layout::Oct2026 {
            devnet.upgrade(layout).await.unwrap();
        }
        // One more than a block runs.
        trigger_epochs(&devnet, &[1, 2, 3]).await;
        devnet.new_blocks(1).await.unwrap();
        let client = connect(&devnet).await;
        let at = client.at_current_block().await.unwrap();
        let events = at.events().fetch().await.unwrap();
        for event in events.iter().map(Result::unwrap) {
            if event.pallet_name() == "SubtensorModule" {
                let name = event.event_name().to_owned();
                found.push((at.spec_version(), event.event_index(), name));
            }
        }
    }
    let of = |version, deferred, paid| {
        let paid = (version, paid, "IncentiveAlphaEmittedToMiners".to_owned());
        let deferred = (version, deferred, "EpochDeferred".to_owned());
        [deferred, paid.clone(), paid]
    };
    assert_eq!(found, [of(425, 132, 110), of(475, 137, 111)].concat());
}

#[tokio::test]
async fn what_was_signed_for_the_old_runtime_is_dropped_and_refused() {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(1).await.unwrap();
    // Waits for an earlier nonce, so that no block takes it before the upgrade.
    let mut statuses = node.watch(&node.remark("//Alice", 1).await.sign()).await;
    assert_eq!(statuses.next().await.unwrap().unwrap(), "future");
    node.devnet.upgrade(Layout::Oct2026).await.unwrap();
    assert_eq!(statuses.next().await.unwrap().unwrap(), "invalid");

    let mut remark = node.remark("//Alice", 0).await;
    let refused = node.submit(&remark).await.unwrap_err();
    assert_eq!(refused, Refusal::invalid("Transaction has a bad signature"));
    remark.spec = 475;
    node.submit(&remark).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(first_outcome(&node.devnet).await, "ok");
}

/// What became of the first extrinsic after the inherents.
async fn first_outcome(devnet: &Devnet) -> String {
    let reader = Reader::connect(devnet).await;
    outcome(&reader.extrinsic(devnet, 1).await)
}

#[tokio::test]
async fn octobers_calls_are_made_by_name_and_those_without_effect_say_so() {
    let devnet = Devnet::builder()
        .layout(Layout::Oct2026)
        .start()
        .await
        .unwrap();
    devnet.new_blocks(1).await.unwrap();
    let client = connect(&devnet).await;
    for (pallet, call, expected) in [
        // Added, and nothing dispatches it here.
        (
            "AdminUtils",
            "sudo_trim_null_uids_batch",
            "system.CallFiltered",
        ),
        // Retired: it costs its fee and changes nothing.
        ("SubtensorModule", "set_activity_cutoff_factor", "ok"),
    ] {
        let arguments = [1, 2_000].map(dynamic::Value::u128).to_vec();
        let call = dynamic::transaction(pallet, call, arguments);
        let mut transactions = client.tx().await.unwrap();
        transactions
            .sign_and_submit_default(&call, &dev::alice())
            .await
            .unwrap();
        devnet.new_blocks(1).await.unwrap();
        assert_eq!(first_outcome(&devnet).await, expected, "{pallet}");
    }
}

#[tokio::test]
async fn a_call_that_october_dropped_is_no_call() {
    let node = Node::start(Devnet::builder().layout(Layout::Oct2026)).await;
    node.devnet.new_blocks(1).await.unwrap();
    let mut dropped = node.remark("//Alice", 0).await;
    dropped.spec = 475;
    // SubtensorModule.sudo_set_num_root_claims.
    dropped.call = [&[7, 123][..], &9u64.to_le_bytes()].concat();
    let refused = node.submit(&dropped).await.unwrap_err();
    assert_eq!(refused.code, 1002, "{refused:?}");
}

#[tokio::test]
async fn where_blocks_come_by_themselves_the_next_one_upgrades() {
    let block_time = BlockTime::Every(Duration::from_millis(20));
    let node = Node::start(Devnet::builder().block_time(block_time)).await;
    let mut versions = node.subscribe(SUBSCRIBE, json!([]), UNSUBSCRIBE).await;
    assert_eq!(versions.next().await.unwrap().unwrap()["specVersion"], 425);
    node.get("dev_upgrade", json!(["oct2026"])).await;
    assert_eq!(versions.next().await.unwrap().unwrap()["specVersion"], 475);
}

#[tokio::test]
async fn an_upgrade_to_an_unknown_layout_is_refused() {
    let node = Node::start(Devnet::builder()).await;
    let refused = node
        .call("dev_upgrade", json!(["aug2026"]))
        .await
        .unwrap_err();
    let reason = "`aug2026` is no layout: jun2026 or oct2026";
    assert_eq!((refused.code, refused.data), (-32602, Some(json!(reason))));
    assert_eq!(node.devnet.best().0, 0);
}
