//! Pulses of the drand beacon, and when a block stores them.
//!
//! A real author's worker fetches them and sends each in a transaction of its own, which nobody
//! signs. Here a block stores them at its end, without any transaction.

use std::{collections::BTreeSet, ops::RangeInclusive};

use pylon_models::Retry;

use super::{Node, dispatch::Context};
use crate::{
    clock::BlockTime,
    faults::Kind,
    runtime::{
        RuntimeEvent,
        drand::{
            BEACON_CONFIG, Event, LAST_STORED_ROUND, NEXT_UNSIGNED_AT, OLDEST_STORED_ROUND, PULSES,
            Pulse,
        },
        system, timestamp,
    },
    state::State,
};

/// Most rounds that one block stores: as many as a worker fetches at once.
const MAX_ROUNDS: usize = 50;
/// Pulses that the chain keeps: those of a week and half a day.
const KEPT: u64 = 216_000;
/// Most old pulses that one block removes.
const MAX_REMOVED: u64 = 100;

/// Why a round is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PulseError {
    /// So many wait for the next block.
    #[error("{MAX_ROUNDS} rounds wait for a block already")]
    Full,
}

impl PulseError {
    /// Whether the same call can succeed later.
    pub fn retry(self) -> Retry {
        match self {
            Self::Full => Retry::Backoff,
        }
    }
}

impl Node {
    /// Lets the next block store the pulse of a round, whatever the clock says.
    pub(crate) fn add_pulse(&self, round: u64) -> Result<(), PulseError> {
        let mut rounds = self.rounds();
        if rounds.len() >= MAX_ROUNDS && !rounds.contains(&round) {
            return Err(PulseError::Full);
        }
        rounds.insert(round);
        drop(rounds);
        self.offers.send_modify(|count| *count += 1);
        Ok(())
    }

    /// The rounds that a block after such a state stores: those that were asked for, and those that
    /// came since, where blocks follow a clock.
    pub(super) fn take_rounds(&self, state: &State) -> BTreeSet<u64> {
        let mut rounds = std::mem::take(&mut *self.rounds());
        let by_clock = matches!(*self.block_time.borrow(), BlockTime::Every(_));
        if by_clock && self.board.strike(Kind::StalledDrand).is_none() {
            rounds.extend(due(state).take(MAX_ROUNDS));
        }
        rounds
    }
}

/// The rounds that the beacon has had by the chain's time and that are not stored. A chain that
/// stores none yet begins with the newest.
fn due(state: &State) -> RangeInclusive<u64> {
    let beacon = BEACON_CONFIG.get(state, ());
    let seconds = timestamp::NOW.get(state, ()) / 1_000;
    let newest = match seconds.checked_sub(beacon.genesis_time.into()) {
        Some(age) => age / u64::from(beacon.period.max(1)) + 1,
        None => 0,
    };
    match LAST_STORED_ROUND.get(state, ()) {
        0 => newest.max(1)..=newest,
        last => last.saturating_add(1)..=newest,
    }
}

/// Stores pulses, in order of their rounds, and removes the oldest of too many.
pub(super) fn store(context: &mut Context<'_>, pulses: Vec<Pulse>) {
    if pulses.is_empty() {
        return;
    }
    let state = &mut *context.state;
    let mut last = LAST_STORED_ROUND.get(state, ());
    let mut oldest = match OLDEST_STORED_ROUND.get(state, ()) {
        0 => u64::MAX,
        round => round,
    };
    let rounds: Vec<u64> = pulses.iter().map(|pulse| pulse.round).collect();
    for pulse in pulses {
        last = last.max(pulse.round);
        oldest = oldest.min(pulse.round);
        PULSES.put(state, (pulse.round,), pulse);
    }
    let extra = last
        .saturating_sub(oldest)
        .saturating_add(1)
        .saturating_sub(KEPT);
    let first_kept = oldest.saturating_add(extra.min(MAX_REMOVED));
    for round in oldest..first_kept {
        PULSES.kill(state, (round,));
    }
    LAST_STORED_ROUND.put(state, (), last);
    OLDEST_STORED_ROUND.put(state, (), first_kept);
    let block = system::NUMBER.get(state, ());
    NEXT_UNSIGNED_AT.put(state, (), block);
    context.deposit(RuntimeEvent::Drand(Event::NewPulse { rounds }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beacon::Beacon;

    fn pulses(rounds: RangeInclusive<u64>) -> Vec<Pulse> {
        let pulse = Beacon::new(1).pulse(1).unwrap();
        rounds
            .map(|round| Pulse {
                round,
                ..pulse.clone()
            })
            .collect()
    }

    fn stored(state: &mut State, rounds: RangeInclusive<u64>) -> (u64, u64) {
        let mut context = Context {
            state,
            events: &mut Vec::new(),
        };
        store(&mut context, pulses(rounds));
        (
            OLDEST_STORED_ROUND.get(state, ()),
            LAST_STORED_ROUND.get(state, ()),
        )
    }

    #[test]
    fn a_chain_without_rounds_begins_with_the_newest_and_goes_on_from_there() {
        let mut state = State::default();
        let genesis = u64::from(BEACON_CONFIG.get(&state, ()).genesis_time);
        assert!(due(&state).is_empty());
        timestamp::NOW.put(&mut state, (), (genesis + 30) * 1_000);
        assert_eq!(due(&state), 11..=11);
        assert_eq!(stored(&mut state, 11..=11), (11, 11));
        assert!(due(&state).is_empty());
        timestamp::NOW.put(&mut state, (), (genesis + 42) * 1_000);
        assert_eq!(due(&state), 12..=15);
    }

    #[test]
    fn the_oldest_pulses_go_a_hundred_at_a_time() {
        let mut state = State::default();
        assert_eq!(stored(&mut state, 1..=200), (1, 200));
        assert_eq!(
            stored(&mut state, KEPT + 150..=KEPT + 150),
            (101, KEPT + 150)
        );
        assert!(!PULSES.contains(&state, (100,)));
        assert!(PULSES.contains(&state, (101,)));
        assert_eq!(
            stored(&mut state, KEPT + 151..=KEPT + 151),
            (152, KEPT + 151)
        );
    }

    #[test]
    fn an_older_round_moves_the_newest_nowhere() {
        let mut state = State::default();
        stored(&mut state, 50..=60);
        assert_eq!(stored(&mut state, 40..=40), (40, 60));
    }
}
