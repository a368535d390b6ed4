//! Commitments of neurons: short public texts, some of them sealed for a drand round.

mod reveal;

use sp_runtime::DispatchResult;

use super::{Context, Origin, ensure};
use crate::{
    runtime::{
        AccountId, RuntimeEvent,
        commitments::{
            COMMITMENT_OF, Call, CommitmentInfo, Data, Error, Event, FIELD_DEPOSIT,
            INITIAL_DEPOSIT, LAST_BONDS_RESET, LAST_COMMITMENT, MAX_SPACE, Registration,
            TIMELOCKED_INDEX, USED_SPACE_OF, UsageTracker,
        },
        layout::Layout,
        subtensor::{
            BONDS, BONDS_RESET_ON, Error as SubtensorError, MECHANISM_COUNT_CURRENT,
            NETWORKS_ADDED, SUBNET_EPOCH_INDEX, UIDS, storage_index,
        },
        system,
    },
    state::State,
};

pub(crate) use reveal::reveal;

/// The least space that a commitment counts for, bytes.
const LEAST_SPACE: u64 = 100;

/// What October's pool looks at before it takes a commitment.
pub(super) fn check(state: &State, who: &AccountId, call: &Call) -> Result<(), SubtensorError> {
    let Call::set_commitment { netuid, .. } = call else {
        return Ok(());
    };
    if Layout::of(state) == Layout::Jun2026 {
        return Ok(());
    }
    ensure(
        NETWORKS_ADDED.get(state, (*netuid,)),
        SubtensorError::SubnetNotExists,
    )?;
    ensure(
        UIDS.contains(state, (*netuid, who.clone())),
        SubtensorError::HotKeyNotRegisteredInSubNet,
    )
}

/// Makes a call.
pub(super) fn call(context: &mut Context<'_>, origin: &Origin, call: &Call) -> DispatchResult {
    match call {
        Call::set_commitment { netuid, info } => {
            set_commitment(context, origin.ensure_signed()?, *netuid, info)
        }
        Call::set_max_space { new_limit } => {
            origin.ensure_root()?;
            MAX_SPACE.put(context.state, (), *new_limit);
            Ok(())
        }
    }
}

fn say(context: &mut Context<'_>, event: Event) {
    context.deposit(RuntimeEvent::Commitments(event));
}

fn set_commitment(
    context: &mut Context<'_>,
    who: &AccountId,
    netuid: u16,
    info: &CommitmentInfo,
) -> DispatchResult {
    let key = || (netuid, who.clone());
    ensure(
        UIDS.contains(context.state, key()),
        Error::AccountNotAllowedCommit,
    )?;
    ensure(
        !info.fields.iter().any(is_failed),
        Error::TimelockRevealFailedNotAllowed,
    )?;
    use_space(context.state, netuid, who, info)?;
    let state = &mut *context.state;
    let block = system::NUMBER.get(state, ());
    if info.fields.contains(&Data::ResetBondsFlag) {
        LAST_BONDS_RESET.put(state, key(), block);
        reset_bonds(state, netuid, who);
    }
    let fields = info.fields.iter().map(|_| FIELD_DEPOSIT);
    let registration = Registration {
        deposit: INITIAL_DEPOSIT.saturating_add(fields.sum()),
        block,
        info: info.clone(),
    };
    COMMITMENT_OF.put(state, key(), registration);
    LAST_COMMITMENT.put(state, key(), block);
    let round = info.fields.iter().find_map(sealed_round);
    TIMELOCKED_INDEX.mutate(state, (), |index| match round {
        Some(_) => index.insert(key()),
        None => index.remove(&key()),
    });
    let who = who.clone();
    let event = match round {
        Some(reveal_round) => Event::TimelockCommitment {
            netuid,
            who,
            reveal_round,
        },
        None => Event::Commitment { netuid, who },
    };
    say(context, event);
    Ok(())
}

fn is_failed(field: &Data) -> bool {
    matches!(field, Data::TimelockRevealFailed { .. })
}

/// The round that a field is sealed for.
fn sealed_round(field: &Data) -> Option<u64> {
    match field {
        Data::TimelockEncrypted { reveal_round, .. } => Some(*reveal_round),
        _ => None,
    }
}

/// Counts a commitment against what its neuron may commit in an epoch.
fn use_space(
    state: &mut State,
    netuid: u16,
    who: &AccountId,
    info: &CommitmentInfo,
) -> Result<(), Error> {
    let key = || (netuid, who.clone());
    let length: usize = info.fields.iter().map(length).sum();
    let needed = u64::try_from(length).unwrap_or(u64::MAX).max(LEAST_SPACE);
    let epoch = SUBNET_EPOCH_INDEX.get(state, (netuid,));
    let used = USED_SPACE_OF
        .find(state, key())
        .filter(|usage| usage.last_epoch == epoch)
        .map_or(0, |usage| usage.used_space)
        .saturating_add(needed);
    ensure(
        used <= MAX_SPACE.get(state, ()).into(),
        Error::SpaceLimitExceeded,
    )?;
    let usage = UsageTracker {
        last_epoch: epoch,
        used_space: used,
    };
    USED_SPACE_OF.put(state, key(), usage);
    Ok(())
}

/// What a field takes of the space, bytes.
fn length(field: &Data) -> usize {
    match field {
        Data::None | Data::ResetBondsFlag => 0,
        Data::Raw(bytes) => bytes.len(),
        Data::BigRaw(bytes) => bytes.len(),
        Data::BlakeTwo256(hash)
        | Data::Sha256(hash)
        | Data::Keccak256(hash)
        | Data::ShaThree256(hash) => hash.len(),
        Data::TimelockEncrypted { encrypted, .. }
        | Data::TimelockRevealFailed { encrypted, .. } => encrypted.len(),
    }
}

/// Takes the bonds on a neuron away from everybody, where the subnet lets it.
fn reset_bonds(state: &mut State, netuid: u16, who: &AccountId) {
    if !BONDS_RESET_ON.get(state, (netuid,)) {
        return;
    }
    let Some(uid) = UIDS.find(state, (netuid, who.clone())) else {
        return;
    };
    for mecid in 0..MECHANISM_COUNT_CURRENT.get(state, (netuid,)) {
        for (key, mut row) in BONDS.under(state, (storage_index(netuid, mecid),)) {
            row.retain(|(on, _)| *on != uid);
            BONDS.put(state, key, row);
        }
    }
}

#[cfg(test)]
mod tests;
