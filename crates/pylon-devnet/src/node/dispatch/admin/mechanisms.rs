//! How many mechanisms a subnet has, and what part of the emission each gets.

use sp_runtime::DispatchResult;

use super::{
    super::{Context, ensure},
    owners::MOST_UIDS,
};
use crate::{
    runtime::{
        oct2026::CONSENSUS_BY_MECHANISM,
        subtensor::{
            BONDS, Error, INCENTIVE, LAST_UPDATE, MAX_ALLOWED_UIDS, MAX_MECHANISM_COUNT,
            MECHANISM_COUNT_CURRENT, MECHANISM_EMISSION_SPLIT, NETWORKS_ADDED,
            TIMELOCKED_WEIGHT_COMMITS, WEIGHT_COMMITS, WEIGHTS, storage_index,
        },
    },
    state::State,
};

/// Mechanisms that storage indices have room for.
pub(super) const MOST_MECHANISMS: u8 = 16;

/// Whether a subnet of so many neurons may have so many mechanisms.
pub(super) fn fit(uids: u16, mechanisms: u8) -> bool {
    uids.saturating_mul(mechanisms.into()) <= MOST_UIDS
}

/// Sets the number of mechanisms; what those that go had is removed.
pub(super) fn set_count(context: &mut Context<'_>, netuid: u16, count: u8) -> DispatchResult {
    let state = &mut *context.state;
    ensure(
        NETWORKS_ADDED.get(state, (netuid,)),
        Error::MechanismDoesNotExist,
    )?;
    let most = MAX_MECHANISM_COUNT.get(state, ());
    ensure((1..=most).contains(&count), Error::InvalidValue)?;
    let uids = MAX_ALLOWED_UIDS.get(state, (netuid,));
    ensure(fit(uids, count), Error::TooManyUIDsPerMechanism)?;
    ensure(count <= MOST_MECHANISMS, Error::InvalidValue)?;
    let before = MECHANISM_COUNT_CURRENT.get(state, (netuid,));
    if before == count {
        return Ok(());
    }
    for mecid in count..before {
        remove(state, storage_index(netuid, mecid));
    }
    MECHANISM_COUNT_CURRENT.put(state, (netuid,), count);
    MECHANISM_EMISSION_SPLIT.kill(state, (netuid,));
    Ok(())
}

fn remove(state: &mut State, index: u16) {
    INCENTIVE.kill(state, (index,));
    LAST_UPDATE.kill(state, (index,));
    CONSENSUS_BY_MECHANISM.kill(state, (index,));
    for (key, _) in WEIGHTS.under(state, (index,)) {
        WEIGHTS.kill(state, key);
    }
    for (key, _) in BONDS.under(state, (index,)) {
        BONDS.kill(state, key);
    }
    for (key, _) in WEIGHT_COMMITS.under(state, (index,)) {
        WEIGHT_COMMITS.kill(state, key);
    }
    for (key, _) in TIMELOCKED_WEIGHT_COMMITS.under(state, (index,)) {
        TIMELOCKED_WEIGHT_COMMITS.kill(state, key);
    }
}

/// Sets the mechanisms' parts of the emission, which make 65535 together; none is equal parts.
pub(super) fn set_split(
    context: &mut Context<'_>,
    netuid: u16,
    split: Option<&[u16]>,
) -> DispatchResult {
    let state = &mut *context.state;
    ensure(
        NETWORKS_ADDED.get(state, (netuid,)),
        Error::MechanismDoesNotExist,
    )?;
    let Some(split) = split else {
        MECHANISM_EMISSION_SPLIT.kill(state, (netuid,));
        return Ok(());
    };
    let count = MECHANISM_COUNT_CURRENT.get(state, (netuid,));
    let total: u64 = split.iter().copied().map(u64::from).sum();
    ensure(
        split.len() == usize::from(count) && total == u64::from(u16::MAX),
        Error::InvalidValue,
    )?;
    MECHANISM_EMISSION_SPLIT.put(state, (netuid,), split.to_vec());
    Ok(())
}
