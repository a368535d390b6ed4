use sp_runtime::transaction_validity::InvalidTransaction;

use super::*;
use crate::{
    node::dispatch::guard::invalidity,
    runtime::{
        Hash, compact,
        subtensor::{
            COMMIT_REVEAL_WEIGHTS_ENABLED, KEYS, LAST_UPDATE, SUBNETWORK_N, WeightsCommit,
        },
    },
};

const HOTKEY: AccountId = AccountId::new([1; 32]);
const STRANGER: AccountId = AccountId::new([2; 32]);

/// Subnet 1, whose only neuron set weights in block 95.
fn subnet(layout: Layout, commits: bool) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    NETWORKS_ADDED.put(&mut state, (1,), true);
    COMMIT_REVEAL_WEIGHTS_ENABLED.put(&mut state, (1,), commits);
    SUBNETWORK_N.put(&mut state, (1,), 1);
    KEYS.put(&mut state, (1, 0), HOTKEY);
    UIDS.put(&mut state, (1, HOTKEY), 0);
    LAST_UPDATE.put(&mut state, (1,), vec![95]);
    WEIGHTS_SET_RATE_LIMIT.put(&mut state, (1,), 10);
    state
}

/// The number with which the pool refuses a call for a block, none where it takes it.
fn number(state: &State, block: u64, hotkey: &AccountId, call: &Call) -> Option<u8> {
    let error = check(state, block, hotkey, call).err()?;
    match invalidity(&error) {
        InvalidTransaction::Custom(number) => Some(number),
        _ => None,
    }
}

fn set() -> Call {
    Call::set_weights {
        netuid: 1,
        dests: vec![0],
        weights: vec![1],
        version_key: 0,
    }
}

fn timelocked() -> Call {
    Call::commit_timelocked_weights {
        netuid: 1,
        commit: WeightsCommit(vec![]),
        reveal_round: 9,
        commit_reveal_version: 4,
    }
}

fn hashed() -> Call {
    Call::commit_weights {
        netuid: 1,
        commit_hash: Hash::zero(),
    }
}

fn batch(items: u16) -> Call {
    Call::batch_commit_weights {
        netuids: compact(vec![1; usize::from(items)]),
        commit_hashes: vec![Hash::zero(); usize::from(items)],
    }
}

#[test]
fn octobers_pool_refuses_more_than_junes() {
    let june = |commits| subnet(Layout::Jun2026, commits);
    let october = |commits| subnet(Layout::Oct2026, commits);
    for (commits, who, call, before, since) in [
        (true, HOTKEY, timelocked(), None, Some(6)),
        (true, HOTKEY, hashed(), Some(6), Some(6)),
        (false, HOTKEY, set(), Some(6), Some(6)),
        (false, STRANGER, set(), None, Some(19)),
        (true, HOTKEY, set(), None, Some(255)),
        (true, HOTKEY, batch(0), None, Some(255)),
        (true, HOTKEY, batch(2), None, Some(255)),
        (true, HOTKEY, batch(1), None, None),
    ] {
        assert_eq!(number(&june(commits), 104, &who, &call), before, "{call:?}");
        assert_eq!(
            number(&october(commits), 104, &who, &call),
            since,
            "{call:?}"
        );
    }
    for call in [timelocked(), hashed()] {
        assert_eq!(number(&october(true), 105, &HOTKEY, &call), None);
    }
}

#[test]
fn a_round_that_the_chain_has_passed_is_refused() {
    let mut state = subnet(Layout::Jun2026, true);
    LAST_STORED_ROUND.put(&mut state, (), 9);
    assert_eq!(number(&state, 105, &HOTKEY, &timelocked()), None);
    LAST_STORED_ROUND.put(&mut state, (), 10);
    assert_eq!(number(&state, 105, &HOTKEY, &timelocked()), Some(15));
}

#[test]
fn a_mechanism_that_is_not_there_has_no_rate() {
    let state = subnet(Layout::Jun2026, true);
    for mecid in [1, 16, 255] {
        let call = Call::commit_mechanism_weights {
            netuid: 1,
            mecid,
            commit_hash: Hash::zero(),
        };
        assert_eq!(number(&state, 105, &HOTKEY, &call), Some(6));
    }
}

#[test]
fn october_holds_one_commit_for_each_mechanism_with_a_rate() {
    let mut state = subnet(Layout::Oct2026, true);
    assert_eq!(sole_commit(&state, &timelocked()), Some(1));
    assert_eq!(sole_commit(&state, &hashed()), Some(1));
    assert_eq!(sole_commit(&state, &set()), None);
    let june = subnet(Layout::Jun2026, true);
    assert_eq!(sole_commit(&june, &hashed()), None);
    WEIGHTS_SET_RATE_LIMIT.put(&mut state, (1,), 0);
    assert_eq!(sole_commit(&state, &hashed()), None);
}
