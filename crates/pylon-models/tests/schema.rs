//! What the OpenAPI document says about the wire types.
#![cfg(feature = "utoipa")]

use pylon_models::{ErrorCode, Hotkey, MechId, Problem, v1};
use serde_json::{Value, json};
use utoipa::PartialSchema;

fn schema<T: PartialSchema>() -> Value {
    json!(T::schema())
}

#[test]
fn neurons_are_an_object_of_neurons() {
    let neurons = &schema::<v1::NeuronsBody>()["properties"]["neurons"];
    assert_eq!(neurons["type"], "object");
    assert_eq!(
        neurons["additionalProperties"]["$ref"],
        "#/components/schemas/NeuronBody"
    );
    assert_eq!(
        schema::<v1::Neuron>()["required"].as_array().map(Vec::len),
        Some(17)
    );
}

#[test]
fn members_of_a_problem_are_left_out_and_never_null() {
    let problem = schema::<Problem>();
    assert_eq!(problem["required"], json!(["status_code", "detail"]));
    assert!(!problem.to_string().contains("null"), "{problem:#}");
}

#[test]
fn the_enum_of_codes_is_the_table() {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(schema::<ErrorCode>()["enum"], json!(codes));
}

#[test]
fn examples_are_values_of_their_type() {
    assert!(serde_json::from_value::<Hotkey>(schema::<Hotkey>()["example"].clone()).is_ok());
    assert!(serde_json::from_value::<MechId>(schema::<MechId>()["example"].clone()).is_ok());
    let identities = schema::<v1::IdentitiesBody>()["properties"]["identities"]["example"].clone();
    assert!(
        serde_json::from_value::<v1::IdentitiesBody>(json!({ "identities": identities })).is_ok()
    );
}
