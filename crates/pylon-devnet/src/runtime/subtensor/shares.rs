//! A hotkey's stake, shared among the coldkeys that staked to it.

use sp_core::U256;

use super::{
    ALPHA, ALPHA_V2, SafeFloat, TOTAL_HOTKEY_ALPHA, TOTAL_HOTKEY_SHARES, TOTAL_HOTKEY_SHARES_V2,
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
        let (high, low) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        if low.mantissa == 0 {
            return high;
        }
        if high.mantissa == 0 {
            return low;
        }
        let apart = high.exponent.abs_diff(low.exponent);
        let cut = U256::from(low.mantissa) / power_of_ten(apart);
        Self::normal(U256::from(high.mantissa) + cut, high.exponent)
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

/// The stake that a coldkey has with a hotkey on a subnet, rao. Shares that still stand in the
/// older maps go before the newer ones'.
pub(super) fn stake_with(
    state: &State,
    hotkey: &AccountId,
    coldkey: &AccountId,
    netuid: u16,
) -> u64 {
    let key = (hotkey.clone(), coldkey.clone(), netuid);
    let share = ALPHA
        .find(state, key.clone())
        .map_or_else(|| ALPHA_V2.get(state, key), SafeFloat::from);
    value_of(state, hotkey, netuid, share)
}

/// What a share of a hotkey's stake on a subnet is worth, rao.
pub(super) fn value_of(state: &State, hotkey: &AccountId, netuid: u16, share: SafeFloat) -> u64 {
    let key = (hotkey.clone(), netuid);
    let stake = TOTAL_HOTKEY_ALPHA.get(state, key.clone());
    let all = TOTAL_HOTKEY_SHARES
        .find(state, key.clone())
        .map_or_else(|| TOTAL_HOTKEY_SHARES_V2.get(state, key), SafeFloat::from);
    SafeFloat::whole(stake.into()).part(share, all).floor()
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
