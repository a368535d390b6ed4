//! What the pool refuses, with a real node's codes and texts.

use pylon_devnet::Devnet;
use serde_json::json;

use crate::wire::{Node, REMARK, Refusal, TAO, Transaction, bytes, hex, transfer};

async fn node() -> Node {
    let node = Node::start(Devnet::builder()).await;
    node.devnet.new_blocks(1).await.unwrap();
    node
}

#[tokio::test]
async fn a_good_transaction_is_included_in_the_next_block() {
    let node = node().await;
    let remark = node.remark("//Alice", 0).await.sign();
    node.get("author_submitExtrinsic", json!([hex(&remark)]))
        .await;
    assert_eq!(
        node.get("author_pendingExtrinsics", json!([])).await,
        json!([hex(&remark)])
    );
    node.devnet.new_blocks(1).await.unwrap();
    let block = node.get("chain_getBlock", json!([])).await;
    assert_eq!(block["block"]["extrinsics"][1], json!(hex(&remark)));
    assert_eq!(
        node.get("author_pendingExtrinsics", json!([])).await,
        json!([])
    );
}

#[tokio::test]
async fn a_wrong_signature_genesis_version_or_birth_block_is_a_bad_signature() {
    let node = node().await;
    let good = node.remark("//Alice", 0).await;
    let tampered = Transaction {
        tampered: true,
        ..node.remark("//Alice", 0).await
    };
    let foreign = Transaction {
        genesis: [7; 32],
        birth: [7; 32],
        ..node.remark("//Alice", 0).await
    };
    let outdated = Transaction {
        spec: 424,
        ..node.remark("//Alice", 0).await
    };
    let elsewhere = Transaction {
        birth: [7; 32],
        ..node.remark("//Alice", 0).await
    };
    for bad in [tampered, foreign, outdated, elsewhere] {
        let refusal = node.submit(&bad).await.unwrap_err();
        assert_eq!(refusal, Refusal::invalid("Transaction has a bad signature"));
    }
    node.submit(&good).await.unwrap();
}

#[tokio::test]
async fn a_replayed_transaction_is_banned_and_its_nonce_outdated() {
    let node = node().await;
    let remark = hex(&node.remark("//Alice", 0).await.sign());
    node.get("author_submitExtrinsic", json!([remark])).await;
    let again = node
        .call("author_submitExtrinsic", json!([remark]))
        .await
        .unwrap_err();
    assert_eq!(
        (again.code, &again.message[..]),
        (1013, "Transaction Already Imported")
    );
    node.devnet.new_blocks(1).await.unwrap();
    let replayed = node
        .call("author_submitExtrinsic", json!([remark]))
        .await
        .unwrap_err();
    assert_eq!(
        replayed,
        Refusal::plain(1012, "Transaction is temporarily banned")
    );
    let stale = node
        .submit(&node.remark("//Alice", 0).await)
        .await
        .unwrap_err();
    assert_eq!(stale, Refusal::invalid("Transaction is outdated"));
}

#[tokio::test]
async fn who_cannot_pay_or_does_not_exist_is_refused() {
    let node = node().await;
    let poor = node
        .submit(&node.remark("//Nobody", 0).await)
        .await
        .unwrap_err();
    let reason = "Inability to pay some fees (e.g. account balance too low)";
    assert_eq!(poor, Refusal::invalid(reason));
    let tip = Transaction {
        tip: 2_000_000 * TAO,
        ..node.remark("//Alice", 0).await
    };
    assert_eq!(
        node.submit(&tip).await.unwrap_err(),
        Refusal::invalid(reason)
    );
}

#[tokio::test]
async fn an_era_ends() {
    let node = node().await;
    // Period 4, phase 1: born at block 1, over after block 4.
    let birth = bytes(&node.get("chain_getBlockHash", json!([1])).await)
        .try_into()
        .unwrap();
    let mortal = |nonce, base: Transaction| Transaction {
        era: vec![0x11, 0],
        birth,
        nonce,
        ..base
    };
    node.submit(&mortal(0, node.remark("//Alice", 0).await))
        .await
        .unwrap();
    // Waits for nonce 1 until its era is over.
    node.submit(&mortal(2, node.remark("//Alice", 0).await))
        .await
        .unwrap();
    node.devnet.new_blocks(5).await.unwrap();
    node.submit(&node.remark("//Alice", 1).await).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    let next = node.get(
        "system_accountNextIndex",
        json!(["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]),
    );
    assert_eq!(next.await, json!(2));
    let late = mortal(2, node.remark("//Alice", 0).await);
    let refusal = node.submit(&late).await.unwrap_err();
    assert_eq!(refusal, Refusal::invalid("Transaction has a bad signature"));
}

#[tokio::test]
async fn a_gap_in_the_nonces_waits_until_it_closes() {
    let node = node().await;
    node.submit(&node.remark("//Alice", 1).await).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    let extrinsics =
        |block: serde_json::Value| block["block"]["extrinsics"].as_array().unwrap().len();
    assert_eq!(extrinsics(node.get("chain_getBlock", json!([])).await), 1);
    node.submit(&node.remark("//Alice", 0).await).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(extrinsics(node.get("chain_getBlock", json!([])).await), 3);
}

#[tokio::test]
async fn no_tip_replaces_a_waiting_transaction_and_a_call_of_the_sudo_key_does() {
    let node = node().await;
    node.submit(&node.remark("//Alice", 0).await).await.unwrap();
    let tipped = Transaction {
        tip: 9 * TAO,
        ..node.remark("//Alice", 0).await
    };
    for other in [node.remark("//Alice", 0).await, tipped] {
        let refusal = node.submit(&other).await.unwrap_err();
        let code_and_text = (refusal.code, &refusal.message[..]);
        assert_eq!(code_and_text, (1_014, "Priority is too low: (1 vs 1)"));
    }
    let sudo = Transaction {
        call: [&[12, 0], &REMARK[..]].concat(),
        ..node.remark("//Alice", 0).await
    };
    let sudo = hex(&sudo.sign());
    node.get("author_submitExtrinsic", json!([sudo])).await;
    assert_eq!(
        node.get("author_pendingExtrinsics", json!([])).await,
        json!([sudo])
    );
}

#[tokio::test]
async fn bytes_that_are_no_extrinsic_are_refused_as_a_real_node_does() {
    let node = node().await;
    let envelope = node
        .call("author_submitExtrinsic", json!(["0x0c0000"]))
        .await
        .unwrap_err();
    assert_eq!(envelope.code, 1040);
    assert!(
        envelope.message.starts_with("Client error: "),
        "{}",
        envelope.message
    );
    // SubtensorModule has no call of that number.
    let unknown = Transaction {
        call: vec![7, 255, 1, 0, 0, 0],
        ..node.remark("//Alice", 0).await
    };
    let unknown = node.submit(&unknown).await.unwrap_err();
    assert_eq!(unknown.code, 1002);
    assert!(
        unknown
            .message
            .starts_with("Verification Error: Runtime error: Execution failed")
    );
    let bare = node
        .call("author_submitExtrinsic", json!(["0x1004000000"]))
        .await
        .unwrap_err();
    assert_eq!(
        bare,
        Refusal {
            data: Some("NoUnsignedValidator".into()),
            ..Refusal::plain(1011, "Unknown Transaction Validity")
        }
    );
    let inherent = node
        .call("author_submitExtrinsic", json!(["0x100402000c"]))
        .await
        .unwrap_err();
    let reason = "Transaction dispatch is mandatory; transactions must not be validated.";
    assert_eq!(inherent, Refusal::invalid(reason));
}

#[tokio::test]
async fn a_failed_call_costs_its_fee_and_nonce_and_moves_nothing() {
    let node = node().await;
    let balance = |who: &'static str| {
        let key = hex(&crate::wire::account_key(who));
        let account = node.get("state_getStorage", json!([key]));
        async move { u64::from_le_bytes(bytes(&account.await)[16..24].try_into().unwrap()) }
    };
    let before = (balance("//Alice").await, balance("//Bob").await);
    let call = transfer("//Bob", 3_000_000 * TAO);
    let too_much = Transaction {
        call,
        ..node.remark("//Alice", 0).await
    };
    let fee = node
        .get("payment_queryInfo", json!([hex(&too_much.sign())]))
        .await;
    let fee: u64 = fee["partialFee"].as_str().unwrap().parse().unwrap();
    node.submit(&too_much).await.unwrap();
    node.devnet.new_blocks(1).await.unwrap();
    assert_eq!(
        (balance("//Alice").await, balance("//Bob").await),
        (before.0 - fee, before.1)
    );
    let remark = Transaction {
        call: REMARK.into(),
        ..node.remark("//Alice", 1).await
    };
    node.submit(&remark).await.unwrap();
}

#[tokio::test]
async fn what_is_for_the_operator_alone_is_refused_and_what_does_not_exist_is_not_found() {
    let node = node().await;
    assert_eq!(
        node.call("author_rotateKeys", json!([])).await,
        Err(Refusal::plain(
            -32_601,
            "RPC call is unsafe to be called externally"
        ))
    );
    assert_eq!(
        node.call("author_everything", json!([])).await,
        Err(Refusal::plain(-32_601, "Method not found"))
    );
}

#[tokio::test]
async fn the_parts_of_a_fee_add_up() {
    let node = node().await;
    let bytes = hex(&node.remark("//Alice", 0).await.sign());
    let info = node.get("payment_queryInfo", json!([bytes])).await;
    let details = node
        .get(
            "payment_queryFeeDetails",
            json!({"encodedXt": bytes, "at": null}),
        )
        .await;
    let parts = details["inclusionFee"].as_object().unwrap();
    let sum: u64 = parts.values().map(|part| part.as_u64().unwrap()).sum();
    assert!(parts.contains_key("baseFee") && sum > 0);
    assert_eq!(info["partialFee"], sum.to_string());
}
