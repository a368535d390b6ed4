//! The end of a subnet: its TAO goes to who staked there, and nothing of it stays.

mod payout;
mod removal;
#[cfg(test)]
mod tests;

use sp_runtime::DispatchResult;

use super::{Context, ensure, stake::claims};
use crate::runtime::{
    RuntimeEvent,
    layout::Layout,
    oct2026::DISSOLVE_CLEANUP_QUEUE,
    subtensor::{
        Error, Event, NETWORKS_ADDED, ROOT, SUBNET_IDENTITIES_V3, SUBNET_TAO, TOTAL_NETWORKS,
        TOTAL_STAKE,
    },
};

/// `root_dissolve_network` and `dissolve_network`. October only closes the subnet: what it leaves
/// is cleared up when the block has time, here at its end.
pub(super) fn dissolve(context: &mut Context<'_>, netuid: u16) -> DispatchResult {
    let exists = NETWORKS_ADDED.get(context.state, (netuid,));
    ensure(exists && netuid != ROOT, Error::SubnetNotExists)?;
    let reserve = SUBNET_TAO.get(context.state, (netuid,));
    NETWORKS_ADDED.kill(context.state, (netuid,));
    TOTAL_NETWORKS.mutate(context.state, (), |count| *count = count.saturating_sub(1));
    TOTAL_STAKE.mutate(context.state, (), |stake| {
        *stake = stake.saturating_sub(reserve);
    });
    match Layout::of(context.state) {
        Layout::Jun2026 => clear_up(context, netuid),
        Layout::Oct2026 => {
            DISSOLVE_CLEANUP_QUEUE.mutate(context.state, (), |queue| queue.push(netuid));
        }
    }
    context.deposit(RuntimeEvent::SubtensorModule(Event::NetworkRemoved(netuid)));
    Ok(())
}

/// Clears up what October's subnets have left.
pub(super) fn clear_up_queued(context: &mut Context<'_>) {
    for netuid in DISSOLVE_CLEANUP_QUEUE.get(context.state, ()) {
        clear_up(context, netuid);
        let event = Event::NetworkDissolveCleanupCompleted { netuid };
        context.deposit(RuntimeEvent::SubtensorModule(event));
    }
    DISSOLVE_CLEANUP_QUEUE.kill(context.state, ());
}

fn clear_up(context: &mut Context<'_>, netuid: u16) {
    claims::forget(context.state, netuid);
    payout::pay(context, netuid);
    let had_identity = SUBNET_IDENTITIES_V3.contains(context.state, (netuid,));
    removal::remove(context.state, netuid);
    if had_identity {
        let event = Event::SubnetIdentityRemoved(netuid);
        context.deposit(RuntimeEvent::SubtensorModule(event));
    }
}
