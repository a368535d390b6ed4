//! Calls as a client makes them: registering, serving, batches and the sudo key.

use codec::{Compact, Encode};
use pylon_devnet::{Builder, Devnet, World};
use serde_json::{Value, json};

use crate::{
    happened::{Reader, names, outcome},
    wire::{Node, REMARK, Refusal, TAO, Transaction, account_key, bytes, hex, key, transfer},
};

/// `System.remark_with_event`, which only a signer can make.
const SIGNED_REMARK: [u8; 3] = [0, 7, 0];

pub(crate) fn small() -> Builder {
    Devnet::builder().world(World::Dev {
        neurons: 8,
        subnets: 1,
        seed: 1,
    })
}

fn burned_register(netuid: u16, hotkey: &str) -> Vec<u8> {
    (7u8, 7u8, netuid, key(hotkey).public_key().0).encode()
}

fn serve_axon(netuid: u16, port: u16) -> Vec<u8> {
    let address = (7u8, 4u8, netuid, 1u32, 0x0102_0304u128, port);
    (address, 4u8, 4u8, 0u8, 0u8).encode()
}

pub(crate) fn sudo(call: &[u8]) -> Vec<u8> {
    [&[12, 0], call].concat()
}

/// `Utility.batch` (0), `batch_all` (2) or `force_batch` (4).
pub(crate) fn batch(kind: u8, calls: &[&[u8]]) -> Vec<u8> {
    let count = Compact(u32::try_from(calls.len()).unwrap()).encode();
    [&[11, kind], &count[..], &calls.concat()].concat()
}

/// A node, and clients that sign calls and read what came of them.
pub(crate) struct Clients {
    pub(crate) node: Node,
    reader: Reader,
}

impl Clients {
    pub(crate) async fn start(builder: Builder) -> Self {
        let node = Node::start(builder).await;
        let reader = Reader::connect(&node.devnet).await;
        Self { node, reader }
    }

    pub(crate) async fn offer(&self, uri: &str, call: &[u8]) -> Result<Value, Refusal> {
        let address = key(uri).public_key().to_account_id().to_string();
        let nonce = self.node.get("system_accountNextIndex", json!([address]));
        let nonce = u32::try_from(nonce.await.as_u64().unwrap()).unwrap();
        let version = self.node.get("state_getRuntimeVersion", json!([])).await;
        let transaction = Transaction {
            call: call.into(),
            spec: u32::try_from(version["specVersion"].as_u64().unwrap()).unwrap(),
            ..self.node.remark(uri, nonce).await
        };
        self.node.submit(&transaction).await
    }

    /// What became of a call in the next block, and the events besides those of its fee.
    pub(crate) async fn make(&self, uri: &str, call: &[u8]) -> (String, Vec<String>) {
        self.offer(uri, call).await.unwrap();
        self.node.devnet.new_blocks(1).await.unwrap();
        let events = self.reader.extrinsic(&self.node.devnet, 1).await;
        let telling = names(&events)
            .into_iter()
            .filter(|name| !name.starts_with("system.Extrinsic"))
            .filter(|name| !name.starts_with("transactionPayment."))
            .filter(|name| !name.starts_with("balances."))
            .map(Into::into)
            .collect();
        (outcome(&events), telling)
    }

    pub(crate) async fn balance(&self, uri: &str) -> u64 {
        let key = json!([hex(&account_key(uri))]);
        let account = self.node.get("state_getStorage", key).await;
        u64::from_le_bytes(bytes(&account)[16..24].try_into().unwrap())
    }
}

#[tokio::test]
async fn a_neuron_that_registered_and_serves_is_seen_in_the_next_block() {
    let clients = Clients::start(small()).await;
    let (registered, events) = clients.make("//Alice", &burned_register(1, "//New")).await;
    assert_eq!(registered, "ok");
    assert_eq!(
        events,
        [
            "subtensorModule.RAORecycledForRegistrationSet",
            "subtensorModule.NeuronRegistered"
        ]
    );
    // Serving is free: the hotkey holds no TAO, and has no account.
    let (served, events) = clients.make("//New", &serve_axon(1, 8_091)).await;
    assert_eq!(served, "ok");
    assert_eq!(events, ["subtensorModule.AxonServed"]);
    let request = json!(["NeuronInfoRuntimeApi_get_neurons_lite", "0x0100"]);
    let neurons = bytes(&clients.node.get("state_call", request).await);
    assert_eq!(neurons[0], 9 << 2, "nine neurons");
    let hotkey = key("//New").public_key().0;
    let place = neurons.windows(32).position(|bytes| bytes == hotkey);
    let neuron = &neurons[place.unwrap()..];
    assert_eq!(neuron[32..64], key("//Alice").public_key().0);
    let axon = (2u64, 1u32, 0x0102_0304u128, 8_091u16, 4u8, 4u8).encode();
    assert!(neuron.windows(axon.len()).any(|bytes| bytes == axon));

    let again = clients.offer("//New", &serve_axon(1, 8_092)).await;
    let too_soon = Refusal::invalid("Custom error: 12");
    assert_eq!(again.unwrap_err(), too_soon);
}

#[tokio::test]
async fn a_batch_stops_at_its_first_error_and_keeps_what_was_done() {
    let clients = Clients::start(small()).await;
    let (pay, fail) = (transfer("//Dave", TAO), transfer("//Dave", 2_000_000 * TAO));
    let before = clients.balance("//Dave").await;
    let calls: [&[u8]; 3] = [&pay, &fail, &SIGNED_REMARK];
    let (result, events) = clients.make("//Alice", &batch(0, &calls)).await;
    assert_eq!(result, "ok");
    assert_eq!(
        events,
        ["utility.ItemCompleted", "utility.BatchInterrupted"]
    );
    assert_eq!(clients.balance("//Dave").await, before + TAO);

    let (result, events) = clients.make("//Alice", &batch(2, &calls)).await;
    assert_eq!(result, "Token.FundsUnavailable");
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(clients.balance("//Dave").await, before + TAO);

    let (result, events) = clients.make("//Alice", &batch(4, &calls)).await;
    assert_eq!(result, "ok");
    assert_eq!(
        events,
        [
            "utility.ItemCompleted",
            "utility.ItemFailed",
            "system.Remarked",
            "utility.ItemCompleted",
            "utility.BatchCompletedWithErrors"
        ]
    );
    assert_eq!(clients.balance("//Dave").await, before + 2 * TAO);
}

#[tokio::test]
async fn a_batch_of_all_or_nothing_holds_no_other_one() {
    let clients = Clients::start(small()).await;
    let inner = batch(2, &[&REMARK]);
    let (result, _) = clients.make("//Alice", &batch(2, &[&inner])).await;
    assert_eq!(result, "system.CallFiltered");
    let through = batch(0, &[&inner]);
    let (result, events) = clients.make("//Alice", &batch(2, &[&through])).await;
    assert_eq!(result, "ok");
    assert_eq!(events[0], "utility.BatchInterrupted");
    let (_, events) = clients.make("//Alice", &through).await;
    assert_eq!(events.last().unwrap(), "utility.BatchCompleted");
}

#[tokio::test]
async fn only_the_sudo_key_makes_calls_as_root_and_pays_nothing_for_them() {
    let clients = Clients::start(small()).await;
    let refused = clients.offer("//Bob", &sudo(&REMARK)).await.unwrap_err();
    assert_eq!(refused, Refusal::invalid("Invalid signing address"));
    let before = clients.balance("//Alice").await;
    let (result, events) = clients.make("//Alice", &sudo(&REMARK)).await;
    assert_eq!(
        (&result[..], &events[..]),
        ("ok", &["sudo.Sudid".into()][..])
    );
    assert_eq!(clients.balance("//Alice").await, before);
    // Root is nobody who could sign.
    let (result, _) = clients.make("//Alice", &sudo(&SIGNED_REMARK)).await;
    assert_eq!(result, "BadOrigin");

    // In a batch the pool does not see it.
    let smuggled = batch(2, &[&sudo(&REMARK)]);
    let (result, _) = clients.make("//Bob", &smuggled).await;
    assert_eq!(result, "sudo.RequireSudo");
    let hand_over = [&[12, 2, 0][..], &key("//Bob").public_key().0].concat();
    let (_, events) = clients.make("//Alice", &hand_over).await;
    assert_eq!(events, ["sudo.KeyChanged"]);
    let (result, _) = clients.make("//Bob", &sudo(&REMARK)).await;
    assert_eq!(result, "ok");
}

#[tokio::test]
async fn a_call_that_this_node_lets_nobody_make_is_filtered_everywhere() {
    let clients = Clients::start(small()).await;
    // SubtensorModule.start_call
    let start = (7u8, 92u8, 1u16).encode();
    let filtered = "system.CallFiltered";
    for call in [start.clone(), sudo(&start), batch(2, &[&start])] {
        assert_eq!(clients.make("//Alice", &call).await.0, filtered);
    }
}

#[tokio::test]
async fn all_of_a_balance_can_be_sent_and_ends_the_account() {
    let clients = Clients::start(small()).await;
    let all = |keep_alive: bool| {
        let to = (0u8, key("//Ferdie").public_key().0);
        (5u8, 4u8, to, keep_alive).encode()
    };
    let held = clients.balance("//Ferdie").await;
    assert_eq!(clients.make("//Eve", &all(true)).await.0, "ok");
    assert_eq!(clients.balance("//Eve").await, 500);
    let sent = clients.balance("//Ferdie").await - held;
    assert!((999_999 * TAO..1_000_000 * TAO).contains(&sent));

    let (_, events) = clients.make("//Dave", &all(false)).await;
    assert_eq!(events, ["system.KilledAccount"]);
    let gone = json!([hex(&account_key("//Dave"))]);
    let account = clients.node.get("state_getStorage", gone).await;
    assert_eq!(account, Value::Null);
}

#[tokio::test]
async fn calls_nested_too_deeply_do_not_decode_and_those_below_run() {
    let clients = Clients::start(small()).await;
    let nested = |depth: usize| [&[11, 0, 4].repeat(depth)[..], &REMARK].concat();
    let deep = clients.offer("//Alice", &nested(400)).await.unwrap_err();
    assert_eq!(deep.code, 1_002);
    let (result, events) = clients.make("//Alice", &nested(250)).await;
    assert_eq!(result, "ok");
    assert_eq!(events.len(), 500);
}

#[tokio::test]
async fn no_transaction_goes_before_one_of_a_lower_nonce_that_failed() {
    let clients = Clients::start(small()).await;
    // The second axon comes too soon after the first, which only the block finds out.
    let calls = [serve_axon(1, 8_091), serve_axon(1, 8_092), REMARK.into()];
    for call in &calls {
        clients.offer("//Alice", call).await.unwrap();
    }
    let included = async || {
        clients.node.devnet.new_blocks(1).await.unwrap();
        let block = clients.node.get("chain_getBlock", json!([])).await;
        block["block"]["extrinsics"].as_array().unwrap().len() - 1
    };
    assert_eq!(included().await, 1);
    assert_eq!(included().await, 0);
    clients.offer("//Alice", &SIGNED_REMARK).await.unwrap();
    assert_eq!(included().await, 2);
}
