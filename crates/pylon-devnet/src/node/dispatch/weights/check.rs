//! What is checked of a call of weights before it runs, in the pool and at its dispatch.

use super::{Mechanism, commits_first, ensure, has_stake};
use crate::{
    runtime::{
        AccountId,
        subtensor::{Call, Error, UIDS},
    },
    state::State,
};

/// The checks of every call of weights; any other call passes.
pub(in super::super) fn check(
    state: &State,
    block: u64,
    hotkey: &AccountId,
    call: &Call,
) -> Result<(), Error> {
    ensure(has_equal_lengths(call), Error::InputLengthsUnequal)?;
    ensure(
        netuids(call)
            .into_iter()
            .all(|netuid| has_stake(state, netuid, hotkey)),
        Error::NotEnoughStakeToSetWeights,
    )?;
    check_rate(state, block, hotkey, call)
}

fn has_equal_lengths(call: &Call) -> bool {
    match call {
        Call::batch_set_weights {
            netuids,
            weights,
            version_keys,
        } => netuids.len() == weights.len() && netuids.len() == version_keys.len(),
        _ => true,
    }
}

/// The subnets on which the hotkey needs stake.
fn netuids(call: &Call) -> Vec<u16> {
    match call {
        Call::set_weights { netuid, .. } | Call::set_mechanism_weights { netuid, .. } => {
            vec![*netuid]
        }
        Call::batch_set_weights { netuids, .. } => netuids.iter().map(|netuid| netuid.0).collect(),
        _ => Vec::new(),
    }
}

/// Who is not registered has no rate; that is told of at the dispatch.
fn check_rate(state: &State, block: u64, hotkey: &AccountId, call: &Call) -> Result<(), Error> {
    let (mechanism, error) = match *call {
        Call::set_weights { netuid, .. } if !commits_first(state, netuid) => {
            (Mechanism::main(netuid), Error::SettingWeightsTooFast)
        }
        Call::set_mechanism_weights { netuid, mecid, .. } if !commits_first(state, netuid) => {
            (Mechanism { netuid, mecid }, Error::SettingWeightsTooFast)
        }
        _ => return Ok(()),
    };
    match UIDS.find(state, (mechanism.netuid, hotkey.clone())) {
        Some(uid) => ensure(mechanism.passes_rate_limit(state, uid, block), error),
        None => Ok(()),
    }
}
