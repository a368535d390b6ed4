//! What is checked of a call of weights before it runs, in the pool and at its dispatch.

use super::{
    Mechanism, commits,
    commits::{Opening, Revealed},
    commits_first, ensure, has_stake, registered_uid,
};
use crate::{
    runtime::{
        AccountId,
        drand::LAST_STORED_ROUND,
        layout::Layout,
        subtensor::{Call, Error, NETWORKS_ADDED, UIDS, WEIGHT_COMMITS, WEIGHTS_SET_RATE_LIMIT},
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
    let october = Layout::of(state) == Layout::Oct2026;
    ensure(has_equal_lengths(call), Error::InputLengthsUnequal)?;
    if october {
        check_batch(state, call)?;
    }
    ensure(
        netuids(call)
            .into_iter()
            .all(|netuid| has_stake(state, netuid, hotkey)),
        Error::NotEnoughStakeToSetWeights,
    )?;
    if october {
        check_setter(state, hotkey, call)?;
    }
    check_reveal(state, block, hotkey, call)?;
    check_rate(state, block, hotkey, call)
}

fn has_equal_lengths(call: &Call) -> bool {
    match call {
        Call::batch_set_weights {
            netuids,
            weights,
            version_keys,
        } => netuids.len() == weights.len() && netuids.len() == version_keys.len(),
        Call::batch_commit_weights {
            netuids,
            commit_hashes,
        } => netuids.len() == commit_hashes.len(),
        Call::batch_reveal_weights {
            uids_list,
            values_list,
            salts_list,
            version_keys,
            ..
        } => [values_list.len(), salts_list.len(), version_keys.len()]
            .iter()
            .all(|length| *length == uids_list.len()),
        _ => true,
    }
}

/// October's batches hold an item at least, and no more than there are subnets.
fn check_batch(state: &State, call: &Call) -> Result<(), Error> {
    let (Call::batch_set_weights { netuids, .. } | Call::batch_commit_weights { netuids, .. }) =
        call
    else {
        return Ok(());
    };
    let most = NETWORKS_ADDED.iter(state).len();
    ensure(
        (1..=most).contains(&netuids.len()),
        Error::InvalidBatchLength,
    )
}

/// The subnets on which the hotkey needs stake.
fn netuids(call: &Call) -> Vec<u16> {
    match call {
        Call::set_weights { netuid, .. }
        | Call::set_mechanism_weights { netuid, .. }
        | Call::commit_weights { netuid, .. }
        | Call::commit_mechanism_weights { netuid, .. }
        | Call::commit_timelocked_weights { netuid, .. }
        | Call::commit_timelocked_mechanism_weights { netuid, .. }
        | Call::commit_crv3_mechanism_weights { netuid, .. }
        | Call::reveal_weights { netuid, .. }
        | Call::reveal_mechanism_weights { netuid, .. }
        | Call::batch_reveal_weights { netuid, .. } => vec![*netuid],
        Call::batch_set_weights { netuids, .. } | Call::batch_commit_weights { netuids, .. } => {
            netuids.iter().map(|netuid| netuid.0).collect()
        }
        _ => Vec::new(),
    }
}

/// October's pool knows who may set weights, and where they are committed first.
fn check_setter(state: &State, hotkey: &AccountId, call: &Call) -> Result<(), Error> {
    let (Call::set_weights { netuid, .. } | Call::set_mechanism_weights { netuid, .. }) = call
    else {
        return Ok(());
    };
    registered_uid(state, *netuid, hotkey)?;
    ensure(!commits_first(state, *netuid), Error::CommitRevealEnabled)
}

fn check_reveal(state: &State, block: u64, hotkey: &AccountId, call: &Call) -> Result<(), Error> {
    match commits::revealed(call) {
        Some(Opening::One(mechanism, one)) => {
            return check_revealed(state, block, hotkey, mechanism, &[one]);
        }
        Some(Opening::All(netuid, all)) => {
            return check_revealed(state, block, hotkey, Mechanism::main(netuid), &all);
        }
        None => {}
    }
    match call {
        Call::commit_timelocked_weights { reveal_round, .. }
        | Call::commit_timelocked_mechanism_weights { reveal_round, .. }
        | Call::commit_crv3_mechanism_weights { reveal_round, .. } => ensure(
            *reveal_round >= LAST_STORED_ROUND.get(state, ()),
            Error::InvalidRevealRound,
        ),
        _ => Ok(()),
    }
}

fn check_revealed(
    state: &State,
    block: u64,
    hotkey: &AccountId,
    mechanism: Mechanism,
    revealed: &[Revealed<'_>],
) -> Result<(), Error> {
    let index = mechanism.index();
    let commits = WEIGHT_COMMITS
        .find(state, (index, hotkey.clone()))
        .ok_or(Error::NoWeightsCommitFound)?;
    for revealed in revealed {
        let hash = revealed.hash(hotkey, index);
        let (_, epoch, ..) = commits
            .iter()
            .find(|(other, ..)| *other == hash)
            .ok_or(Error::NoWeightsCommitFound)?;
        ensure(
            commits::is_time(state, mechanism.netuid, *epoch, block),
            Error::RevealTooEarly,
        )?;
    }
    Ok(())
}

/// The mechanism that a call of weights goes to, unless it goes to several.
fn committed_to(call: &Call) -> Option<Mechanism> {
    match *call {
        Call::commit_weights { netuid, .. } | Call::commit_timelocked_weights { netuid, .. } => {
            Some(Mechanism::main(netuid))
        }
        Call::commit_mechanism_weights { netuid, mecid, .. }
        | Call::commit_timelocked_mechanism_weights { netuid, mecid, .. }
        | Call::commit_crv3_mechanism_weights { netuid, mecid, .. } => {
            Some(Mechanism { netuid, mecid })
        }
        _ => None,
    }
}

fn is_timelocked(call: &Call) -> bool {
    matches!(
        call,
        Call::commit_timelocked_weights { .. }
            | Call::commit_timelocked_mechanism_weights { .. }
            | Call::commit_crv3_mechanism_weights { .. }
    )
}

/// Who is not registered has no rate; that is told of at the dispatch. June's pool does not look
/// at the rate of timelocked commits.
fn check_rate(state: &State, block: u64, hotkey: &AccountId, call: &Call) -> Result<(), Error> {
    let (mechanism, error) = match (committed_to(call), call) {
        (Some(_), call) if is_timelocked(call) && Layout::of(state) == Layout::Jun2026 => {
            return Ok(());
        }
        (Some(mechanism), _) => (mechanism, Error::CommittingWeightsTooFast),
        (None, Call::set_weights { netuid, .. }) if !commits_first(state, *netuid) => {
            (Mechanism::main(*netuid), Error::SettingWeightsTooFast)
        }
        (None, Call::set_mechanism_weights { netuid, mecid, .. })
            if !commits_first(state, *netuid) =>
        {
            let (netuid, mecid) = (*netuid, *mecid);
            (Mechanism { netuid, mecid }, Error::SettingWeightsTooFast)
        }
        _ => return Ok(()),
    };
    match UIDS.find(state, (mechanism.netuid, hotkey.clone())) {
        Some(uid) => ensure(mechanism.passes_rate_limit(state, uid, block), error),
        None => Ok(()),
    }
}

/// The storage index for which October's pool holds one commit of a hotkey at a time: where commits
/// have a rate, the rest would fail.
pub(in super::super) fn sole_commit(state: &State, call: &Call) -> Option<u16> {
    let mechanism = committed_to(call)?;
    let limited = WEIGHTS_SET_RATE_LIMIT.get(state, (mechanism.netuid,)) > 0;
    (Layout::of(state) == Layout::Oct2026 && limited).then(|| mechanism.index())
}

#[cfg(test)]
mod tests;
