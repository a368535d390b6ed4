use sp_runtime::DispatchError;

use super::*;
use crate::{
    node::dispatch::weights::call,
    runtime::{
        RuntimeEvent, compact,
        subtensor::{
            Call, KEYS, MIN_ALLOWED_WEIGHTS, SUBNET_EPOCH_INDEX, SUBNETWORK_N, TEMPO, UIDS,
            VALIDATOR_PERMIT, WEIGHTS, WEIGHTS_SET_RATE_LIMIT,
        },
        system,
    },
};

const HOTKEY: AccountId = AccountId::new([1; 32]);
const MECHANISM: Mechanism = Mechanism {
    netuid: 1,
    mecid: 0,
};

/// Subnet 1 in its epoch 5, which no block ends. Its first neuron is a validator.
fn subnet() -> State {
    let mut state = State::default();
    system::NUMBER.put(&mut state, (), 100);
    NETWORKS_ADDED.put(&mut state, (1,), true);
    TEMPO.put(&mut state, (1,), 0);
    SUBNET_EPOCH_INDEX.put(&mut state, (1,), 5);
    WEIGHTS_SET_RATE_LIMIT.put(&mut state, (1,), 0);
    MIN_ALLOWED_WEIGHTS.put(&mut state, (1,), 1);
    SUBNETWORK_N.put(&mut state, (1,), 3);
    VALIDATOR_PERMIT.put(&mut state, (1,), vec![true, false, false]);
    for uid in 0..3u16 {
        KEYS.put(&mut state, (1, uid), AccountId::new([1; 32]));
    }
    UIDS.put(&mut state, (1, HOTKEY), 0);
    state
}

fn in_context<T>(state: &mut State, run: impl FnOnce(&mut Context<'_>) -> T) -> (T, Vec<Event>) {
    let mut events = Vec::new();
    let result = run(&mut Context {
        state,
        events: &mut events,
    });
    let events = events.into_iter().map(|event| match event {
        RuntimeEvent::SubtensorModule(event) => event,
        other => panic!("{other:?}"),
    });
    (result, events.collect())
}

/// The whole weight on one neuron, salted.
fn on<'a>(uid: &'a u16, salt: &'a [u16]) -> Revealed<'a> {
    Revealed {
        row: Row::new(std::slice::from_ref(uid), &[1], 0),
        salt,
    }
}

fn committed(state: &mut State, revealed: Revealed<'_>) -> DispatchResult {
    let hash = revealed.hash(&HOTKEY, 1);
    in_context(state, |context| commit(context, &HOTKEY, MECHANISM, hash)).0
}

fn revealed(state: &mut State, revealed: Revealed<'_>) -> DispatchResult {
    in_context(state, |context| {
        reveal(context, &HOTKEY, MECHANISM, revealed)
    })
    .0
}

fn waiting(state: &State) -> usize {
    let commits = WEIGHT_COMMITS.find(state, (1, HOTKEY));
    commits.unwrap_or_default().len()
}

fn row(state: &State) -> Vec<(u16, u16)> {
    WEIGHTS.get(state, (1, 0))
}

fn account(hex: &str) -> AccountId {
    AccountId::new(hex::decode(hex).unwrap().try_into().unwrap())
}

#[test]
fn a_hash_is_made_of_what_the_pallet_hashes() {
    let file = include_str!("../../../../../tests/fixtures/commit_hashes.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(file).unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let numbers =
            |name: &str| -> Vec<u16> { serde_json::from_value(case[name].clone()).unwrap() };
        let (uids, values, salt) = (numbers("uids"), numbers("values"), numbers("salt"));
        let version_key = case["version_key"].as_str().unwrap().parse().unwrap();
        let revealed = Revealed {
            row: Row::new(&uids, &values, version_key),
            salt: &salt,
        };
        let index = u16::try_from(case["netuid_index"].as_u64().unwrap()).unwrap();
        let hash = revealed.hash(&account(case["who_hex"].as_str().unwrap()), index);
        assert_eq!(hex::encode(hash), case["blake2_256_hex"].as_str().unwrap());
    }
}

#[test]
fn revealing_one_gives_up_what_was_committed_before_it() {
    let mut state = subnet();
    for uid in [0, 1, 2] {
        committed(&mut state, on(&uid, &[7])).unwrap();
    }
    let early = revealed(&mut state, on(&1, &[7]));
    assert_eq!(early, Err(Error::RevealTooEarly.into()));
    SUBNET_EPOCH_INDEX.put(&mut state, (1,), 6);
    revealed(&mut state, on(&1, &[7])).unwrap();
    assert_eq!((row(&state), waiting(&state)), (vec![(1, 65_535)], 1));
    for unknown in [on(&0, &[7]), on(&2, &[8])] {
        let refused = revealed(&mut state, unknown);
        assert_eq!(refused, Err(Error::InvalidRevealCommitHashNotMatch.into()));
    }
    revealed(&mut state, on(&2, &[7])).unwrap();
    assert!(!WEIGHT_COMMITS.contains(&state, (1, HOTKEY)));
    let none = revealed(&mut state, on(&2, &[7]));
    assert_eq!(none, Err(Error::NoWeightsCommitFound.into()));
}

#[test]
fn what_is_not_revealed_in_its_epoch_expires_and_makes_room() {
    let mut state = subnet();
    for _ in 0..MAX_COMMITS {
        committed(&mut state, on(&1, &[7])).unwrap();
    }
    let eleventh = committed(&mut state, on(&2, &[7]));
    assert_eq!(eleventh, Err(Error::TooManyUnrevealedCommits.into()));
    SUBNET_EPOCH_INDEX.put(&mut state, (1,), 7);
    let late = revealed(&mut state, on(&1, &[7]));
    assert_eq!(late, Err(Error::ExpiredWeightCommit.into()));
    let unknown = revealed(&mut state, on(&2, &[7]));
    assert_eq!(unknown, Err(Error::NoWeightsCommitFound.into()));
    committed(&mut state, on(&2, &[7])).unwrap();
    assert_eq!(waiting(&state), 1);
}

#[test]
fn several_are_revealed_in_any_order_and_the_last_one_stays() {
    let mut state = subnet();
    for uid in [0, 1, 2] {
        committed(&mut state, on(&uid, &[7])).unwrap();
    }
    SUBNET_EPOCH_INDEX.put(&mut state, (1,), 6);
    let twice = [on(&1, &[7]), on(&1, &[7])];
    let mut copy = state.clone();
    let (refused, _) = in_context(&mut copy, |context| reveal_all(context, &HOTKEY, 1, &twice));
    assert_eq!(refused, Err(Error::InvalidRevealCommitHashNotMatch.into()));
    let both = [on(&2, &[7]), on(&1, &[7])];
    let hashes = both.map(|revealed| revealed.hash(&HOTKEY, 1)).to_vec();
    let (result, events) = in_context(&mut state, |context| reveal_all(context, &HOTKEY, 1, &both));
    assert_eq!(result, Ok(()));
    let set = Event::WeightsSet(1, 0);
    let all = Event::WeightsBatchRevealed(HOTKEY, 1, hashes);
    assert_eq!(events, [set.clone(), set, all]);
    assert_eq!((row(&state), waiting(&state)), (vec![(1, 65_535)], 1));
}

#[test]
fn a_batch_commits_to_the_subnets_that_take_it_and_names_the_others() {
    let mut state = subnet();
    let batch = Call::batch_commit_weights {
        netuids: compact(vec![2, 1]),
        commit_hashes: vec![Hash::zero(); 2],
    };
    let (result, events) = in_context(&mut state, |context| call(context, &HOTKEY, &batch));
    assert_eq!(result, Ok(()));
    let error = DispatchError::from(Error::MechanismDoesNotExist);
    assert_eq!(
        events,
        [
            Event::WeightsCommitted(HOTKEY, 1, Hash::zero()),
            Event::BatchCompletedWithErrors,
            Event::BatchWeightItemFailed(2, error),
            Event::BatchWeightsCompleted(compact(vec![2, 1]), HOTKEY),
        ]
    );
    assert_eq!(waiting(&state), 1);
}
