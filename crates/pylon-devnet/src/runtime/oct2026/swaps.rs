//! What October keeps of hotkey swaps: which hotkey came after which, and that stake which a swap
//! moved stays with its new hotkey for a while.

use super::{HOTKEY_ROOT, HOTKEY_SUCCESSOR, STAKE_MOVE_COOLDOWN_UNTIL};
use crate::{
    runtime::{AccountId, layout::Layout},
    state::State,
};

/// Whether a swap names a subnet only if it exists, and waits by subnet instead of by coldkey.
pub(crate) fn limits_swaps_by_subnet(state: &State) -> bool {
    Layout::of(state) == Layout::Oct2026
}

/// Whether stake that a swap brought to a hotkey may go on with the next one.
pub(crate) fn may_swap_stake(state: &State, netuid: u16, hotkey: &AccountId, now: u64) -> bool {
    let until = STAKE_MOVE_COOLDOWN_UNTIL.get(state, (netuid, hotkey.clone()));
    Layout::of(state) != Layout::Oct2026 || now >= until
}

/// Notes until when stake stays that a swap brought to a hotkey.
pub(crate) fn note_stake_swapped(state: &mut State, netuid: u16, hotkey: &AccountId, until: u64) {
    if Layout::of(state) == Layout::Oct2026 {
        STAKE_MOVE_COOLDOWN_UNTIL.put(state, (netuid, hotkey.clone()), until);
    }
}

/// Notes which hotkey came after which on a subnet.
pub(crate) fn note_successor(state: &mut State, netuid: u16, old: &AccountId, new: &AccountId) {
    if Layout::of(state) != Layout::Oct2026 {
        return;
    }
    let first = HOTKEY_ROOT.find(state, (netuid, old.clone()));
    HOTKEY_SUCCESSOR.kill(state, (netuid, new.clone()));
    HOTKEY_SUCCESSOR.put(state, (netuid, old.clone()), new.clone());
    let first = first.unwrap_or_else(|| old.clone());
    HOTKEY_ROOT.put(state, (netuid, new.clone()), first);
}
