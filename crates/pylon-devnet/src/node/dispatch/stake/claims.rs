//! Root dividends: a change of stake on root neither earns nor forfeits what came before it.

use crate::{
    runtime::{
        AccountId, I96F32,
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

/// Moves what a coldkey claimed of a hotkey's dividends on a subnet to another hotkey.
pub(in crate::node::dispatch) fn move_claimed(
    state: &mut State,
    netuid: u16,
    [old, new]: [&AccountId; 2],
    coldkey: &AccountId,
) {
    let from = (netuid, old.clone(), coldkey.clone());
    let Some(claimed) = ROOT_CLAIMED.find(state, from.clone()) else {
        return;
    };
    ROOT_CLAIMED.kill(state, from);
    let to = (netuid, new.clone(), coldkey.clone());
    ROOT_CLAIMED.mutate(state, to, |sum| *sum = sum.saturating_add(claimed));
}

/// Moves what may be claimed of a hotkey's dividends to another hotkey.
pub(in crate::node::dispatch) fn move_claimable(state: &mut State, [old, new]: [&AccountId; 2]) {
    let rates = ROOT_CLAIMABLE.get(state, (old.clone(),));
    if rates.is_empty() {
        return;
    }
    ROOT_CLAIMABLE.kill(state, (old.clone(),));
    ROOT_CLAIMABLE.mutate(state, (new.clone(),), |all| {
        for (netuid, rate) in rates {
            let sum = all.entry(netuid).or_insert(I96F32 { bits: 0 });
            sum.bits = sum.bits.saturating_add(rate.bits);
        }
    });
}

/// Forgets what may be claimed, and what was, of a subnet that ends.
pub(in crate::node::dispatch) fn forget(state: &mut State, netuid: u16) {
    for (hotkey, mut rates) in ROOT_CLAIMABLE.iter(state) {
        if rates.remove(&netuid).is_some() {
            ROOT_CLAIMABLE.put(state, hotkey, rates);
        }
    }
    ROOT_CLAIMED.clear_under(state, (netuid,));
}
