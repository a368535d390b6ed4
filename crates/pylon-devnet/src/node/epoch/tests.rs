//! Epochs on states of the real runtime, compared with what it wrote, byte for byte.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::*;
use crate::{
    runtime::{AccountId, RuntimeEvent, layout::Layout, oct2026, subtensor::*, system},
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

/// Two subnets of 16 neurons whose epochs run in block 20.
fn two_subnets() -> State {
    genesis(&World::Dev {
        neurons: 16,
        subnets: 2,
        seed: 5,
    })
}

/// The state after block 20 began.
fn after_epochs(mut state: State) -> State {
    begin(&mut state, &Value::from(20));
    assert_eq!(LAST_MECHANSIM_STEP_BLOCK.get(&state, (1,)), 20);
    state
}

/// What an epoch decides on a subnet.
fn decided(state: &State, netuid: u16) -> impl PartialEq + std::fmt::Debug {
    let key = (netuid,);
    let scores = [&INCENTIVE, &CONSENSUS, &DIVIDENDS, &VALIDATOR_TRUST];
    let bonds = BONDS.under(state, key);
    let mut stakes = TOTAL_HOTKEY_ALPHA.iter(state);
    stakes.retain(|((_, of), _)| *of == netuid);
    (
        scores.map(|score| score.get(state, key)),
        EMISSION.get(state, key),
        bonds,
        stakes,
    )
}

#[test]
fn consensus_on_a_subnet_does_not_hear_of_weights_on_another() {
    let before = after_epochs(two_subnets());
    let mut state = two_subnets();
    WEIGHTS.put(&mut state, (1, 8), vec![(1, 65_535)]);
    let after = after_epochs(state);
    assert_ne!(decided(&before, 1), decided(&after, 1));
    assert_eq!(decided(&before, 2), decided(&after, 2));
}

#[test]
fn what_waited_for_an_epoch_becomes_stake() {
    let stakes = |state: &State| -> u64 {
        let stakes = TOTAL_HOTKEY_ALPHA.iter(state).into_iter();
        let own = stakes.filter(|((_, netuid), _)| *netuid == 1);
        own.map(|(_, stake)| stake).sum()
    };
    let mut state = two_subnets();
    for pending in [&PENDING_SERVER_EMISSION, &PENDING_VALIDATOR_EMISSION] {
        pending.put(&mut state, (1,), 45_000_000_000);
    }
    PENDING_OWNER_CUT.put(&mut state, (1,), 10_000_000_000);
    let before = stakes(&state);
    let after = after_epochs(state);
    // The block of the epoch brings an alpha, of which root's part is recycled.
    let gained = stakes(&after) - before;
    assert!(
        (100_900_000_000..=101_000_000_000).contains(&gained),
        "{gained}"
    );
    assert_eq!(PENDING_SERVER_EMISSION.get(&after, (1,)), 0);
    let paid: u64 = EMISSION.get(&after, (1,)).iter().sum();
    assert!((90_700_000_000..=90_820_000_000).contains(&paid), "{paid}");
}

#[test]
fn a_take_and_a_burn_are_kept_of_what_others_hotkeys_lend() {
    let dividends = |change: fn(&mut State, &AccountId)| {
        let mut state = two_subnets();
        let [parent, child] = [4, 8].map(|uid| KEYS.get(&state, (2, uid)));
        CHILD_KEYS.put(
            &mut state,
            (parent.clone(), 2),
            vec![(u64::MAX, child.clone())],
        );
        PARENT_KEYS.put(
            &mut state,
            (child.clone(), 2),
            vec![(u64::MAX, parent.clone())],
        );
        PENDING_VALIDATOR_EMISSION.put(&mut state, (2,), 100_000_000_000);
        change(&mut state, &child);
        let state = after_epochs(state);
        [parent, child].map(|hotkey| ALPHA_DIVIDENDS_PER_SUBNET.get(&state, (2, hotkey)))
    };
    let take = |state: &mut State, child: &AccountId| {
        CHILDKEY_TAKE.put(state, (child.clone(), 2), 11_796);
    };
    let plain = dividends(|_, _| {});
    let taken = dividends(take);
    assert!(plain[0] > 0 && taken[0] < plain[0], "{plain:?} {taken:?}");
    assert!(taken[1] > plain[1], "{plain:?} {taken:?}");
    // All that is lent by one's own other hotkeys is passed on.
    let own = dividends(|state, child| {
        CHILDKEY_TAKE.put(state, (child.clone(), 2), 11_796);
        let parent = KEYS.get(state, (2, 4));
        let owner = OWNER.get(state, (parent,));
        OWNER.put(state, (child.clone(),), owner);
    });
    assert_eq!(own[0], plain[0]);
}

#[test]
fn october_remembers_each_mechanisms_consensus_and_the_block() {
    let mut state = two_subnets();
    Layout::Oct2026.install(&mut state);
    let state = after_epochs(state);
    assert_eq!(oct2026::LAST_YUMA_STEP_BLOCK.find(&state, (1,)), Some(20));
    let consensus = CONSENSUS.get(&state, (1,));
    assert!(consensus.iter().any(|score| *score > 0));
    assert_eq!(oct2026::CONSENSUS_BY_MECHANISM.get(&state, (1,)), consensus);
    let june = after_epochs(two_subnets());
    assert_eq!(oct2026::LAST_YUMA_STEP_BLOCK.find(&june, (1,)), None);
}
