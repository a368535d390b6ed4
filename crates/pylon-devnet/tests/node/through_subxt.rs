//! The node as subxt sees it, over the same backend as the service uses.

use std::sync::Arc;

use pylon_devnet::{Devnet, World};
use subxt::{
    OnlineClient, PolkadotConfig,
    backend::LegacyBackend,
    dynamic::{self, Value},
    rpcs::RpcClient,
    utils::AccountId32,
};
use subxt_signer::sr25519::dev;

use crate::wire::TAO;

pub(crate) async fn connect(devnet: &Devnet) -> OnlineClient<PolkadotConfig> {
    let rpc = RpcClient::from_insecure_url(devnet.ws_url()).await.unwrap();
    let backend = LegacyBackend::builder().build(rpc);
    OnlineClient::from_backend(Arc::new(backend)).await.unwrap()
}

fn transfer(rao: u64) -> impl subxt::tx::Payload {
    let bob = Value::unnamed_variant("Id", [Value::from_bytes(dev::bob().public_key().0)]);
    dynamic::transaction(
        "Balances",
        "transfer_keep_alive",
        vec![bob, Value::u128(rao.into())],
    )
}

#[tokio::test]
async fn storage_is_fetched_and_iterated_by_name() {
    let devnet = Devnet::builder().start().await.unwrap();
    devnet.new_blocks(2).await.unwrap();
    let client = connect(&devnet).await;
    let at = client.at_current_block().await.unwrap();
    assert_eq!((at.block_number(), at.spec_version()), (2, 425));
    let number = dynamic::storage::<(), u32>("System", "Number");
    assert_eq!(
        at.storage()
            .fetch(number, ())
            .await
            .unwrap()
            .decode()
            .unwrap(),
        2
    );

    let accounts = dynamic::storage::<Vec<Value>, Value>("System", "Account");
    let mut accounts = at.storage().iter(accounts, Vec::new()).await.unwrap();
    let mut found = 0;
    while let Some(account) = accounts.next().await {
        account.unwrap().value().decode().unwrap();
        found += 1;
    }
    assert!(found >= 6, "{found} accounts");
    let deposit = dynamic::constant::<u64>("Balances", "ExistentialDeposit");
    assert_eq!(at.constants().entry(deposit).unwrap(), 500);
}

#[tokio::test]
async fn a_runtime_api_is_called_by_name() {
    let devnet = Devnet::builder().start().await.unwrap();
    let client = connect(&devnet).await;
    let at = client.at_current_block().await.unwrap();
    let call = dynamic::runtime_api_call::<_, u32>(
        "AccountNonceApi",
        "account_nonce",
        (AccountId32(dev::alice().public_key().0),),
    );
    assert_eq!(at.runtime_apis().call(call).await.unwrap(), 0);
}

#[tokio::test]
async fn finalized_blocks_are_followed_without_a_gap() {
    let devnet = Devnet::builder().finality_lag(3).start().await.unwrap();
    let client = connect(&devnet).await;
    let mut blocks = client.stream_blocks().await.unwrap();
    assert_eq!(blocks.next().await.unwrap().unwrap().number(), 0);
    devnet.new_blocks(12).await.unwrap();
    for expected in 1..=9 {
        let block = blocks.next().await.unwrap().unwrap();
        assert_eq!(block.number(), expected);
    }
}

#[tokio::test]
async fn a_remark_is_signed_watched_and_its_events_read() {
    let devnet = Devnet::builder().start().await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let client = connect(&devnet).await;
    let remark = dynamic::transaction(
        "System",
        "remark_with_event",
        vec![Value::from_bytes(b"hello")],
    );
    let progress = client
        .tx()
        .await
        .unwrap()
        .sign_and_submit_then_watch_default(&remark, &dev::alice())
        .await
        .unwrap();
    devnet.new_blocks(1).await.unwrap();
    let events = progress.wait_for_finalized_success().await.unwrap();
    assert_eq!(
        names(&events),
        [
            "Balances.Withdraw",
            "System.Remarked",
            "TransactionPayment.TransactionFeePaid",
            "System.ExtrinsicSuccess"
        ]
    );
}

fn names(events: &subxt::extrinsics::ExtrinsicEvents<PolkadotConfig>) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let event = event.unwrap();
            format!("{}.{}", event.pallet_name(), event.event_name())
        })
        .collect()
}

#[tokio::test]
async fn a_transfer_moves_tao_and_one_too_large_names_its_error() {
    let devnet = Devnet::builder().world(World::Empty).start().await.unwrap();
    devnet.new_blocks(1).await.unwrap();
    let client = connect(&devnet).await;
    for (rao, error) in [(5 * TAO, None), (2_000_000 * TAO, Some("FundsUnavailable"))] {
        let progress = client
            .tx()
            .await
            .unwrap()
            .sign_and_submit_then_watch_default(&transfer(rao), &dev::alice())
            .await
            .unwrap();
        devnet.new_blocks(1).await.unwrap();
        let block = progress.wait_for_finalized().await.unwrap();
        match (error, block.wait_for_success().await) {
            (None, Ok(events)) => assert_eq!(
                names(&events),
                [
                    "Balances.Withdraw",
                    "Balances.Transfer",
                    "TransactionPayment.TransactionFeePaid",
                    "System.ExtrinsicSuccess"
                ]
            ),
            (Some(name), Err(error)) => assert!(format!("{error:?}").contains(name), "{error:?}"),
            (_, other) => panic!("{rao} rao: {:?}", other.map(|events| names(&events))),
        }
    }
}
