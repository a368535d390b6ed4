//! Values of the EVM whose type only a contract's ABI knows.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Error as _};
use serde::ser::{self, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ordered::{self, Fields};

/// A value as existing clients read it: integers as JSON integers of any size, bytes as 0x hex, addresses with the
/// checksum of EIP-55, structs as objects.
///
/// Reading and writing one needs `serde_json`, which alone keeps integers past 64 bits to the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvmValue {
    /// On or off.
    Bool(bool),
    /// A whole number.
    Integer(EvmInteger),
    /// Text, hex or an address.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// A struct, its fields in the order of the declaration.
    Object(Vec<(String, Self)>),
}

/// A whole number of up to 256 bits, by its decimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EvmInteger(String);

/// The text is not a whole number of the EVM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an integer of 256 bits in decimal digits")]
pub struct ParseEvmIntegerError;

/// Decimal digits of 2^256.
const LONGEST: usize = 78;
/// Decimal digits that are taken off at a time.
const DIGITS: u64 = 1_000_000_000;

impl EvmInteger {
    /// From 32 bytes, the most significant first, as the EVM has it.
    pub fn from_be_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs: Vec<u64> = bytes
            .chunks(4)
            .map(|limb| {
                limb.iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte))
            })
            .collect();
        let mut groups = Vec::new();
        while limbs.iter().any(|limb| *limb != 0) {
            let mut rest = 0;
            for limb in &mut limbs {
                let value = rest << 32 | *limb;
                *limb = value / DIGITS;
                rest = value % DIGITS;
            }
            groups.push(rest);
        }
        let mut groups = groups.into_iter().rev();
        let mut text = groups.next().unwrap_or(0).to_string();
        for group in groups {
            text.push_str(&format!("{group:09}"));
        }
        Self(text)
    }

    /// The same of a signed one, in two's complement.
    pub fn from_signed_be_bytes(bytes: [u8; 32]) -> Self {
        if bytes.first().is_none_or(|first| *first < 0x80) {
            return Self::from_be_bytes(bytes);
        }
        let mut negated = bytes.map(|byte| !byte);
        for byte in negated.iter_mut().rev() {
            let (sum, carried) = byte.overflowing_add(1);
            *byte = sum;
            if !carried {
                break;
            }
        }
        Self(format!("-{}", Self::from_be_bytes(negated).0))
    }

    /// Its decimal digits, behind a minus where it is below zero.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EvmInteger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for EvmInteger {
    type Err = ParseEvmIntegerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = (1..=LONGEST).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (!digits.starts_with('0') || text == "0");
        if is_number {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseEvmIntegerError)
        }
    }
}

impl EvmValue {
    /// The number that it is, if it fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Integer(value) => value.0.parse().ok(),
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
}

impl Serialize for EvmValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => RawValue::from_string(value.0.clone())
                .map_err(ser::Error::custom)?
                .serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(fields) => ordered::serialize(fields, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for EvmValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        read(raw.get()).map_err(D::Error::custom)
    }
}

fn read(json: &str) -> Result<EvmValue, serde_json::Error> {
    Ok(match json.as_bytes().first() {
        Some(b'{') => EvmValue::Object(serde_json::from_str::<Fields<EvmValue>>(json)?.0),
        Some(b'[') => EvmValue::List(serde_json::from_str(json)?),
        Some(b'"') => EvmValue::Text(serde_json::from_str(json)?),
        Some(b't' | b'f') => EvmValue::Bool(serde_json::from_str(json)?),
        _ => EvmValue::Integer(json.parse().map_err(serde_json::Error::custom)?),
    })
}

#[cfg(feature = "utoipa")]
impl utoipa::PartialSchema for EvmValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::SchemaType::AnyValue)
            .description(Some(
                "A value of the EVM: integers as JSON integers of any size, bytes as 0x hex, addresses with the \
                 checksum of EIP-55, structs as objects.",
            ))
            .into()
    }
}

#[cfg(feature = "utoipa")]
impl utoipa::ToSchema for EvmValue {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(value: u128) -> [u8; 32] {
        let mut word = [0; 32];
        word[16..].copy_from_slice(&value.to_be_bytes());
        word
    }

    #[test]
    fn the_greatest_and_the_least_number_keep_every_digit() {
        let greatest = EvmInteger::from_be_bytes([0xff; 32]);
        let digits =
            "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(greatest.as_str(), digits);
        let json = serde_json::to_string(&EvmValue::Integer(greatest.clone())).unwrap();
        assert_eq!(json, digits);
        assert_eq!(
            serde_json::from_str::<EvmValue>(&json).unwrap(),
            EvmValue::Integer(greatest)
        );
        let mut least = [0; 32];
        least[0] = 0x80;
        assert_eq!(
            EvmInteger::from_signed_be_bytes(least).as_str(),
            "-57896044618658097711785492504343953926634992332820282019728792003956564819968"
        );
        assert_eq!(EvmInteger::from_signed_be_bytes([0xff; 32]).as_str(), "-1");
    }

    #[test]
    fn what_is_no_integer_is_none() {
        for bad in ["", "-", "01", "-0", "1.5", "1e3", "+1", &"9".repeat(79)] {
            assert!(bad.parse::<EvmInteger>().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<EvmValue>("null").is_err());
    }

    #[test]
    fn fields_and_items_survive_json_in_their_order() {
        let json = r#"{"z":[1,-2,true],"a":{"b":"0x00","a":""}}"#;
        let value: EvmValue = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
    }

    proptest! {
        #[test]
        fn digits_are_those_of_the_number(value: u128) {
            let integer = EvmInteger::from_be_bytes(word(value));
            prop_assert_eq!(integer.to_string(), value.to_string());
            prop_assert_eq!(integer.as_str().parse::<EvmInteger>().unwrap(), integer.clone());
            prop_assert_eq!(EvmValue::Integer(integer).as_u64(), u64::try_from(value).ok());
        }
    }
}
