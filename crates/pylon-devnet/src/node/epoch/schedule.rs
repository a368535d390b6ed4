//! Epoch slots: which subnets' epochs run in a block.

use std::collections::BTreeSet;

use pylon_models::SafetyNet;

use crate::{
    node::dispatch::Context,
    runtime::{
        RuntimeEvent, api,
        layout::Layout,
        subtensor::{self, KEYS, ROOT},
    },
    state::State,
};

/// What the schedule has for a subnet in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// Its epoch runs.
    Runs,
    /// Its epoch would run on contradictory state: the slot passes without.
    Passes,
    /// Its epoch is put off, since enough others run.
    Waits,
    /// Nothing.
    NotDue,
}

/// The slots of one block, which are booked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Booked {
    /// Subnets whose epoch runs now.
    pub(crate) runs: Vec<u16>,
    /// Subnets whose slot was used up, be it without an epoch.
    pub(crate) used: Vec<u16>,
}

/// Every subnet but root, in raw key order, which is the chain's.
pub(crate) fn subnets(state: &State) -> Vec<u16> {
    subtensor::NETWORKS_ADDED
        .iter(state)
        .into_iter()
        .filter(|((netuid,), added)| *added && *netuid != ROOT)
        .map(|((netuid,), _)| netuid)
        .collect()
}

/// June's runtime runs an epoch after a week without one, October's after a tempo.
pub(crate) fn safety_net(state: &State) -> SafetyNet {
    match Layout::of(state) {
        Layout::Jun2026 => SafetyNet::Week,
        Layout::Oct2026 => SafetyNet::Tempo,
    }
}

/// The number of the epoch that what is done in `block` counts for.
pub(crate) fn current_epoch_with_lookahead(state: &State, netuid: u16, block: u64) -> u64 {
    api::schedule(state, netuid).epoch_with_lookahead(safety_net(state), block)
}

/// The subnets whose epochs `block` runs, and those whose epochs it puts off, as it stands before
/// the block is counted.
pub(crate) fn foreseen(state: &State, block: u64) -> (Vec<u16>, Vec<u16>) {
    let mut slots = Slots::of(state);
    let (mut runs, mut waits) = (Vec::new(), Vec::new());
    for netuid in subnets(state) {
        let due = api::schedule(state, netuid).should_run(slots.net, block);
        match slots.next(state, netuid, due) {
            Slot::Runs => runs.push(netuid),
            Slot::Waits => waits.push(netuid),
            Slot::Passes | Slot::NotDue => {}
        }
    }
    (runs, waits)
}

/// Advances every subnet's schedule by one block as the pallet's `drain_pending` does: so many
/// epochs as the chain runs in a block, the rest put off to the next one.
pub(super) fn advance(context: &mut Context<'_>) -> Booked {
    let block = context.block();
    let mut slots = Slots::of(context.state);
    let mut booked = Booked::default();
    for netuid in subnets(context.state) {
        let mut schedule = api::schedule(context.state, netuid).counted(slots.net);
        let due = schedule.should_run(slots.net, block);
        let slot = slots.next(context.state, netuid, due);
        let since = schedule.blocks_since_last_step;
        match slot {
            Slot::Runs => {
                schedule = schedule.after_epoch(block);
                booked.runs.push(netuid);
                booked.used.push(netuid);
            }
            Slot::Passes => {
                schedule = schedule.after_epoch(block);
                schedule.blocks_since_last_step = since;
                booked.used.push(netuid);
                let skipped = subtensor::Event::EpochSkipped { netuid, block };
                context.deposit(RuntimeEvent::SubtensorModule(skipped));
            }
            Slot::Waits => {
                schedule.pending_epoch_at = block.saturating_add(1);
                let deferred = subtensor::Event::EpochDeferred {
                    netuid,
                    from_block: block,
                    to_block: schedule.pending_epoch_at,
                };
                context.deposit(RuntimeEvent::SubtensorModule(deferred));
            }
            Slot::NotDue => {}
        }
        let (state, key) = (&mut *context.state, (netuid,));
        subtensor::BLOCKS_SINCE_LAST_STEP.put(state, key, schedule.blocks_since_last_step);
        if slot != Slot::NotDue {
            subtensor::PENDING_EPOCH_AT.put(state, key, schedule.pending_epoch_at);
        }
        if matches!(slot, Slot::Runs | Slot::Passes) {
            subtensor::LAST_EPOCH_BLOCK.put(state, key, schedule.last_epoch_block);
            subtensor::SUBNET_EPOCH_INDEX.put(state, key, schedule.subnet_epoch_index);
        }
    }
    booked
}

/// Slots are given out in one pass over the subnets, as long as there are some.
struct Slots {
    net: SafetyNet,
    left: u8,
}

impl Slots {
    fn of(state: &State) -> Self {
        Self {
            net: safety_net(state),
            left: subtensor::MAX_EPOCHS_PER_BLOCK.get(state, ()),
        }
    }

    /// The slot of the next subnet. One that passes without an epoch leaves another its place.
    fn next(&mut self, state: &State, netuid: u16, due: bool) -> Slot {
        if !due {
            return Slot::NotDue;
        }
        if self.left == 0 {
            return Slot::Waits;
        }
        if !is_consistent(state, netuid) {
            return Slot::Passes;
        }
        self.left -= 1;
        Slot::Runs
    }
}

/// Whether no hotkey stands at two uids.
fn is_consistent(state: &State, netuid: u16) -> bool {
    let mut seen = BTreeSet::new();
    KEYS.under(state, (netuid,))
        .into_iter()
        .all(|(_, hotkey)| seen.insert(hotkey))
}

#[cfg(test)]
mod tests {
    use pylon_models::EpochSchedule;

    use super::*;
    use crate::runtime::{AccountId, system};

    fn count(schedule: &mut EpochSchedule, block: u64, layout: Layout) -> bool {
        let mut state = State::default();
        layout.install(&mut state);
        let net = safety_net(&state);
        *schedule = schedule.counted(net);
        schedule.should_run(net, block)
    }

    /// Subnets 1 to 3, of which the second has one hotkey at two uids, are due in block 10.
    fn three_due() -> State {
        let mut state = State::default();
        system::NUMBER.put(&mut state, (), 10);
        for netuid in 1..=3 {
            subtensor::NETWORKS_ADDED.put(&mut state, (netuid,), true);
            subtensor::TEMPO.put(&mut state, (netuid,), 10);
            subtensor::BLOCKS_SINCE_LAST_STEP.put(&mut state, (netuid,), 9);
        }
        for uid in 0..2 {
            KEYS.put(&mut state, (2, uid), AccountId::new([7; 32]));
        }
        state
    }

    #[test]
    fn a_slot_on_contradictory_keys_passes_and_leaves_its_place_to_another() {
        let mut state = three_due();
        assert_eq!(foreseen(&state, 10), (vec![1, 3], vec![]));
        let mut events = Vec::new();
        let booked = advance(&mut Context {
            state: &mut state,
            events: &mut events,
        });
        assert_eq!((booked.runs, booked.used), (vec![1, 3], vec![1, 2, 3]));
        let skipped = subtensor::Event::EpochSkipped {
            netuid: 2,
            block: 10,
        };
        assert_eq!(events, [RuntimeEvent::SubtensorModule(skipped)]);
        let schedule = api::schedule(&state, 2);
        assert_eq!(
            (schedule.last_epoch_block, schedule.subnet_epoch_index),
            (10, 1)
        );
        assert_eq!(schedule.blocks_since_last_step, 10);
        assert_eq!(api::schedule(&state, 3).blocks_since_last_step, 0);
    }

    #[test]
    fn in_october_a_slot_that_passed_comes_again_in_every_block() {
        let mut state = three_due();
        Layout::Oct2026.install(&mut state);
        for (block, index) in [(10, 1), (11, 2), (12, 3)] {
            system::NUMBER.put(&mut state, (), block);
            advance(&mut Context {
                state: &mut state,
                events: &mut Vec::new(),
            });
            assert_eq!(api::schedule(&state, 2).subnet_epoch_index, index);
            assert_eq!(api::schedule(&state, 1).subnet_epoch_index, 1);
        }
    }

    const SUBNET: EpochSchedule = EpochSchedule {
        tempo: 360,
        last_epoch_block: 1_000,
        pending_epoch_at: 0,
        subnet_epoch_index: 3,
        blocks_since_last_step: 0,
    };

    /// Blocks after 1,000 until the epoch is due, and how many the subnet then counts.
    fn due(mut schedule: EpochSchedule, layout: Layout) -> (u64, u64) {
        let block = (1_001..)
            .find(|block| count(&mut schedule, *block, layout))
            .unwrap();
        (block - 1_000, schedule.blocks_since_last_step)
    }

    #[test]
    fn a_tempo_after_the_last_slot_both_layouts_run_an_epoch() {
        for layout in Layout::ALL {
            assert_eq!(due(SUBNET, layout), (360, 360), "{layout}");
        }
    }

    #[test]
    fn october_runs_one_as_soon_as_a_tempo_has_passed_without() {
        let late = EpochSchedule {
            blocks_since_last_step: 200,
            ..SUBNET
        };
        assert_eq!(due(late, Layout::Jun2026), (360, 560));
        assert_eq!(due(late, Layout::Oct2026), (161, 361));
        // The count stops at a tempo and one.
        let far = EpochSchedule {
            blocks_since_last_step: 5_000,
            ..SUBNET
        };
        assert_eq!(due(far, Layout::Oct2026), (1, 361));
    }

    #[test]
    fn no_tempo_is_no_epoch_and_the_longest_outlasts_junes_net() {
        let stopped = EpochSchedule {
            tempo: 0,
            blocks_since_last_step: 60_000,
            ..SUBNET
        };
        let longest = EpochSchedule {
            tempo: u16::MAX,
            blocks_since_last_step: 60_000,
            ..SUBNET
        };
        for schedule in [stopped, longest] {
            assert!(!count(&mut schedule.clone(), 1_001, Layout::Oct2026));
        }
        assert!(count(&mut longest.clone(), 1_001, Layout::Jun2026));
    }
}
