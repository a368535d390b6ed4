//! Timelocked weights whose epoch has come.

use super::schedule::{self, current_epoch_with_lookahead};
use crate::{
    node::dispatch::{Context, weights},
    runtime::subtensor::{
        MECHANISM_COUNT_CURRENT, REVEAL_PERIOD_EPOCHS, TIMELOCKED_WEIGHT_COMMITS, storage_index,
    },
};

/// Goes through the commits of every subnet whose epoch is not put off.
pub(super) fn reveal(context: &mut Context<'_>) {
    let block = context.block();
    let (_, waits) = schedule::foreseen(context.state, block);
    for netuid in schedule::subnets(context.state) {
        if !waits.contains(&netuid) {
            reveal_of_subnet(context, netuid, block);
        }
    }
}

/// Commits of earlier epochs than the one whose turn it is have expired; its own are opened.
fn reveal_of_subnet(context: &mut Context<'_>, netuid: u16, block: u64) {
    let current = current_epoch_with_lookahead(context.state, netuid, block);
    let period = REVEAL_PERIOD_EPOCHS.get(context.state, (netuid,));
    let epoch = current.saturating_sub(period);
    for mecid in 0..MECHANISM_COUNT_CURRENT.get(context.state, (netuid,)) {
        let index = storage_index(netuid, mecid);
        for (key, _) in TIMELOCKED_WEIGHT_COMMITS.under(context.state, (index,)) {
            if key.1 < epoch {
                TIMELOCKED_WEIGHT_COMMITS.kill(context.state, key);
            }
        }
        // No epoch lies so far back yet.
        if current < period {
            return;
        }
        weights::reveal(context, netuid, mecid, epoch);
    }
}
