//! Root dividends: a change of stake on root neither earns nor forfeits what came before it.

use crate::{
    runtime::{
        AccountId,
        subtensor::{ROOT, ROOT_CLAIMABLE, ROOT_CLAIMED},
    },
    state::State,
};

/// Which way a stake changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rebase {
    Add,
    Take,
}

/// Counts what a stake would have earned as claimed already, or no longer.
pub(super) fn rebase(
    state: &mut State,
    hotkey: &AccountId,
    coldkey: &AccountId,
    stake: u64,
    change: Rebase,
) {
    for (netuid, rate) in ROOT_CLAIMABLE.get(state, (hotkey.clone(),)) {
        if netuid == ROOT && change == Rebase::Take {
            continue;
        }
        let part = rate.bits.saturating_mul(stake.into()) >> 32;
        let part = u128::try_from(part).unwrap_or(0);
        let key = (netuid, hotkey.clone(), coldkey.clone());
        ROOT_CLAIMED.mutate(state, key, |claimed| {
            *claimed = match change {
                Rebase::Add => claimed.saturating_add(part),
                Rebase::Take => claimed.saturating_sub(part),
            };
        });
    }
}
