//! Where an epoch's scores are stored.

use pylon_models::{Rao, Ratio};
use pylon_scoring::consensus::{Epoch, Merged, Row, Scores};

use super::input::Keys;
use crate::{
    node::dispatch::Context,
    runtime::{
        RuntimeEvent,
        layout::Layout,
        oct2026,
        subtensor::{
            ACTIVE, BONDS, CONSENSUS, DIVIDENDS, EMISSION, Event, INCENTIVE,
            LAST_MECHANSIM_STEP_BLOCK, STAKE_WEIGHT, VALIDATOR_PERMIT, VALIDATOR_TRUST,
            storage_index,
        },
    },
    state::State,
};

/// Values of the neurons that have a hotkey, in the order of their uids: where there is a gap, the
/// later ones move up.
fn column<T: Clone + Default>(values: &[T], keys: &Keys) -> Vec<T> {
    keys.iter()
        .map(|(uid, _)| values.get(usize::from(*uid)).cloned().unwrap_or_default())
        .collect()
}

fn ratios(values: &[Ratio], keys: &Keys) -> Vec<u16> {
    let values = column(values, keys).into_iter();
    values.map(Ratio::get).collect()
}

fn amounts(values: &[Rao], keys: &Keys) -> Vec<u64> {
    let values = column(values, keys).into_iter();
    values.map(Rao::get).collect()
}

/// Stores them all.
pub(super) fn store(context: &mut Context<'_>, netuid: u16, keys: &Keys, epoch: &Epoch) {
    for (mecid, scores) in (0u8..).zip(&epoch.mechanisms) {
        store_mechanism(context, storage_index(netuid, mecid), keys, scores);
    }
    store_merged(context.state, netuid, keys, &epoch.merged);
}

fn store_mechanism(context: &mut Context<'_>, index: u16, keys: &Keys, scores: &Scores) {
    let incentive = ratios(&scores.incentive, keys);
    INCENTIVE.put(context.state, (index,), incentive);
    let emitted = Event::IncentiveAlphaEmittedToMiners {
        netuid: index,
        emissions: amounts(&scores.servers, keys),
    };
    context.deposit(RuntimeEvent::SubtensorModule(emitted));
    for (uid, row) in (0u16..).zip(column::<Row>(&scores.bonds, keys)) {
        let row = row.into_iter();
        let row = row.map(|(uid, bond)| (uid.get(), bond)).collect();
        BONDS.put(context.state, (index, uid), row);
    }
    if Layout::of(context.state) == Layout::Oct2026 {
        let consensus = ratios(&scores.consensus, keys);
        oct2026::CONSENSUS_BY_MECHANISM.put(context.state, (index,), consensus);
    }
}

fn store_merged(state: &mut State, netuid: u16, keys: &Keys, merged: &Merged) {
    let key = (netuid,);
    ACTIVE.put(state, key, column(&merged.active, keys));
    VALIDATOR_PERMIT.put(state, key, column(&merged.permits, keys));
    EMISSION.put(state, key, amounts(&merged.emission, keys));
    for (entry, values) in [
        (&CONSENSUS, &merged.consensus),
        (&DIVIDENDS, &merged.dividends),
        (&VALIDATOR_TRUST, &merged.validator_trust),
        (&STAKE_WEIGHT, &merged.stake_weight),
    ] {
        entry.put(state, key, ratios(values, keys));
    }
}

/// Says that the epoch ran.
pub(super) fn date(state: &mut State, netuid: u16, block: u64) {
    LAST_MECHANSIM_STEP_BLOCK.put(state, (netuid,), block);
    if Layout::of(state) == Layout::Oct2026 {
        oct2026::LAST_YUMA_STEP_BLOCK.put(state, (netuid,), block);
    }
}
