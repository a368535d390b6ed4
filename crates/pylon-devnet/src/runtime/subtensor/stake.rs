//! Stake as the epochs and the runtime APIs see it.

use pylon_models::{Proportion, Rao, inherited_stake, stake_weight};

use super::{CHILD_KEYS, PARENT_KEYS, ROOT, TAO_WEIGHT, TOTAL_HOTKEY_ALPHA, subnets};
use crate::{
    runtime::{AccountId, U64F64, oct2026, swap::market},
    state::State,
};

/// A neuron's stake on a subnet.
#[derive(Clone, Copy)]
pub(crate) struct Stake {
    /// Alpha, childkeys counted.
    pub(crate) alpha: u64,
    /// Root TAO, moved by the subnet's childkeys, unweighted.
    pub(crate) tao: u64,
    /// Alpha plus weighted TAO.
    pub(crate) total: u64,
    /// The same before it is cut to rao, 32 fraction bits.
    pub(crate) total_bits: u128,
}

/// A hotkey's childkeys that take effect on `netuid`.
pub(crate) fn children(state: &State, netuid: u16, hotkey: &AccountId) -> Vec<(u64, AccountId)> {
    if oct2026::is_suspended(state, hotkey, netuid) {
        return Vec::new();
    }
    CHILD_KEYS.get(state, (hotkey.clone(), netuid))
}

/// The hotkeys that a hotkey is a childkey of, as far as that takes effect on `netuid`.
pub(crate) fn parents(state: &State, netuid: u16, hotkey: &AccountId) -> Vec<(u64, AccountId)> {
    let mut parents = PARENT_KEYS.get(state, (hotkey.clone(), netuid));
    parents.retain(|(_, parent)| !oct2026::is_suspended(state, parent, netuid));
    parents
}

/// What a hotkey's own stake on all subnets is worth, TAO rao: `get_total_stake_for_hotkey`.
pub(crate) fn worth(state: &State, hotkey: &AccountId) -> u64 {
    let on_each = subnets::netuids(state).into_iter().map(|netuid| {
        let alpha = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid));
        U64F64::whole(alpha).times(market::price(state, netuid))
    });
    on_each.fold(U64F64::ZERO, U64F64::plus).floor()
}

/// The stake of `hotkey` on `netuid`.
pub(crate) fn stake_of(state: &State, netuid: u16, hotkey: &AccountId) -> Stake {
    let own = |account: &AccountId, from: u16| {
        Rao::new(TOTAL_HOTKEY_ALPHA.get(state, (account.clone(), from)))
    };
    let (children, parents) = if netuid == ROOT {
        (Vec::new(), Vec::new())
    } else {
        (
            children(state, netuid, hotkey),
            parents(state, netuid, hotkey),
        )
    };
    let inherited = |from: u16| {
        inherited_stake(
            own(hotkey, from),
            children.iter().map(|(share, _)| Proportion::new(*share)),
            parents
                .iter()
                .map(|(share, parent)| (Proportion::new(*share), own(parent, from))),
        )
    };
    let (alpha, tao) = (inherited(netuid), inherited(ROOT));
    let tao_weight = TAO_WEIGHT.get(state, ());
    let weight_bits = (u128::from(tao_weight) << 32) / u128::from(u64::MAX);
    Stake {
        alpha: alpha.get(),
        tao: tao.get(),
        total: stake_weight(alpha, tao, tao_weight).get(),
        total_bits: (u128::from(alpha.get()) << 32)
            .saturating_add(u128::from(tao.get()).saturating_mul(weight_bits)),
    }
}
