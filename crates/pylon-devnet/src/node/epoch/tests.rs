//! Epochs on states of the real runtime, compared with what it wrote, byte for byte.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::*;
use crate::{
    runtime::{RuntimeEvent, system},
    state::State,
    world::{World, genesis},
};

/// A file of this repository.
fn fixture(path: &str) -> Value {
    read(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path))
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes(text: &Value) -> Vec<u8> {
    hex::decode(text.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

fn lay_down(state: &mut State, set: &Value) {
    for change in set.as_array().unwrap() {
        if change[1].is_null() {
            state.kill(&bytes(&change[0]));
        } else {
            state.put(&bytes(&change[0]), &bytes(&change[1]));
        }
    }
}

/// Makes the beginning of `block`.
fn begin(state: &mut State, block: &Value) -> Vec<RuntimeEvent> {
    let block = u32::try_from(block.as_u64().unwrap()).unwrap();
    system::NUMBER.put(state, (), block);
    let mut events = Vec::new();
    begin_block(&mut Context {
        state,
        events: &mut events,
    });
    events
}

/// Where the state is not what was read.
fn differences(state: &State, recorded: &Value) -> Vec<String> {
    let recorded = recorded.as_array().unwrap();
    recorded
        .iter()
        .filter_map(|entry| {
            let real = (!entry[1].is_null()).then(|| bytes(&entry[1]));
            let here = state.get(&bytes(&entry[0]));
            let [real, shown] = [real.as_deref(), here].map(|bytes| bytes.map(hex::encode));
            (real != shown).then(|| format!("{} {real:?} {shown:?}", entry[2]))
        })
        .collect()
}

#[test]
fn consensus_of_eighty_small_states_is_the_real_runtimes() {
    let golden = match env::var_os("PYLON_VECTORS_DIR") {
        Some(folder) => read(&Path::new(&folder).join("golden_epochs.json")),
        None => fixture("../pylon-scoring/tests/fixtures/golden_epochs.json"),
    };
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 80);
    let mut wrong = Vec::new();
    for (nth, case) in cases.iter().enumerate() {
        let mut state = genesis(&World::Empty);
        lay_down(&mut state, &case["set"]);
        begin(&mut state, &case["block"]);
        let found = differences(&state, &case["read"]);
        if !found.is_empty() {
            wrong.push(format!("case {nth}: {}", found.join("\n  ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn consensus_of_256_neurons_is_the_real_runtimes_under_every_model() {
    let given = fixture("tests/fixtures/runtime_256.json");
    let golden = fixture("tests/fixtures/runtime_256_epochs.json");
    let epochs = golden["epochs"].as_array().unwrap();
    assert_eq!(epochs.len(), 4);
    for epoch in epochs {
        let mut state = genesis(&World::Empty);
        lay_down(&mut state, &given["set"]);
        lay_down(&mut state, &epoch["set"]);
        begin(&mut state, &epoch["block"]);
        let found = differences(&state, &epoch["read"]);
        assert!(found.is_empty(), "{}\n{}", epoch["model"], found.join("\n"));
    }
}
