//! What a block does before its transactions: the pallet's `block_step`, epochs above all.

mod amount;
mod dividends;
mod emission;
mod input;
mod payout;
mod results;
mod reveals;
pub(crate) mod schedule;
#[cfg(test)]
mod tests;

use pylon_models::{Rao, Ratio};
use pylon_scoring::consensus;

use crate::{
    node::dispatch::{Context, children},
    runtime::subtensor::{self, MECHANISM_COUNT_CURRENT, MECHANISM_EMISSION_SPLIT},
};
use emission::Pending;

/// Does it, in the pallet's order; the state already has the block's number.
pub(crate) fn begin_block(context: &mut Context<'_>) {
    let block = context.block();
    subtensor::burn::update(context.state, block);
    reveals::reveal(context);
    emission::accrue(context.state);
    let mut booked = schedule::advance(context);
    // Slots are given out in the order of the keys, epochs run in that of the netuids.
    booked.runs.sort_unstable();
    for netuid in booked.runs {
        run(context, netuid, block);
    }
    for netuid in booked.used {
        children::apply_pending(context, netuid);
    }
}

/// Runs the epoch of a subnet, whose slot is booked: scores its neurons and pays out what waited.
pub(crate) fn run(context: &mut Context<'_>, netuid: u16, block: u64) {
    let pending = Pending::drain(context.state, netuid);
    let keys = input::keys(context.state, netuid);
    let subnet = input::subnet(context.state, netuid, block, &keys);
    let mechanisms: Vec<_> = (0..MECHANISM_COUNT_CURRENT.get(context.state, (netuid,)))
        .map(|mecid| input::mechanism(context.state, netuid, mecid, &keys))
        .collect();
    let parts: Option<Vec<Ratio>> = MECHANISM_EMISSION_SPLIT
        .find(context.state, (netuid,))
        .map(|parts| parts.into_iter().map(Ratio::new).collect());
    let emission = Rao::new(pending.shared());
    let epoch = consensus::epoch(&subnet, &mechanisms, parts.as_deref(), emission);
    results::store(context, netuid, &keys, &epoch);
    payout::pay(context, netuid, &keys, &epoch.merged, pending);
    results::date(context.state, netuid, block);
}
