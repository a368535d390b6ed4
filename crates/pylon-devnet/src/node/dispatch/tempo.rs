//! When a subnet runs its epochs, as its owner wants it.

use sp_runtime::DispatchResult;

use super::{
    Context, Origin, ensure,
    owner::{self, Limit},
};
use crate::runtime::{
    AccountId, RuntimeEvent,
    admin_utils::Error as AdminError,
    layout::Layout,
    subtensor::{
        ACTIVITY_CUTOFF_FACTOR_MILLI, ADMIN_FREEZE_WINDOW, COMMIT_REVEAL_WEIGHTS_ENABLED, Error,
        Event, Hyperparameter, LAST_EPOCH_BLOCK, MAX_ACTIVITY_CUTOFF_FACTOR_MILLI, MAX_TEMPO,
        MIN_ACTIVITY_CUTOFF_FACTOR_MILLI, MIN_TEMPO, NETWORKS_ADDED, PENDING_EPOCH_AT, TEMPO,
    },
};

fn say(context: &mut Context<'_>, event: Event) {
    context.deposit(RuntimeEvent::SubtensorModule(event));
}

/// The cycle starts anew: the next epoch is a tempo away.
fn apply(context: &mut Context<'_>, netuid: u16, tempo: u16) {
    let block = context.block();
    TEMPO.put(context.state, (netuid,), tempo);
    LAST_EPOCH_BLOCK.put(context.state, (netuid,), block);
    say(context, Event::TempoSet(netuid, tempo));
}

fn set_by_owner(
    context: &mut Context<'_>,
    who: &AccountId,
    netuid: u16,
    tempo: u16,
) -> DispatchResult {
    ensure(
        (MIN_TEMPO..=MAX_TEMPO).contains(&tempo),
        Error::TempoOutOfBounds,
    )?;
    let block = context.block();
    owner::ensure_window_open(context.state, netuid, block)?;
    Limit::Tempo.ensure(context.state, who, netuid, block)?;
    apply(context, netuid, tempo);
    Limit::Tempo.record(context, who, netuid);
    Ok(())
}

/// `set_tempo`, which is the owner's alone.
pub(super) fn set(
    context: &mut Context<'_>,
    origin: &Origin,
    netuid: u16,
    tempo: u16,
) -> DispatchResult {
    let who = owner::ensure_owner(context.state, origin, netuid)?;
    set_by_owner(context, who, netuid, tempo)
}

/// `sudo_set_tempo`: root's alone in June, the owner's too in October.
pub(super) fn sudo_set(
    context: &mut Context<'_>,
    origin: &Origin,
    netuid: u16,
    tempo: u16,
) -> DispatchResult {
    let block = context.block();
    let exists = NETWORKS_ADDED.get(context.state, (netuid,));
    match Layout::of(context.state) {
        Layout::Jun2026 => {
            origin.ensure_root()?;
            owner::ensure_window_open(context.state, netuid, block)?;
            ensure(exists, AdminError::SubnetDoesNotExist)?;
        }
        Layout::Oct2026 => {
            let who = owner::ensure_owner_or_root(context.state, origin, netuid)?;
            ensure(exists, Error::SubnetNotExists)?;
            if let Some(who) = who {
                return set_by_owner(context, who, netuid, tempo);
            }
            owner::ensure_window_open(context.state, netuid, block)?;
        }
    }
    apply(context, netuid, tempo);
    Ok(())
}

/// `set_activity_cutoff_factor`, and AdminUtils' call that October has instead. Root sets it at any
/// time.
pub(super) fn set_activity_cutoff_factor(
    context: &mut Context<'_>,
    origin: &Origin,
    netuid: u16,
    factor_milli: u32,
) -> DispatchResult {
    let who = owner::ensure_owner_or_root(context.state, origin, netuid)?;
    let bounds = MIN_ACTIVITY_CUTOFF_FACTOR_MILLI..=MAX_ACTIVITY_CUTOFF_FACTOR_MILLI;
    ensure(
        bounds.contains(&factor_milli),
        Error::ActivityCutoffFactorMilliOutOfBounds,
    )?;
    let limit = Limit::Hyperparameter(Hyperparameter::ActivityCutoffFactorMilli);
    if let Some(who) = who {
        let block = context.block();
        owner::ensure_window_open(context.state, netuid, block)?;
        limit.ensure(context.state, who, netuid, block)?;
        limit.record(context, who, netuid);
    }
    ACTIVITY_CUTOFF_FACTOR_MILLI.put(context.state, (netuid,), factor_milli);
    say(
        context,
        Event::ActivityCutoffFactorMilliSet {
            netuid,
            factor_milli,
        },
    );
    Ok(())
}

/// `trigger_epoch`: an epoch as soon as the freeze window allows.
pub(super) fn trigger(context: &mut Context<'_>, origin: &Origin, netuid: u16) -> DispatchResult {
    let state = &*context.state;
    let by = owner::ensure_owner(state, origin, netuid)?;
    let block = context.block();
    let window = u64::from(ADMIN_FREEZE_WINDOW.get(state, ()));
    let limit = Limit::Hyperparameter(Hyperparameter::TriggerEpoch);
    ensure(
        !COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, (netuid,)),
        Error::DynamicTempoBlockedByCommitReveal,
    )?;
    ensure(
        PENDING_EPOCH_AT.get(state, (netuid,)) == 0,
        Error::EpochTriggerAlreadyPending,
    )?;
    ensure(
        owner::blocks_until_next_auto_epoch(state, netuid, block) >= window,
        Error::AutoEpochAlreadyImminent,
    )?;
    limit.ensure(state, by, netuid, block)?;
    let fires_at = block.saturating_add(window);
    PENDING_EPOCH_AT.put(context.state, (netuid,), fires_at);
    limit.record(context, by, netuid);
    say(
        context,
        Event::EpochTriggered {
            netuid,
            by: by.clone(),
            fires_at,
        },
    );
    Ok(())
}
