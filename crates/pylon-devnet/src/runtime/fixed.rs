//! Arithmetic of the runtime's numbers with 64 fraction bits: products and quotients are cut, and
//! what does not fit is the greatest number, as the pallets' `saturating_*` and `safe_div` have it.

use sp_core::U256;

use super::U64F64;

/// Fraction bits.
const FRACTION: u32 = 64;

impl U64F64 {
    /// Nothing.
    pub(crate) const ZERO: Self = Self { bits: 0 };
    /// One.
    pub(crate) const ONE: Self = Self {
        bits: 1 << FRACTION,
    };
    const MAX: Self = Self { bits: u128::MAX };
    /// The natural logarithm of two.
    const LN_2: Self = Self {
        bits: 0xb172_17f7_d1cf_79ab,
    };

    /// A whole number.
    pub(crate) fn whole(number: u64) -> Self {
        Self {
            bits: u128::from(number) << FRACTION,
        }
    }

    /// The number without its fraction.
    pub(crate) fn floor(self) -> u64 {
        u64::try_from(self.bits >> FRACTION).unwrap_or(u64::MAX)
    }

    /// Sum.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            bits: self.bits.saturating_add(other.bits),
        }
    }

    /// Difference, at least nothing.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            bits: self.bits.saturating_sub(other.bits),
        }
    }

    /// Product.
    pub(crate) fn times(self, other: Self) -> Self {
        let bits = U256::from(self.bits).saturating_mul(U256::from(other.bits)) >> FRACTION;
        u128::try_from(bits).map_or(Self::MAX, |bits| Self { bits })
    }

    /// Quotient; nothing where it does not exist.
    pub(crate) fn over(self, other: Self) -> Self {
        (U256::from(self.bits) << FRACTION)
            .checked_div(U256::from(other.bits))
            .and_then(|bits| u128::try_from(bits).ok())
            .map_or(Self::ZERO, |bits| Self { bits })
    }

    /// e to minus this number: the inverse of the first 64 terms of the exponential series.
    pub(crate) fn exp_of_minus(self) -> Self {
        let (mut sum, mut term) = (Self::ONE.plus(self), self);
        for n in 2..u64::from(FRACTION) {
            term = term.times(self).over(Self::whole(n));
            sum = sum.plus(term);
        }
        Self::ONE.over(sum)
    }

    /// Minus the natural logarithm of this number, which is above nothing and at most one.
    fn minus_ln(self) -> Self {
        if self.bits == 0 {
            return Self::MAX;
        }
        // Halves until one half is reached, then the series of the rest.
        let halvings = self.bits.leading_zeros().saturating_sub(FRACTION);
        let rest = Self::ONE.minus(Self {
            bits: self.bits << halvings.min(FRACTION),
        });
        let (mut sum, mut power) = (Self::ZERO, Self::ONE);
        for n in 1..=u64::from(FRACTION) {
            power = power.times(rest);
            sum = sum.plus(power.over(Self::whole(n)));
        }
        Self::whole(halvings.into()).times(Self::LN_2).plus(sum)
    }

    /// This number, at most one, to the power of `exponent`.
    pub(crate) fn power(self, exponent: Self) -> Self {
        if exponent == Self::ONE {
            return self;
        }
        // Below, the inverse of the series no longer fits.
        let least = Self::whole(43);
        let minus_ln = exponent.times(self.minus_ln());
        if minus_ln.bits > least.bits {
            return Self::ZERO;
        }
        minus_ln.exp_of_minus()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half() -> U64F64 {
        U64F64::ONE.over(U64F64::whole(2))
    }

    fn assert_near(left: U64F64, right: U64F64) {
        assert!(left.bits.abs_diff(right.bits) < 1_000, "{left:?} {right:?}");
    }

    #[test]
    fn products_and_quotients_are_cut() {
        let third = U64F64::ONE.over(U64F64::whole(3));
        assert_eq!(third.times(U64F64::whole(3)).floor(), 0);
        assert_eq!(U64F64::whole(7).over(U64F64::whole(2)).floor(), 3);
        assert_eq!(U64F64::ONE.over(U64F64::ZERO), U64F64::ZERO);
        assert_eq!(
            U64F64::whole(u64::MAX).times(U64F64::whole(2)),
            U64F64 { bits: u128::MAX }
        );
    }

    #[test]
    fn powers_are_what_mathematics_says() {
        assert_eq!(half().power(U64F64::ONE), half());
        assert_near(half().power(U64F64::whole(2)), half().times(half()));
        assert_near(half().times(half()).power(half()), half());
        assert_near(U64F64::ONE.power(half()), U64F64::ONE);
        assert_eq!(U64F64::ZERO.power(half()), U64F64::ZERO);
        assert_near(U64F64::LN_2.exp_of_minus(), half());
    }
}
