//! What a block does before its transactions: the pallet's `block_step`, epochs above all.

mod reveals;
pub(crate) mod schedule;

use crate::{
    node::dispatch::Context,
    runtime::{oct2026, subtensor},
};

/// Does it, in the pallet's order; the state already has the block's number.
pub(crate) fn begin_block(context: &mut Context<'_>) {
    let block = context.block();
    subtensor::burn::update(context.state, block);
    reveals::reveal(context);
    let mut booked = schedule::advance(context);
    // Slots are given out in the order of the keys, epochs run in that of the netuids.
    booked.runs.sort_unstable();
    for netuid in booked.runs {
        subtensor::LAST_MECHANSIM_STEP_BLOCK.put(context.state, (netuid,), block);
        oct2026::note_epoch(context.state, netuid, block);
    }
}
