//! A hotkey's stake, shared among the coldkeys that staked to it.
//!
//! After the pallet's share pool, rounding included: shares move by what is added and taken, and
//! emissions raise what each is worth.

use std::collections::BTreeSet;

use sp_core::U256;

use super::{
    ALPHA, ALPHA_V2, STAKING_HOTKEYS, SafeFloat, TOTAL_HOTKEY_ALPHA, TOTAL_HOTKEY_SHARES,
    TOTAL_HOTKEY_SHARES_V2,
};
use crate::{
    runtime::{AccountId, U64F64},
    state::State,
};

/// The greatest mantissa: ten to the 21.
const MAX_MANTISSA: u128 = 1_000_000_000_000_000_000_000;
/// Its exponent.
const MAX_EXPONENT: i64 = 21;

impl SafeFloat {
    const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// A whole number.
    pub(crate) fn whole(number: u128) -> Self {
        Self::normal(number.into(), 0)
    }

    /// Brings the mantissa between a tenth of the greatest, excluded, and the greatest.
    fn normal(mut mantissa: U256, mut exponent: i64) -> Self {
        let ten = U256::from(10);
        if mantissa.is_zero() {
            return Self::ZERO;
        }
        while mantissa > U256::from(MAX_MANTISSA) {
            mantissa /= ten;
            exponent = exponent.saturating_add(1);
        }
        while mantissa <= U256::from(MAX_MANTISSA / 10) {
            mantissa *= ten;
            exponent = exponent.saturating_sub(1);
        }
        Self {
            mantissa: mantissa.low_u128(),
            exponent,
        }
    }

    fn over(self, other: Self) -> Self {
        let scaled = U256::from(self.mantissa) * U256::from(MAX_MANTISSA);
        let exponent = self
            .exponent
            .saturating_sub(other.exponent)
            .saturating_sub(MAX_EXPONENT);
        scaled
            .checked_div(other.mantissa.into())
            .map_or(Self::ZERO, |mantissa| Self::normal(mantissa, exponent))
    }

    fn plus(self, other: Self) -> Self {
        if self.mantissa == 0 {
            return other;
        }
        if other.mantissa == 0 {
            return self;
        }
        let (one, two, exponent) = self.aligned(other);
        Self::normal(one + two, exponent)
    }

    /// Difference, at least nothing.
    fn minus(self, other: Self) -> Self {
        if self.mantissa == 0 || other.mantissa == 0 {
            return self;
        }
        let (one, two, exponent) = self.aligned(other);
        Self::normal(one.saturating_sub(two), exponent)
    }

    /// The mantissas of both at the greater exponent, cut.
    fn aligned(self, other: Self) -> (U256, U256, i64) {
        let exponent = self.exponent.max(other.exponent);
        let cut = |number: Self| {
            let scale = power_of_ten(exponent.abs_diff(number.exponent));
            U256::from(number.mantissa) / scale
        };
        (cut(self), cut(other), exponent)
    }

    /// This times `by` over `of`.
    fn part(self, by: Self, of: Self) -> Self {
        let product = U256::from(self.mantissa) * U256::from(by.mantissa);
        let exponent = self
            .exponent
            .saturating_add(by.exponent)
            .saturating_sub(of.exponent);
        product
            .checked_div(of.mantissa.into())
            .map_or(Self::ZERO, |mantissa| Self::normal(mantissa, exponent))
    }

    /// The number without its fraction.
    fn floor(self) -> u64 {
        let scale = power_of_ten(self.exponent.unsigned_abs());
        let mantissa = U256::from(self.mantissa);
        let number = if self.exponent > 0 {
            mantissa.saturating_mul(scale)
        } else {
            mantissa / scale
        };
        u64::try_from(number).unwrap_or(u64::MAX)
    }
}

impl From<U64F64> for SafeFloat {
    fn from(number: U64F64) -> Self {
        let fraction = number.bits & u128::from(u64::MAX);
        Self::whole(number.bits >> 64).plus(Self::whole(fraction).over(Self::whole(1 << 64)))
    }
}

/// Ten to that power, which is never above the greatest mantissa's by more than one.
fn power_of_ten(exponent: u64) -> U256 {
    U256::from(10).pow(exponent.min(22).into())
}

/// A coldkey's shares of a hotkey's stake. Shares that still stand in the older maps go before the
/// newer ones'.
fn share_of(state: &State, hotkey: &AccountId, coldkey: &AccountId, netuid: u16) -> SafeFloat {
    let key = (hotkey.clone(), coldkey.clone(), netuid);
    ALPHA
        .find(state, key.clone())
        .map_or_else(|| ALPHA_V2.get(state, key), SafeFloat::from)
}

/// All shares of a hotkey's stake.
fn shares_of(state: &State, hotkey: &AccountId, netuid: u16) -> SafeFloat {
    let key = (hotkey.clone(), netuid);
    TOTAL_HOTKEY_SHARES
        .find(state, key.clone())
        .map_or_else(|| TOTAL_HOTKEY_SHARES_V2.get(state, key), SafeFloat::from)
}

/// The stake that a coldkey has with a hotkey on a subnet, rao.
pub(crate) fn stake_with(
    state: &State,
    hotkey: &AccountId,
    coldkey: &AccountId,
    netuid: u16,
) -> u64 {
    let share = share_of(state, hotkey, coldkey, netuid);
    value_of(state, hotkey, netuid, share)
}

/// What a share of a hotkey's stake on a subnet is worth, rao.
pub(super) fn value_of(state: &State, hotkey: &AccountId, netuid: u16, share: SafeFloat) -> u64 {
    let stake = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid));
    let all = shares_of(state, hotkey, netuid);
    SafeFloat::whole(stake.into()).part(share, all).floor()
}

/// The shares that `amount` rao of a hotkey's stake are, the first staker's one for each rao.
fn shares_for(state: &State, hotkey: &AccountId, netuid: u16, amount: u64) -> SafeFloat {
    let amount = SafeFloat::whole(amount.into());
    let all = shares_of(state, hotkey, netuid);
    if all.mantissa == 0 {
        return amount;
    }
    let stake = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid));
    amount.part(all, SafeFloat::whole(stake.into()))
}

/// Whether a stake of so many rao would be worth any shares.
pub(crate) fn is_worth_shares(state: &State, hotkey: &AccountId, netuid: u16, amount: u64) -> bool {
    shares_of(state, hotkey, netuid).mantissa == 0
        || shares_for(state, hotkey, netuid, amount).mantissa > 0
}

/// Adds to a coldkey's stake with a hotkey, rao.
pub(crate) fn add(
    state: &mut State,
    hotkey: &AccountId,
    coldkey: &AccountId,
    netuid: u16,
    amount: u64,
) {
    if amount > 0 {
        let mut hotkeys = STAKING_HOTKEYS.get(state, (coldkey.clone(),));
        if !hotkeys.contains(hotkey) {
            hotkeys.push(hotkey.clone());
            STAKING_HOTKEYS.put(state, (coldkey.clone(),), hotkeys);
        }
    }
    let bought = shares_for(state, hotkey, netuid, amount);
    let share = share_of(state, hotkey, coldkey, netuid).plus(bought);
    let all = shares_of(state, hotkey, netuid).plus(bought);
    set_shares(state, hotkey, coldkey, netuid, share, all);
    let stake = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid));
    set_stake(state, hotkey, netuid, stake.saturating_add(amount));
}

/// Takes from a coldkey's stake with a hotkey, rao: nothing at all where there is not as much.
pub(crate) fn take(
    state: &mut State,
    hotkey: &AccountId,
    coldkey: &AccountId,
    netuid: u16,
    amount: u64,
) {
    if stake_with(state, hotkey, coldkey, netuid) < amount {
        return;
    }
    let sold = shares_for(state, hotkey, netuid, amount);
    let share = share_of(state, hotkey, coldkey, netuid).minus(sold);
    let all = shares_of(state, hotkey, netuid).minus(sold);
    set_shares(state, hotkey, coldkey, netuid, share, all);
    let stake = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), netuid));
    set_stake(state, hotkey, netuid, stake.saturating_sub(amount));
}

/// Writes shares to the newer maps, and removes them from the older ones.
fn set_shares(
    state: &mut State,
    hotkey: &AccountId,
    coldkey: &AccountId,
    netuid: u16,
    share: SafeFloat,
    all: SafeFloat,
) {
    let key = (hotkey.clone(), coldkey.clone(), netuid);
    ALPHA.kill(state, key.clone());
    match share.mantissa {
        0 => ALPHA_V2.kill(state, key),
        _ => ALPHA_V2.put(state, key, share),
    }
    let key = (hotkey.clone(), netuid);
    TOTAL_HOTKEY_SHARES.kill(state, key.clone());
    match all.mantissa {
        0 => TOTAL_HOTKEY_SHARES_V2.kill(state, key),
        _ => TOTAL_HOTKEY_SHARES_V2.put(state, key, all),
    }
}

fn set_stake(state: &mut State, hotkey: &AccountId, netuid: u16, stake: u64) {
    let key = (hotkey.clone(), netuid);
    match stake {
        0 => TOTAL_HOTKEY_ALPHA.kill(state, key),
        _ => TOTAL_HOTKEY_ALPHA.put(state, key, stake),
    }
}

/// The coldkeys that have shares of a hotkey's stake on a subnet, in the order of their bytes.
pub(crate) fn stakers(state: &State, hotkey: &AccountId, netuid: u16) -> BTreeSet<AccountId> {
    let of_hotkey = (hotkey.clone(),);
    let older = ALPHA.under(state, of_hotkey.clone()).into_iter();
    let newer = ALPHA_V2.under(state, of_hotkey).into_iter();
    let keys = older.map(|(key, _)| key).chain(newer.map(|(key, _)| key));
    keys.filter(|(_, _, on)| *on == netuid)
        .map(|(_, coldkey, _)| coldkey)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_divide_a_stake_and_what_is_left_of_a_rao_is_lost() {
        let part = |stake: u128, by: u128, of: u128| {
            SafeFloat::whole(stake)
                .part(SafeFloat::whole(by), SafeFloat::whole(of))
                .floor()
        };
        assert_eq!(part(100, 3, 10), 30);
        assert_eq!(part(100, 1, 3), 33);
        assert_eq!(part(21_000_000_000_000_000, 7, 7), 21_000_000_000_000_000);
        assert_eq!(part(100, 1, 0), 0);
        assert_eq!(part(0, 1, 1), 0);
        assert_eq!(part(u64::MAX.into(), 4, 1), u64::MAX);
    }

    #[test]
    fn an_older_share_is_the_same_number() {
        let older = U64F64 { bits: 5 << 63 };
        let share = SafeFloat::from(older);
        assert_eq!(
            (share.mantissa, share.exponent),
            (250_000_000_000_000_000_000, -20)
        );
        assert_eq!(SafeFloat::from(U64F64 { bits: 0 }), SafeFloat::ZERO);
    }
}
