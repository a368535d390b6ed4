//! Epoch slots: which subnets' epochs run in a block.

use pylon_models::EpochSchedule;

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
        let mut schedule = api::schedule(state, netuid);
        let due = count(&mut schedule, block, layout);
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

/// Counts a block, and says whether the subnet's epoch is due in it. June's runtime runs an epoch
/// after 50,400 blocks without one, October's after a tempo.
fn count(schedule: &mut EpochSchedule, block: u64, layout: Layout) -> bool {
    let since = schedule.blocks_since_last_step.saturating_add(1);
    match layout {
        Layout::Jun2026 => {
            schedule.blocks_since_last_step = since;
            schedule.should_run(block)
        }
        Layout::Oct2026 => {
            let tempo = u64::from(schedule.tempo);
            // June's safety net is not asked.
            schedule.blocks_since_last_step = 0;
            let in_turn = schedule.should_run(block);
            schedule.blocks_since_last_step = since.min(tempo.saturating_add(1));
            in_turn || (tempo > 0 && schedule.blocks_since_last_step > tempo)
        }
    }
}
