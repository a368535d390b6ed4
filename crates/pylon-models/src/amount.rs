//! Amounts and fractions as the chain stores them: integers. Decimals are made only where a wire format
//! asks for them, and are then the very doubles that Python computes.

use std::fmt;

use serde::{Deserialize, Serialize};

#[allow(
    clippy::cast_precision_loss,
    reason = "rounding to the nearest double, as Python's float(int) does, is what callers ask for"
)]
const fn nearest_f64(value: u64) -> f64 {
    value as f64
}

macro_rules! integer {
    ($(#[$doc:meta])* $name:ident($inner:ident), example = $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(example = $example))]
        pub struct $name($inner);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// The largest value there is.
            pub const MAX: Self = Self($inner::MAX);

            /// Every value of the integer is legal.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The bare integer.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer! {
    /// The smallest unit of TAO and of every subnet's alpha: 10⁻⁹ of one.
    Rao(u64), example = 74_966_722_112_275_u64
}

integer! {
    /// A fraction of 65535: incentive, dividends, consensus and their like.
    Ratio(u16), example = 9_275
}

integer! {
    /// A fraction of `u64::MAX`: the part of its stake that a parent gives to a child.
    Proportion(u64), example = 9_223_372_036_854_775_807_u64
}

integer! {
    /// A fraction of 65535 that a delegate keeps of what it passes on.
    Take(u16), example = 11_796
}

impl Rao {
    /// How many rao one TAO, or one alpha, has.
    pub const PER_TAO: u64 = 1_000_000_000;

    /// In TAO (or alpha): the double that Python gives for `rao / 1e9`.
    pub fn to_tao(self) -> f64 {
        nearest_f64(self.0) / nearest_f64(Self::PER_TAO)
    }

    /// The sum, unless it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, unless it is negative.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The sum, at most [`Rao::MAX`]: how the pallets add.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least [`Rao::ZERO`]: how the pallets subtract.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Ratio {
    /// Between 0 and 1: the double that Python gives for `x / 65535`.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / f64::from(u16::MAX)
    }
}

impl Take {
    /// Between 0 and 1: the double that Python gives for `x / 65535`.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / f64::from(u16::MAX)
    }
}

impl Proportion {
    /// Between 0 and 1: the double that Python gives for `float(x) / (2**64 - 1)`.
    pub fn to_f64(self) -> f64 {
        nearest_f64(self.0) / nearest_f64(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_the_doubles_that_python_prints() {
        for (rao, printed) in [
            (0, "0.0"),
            (1, "1e-9"),
            (74_966_722_112_275, "74966.722112275"),
            (2_126_745_449, "2.126745449"),
            (9_007_199_254_740_993, "9007199.254740993"),
            (u64::MAX, "18446744073.709553"),
        ] {
            assert_eq!(
                serde_json::to_string(&Rao::new(rao).to_tao()).unwrap(),
                printed
            );
        }
        for (ratio, printed) in [
            (0, "0.0"),
            (9_275, "0.1415274280918593"),
            (45_160, "0.6890974288548104"),
            (57_900, "0.8834973678187228"),
            (65_535, "1.0"),
        ] {
            assert_eq!(
                serde_json::to_string(&Ratio::new(ratio).to_f64()).unwrap(),
                printed
            );
        }
        assert_eq!(Take::MAX.to_f64(), 1.0);
        assert_eq!(Proportion::MAX.to_f64(), 1.0);
    }

    #[test]
    fn amounts_are_bare_integers_in_json() {
        assert_eq!(
            serde_json::to_string(&Rao::MAX).unwrap(),
            "18446744073709551615"
        );
        assert_eq!(
            serde_json::from_str::<Take>("11796").unwrap(),
            Take::new(11_796)
        );
        assert!(serde_json::from_str::<Rao>("1.5").is_err());
        assert!(serde_json::from_str::<Ratio>("65536").is_err());
    }

    proptest! {
        #[test]
        fn checked_sums_and_differences_undo_each_other(a: u64, b: u64) {
            let (a, b) = (Rao::new(a), Rao::new(b));
            if let Some(sum) = a.checked_add(b) {
                prop_assert_eq!(sum.checked_sub(b), Some(a));
                prop_assert_eq!(a.saturating_add(b), sum);
            } else {
                prop_assert_eq!(a.saturating_add(b), Rao::MAX);
            }
            prop_assert_eq!(a.checked_sub(b).unwrap_or(Rao::ZERO), a.saturating_sub(b));
            prop_assert_eq!(a.checked_sub(b).is_none(), a < b);
        }

        #[test]
        fn a_decimal_never_breaks_the_order_of_amounts(a: u64, b: u64) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(Rao::new(low).to_tao() <= Rao::new(high).to_tao());
            prop_assert!(Proportion::new(low).to_f64() <= Proportion::new(high).to_f64());
            prop_assert!(Proportion::new(high).to_f64() <= 1.0);
        }

        #[test]
        fn a_ratio_comes_back_from_its_decimal(x: u16) {
            prop_assert_eq!((Ratio::new(x).to_f64() * 65_535.0).round(), f64::from(x));
        }

        #[test]
        fn an_amount_up_to_two_million_tao_comes_back_from_its_decimal(rao in 0..1u64 << 51) {
            prop_assert_eq!((Rao::new(rao).to_tao() * 1e9).round(), nearest_f64(rao));
        }
    }
}
