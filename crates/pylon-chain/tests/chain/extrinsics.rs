use pylon_chain::Chain;
use pylon_devnet::{Devnet, Layout};
use pylon_models::BlockRef;
use serde_json::{Value as Json, json};
use subxt::dynamic::{self, Value};
use subxt_signer::sr25519::dev;

use crate::devnet::connect;

const LAYOUTS: [Layout; 2] = [Layout::Jun2026, Layout::Oct2026];
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

async fn started(layout: Layout) -> (Devnet, Chain) {
    let devnet = Devnet::builder().layout(layout).start().await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let chain = connect(&devnet).await;
    (devnet, chain)
}

/// Puts Alice's call into a block of its own.
async fn made(
    devnet: &Devnet,
    chain: &Chain,
    pallet: &str,
    call: &str,
    fields: Vec<Value>,
) -> BlockRef {
    let client = chain.online_client().await.unwrap();
    let call = dynamic::transaction(pallet, call, fields);
    client
        .tx()
        .await
        .unwrap()
        .sign_and_submit_default(&call, &dev::alice())
        .await
        .unwrap();
    devnet.new_blocks(1).await.unwrap();
    chain.latest().await.unwrap()
}

async fn read(chain: &Chain, block: BlockRef, index: u32) -> Option<Json> {
    let body = chain.extrinsic(block, index).await.unwrap()?;
    Some(serde_json::to_value(body).unwrap())
}

fn transfer(rao: u64) -> Vec<Value> {
    let bob = Value::unnamed_variant("Id", [Value::from_bytes(dev::bob().public_key().0)]);
    vec![bob, Value::u128(rao.into())]
}

#[tokio::test]
async fn an_inherent_has_no_signer_and_the_time_of_its_block() {
    for layout in LAYOUTS {
        let (_devnet, chain) = started(layout).await;
        let head = chain.latest().await.unwrap();
        let body = read(&chain, head, 0).await.unwrap();
        assert_eq!(body["address"], Json::Null);
        assert_eq!(
            (&body["block_number"], &body["extrinsic_index"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(body["call"]["call_module"], "Timestamp");
        let time = chain.block(head.hash).await.unwrap().timestamp;
        let now = body["call"]["call_args"][0]["value"].as_u64().unwrap();
        assert_eq!(now / 1000, time);
        for beyond in [99, u32::MAX] {
            assert_eq!(read(&chain, head, beyond).await, None);
        }
    }
}

#[tokio::test]
async fn a_transfer_tells_its_signer_and_arguments() {
    for layout in LAYOUTS {
        let (devnet, chain) = started(layout).await;
        let block = made(
            &devnet,
            &chain,
            "Balances",
            "transfer_keep_alive",
            transfer(1_000_000_007),
        )
        .await;
        let before = chain.stats().requests();
        let body = read(&chain, block, 1).await.unwrap();
        // Header and body of the block; its parent's runtime is known by now, or asked for.
        assert!(chain.stats().requests() - before <= 3);
        assert_eq!(body["address"], ALICE);
        let call = &body["call"];
        assert_eq!(
            (&call["call_module"], &call["call_function"]),
            (&json!("Balances"), &json!("transfer_keep_alive"))
        );
        assert_eq!(call["call_args"][0]["name"], "dest");
        assert_eq!(call["call_args"][0]["value"], BOB);
        assert_eq!(call["call_args"][1]["name"], "value");
        assert_eq!(call["call_args"][1]["value"], 1_000_000_007);
    }
}

#[tokio::test]
async fn calls_within_a_batch_read_as_calls() {
    for layout in LAYOUTS {
        let (devnet, chain) = started(layout).await;
        let inner = |name: &str, call: Value| Value::unnamed_variant(name.to_owned(), [call]);
        let fields = transfer(5);
        let calls = Value::unnamed_composite([
            inner(
                "System",
                Value::named_variant("remark", [("remark", Value::from_bytes(b"hello"))]),
            ),
            inner(
                "Balances",
                Value::named_variant(
                    "transfer_keep_alive",
                    [("dest", fields[0].clone()), ("value", fields[1].clone())],
                ),
            ),
        ]);
        let block = made(&devnet, &chain, "Utility", "batch", vec![calls]).await;
        let body = read(&chain, block, 1).await.unwrap();
        let calls = &body["call"]["call_args"][0]["value"];
        assert_eq!(calls.as_array().unwrap().len(), 2, "{body}");
        assert_eq!(calls[0]["call_function"], "remark");
        assert_eq!(calls[0]["call_args"][0]["value"], "0x68656c6c6f");
        assert_eq!(calls[1]["call_args"][0]["value"], BOB);
        assert_eq!(calls[1]["call_args"][1]["value"], 5);
        for call in calls.as_array().unwrap() {
            assert!(call["call_hash"].as_str().unwrap().starts_with("0x"));
        }
    }
}

#[tokio::test]
async fn hostile_extrinsics_are_errors_and_never_a_panic() {
    let (devnet, chain) = started(Layout::Jun2026).await;
    let block = made(
        &devnet,
        &chain,
        "Balances",
        "transfer_keep_alive",
        transfer(7),
    )
    .await;
    let runtime = chain.runtime_at(block.hash).await.unwrap();
    // A length of ten bytes, and what the timestamp's call has.
    let good = hex::decode("280502000b60b130fca101").unwrap();
    for end in 0..good.len() {
        assert!(
            runtime.extrinsic(block, 0, &good[..end]).is_err(),
            "cut at {end}"
        );
    }
    for at in 0..good.len() {
        for byte in 0..=255 {
            let mut bytes = good.clone();
            bytes[at] = byte;
            let _ = runtime.extrinsic(block, 0, &bytes);
        }
    }
    assert!(runtime.extrinsic(block, 0, &[0xfe; 64]).is_err());
}
