//! Bodies that the original service answered, read and written again.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use pylon_models::v1::{BlockBody, IdentitiesBody, NeuronsBody, ValidatorsBody};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn read_and_write<T: DeserializeOwned + Serialize>(golden: &str) -> T {
    let body: T = serde_json::from_str(golden).unwrap();
    assert_eq!(serde_json::to_string(&body).unwrap(), golden.trim_end());
    body
}

#[test]
fn neurons_come_out_byte_for_byte_and_in_uid_order() {
    let body: NeuronsBody = read_and_write(include_str!("fixtures/golden_neurons.json"));
    let uids: Vec<u16> = body.neurons.iter().map(|neuron| neuron.uid.get()).collect();
    assert_eq!(uids, [0, 1, 2, 100, 101]);
    let second = &body.neurons[1];
    assert_eq!(body.get(&second.hotkey), Some(second));
}

#[test]
fn validators_come_out_byte_for_byte() {
    let body: ValidatorsBody = read_and_write(include_str!("fixtures/golden_validators.json"));
    assert!(body.validators.iter().all(|neuron| neuron.validator_permit));
    assert!(
        body.validators
            .is_sorted_by(|a, b| a.stakes.total >= b.stakes.total)
    );
}

#[test]
fn a_block_comes_out_byte_for_byte() {
    let body: BlockBody = read_and_write(include_str!("fixtures/golden_block.json"));
    assert_eq!(body.block_ref().number, body.number);
}

#[test]
fn identities_come_out_byte_for_byte() {
    let body: IdentitiesBody = read_and_write(r#"{"identities":{"Other-2":12,"dev":1}}"#);
    assert_eq!(body.identities.len(), 2);
}

#[test]
fn a_neuron_under_the_hotkey_of_another_is_refused() {
    let golden = include_str!("fixtures/golden_neurons.json");
    let body: NeuronsBody = serde_json::from_str(golden).unwrap();
    let [first, second] = [0, 1].map(|i| format!("\"{}\":{{", body.neurons[i].hotkey));
    let error = serde_json::from_str::<NeuronsBody>(&golden.replace(&first, &second)).unwrap_err();
    assert!(error.to_string().contains("names the neuron of"), "{error}");
}
