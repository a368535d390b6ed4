use codec::DecodeAll;
use serde_json::Value;

use super::*;

fn bytes(hex: &Value) -> Vec<u8> {
    hex::decode(hex.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

/// A state that was laid down in the real runtime, and what it answered there.
fn recorded(fixture: &str) -> (State, Value) {
    let golden: Value = serde_json::from_str(fixture).unwrap();
    let mut state = State::default();
    for pair in golden["set"].as_array().unwrap() {
        state.put(&bytes(&pair[0]), &bytes(&pair[1]));
    }
    let block = golden["block"].as_u64().unwrap();
    system::NUMBER.put(&mut state, (), block.try_into().unwrap());
    (state, golden)
}

/// A subnet of 256 neurons.
fn full_subnet() -> (State, Value) {
    recorded(include_str!("../../../tests/fixtures/runtime_256.json"))
}

/// A small subnet of two mechanisms.
fn small_subnet() -> (State, Value) {
    recorded(include_str!("../../../tests/fixtures/runtime_apis.json"))
}

#[test]
fn the_recorded_states_give_the_real_runtimes_answers_byte_for_byte() {
    for ((state, golden), count) in [(full_subnet(), 8), (small_subnet(), 18)] {
        let apis = golden["apis"].as_array().unwrap();
        assert_eq!(apis.len(), count);
        for api in apis {
            let name = api["api"].as_str().unwrap();
            let answer = call(&state, name, &bytes(&api["args"])).unwrap();
            assert!(answer == bytes(&api["result"]), "{name} differs");
        }
    }
}

#[test]
fn every_column_can_be_asked_for_alone() {
    let (state, _) = full_subnet();
    for index in 1..=73u16 {
        let input = (42u16, vec![index]).encode();
        let answer = call(
            &state,
            "SubnetInfoRuntimeApi_get_selective_metagraph",
            &input,
        )
        .unwrap();
        let decoded = Option::<SelectiveMetagraph>::decode_all(&mut &answer[..]).unwrap();
        assert!(decoded.is_some(), "column {index}");
    }
}

#[test]
fn a_subnet_that_does_not_exist_has_no_answer() {
    let state = State::default();
    let netuid = 42u16.encode();
    assert_eq!(
        call(&state, "SubnetInfoRuntimeApi_get_metagraph", &netuid),
        Ok(vec![0])
    );
    assert_eq!(
        call(&state, "NeuronInfoRuntimeApi_get_neurons_lite", &netuid),
        Ok(vec![0])
    );
}

#[test]
fn an_unknown_method_and_bad_arguments_are_errors() {
    let state = State::default();
    assert_eq!(
        call(&state, "Core_nothing", &[]),
        Err(ApiError::UnknownMethod("Core_nothing".into()))
    );
    let bad = call(&state, "SubnetInfoRuntimeApi_get_metagraph", &[1]);
    assert!(matches!(
        bad,
        Err(ApiError::BadInput {
            method: "get_metagraph",
            ..
        })
    ));
}
