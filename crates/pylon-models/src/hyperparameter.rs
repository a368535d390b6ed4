//! Hyperparameters as a list of named values: runtimes add and drop them, so none has a field of its own.

mod settable;

use serde::ser::{Serialize, Serializer};

pub use self::settable::{HyperparameterError, NewHyperparameter, SettableHyperparameter};
use crate::Rao;
use crate::wire::SettingValue;

/// A named setting of a subnet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Hyperparameter {
    /// The name that the runtime gives it.
    pub name: String,
    /// Its value at one block.
    pub value: HyperparameterValue,
}

/// A value of the kind that the runtime declares for it. In JSON it is a bare boolean or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HyperparameterValue {
    /// On or off.
    Bool(bool),
    /// A small number, or a fraction of 65535.
    U16(u16),
    /// A number.
    U32(u32),
    /// A number, or a fraction of `u64::MAX`.
    U64(u64),
    /// A large number.
    U128(u128),
    /// An amount.
    Rao(Rao),
    /// The bits of a signed fixed-point number with 32 fractional bits.
    I32F32(i64),
    /// The bits of an unsigned fixed-point number with 64 fractional bits.
    U64F64(u128),
}

impl HyperparameterValue {
    /// The whole number it is, if it is one that fits.
    pub fn as_u64(self) -> Option<u64> {
        match self {
            Self::U16(value) => Some(value.into()),
            Self::U32(value) => Some(value.into()),
            Self::U64(value) => Some(value),
            Self::U128(value) => value.try_into().ok(),
            Self::Rao(value) => Some(value.get()),
            Self::Bool(_) | Self::I32F32(_) | Self::U64F64(_) => None,
        }
    }

    /// The number with a fraction that it is; 0 for other values.
    pub(crate) fn fraction(self) -> f64 {
        match self {
            Self::I32F32(bits) => i32f32(bits),
            Self::U64F64(bits) => u64f64(bits),
            _ => 0.0,
        }
    }

    /// The boolean it is, if it is one.
    pub const fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "the nearest double is what JSON can hold of a fixed-point number"
)]
fn i32f32(bits: i64) -> f64 {
    bits as f64 / 2f64.powi(32)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "the nearest double is what JSON can hold of a fixed-point number"
)]
fn u64f64(bits: u128) -> f64 {
    bits as f64 / 2f64.powi(64)
}

impl Serialize for HyperparameterValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SettingValue::from(*self).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_bare_boolean_or_number_in_json() {
        let json = |value: HyperparameterValue| serde_json::to_string(&value).unwrap();
        assert_eq!(json(HyperparameterValue::Bool(true)), "true");
        assert_eq!(json(HyperparameterValue::U16(360)), "360");
        assert_eq!(json(HyperparameterValue::Rao(Rao::new(500_000))), "500000");
        assert_eq!(json(HyperparameterValue::I32F32(1000 << 32)), "1000.0");
        assert_eq!(json(HyperparameterValue::I32F32(-(1 << 31))), "-0.5");
        assert_eq!(
            json(HyperparameterValue::U64F64(0x1_0000_0000_0000_0000 * 5 / 4)),
            "1.25"
        );
    }
}
