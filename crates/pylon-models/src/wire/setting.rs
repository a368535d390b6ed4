use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::HyperparameterValue;

/// A hyperparameter's value as the wire has it: a bare boolean or number. Integers keep every digit, up to 128 bits;
/// readers whose numbers are doubles should take care past 2^53.
///
/// Reading and writing one needs `serde_json`, which alone hands over integers past 64 bits to the last digit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingValue {
    /// On or off.
    Bool(bool),
    /// A whole number.
    Integer(u128),
    /// A number with a fraction, of which JSON has the nearest double.
    Number(f64),
}

impl SettingValue {
    /// The boolean that it is.
    pub const fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number that it is, if it fits.
    pub fn as_u64(self) -> Option<u64> {
        match self {
            Self::Integer(value) => value.try_into().ok(),
            _ => None,
        }
    }

    /// The number with a fraction that it is.
    pub const fn as_f64(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            _ => None,
        }
    }
}

impl From<HyperparameterValue> for SettingValue {
    fn from(value: HyperparameterValue) -> Self {
        match value {
            HyperparameterValue::Bool(value) => Self::Bool(value),
            HyperparameterValue::U16(value) => Self::Integer(value.into()),
            HyperparameterValue::U32(value) => Self::Integer(value.into()),
            HyperparameterValue::U64(value) => Self::Integer(value.into()),
            HyperparameterValue::U128(value) => Self::Integer(value),
            HyperparameterValue::Rao(value) => Self::Integer(value.get().into()),
            HyperparameterValue::I32F32(_) | HyperparameterValue::U64F64(_) => {
                Self::Number(value.fraction())
            }
        }
    }
}

impl Serialize for SettingValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Bool(value) => serializer.serialize_bool(value),
            // Not everything that takes a `u64` takes a `u128`.
            Self::Integer(value) => match u64::try_from(value) {
                Ok(value) => serializer.serialize_u64(value),
                Err(_) => serializer.serialize_u128(value),
            },
            Self::Number(value) => serializer.serialize_f64(value),
        }
    }
}

impl<'de> Deserialize<'de> for SettingValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        if let Ok(value) = json.parse() {
            return Ok(Self::Integer(value));
        }
        if let Ok(value) = serde_json::from_str(json) {
            return Ok(Self::Bool(value));
        }
        let number = serde_json::from_str(json).map_err(D::Error::custom)?;
        Ok(Self::Number(number))
    }
}

#[cfg(feature = "utoipa")]
impl utoipa::PartialSchema for SettingValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};

        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Boolean))
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .description(Some(
                "A boolean or a number. Integers keep every digit, up to 128 bits.",
            ))
            .into()
    }
}

#[cfg(feature = "utoipa")]
impl utoipa::ToSchema for SettingValue {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::HyperparametersBody;
    use crate::{BlockHash, BlockRef, Hyperparameter, NetUid};

    #[test]
    fn every_kind_of_hyperparameter_keeps_its_value_in_a_body_and_none_is_null() {
        let kinds = [
            (HyperparameterValue::Bool(true), "true"),
            (HyperparameterValue::U16(360), "360"),
            (HyperparameterValue::U64(u64::MAX), "18446744073709551615"),
            (
                HyperparameterValue::U128(u128::MAX),
                "340282366920938463463374607431768211455",
            ),
            (HyperparameterValue::I32F32(-(1 << 31)), "-0.5"),
            (HyperparameterValue::U64F64(5 << 64), "5.0"),
        ];
        for (value, json) in kinds {
            let name = "x".to_owned();
            let block = BlockRef {
                number: 7.into(),
                hash: BlockHash::from_bytes([0; 32]),
            };
            let list = [Hyperparameter { name, value }];
            let body = HyperparametersBody::new(block, NetUid::new(1), &list);
            let text = serde_json::to_string(&body).unwrap();
            assert!(text.contains(&format!("{{\"x\":{json}}}")), "{text}");
            let back: HyperparametersBody = serde_json::from_str(&text).unwrap();
            assert_eq!(back, body);
        }
        for bad in ["null", "\"7\"", "[]"] {
            assert!(serde_json::from_str::<SettingValue>(bad).is_err(), "{bad}");
        }
    }
}
