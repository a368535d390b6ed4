//! Epoch slots: which subnets' epochs run in a block.

use crate::{
    runtime::{RuntimeEvent, api, subtensor},
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
    let mut slots = Slots {
        due: Vec::new(),
        events: Vec::new(),
    };
    for ((netuid,), added) in subtensor::NETWORKS_ADDED.iter(state) {
        if !added || netuid == 0 {
            continue;
        }
        let mut schedule = api::schedule(state, netuid);
        schedule.blocks_since_last_step = schedule.blocks_since_last_step.saturating_add(1);
        if schedule.should_run(block) && slots.due.len() < cap {
            schedule = schedule.after_epoch(block);
            subtensor::LAST_EPOCH_BLOCK.put(state, (netuid,), schedule.last_epoch_block);
            subtensor::SUBNET_EPOCH_INDEX.put(state, (netuid,), schedule.subnet_epoch_index);
            subtensor::PENDING_EPOCH_AT.put(state, (netuid,), schedule.pending_epoch_at);
            slots.due.push(netuid);
        } else if schedule.should_run(block) {
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
