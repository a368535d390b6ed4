//! Numbers with 32 fraction bits, as the pallet's `I32F32`: sums saturate, products are floored,
//! quotients truncated.

/// Fraction bits.
const FRACTION: u32 = 32;

/// The whole of a u16 ratio.
const WHOLE: u16 = u16::MAX;

/// A number by its count of 2^-32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed(i64);

impl Fixed {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const ONE: Self = Self(1 << FRACTION);
    pub(super) const HALF: Self = Self(1 << (FRACTION - 1));
    /// e, as the pallet's mathematics library keeps it: with 23 fraction bits.
    const E: Self = Self(22_802_600 << (FRACTION - 23));

    /// A number by its count of 2^-32.
    pub(super) const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// A whole number.
    pub(super) fn whole(number: impl Into<i32>) -> Self {
        Self(i64::from(number.into()) << FRACTION)
    }

    /// A u16 ratio: 65535 is exactly one.
    pub(super) fn ratio(value: u16) -> Self {
        Self::whole(value).over(Self::whole(WHOLE))
    }

    /// The number as a u16 ratio, cut.
    pub(super) fn to_ratio(self) -> u16 {
        let scaled = (i128::from(self.0) * i128::from(WHOLE)) >> FRACTION;
        u16::try_from(scaled.clamp(0, WHOLE.into())).unwrap_or(WHOLE)
    }

    /// This part of an amount, cut; nothing of it where the number is negative.
    pub(super) fn part_of(self, amount: u64) -> u64 {
        let bits = u128::try_from(self.0).unwrap_or(0);
        u64::try_from((bits * u128::from(amount)) >> FRACTION).unwrap_or(u64::MAX)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) fn times(self, other: Self) -> Self {
        let bits = (i128::from(self.0) * i128::from(other.0)) >> FRACTION;
        let greatest = if bits < 0 { i64::MIN } else { i64::MAX };
        Self(i64::try_from(bits).unwrap_or(greatest))
    }

    /// Nothing where the quotient does not exist or does not fit.
    pub(super) fn over(self, other: Self) -> Self {
        (i128::from(self.0) << FRACTION)
            .checked_div(other.0.into())
            .and_then(|bits| i64::try_from(bits).ok())
            .map_or(Self::ZERO, Self)
    }

    /// e to the power of this number, by the series that the pallet's mathematics library sums up.
    pub(super) fn exp(self) -> Self {
        match self {
            Self::ZERO => return Self::ONE,
            Self::ONE => return Self::E,
            _ => {}
        }
        let size = Self(self.0.saturating_abs());
        let (mut sum, mut term) = (Self::ONE, Self::ONE);
        for k in 1u8..32 {
            term = term.times(size).over(Self::whole(k));
            sum = sum.plus(term);
        }
        if self < Self::ZERO {
            Self::ONE.over(sum)
        } else {
            sum
        }
    }
}

/// The sum.
pub(super) fn sum(values: impl IntoIterator<Item = Fixed>) -> Fixed {
    values.into_iter().fold(Fixed::ZERO, Fixed::plus)
}

/// The values as parts of their sum, unless that is nothing.
pub(super) fn normalized(values: Vec<Fixed>) -> Vec<Fixed> {
    let sum = sum(values.iter().copied());
    if sum == Fixed::ZERO {
        return values;
    }
    values.into_iter().map(|value| value.over(sum)).collect()
}

/// The value of a uid; nothing beyond the end.
pub(super) fn at(values: &[Fixed], uid: usize) -> Fixed {
    values.get(uid).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_floored_and_quotients_truncated() {
        let least = Fixed(-1);
        assert_eq!(least.times(Fixed::HALF), least);
        assert_eq!(least.over(Fixed::whole(2u8)), Fixed::ZERO);
        assert_eq!(Fixed::ONE.over(Fixed::ZERO), Fixed::ZERO);
        assert_eq!(Fixed::whole(i32::MAX).over(Fixed::HALF), Fixed::ZERO);
    }

    #[test]
    fn a_ratio_of_the_whole_is_one_and_a_bit_less_is_cut() {
        assert_eq!(Fixed::ratio(u16::MAX), Fixed::ONE);
        assert_eq!(Fixed::ONE.to_ratio(), 65_535);
        assert_eq!(Fixed(Fixed::ONE.0 - 1).to_ratio(), 65_534);
        assert_eq!(Fixed(-5).to_ratio(), 0);
        assert_eq!(Fixed::whole(7u8).to_ratio(), 65_535);
    }

    #[test]
    fn the_series_is_near_the_exponential_function_and_e_is_coarser() {
        let near = |left: Fixed, right: f64| {
            let bits = right * 4_294_967_296.0;
            #[allow(clippy::cast_precision_loss, reason = "a comparison with a tolerance")]
            let apart = (left.0 as f64 - bits).abs() / bits;
            assert!(apart < 1e-6, "{left:?} {right}");
        };
        near(Fixed::HALF.exp(), 0.5f64.exp());
        near(Fixed::whole(-1i8).exp(), (-1f64).exp());
        near(Fixed::whole(7u8).exp(), 7f64.exp());
        near(Fixed::ONE.exp(), 1f64.exp());
        assert_eq!(Fixed::ZERO.exp(), Fixed::ONE);
        assert_eq!(Fixed::ONE.exp().0 % 512, 0);
    }
}
