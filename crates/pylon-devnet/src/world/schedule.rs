//! Epoch slots: which subnets' epochs run in a block.

use pylon_models::SafetyNet;

use crate::{
    runtime::{RuntimeEvent, api, layout::Layout, subtensor},
    state::State,
};

/// What the schedule gave one block.
pub(super) struct Slots {
    /// Subnets whose epoch runs now; their slots are booked.
    pub(super) due: Vec<u16>,
    /// Epochs that were put off.
    pub(super) events: Vec<RuntimeEvent>,
}

/// Advances every subnet's schedule by one block, root excepted, as the pallet's `drain_pending`
/// does: in the order of the storage keys, so many epochs as the chain runs in a block, the rest
/// put off to the next one.
pub(super) fn advance(state: &mut State, block: u64) -> Slots {
    let cap = usize::from(subtensor::MAX_EPOCHS_PER_BLOCK.get(state, ()));
    let next = block.saturating_add(1);
    let layout = Layout::of(state);
    let mut slots = Slots {
        due: Vec::new(),
        events: Vec::new(),
    };
    for ((netuid,), added) in subtensor::NETWORKS_ADDED.iter(state) {
        if !added || netuid == 0 {
            continue;
        }
        let net = safety_net(layout);
        let mut schedule = api::schedule(state, netuid).counted(net);
        let due = schedule.should_run(net, block);
        if due && slots.due.len() < cap {
            schedule = schedule.after_epoch(block);
            subtensor::LAST_EPOCH_BLOCK.put(state, (netuid,), schedule.last_epoch_block);
            subtensor::SUBNET_EPOCH_INDEX.put(state, (netuid,), schedule.subnet_epoch_index);
            subtensor::PENDING_EPOCH_AT.put(state, (netuid,), schedule.pending_epoch_at);
            slots.due.push(netuid);
        } else if due {
            subtensor::PENDING_EPOCH_AT.put(state, (netuid,), next);
            slots.events.push(RuntimeEvent::SubtensorModule(
                subtensor::Event::EpochDeferred {
                    netuid,
                    from_block: block,
                    to_block: next,
                },
            ));
        }
        let since = schedule.blocks_since_last_step;
        subtensor::BLOCKS_SINCE_LAST_STEP.put(state, (netuid,), since);
    }
    slots
}

/// June's runtime runs an epoch after a week without one, October's after a tempo.
fn safety_net(layout: Layout) -> SafetyNet {
    match layout {
        Layout::Jun2026 => SafetyNet::Week,
        Layout::Oct2026 => SafetyNet::Tempo,
    }
}

#[cfg(test)]
mod tests {
    use pylon_models::EpochSchedule;

    use super::*;

    fn count(schedule: &mut EpochSchedule, block: u64, layout: Layout) -> bool {
        *schedule = schedule.counted(safety_net(layout));
        schedule.should_run(safety_net(layout), block)
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
