//! What October asks of parents: stake enough when their children are due and later on, and that a
//! child has not too many of them.

use super::{CHILDKEY_THRESHOLD_CHECKS, CHILDKEY_THRESHOLD_SUSPENDED};
use crate::{
    runtime::{
        AccountId,
        layout::Layout,
        subtensor::{CHILD_KEYS, STAKE_THRESHOLD, SUBNET_OWNER_HOTKEY, stake},
    },
    state::State,
};

/// Most parents of a hotkey on a subnet; longer lists of before stay, and do not grow.
const MAX_PARENTS: usize = 100;

fn is_october(state: &State) -> bool {
    Layout::of(state) == Layout::Oct2026
}

/// Whether a parent's childkeys are without effect on a subnet, for want of stake. The pallet looks
/// at the stake seldom, so the flag decides, not the stake. Owners keep theirs.
pub(crate) fn is_suspended(state: &State, parent: &AccountId, netuid: u16) -> bool {
    is_october(state)
        && CHILDKEY_THRESHOLD_SUSPENDED.contains(state, (parent.clone(),))
        && SUBNET_OWNER_HOTKEY.find(state, (netuid,)).as_ref() != Some(parent)
}

/// Whether a parent's stake is looked at when its children are due; June looked when it unstaked.
pub(crate) fn tests_parents_late(state: &State) -> bool {
    is_october(state)
}

/// Whether a take can only be set on a subnet that exists.
pub(crate) fn wants_subnet_for_take(state: &State) -> bool {
    is_october(state)
}

/// Whether a child of that many parents can have one more.
pub(crate) fn has_room_for_parent(state: &State, parents: usize) -> bool {
    !is_october(state) || parents < MAX_PARENTS
}

/// Lets a parent's childkeys take effect again.
pub(crate) fn resume_parent(state: &mut State, parent: &AccountId) {
    CHILDKEY_THRESHOLD_SUSPENDED.kill(state, (parent.clone(),));
}

/// Has a hotkey from which stake goes looked at, if it is a parent.
pub(crate) fn note_stake_gone(state: &mut State, hotkey: &AccountId) {
    let is_parent = !CHILD_KEYS.under(state, (hotkey.clone(),)).is_empty();
    if is_october(state) && (is_parent || is_flagged(state, hotkey)) {
        CHILDKEY_THRESHOLD_CHECKS.put(state, (hotkey.clone(),), ());
    }
}

/// Has a hotkey to which stake comes looked at, if it is suspended.
pub(crate) fn note_stake_come(state: &mut State, hotkey: &AccountId) {
    if is_october(state) && is_flagged(state, hotkey) {
        CHILDKEY_THRESHOLD_CHECKS.put(state, (hotkey.clone(),), ());
    }
}

fn is_flagged(state: &State, hotkey: &AccountId) -> bool {
    CHILDKEY_THRESHOLD_SUSPENDED.contains(state, (hotkey.clone(),))
}

/// Suspends parents, or lets them go on, as their stake is at the end of a block. The real pallet
/// looks at as many as the block has weight left for; here that is all of them.
pub(crate) fn check_parents(state: &mut State) {
    if !is_october(state) {
        return;
    }
    let threshold = STAKE_THRESHOLD.get(state, ());
    for ((hotkey,), ()) in CHILDKEY_THRESHOLD_CHECKS.iter(state) {
        if stake::worth(state, &hotkey) >= threshold {
            resume_parent(state, &hotkey);
        } else {
            CHILDKEY_THRESHOLD_SUSPENDED.put(state, (hotkey.clone(),), ());
        }
        CHILDKEY_THRESHOLD_CHECKS.kill(state, (hotkey,));
    }
}
