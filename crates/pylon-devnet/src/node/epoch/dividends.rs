//! Who gets what validators earned: themselves and their parents, for alpha and for TAO on root.

use std::collections::BTreeMap;

use super::{amount::Amount, emission::recycle};
use crate::{
    runtime::{
        AccountId,
        layout::Layout,
        subtensor::{
            CHILDKEY_TAKE, CK_BURN, MIN_CHILDKEY_TAKE, MIN_CHILDKEY_TAKE_PER_SUBNET, OWNER, ROOT,
            TAO_WEIGHT, TOTAL_HOTKEY_ALPHA, UIDS,
            stake::{children, parents},
        },
    },
    state::State,
};

/// Dividends by hotkey.
pub(super) type Dividends = BTreeMap<AccountId, Amount>;

/// A hotkey's own stake: alpha, and TAO on root at what it counts.
#[derive(Clone, Copy)]
struct Own {
    alpha: Amount,
    root: Amount,
}

fn tao_weight(state: &State) -> Amount {
    Amount::part(TAO_WEIGHT.get(state, ()), u64::MAX)
}

fn stake(state: &State, hotkey: &AccountId, netuid: u16) -> Amount {
    Amount::whole(TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid)))
}

impl Own {
    fn of(state: &State, hotkey: &AccountId, netuid: u16) -> Self {
        Self {
            alpha: stake(state, hotkey, netuid),
            root: stake(state, hotkey, ROOT).times(tao_weight(state)),
        }
    }
}

/// What a part of a hotkey's stake counts.
fn contribution(state: &State, hotkey: &AccountId, netuid: u16, part: Amount) -> Amount {
    let root = stake(state, hotkey, ROOT).times(part);
    let alpha = stake(state, hotkey, netuid).times(part);
    alpha.plus(root.times(tao_weight(state)))
}

fn part(proportion: u64) -> Amount {
    Amount::part(proportion, u64::MAX)
}

/// The part of its parents' dividends that a childkey keeps.
fn take(state: &State, hotkey: &AccountId, netuid: u16) -> Amount {
    let take = CHILDKEY_TAKE
        .get(state, (hotkey.clone(), netuid))
        .max(MIN_CHILDKEY_TAKE.get(state, ()))
        .max(MIN_CHILDKEY_TAKE_PER_SUBNET.get(state, (netuid,)));
    Amount::part(take, u16::MAX)
}

/// Shares what a validator earned, rao, among it and its parents, by what each of them contributes.
/// Of the parts of others' hotkeys some is burned and some is the validator's take.
pub(super) fn share(
    state: &mut State,
    netuid: u16,
    hotkey: &AccountId,
    earned: u64,
    dividends: &mut Dividends,
) {
    let own = children(state, netuid, hotkey)
        .iter()
        .fold(Amount::ONE, |rest, (proportion, _)| {
            rest.minus(part(*proportion))
        });
    let own = contribution(state, hotkey, netuid, own).floor();
    let parents: Vec<_> = parents(state, netuid, hotkey)
        .into_iter()
        .map(|(proportion, parent)| {
            let given = contribution(state, &parent, netuid, part(proportion));
            (parent, given)
        })
        .collect();
    let total = parents
        .iter()
        .fold(Amount::whole(own), |sum, (_, given)| sum.plus(*given));
    let earned = Amount::whole(earned);
    let (take, burn) = (take(state, hotkey, netuid), part(CK_BURN.get(state, ())));
    let owner = OWNER.get(state, (hotkey.clone(),));
    let (mut left, mut taken) = (earned, Amount::ZERO);
    for (parent, given) in parents {
        let mut paid = earned.times(given.over(total));
        left = left.minus(paid);
        if OWNER.get(state, (parent.clone(),)) != owner {
            let (burned, kept) = (burn.times(paid), take.times(paid));
            paid = paid.minus(burned).minus(kept);
            taken = taken.plus(kept);
            recycle(state, netuid, burned.floor());
        }
        pay(dividends, parent, paid);
    }
    pay(dividends, hotkey.clone(), left.plus(taken));
}

/// Adds whole rao.
fn pay(dividends: &mut Dividends, hotkey: AccountId, amount: Amount) {
    let amount = Amount::whole(amount.floor());
    let sum = dividends.entry(hotkey).or_default();
    *sum = sum.plus(amount);
}

/// Dividends by what they are paid for.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// For alpha.
    pub(super) alpha: Dividends,
    /// For TAO on root.
    pub(super) root: Dividends,
}

/// Splits each hotkey's dividends by its own stakes, and shares by that what waits for validators and
/// what waits for root.
pub(super) fn split(
    state: &State,
    netuid: u16,
    dividends: Dividends,
    validators: u64,
    root: u64,
) -> Split {
    let mut split = Split::default();
    for (hotkey, earned) in dividends {
        let (alpha, by_root) = by_stake(state, netuid, &hotkey, earned);
        split.alpha.insert(hotkey.clone(), alpha);
        split.root.insert(hotkey, by_root);
    }
    for (parts, whole) in [(&mut split.alpha, validators), (&mut split.root, root)] {
        let sum = parts
            .values()
            .fold(Amount::ZERO, |sum, part| sum.plus(*part));
        for part in parts.values_mut() {
            *part = Amount::whole(whole).times(part.over(sum));
        }
    }
    split
}

/// What of a hotkey's dividends its alpha brought, and what its TAO on root. In October only members of
/// root are paid for that.
fn by_stake(state: &State, netuid: u16, hotkey: &AccountId, earned: Amount) -> (Amount, Amount) {
    let own = Own::of(state, hotkey, netuid);
    let all = own.alpha.plus(own.root);
    match Layout::of(state) {
        Layout::Jun2026 => {
            let root = earned.times(own.root.over(all));
            (earned.minus(root), root)
        }
        Layout::Oct2026 => {
            let alpha = match all {
                Amount::ZERO => earned,
                all => earned.times(own.alpha.over(all)),
            };
            let is_member = UIDS.contains(state, (ROOT, hotkey.clone()));
            let root = if is_member {
                earned.minus(alpha)
            } else {
                Amount::ZERO
            };
            (alpha, root)
        }
    }
}
