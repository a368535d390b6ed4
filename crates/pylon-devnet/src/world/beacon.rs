//! The drand beacon of a chain, and the rounds that it finds stored when it starts.

use crate::{
    beacon::{Beacon, BeaconError},
    runtime::drand::{BEACON_CONFIG, LAST_STORED_ROUND, OLDEST_STORED_ROUND, PULSES},
    state::State,
};

/// Rounds that are stored.
const STORED: u64 = 10;

/// Makes a beacon the chain's.
pub(super) fn introduce(state: &mut State, beacon: &Beacon) -> Result<(), BeaconError> {
    BEACON_CONFIG.put(state, (), beacon.configuration()?);
    Ok(())
}

/// Stores the last rounds before `now`, milliseconds.
pub(super) fn lay_down(state: &mut State, beacon: &Beacon, now: u64) -> Result<(), BeaconError> {
    let configuration = BEACON_CONFIG.get(state, ());
    let age = (now / 1_000).saturating_sub(configuration.genesis_time.into());
    let last = (age / u64::from(configuration.period.max(1))).saturating_add(1);
    let oldest = last.saturating_sub(STORED - 1).max(1);
    for round in oldest..=last {
        PULSES.put(state, (round,), beacon.pulse(round)?);
    }
    LAST_STORED_ROUND.put(state, (), last);
    OLDEST_STORED_ROUND.put(state, (), oldest);
    Ok(())
}
