//! Parents and children among the validators of the dev world.

use super::own;
use crate::{
    runtime::{
        AccountId,
        subtensor::{CHILD_KEYS, CHILDKEY_TAKE, PARENT_KEYS, TOTAL_HOTKEY_ALPHA},
    },
    state::State,
    world::{
        FIRST,
        accounts::{COIN, alice, derived},
    },
};

/// Parent and child by their place among the validators, and the part given: one in so many.
const RELATIVES: [(usize, usize, u64); 5] =
    [(2, 3, 4), (5, 6, 2), (5, 7, 10), (8, 9, 3), (10, 1, 5)];
/// The take of the first child, /65535: 9 %.
const TAKE: u16 = 5_898;

/// Relates some validators; on the first subnet a parent with stake on root alone, which has no
/// neuron there, gives all to //Alice.
pub(super) fn build(
    state: &mut State,
    seed: u64,
    netuid: u16,
    validators: &[(AccountId, AccountId)],
) {
    for (parent, child, one_in) in RELATIVES {
        if let (Some((parent, _)), Some((child, _))) =
            (validators.get(parent), validators.get(child))
        {
            relate(state, netuid, parent, child, u64::MAX / one_in);
        }
    }
    if let Some((child, _)) = validators.get(3) {
        CHILDKEY_TAKE.put(state, (child.clone(), netuid), TAKE);
    }
    if netuid == FIRST {
        let parent = derived(seed, "hotkey", "parent");
        own(state, &parent, &derived(seed, "validator", "parent"));
        TOTAL_HOTKEY_ALPHA.put(state, (parent.clone(), 0), 15_000 * COIN);
        relate(state, netuid, &parent, &alice(), u64::MAX);
    }
}

/// Writes both ends of the relation.
fn relate(state: &mut State, netuid: u16, parent: &AccountId, child: &AccountId, proportion: u64) {
    CHILD_KEYS.mutate(state, (parent.clone(), netuid), |children| {
        children.push((proportion, child.clone()));
    });
    PARENT_KEYS.mutate(state, (child.clone(), netuid), |parents| {
        parents.push((proportion, parent.clone()));
    });
}
