//! Numbers with 32 fraction bits, as the pallet's `U96F32` in which payouts are reckoned: products and
//! quotients are cut, and nothing goes below nothing.

/// Fraction bits.
const FRACTION: u32 = 32;

/// A number by its count of 2^-32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amount(u128);

impl Amount {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const ONE: Self = Self(1 << FRACTION);
    pub(super) const HALF: Self = Self(1 << (FRACTION - 1));

    /// A whole number.
    pub(super) fn whole(number: u64) -> Self {
        Self(u128::from(number) << FRACTION)
    }

    /// A part of the greatest number of its kind.
    pub(super) fn part(of: impl Into<u64>, greatest: impl Into<u64>) -> Self {
        Self::whole(of.into()).over(Self::whole(greatest.into()))
    }

    /// The number without its fraction.
    pub(super) fn floor(self) -> u64 {
        u64::try_from(self.0 >> FRACTION).unwrap_or(u64::MAX)
    }

    /// The count of 2^-32.
    pub(super) fn bits(self) -> u128 {
        self.0
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self(self.0.saturating_mul(other.0) >> FRACTION)
    }

    /// Nothing where the quotient does not exist.
    pub(super) fn over(self, other: Self) -> Self {
        self.0
            .saturating_mul(1 << FRACTION)
            .checked_div(other.0)
            .map_or(Self::ZERO, Self)
    }
}
