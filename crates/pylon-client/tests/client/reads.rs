//! Each read: what it asks for, with whose token, and that its body keeps all that it had. Bodies are those of the
//! original service where it has the read.

use pylon_client::models::unstable::EvmAbiBody;
use pylon_client::models::v1::ValidatorsBody;
use pylon_client::models::{Coldkey, EvmAddress, Hotkey, MechId, ScaleValue};
use pylon_client::testing::{Reply, Request, Server};
use pylon_client::{Call, ErrorCode, NeuronField};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{HASH, client};

const HOTKEY: &str = "5DvAugr3JqMj6hzHrJVLok2J5jXnRaLg2vWqEWANcgEvM2Px";
const COLDKEY: &str = "5DfQt7doSzoNdigXoYAtbVrAYHudhGAFodUtBFUkwyPn31XX";
const OPEN: Option<&str> = Some("Bearer open");
const SECRET: Option<&str> = Some("Bearer secret");
const VALIDATORS: &str =
    include_str!("../../../pylon-models/tests/fixtures/golden_validators.json");
const NEURONS: &str = include_str!("../../../pylon-models/tests/fixtures/golden_neurons.json");

fn hotkey() -> Hotkey {
    HOTKEY.parse().unwrap()
}

fn block() -> Value {
    json!({"number": 200, "hash": HASH})
}

async fn reads<T>(server: &Server, call: Call<T>, target: &str, token: Option<&str>, body: Value)
where
    T: Serialize + DeserializeOwned + 'static,
{
    server.on(target).answer(200, &body);
    let answer = call.await.unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), body, "{target}");
    let received = server.calls().pop().unwrap();
    assert_eq!(received.to_string(), format!("GET {target}"));
    assert_eq!(received.header("authorization"), token, "{target}");
}

#[tokio::test]
async fn neurons_and_validators_are_read_by_open_access_and_as_an_identity() {
    let server = Server::start().await;
    let client = client(&server);
    let (subnet, identity) = (client.subnet(12), client.identity("dev").unwrap());
    let neurons: Value = serde_json::from_str(NEURONS).unwrap();
    let validators: Value = serde_json::from_str(VALIDATORS).unwrap();
    for (call, target, token) in [
        (
            subnet.neurons().latest(),
            "/api/v1/subnet/12/block/latest/neurons",
            OPEN,
        ),
        (
            subnet.neurons().recent(),
            "/api/v1/subnet/12/block/recent/neurons",
            OPEN,
        ),
        (
            subnet.neurons().at(200),
            "/api/v1/subnet/12/block/200/neurons",
            OPEN,
        ),
        (
            identity.neurons().latest().finalized(),
            "/api/v1/identity/dev/subnet/7/block/latest/neurons?finalized=true",
            SECRET,
        ),
    ] {
        reads(&server, call, target, token, neurons.clone()).await;
    }
    for (call, target, token) in [
        (
            subnet.validators().latest(),
            "/api/v1/subnet/12/block/latest/validators",
            OPEN,
        ),
        (
            identity.validators().at(u32::MAX),
            "/api/v1/identity/dev/subnet/7/block/4294967295/validators",
            SECRET,
        ),
    ] {
        reads(&server, call, target, token, validators.clone()).await;
    }
}

#[tokio::test]
async fn some_fields_are_asked_for_by_name_and_the_others_are_none() {
    let server = Server::start().await;
    let subnet = client(&server).subnet(12);
    let fields = [NeuronField::Uid, NeuronField::ValidatorPermit];
    let neuron = json!({"uid": 3, "validator_permit": true});
    let call = subnet.neurons().latest().finalized().fields(fields);
    let target =
        "/api/v1/subnet/12/block/latest/neurons?finalized=true&fields=uid,validator_permit";
    let body = json!({"block": block(), "neurons": {HOTKEY: neuron}});
    reads(&server, call.clone(), target, OPEN, body).await;
    let partial = call.await.unwrap().neurons.remove(&hotkey()).unwrap();
    assert_eq!(partial.uid.map(|uid| uid.get()), Some(3));
    assert_eq!(partial.stake, None);

    let call = subnet.validators().at(200).fields(fields);
    let target = "/api/v1/subnet/12/block/200/validators?fields=uid,validator_permit";
    let body = json!({"block": block(), "validators": [neuron]});
    reads(&server, call, target, OPEN, body).await;
}

#[tokio::test]
async fn an_extrinsic_keeps_its_arguments() {
    let server = Server::start().await;
    let call = client(&server).blocks().extrinsic(200, 0);
    let target = "/api/v1/block/200/extrinsic/0";
    let body = json!({
        "block_number": 200, "extrinsic_index": 0, "extrinsic_length": 10, "address": null,
        "extrinsic_hash": "0x7f8c289d528791f376492f3894961368f3c349f6c62bf2ae81b1d02787faf734",
        "call": {
            "call_module": "Timestamp", "call_function": "set",
            "call_args": [{"name": "now", "type": "Moment", "value": 1_795_232_412_000_u64}],
            "call_index": "0x0200",
            "call_hash": "0x1b92989ad9300090e684c9962f968dad9eacf676dd8aa9e1532f4fec7f0daffa",
        },
    });
    reads(&server, call.clone(), target, None, body).await;
    let argument = call.await.unwrap().call.call_args.remove(0);
    assert_eq!(argument.value, ScaleValue::Unsigned(1_795_232_412_000));
}

#[tokio::test]
async fn certificates_are_read_together_one_by_one_and_ones_own() {
    let server = Server::start().await;
    let client = client(&server);
    let certificates = client.subnet(42).certificates();
    let one = json!({
        "algorithm": 1,
        "public_key": "7a629e65bd2708d24f1645259a908afe0d681879faf3bfd20b040fb3c5a0fc87",
    });
    let base = "/api/v1/subnet/42/block/latest/certificates";
    reads(
        &server,
        certificates.latest(),
        base,
        OPEN,
        json!({HOTKEY: one}),
    )
    .await;
    let target = format!("{base}/{HOTKEY}");
    reads(
        &server,
        certificates.of(&hotkey()),
        &target,
        OPEN,
        one.clone(),
    )
    .await;
    let own = client.identity("dev").unwrap().own_certificate();
    let target = "/api/v1/identity/dev/subnet/7/block/latest/certificates/self";
    reads(&server, own.clone(), target, SECRET, one).await;
    server.on(&own).problem(
        ErrorCode::NotFound,
        "Certificate not found or error fetching.",
    );
    assert_eq!(own.await.unwrap_err().code(), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn plain_commitments_are_read_together_one_by_one_and_ones_own() {
    let server = Server::start().await;
    let client = client(&server);
    let commitments = client.subnet(42).commitments();
    let all = json!({"block": block(), "commitments": {HOTKEY: "0x636f6d6d69746d656e742d30"}});
    let one = json!({
        "block": block(), "commitment_block_number": 100, "hotkey": HOTKEY,
        "commitment": "0x636f6d6d69746d656e742d30",
    });
    let base = "/api/v1/subnet/42/block/latest/commitments";
    reads(&server, commitments.latest(), base, OPEN, all).await;
    let target = format!("{base}/{HOTKEY}");
    reads(
        &server,
        commitments.of(&hotkey()),
        &target,
        OPEN,
        one.clone(),
    )
    .await;
    let own = client.identity("dev").unwrap().own_commitment();
    let target = "/api/v1/identity/dev/subnet/7/block/latest/commitments/self";
    reads(&server, own, target, SECRET, one).await;
}

#[tokio::test]
async fn tagged_commitments_are_read_from_the_unstable_surface() {
    let server = Server::start().await;
    let client = client(&server);
    let commitments = client.subnet(42).tagged_commitments();
    let timelocked = json!({
        "kind": "timelock_encrypted", "commitment_block_number": 101, "hotkey": HOTKEY,
        "commitment": "0xeeee", "reveal_round": 1_000_000,
    });
    let plain = json!({
        "kind": "hex_data", "commitment_block_number": 100, "hotkey": HOTKEY, "commitment": "0x61",
    });
    let base = "/api/_unstable/openaccess/subnet/42/block/latest/commitments";
    let all = json!({"block": block(), "commitments": {HOTKEY: plain}});
    reads(&server, commitments.latest(), base, OPEN, all).await;
    let one = json!({"block": block(), "commitment": timelocked});
    let target = format!("{base}/{HOTKEY}");
    reads(
        &server,
        commitments.of(&hotkey()),
        &target,
        OPEN,
        one.clone(),
    )
    .await;
    let own = client.identity("dev").unwrap().own_tagged_commitment();
    let target = "/api/_unstable/identity/dev/subnet/7/block/latest/commitments/self";
    reads(&server, own, target, SECRET, one).await;
}

#[tokio::test]
async fn revealed_commitments_are_read_together_one_by_one_and_ones_own() {
    let server = Server::start().await;
    let client = client(&server);
    let commitments = client.subnet(42).revealed_commitments();
    let list = json!([
        {"reveal_block_number": 92, "hotkey": HOTKEY, "commitment": "revealed 2"},
        {"reveal_block_number": 97, "hotkey": HOTKEY, "commitment": "second 2"},
    ]);
    let base = "/api/v1/subnet/42/block/latest/commitments/revealed";
    let all = json!({"block": block(), "commitments": {HOTKEY: list}});
    reads(&server, commitments.latest(), base, OPEN, all).await;
    let one = json!({"block": block(), "commitments": list});
    let target = format!("{base}/{HOTKEY}");
    reads(
        &server,
        commitments.of(&hotkey()),
        &target,
        OPEN,
        one.clone(),
    )
    .await;
    let own = client.identity("dev").unwrap().own_revealed_commitments();
    let target = "/api/v1/identity/dev/subnet/7/block/latest/commitments/revealed/self";
    reads(&server, own, target, SECRET, one).await;
}

#[tokio::test]
async fn prices_are_read_from_the_unstable_surface() {
    let server = Server::start().await;
    let client = client(&server);
    let all = json!({
        "block": block(),
        "prices": {"0": {"value": 1_000_000_000}, "1": {"value": 25_071_113}},
    });
    let one = json!({"block": block(), "netuid": 1, "price": {"value": 25_071_113}});
    let base = "/api/_unstable/openaccess";
    for (call, block) in [
        (client.prices().latest(), "latest"),
        (client.prices().at(200), "200"),
    ] {
        let target = format!("{base}/block/{block}/prices");
        reads(&server, call, &target, OPEN, all.clone()).await;
    }
    let price = client.subnet(1).price();
    for (call, block) in [(price.latest(), "latest"), (price.at(200), "200")] {
        let target = format!("{base}/subnet/1/block/{block}/price");
        reads(&server, call, &target, OPEN, one.clone()).await;
    }
    let price = client.identity("dev").unwrap().price();
    let target = "/api/_unstable/identity/dev/subnet/7/block/latest/price";
    reads(&server, price.latest(), target, SECRET, one).await;
}

#[tokio::test]
async fn evm_addresses_and_the_drand_round_are_read_at_the_best_head() {
    let server = Server::start().await;
    let client = client(&server);
    let target = "/api/v1/subnet/42/block/latest/evm_associations";
    let body = json!({"block": block(), "evm_associations": {HOTKEY: {
        "hotkey": HOTKEY,
        "evm_address": "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "last_block_where_ownership_was_proven": 150,
    }}});
    let call = client.subnet(42).evm_associations();
    reads(&server, call, target, OPEN, body).await;
    let target = "/api/_unstable/openaccess/block/latest/drand/last_stored_round";
    let body = json!({"last_stored_round": 34_142_000});
    reads(&server, client.drand_round(), target, OPEN, body).await;
}

#[tokio::test]
async fn what_the_runtime_of_a_block_has_is_read_of_hyperparameters_and_epochs() {
    let server = Server::start().await;
    let client = client(&server);
    let (subnet, identity) = (client.subnet(1), client.identity("dev").unwrap());
    let body = json!({"block": block(), "netuid": 1, "hyperparameters": {
        "tempo": 360, "registration_allowed": true, "alpha_sigmoid_steepness": 1000.0,
    }});
    let target = "/api/v1/subnet/1/block/latest/hyperparams";
    reads(
        &server,
        subnet.hyperparameters().latest(),
        target,
        OPEN,
        body.clone(),
    )
    .await;
    let target = "/api/v1/identity/dev/subnet/7/block/200/hyperparams";
    reads(
        &server,
        identity.hyperparameters().at(200),
        target,
        SECRET,
        body,
    )
    .await;

    let body = json!({
        "block": block(), "netuid": 1, "tempo": 360, "epoch_index": 11, "next_epoch_block": 347,
        "blocks_until_next_epoch": 147, "seconds_until_next_epoch": 1764, "schedule": null,
    });
    let target = "/api/v1/subnet/1/block/200/epoch";
    reads(&server, subnet.epoch().at(200), target, OPEN, body.clone()).await;
    let target = "/api/v1/identity/dev/subnet/7/block/latest/epoch?finalized=true";
    reads(
        &server,
        identity.epoch().latest().finalized(),
        target,
        SECRET,
        body,
    )
    .await;
}

#[tokio::test]
async fn weights_and_bonds_are_read_of_one_mechanism() {
    let server = Server::start().await;
    let client = client(&server);
    let subnet = client.subnet(1);
    let rows = json!([{"uid": 0, "row": [[3, 65_535], [7, 1_200]]}]);
    let target = "/api/v1/subnet/1/block/200/weights?mechanism=1";
    let body = json!({"block": block(), "netuid": 1, "mechanism": 1, "weights": rows});
    let mechanism = MechId::try_from(1).unwrap();
    reads(
        &server,
        subnet.weights(mechanism).at(200),
        target,
        OPEN,
        body,
    )
    .await;
    let target = "/api/v1/subnet/1/block/latest/bonds?mechanism=0&finalized=true";
    let body = json!({"block": block(), "netuid": 1, "mechanism": 0, "bonds": rows});
    let bonds = subnet.bonds(MechId::MAIN).latest().finalized();
    reads(&server, bonds, target, OPEN, body).await;
}

#[tokio::test]
async fn subnets_and_accounts_are_read_by_open_access() {
    let server = Server::start().await;
    let client = client(&server);
    let subnet = json!({
        "netuid": 1, "name": "apex", "symbol": "α", "owner_hotkey": HOTKEY,
        "owner_coldkey": COLDKEY, "tempo": 360, "last_step": 180, "registered_at": 7,
        "tao_in": 5_000_000_000_u64, "alpha_in": 7_000_000_000_u64, "alpha_out": 1,
        "price": 25_071_113,
    });
    let body = json!({"block": block(), "subnets": [subnet]});
    reads(
        &server,
        client.subnets().latest(),
        "/api/v1/block/latest/subnets",
        OPEN,
        body,
    )
    .await;
    let body = json!({"block": block(), "subnet": subnet});
    let summary = client.subnet(1).summary().at(200);
    reads(&server, summary, "/api/v1/block/200/subnet/1", OPEN, body).await;

    let coldkey: Coldkey = COLDKEY.parse().unwrap();
    let body = json!({
        "block": block(), "coldkey": COLDKEY, "free": 1_500_000_000_u64, "reserved": 0,
        "frozen": 0, "nonce": 7,
        "stakes": [{
            "hotkey": HOTKEY, "netuid": 1, "stake": 12_000_000_000_u64, "locked": 0,
            "emission": 5, "is_registered": true,
        }],
    });
    let target = format!("/api/v1/block/latest/account/{COLDKEY}");
    reads(
        &server,
        client.account(&coldkey).latest(),
        &target,
        OPEN,
        body,
    )
    .await;
}

#[tokio::test]
async fn a_login_sends_the_identitys_token_in_its_body_and_again_when_asked_again() {
    let server = Server::start().await;
    let identity = client(&server).identity("dev").unwrap();
    let path = Request::post("/api/v1/login/identity/dev");
    server
        .on(path.clone())
        .problem(ErrorCode::ChainError, "x")
        .answer(200, &json!({"netuid": 9, "identity_name": "dev"}));
    let login = identity.login().await.unwrap();
    assert_eq!(
        (login.netuid.get(), login.identity_name.as_str()),
        (9, "dev")
    );
    let calls = server.calls_of(path.clone());
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(call.json::<Value>().unwrap(), json!({"token": "secret"}));
        assert_eq!(call.header("content-type"), Some("application/json"));
    }
    server
        .on(path)
        .problem(ErrorCode::Forbidden, "Invalid authorization token");
    let error = identity.login().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Forbidden));
    assert!(!format!("{identity:?} {:?}", identity.login()).contains("secret"));
}

#[tokio::test]
async fn without_a_token_none_is_sent_and_the_service_says_so() {
    let server = Server::start().await;
    let client = pylon_client::PylonClient::builder().url(server.url());
    let call: Call<ValidatorsBody> = client.build().unwrap().subnet(1).validators().latest();
    server
        .on(&call)
        .problem(ErrorCode::Unauthorized, "Authorization header is required");
    let error = call.await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Unauthorized));
    assert_eq!(server.calls()[0].header("authorization"), None);
}

#[tokio::test]
async fn logs_are_asked_for_with_the_abi_in_the_body_by_open_access_and_as_an_identity() {
    let server = Server::start().await;
    let client = client(&server);
    let contract: EvmAddress = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
        .parse()
        .unwrap();
    let event = json!({"type": "event", "name": "Transfer", "inputs": []});
    let abi: EvmAbiBody = serde_json::from_value(json!({ "abi": [event] })).unwrap();
    let value = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    let body = format!(
        r#"{{"logs":[{{"event":"Transfer","args":{{"value":{value},"memo":"0x01"}},"address":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed","block_number":150,"transaction_hash":"{HASH}","transaction_index":0,"log_index":2}}],"from_block":100,"to_block":200}}"#
    );
    let identity = client.identity("dev").unwrap();
    for (call, target, token) in [
        (
            client.evm_logs(&contract, 100..=200, &abi),
            "/api/_unstable/openaccess/evm",
            OPEN,
        ),
        (
            identity.evm_logs(&contract, 100..=200, &abi),
            "/api/_unstable/identity/dev/subnet/7/evm",
            SECRET,
        ),
    ] {
        let target = format!("{target}/contracts/{contract}/logs?from_block=100&to_block=200");
        server
            .on(Request::post(&target))
            .reply(Reply::text(200, &body));
        let answer = call.await.unwrap();
        assert_eq!(answer.logs[0].args[0].1.as_u64(), None);
        assert_eq!(serde_json::to_string(&answer).unwrap(), body);
        let received = server.calls().pop().unwrap();
        assert_eq!(received.to_string(), format!("POST {target}"));
        assert_eq!(received.header("authorization"), token);
        assert_eq!(received.json::<EvmAbiBody>().unwrap(), abi);
    }
}

#[tokio::test]
async fn whether_weights_stand_in_an_epoch_is_asked_of_a_mechanism() {
    let server = Server::start().await;
    let identity = client(&server).identity("dev").unwrap();
    let target = "/api/v1/identity/dev/subnet/7/mechanism/1/block/200/weights/status";
    let body = json!({"weights_submitted": true});
    let call = identity.weights_status(MechId::try_from(1).unwrap(), 200);
    reads(&server, call, target, SECRET, body).await;
}
