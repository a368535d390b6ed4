//! Values of the chain whose type only its metadata knows.

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ordered::{self, Fields};

/// A value as polkadot's JSON has it: structs and enums with data as objects, other enums by their bare name,
/// bytes as 0x hex, accounts as ss58, integers as integers of any size up to 128 bits.
///
/// Reading one needs `serde_json`, which alone hands over integers past 64 bits to the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScaleValue {
    /// Nothing: the `None` of an option.
    Null,
    /// On or off.
    Bool(bool),
    /// A whole number.
    Unsigned(u128),
    /// A whole number below zero.
    Negative(i128),
    /// Text, hex, an ss58 address, or the name of an enum's variant.
    Text(String),
    /// A list, an array or a tuple.
    List(Vec<Self>),
    /// A struct, or an enum's variant with what it holds; fields in the order of the declaration.
    Object(Vec<(String, Self)>),
}

impl ScaleValue {
    /// The field of that name, where this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text that it is.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number that it is, if it fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => (*value).try_into().ok(),
            _ => None,
        }
    }
}

impl Serialize for ScaleValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value) => serializer.serialize_u128(*value),
            Self::Negative(value) => serializer.serialize_i128(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(fields) => ordered::serialize(fields, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ScaleValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        read(raw.get()).map_err(D::Error::custom)
    }
}

fn read(json: &str) -> Result<ScaleValue, serde_json::Error> {
    Ok(match json.as_bytes().first() {
        Some(b'{') => ScaleValue::Object(serde_json::from_str::<Fields<ScaleValue>>(json)?.0),
        Some(b'[') => ScaleValue::List(serde_json::from_str(json)?),
        Some(b'"') => ScaleValue::Text(serde_json::from_str(json)?),
        Some(b't' | b'f') => ScaleValue::Bool(serde_json::from_str(json)?),
        Some(b'n') => serde_json::from_str(json).map(|()| ScaleValue::Null)?,
        Some(b'-') => ScaleValue::Negative(json.parse().map_err(serde_json::Error::custom)?),
        _ => ScaleValue::Unsigned(json.parse().map_err(serde_json::Error::custom)?),
    })
}

#[cfg(feature = "utoipa")]
impl utoipa::PartialSchema for ScaleValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::SchemaType::AnyValue)
            .description(Some("A value as polkadot's JSON has it."))
            .into()
    }
}

#[cfg(feature = "utoipa")]
impl utoipa::ToSchema for ScaleValue {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = ScaleValue> {
        let leaf = prop_oneof![
            Just(ScaleValue::Null),
            any::<bool>().prop_map(ScaleValue::Bool),
            any::<u128>().prop_map(ScaleValue::Unsigned),
            (i128::MIN..0).prop_map(ScaleValue::Negative),
            ".*".prop_map(ScaleValue::Text),
        ];
        leaf.prop_recursive(3, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(ScaleValue::List),
                prop::collection::vec((".*", inner), 0..4).prop_map(ScaleValue::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_gives_back_what_was_written(value in value()) {
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<ScaleValue>(&json).unwrap(), value);
        }
    }

    #[test]
    fn large_numbers_keep_every_digit() {
        let json = "340282366920938463463374607431768211455";
        assert_eq!(
            serde_json::from_str::<ScaleValue>(json).unwrap(),
            ScaleValue::Unsigned(u128::MAX)
        );
        assert!(serde_json::from_str::<ScaleValue>("1.5").is_err());
    }
}
