//! The drand rounds that a chain finds stored when it starts.

use rand::RngCore;
use sp_runtime::BoundedVec;

use super::accounts::draws;
use crate::{
    runtime::drand::{BEACON_CONFIG, LAST_STORED_ROUND, OLDEST_STORED_ROUND, PULSES, Pulse},
    state::State,
};

/// Rounds that are stored.
const STORED: u64 = 10;

/// Stores the last rounds before `now`, milliseconds. Their signatures are noise: nothing can be
/// opened or proved with them.
pub(super) fn lay_down(state: &mut State, seed: u64, now: u64) {
    let beacon = BEACON_CONFIG.get(state, ());
    let age = (now / 1_000).saturating_sub(beacon.genesis_time.into());
    let last = (age / u64::from(beacon.period.max(1))).saturating_add(1);
    let oldest = last.saturating_sub(STORED - 1).max(1);
    for round in oldest..=last {
        let noise = |length: usize| {
            let mut bytes = vec![0; length];
            draws(seed, "pulse", round).fill_bytes(&mut bytes);
            bytes
        };
        let pulse = Pulse {
            round,
            randomness: BoundedVec::truncate_from(noise(32)),
            signature: BoundedVec::truncate_from(noise(48)),
        };
        PULSES.put(state, (round,), pulse);
    }
    LAST_STORED_ROUND.put(state, (), last);
    OLDEST_STORED_ROUND.put(state, (), oldest);
}
