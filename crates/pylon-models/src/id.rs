//! Small numbers that name a subnet, a neuron in it, or one of its mechanisms.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! u16_id {
    ($(#[$doc:meta])* $name:ident, example = $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(example = $example))]
        pub struct $name(u16);

        impl $name {
            /// Every `u16` is a legal value.
            pub const fn new(value: u16) -> Self {
                Self(value)
            }

            /// The bare number.
            pub const fn get(self) -> u16 {
                self.0
            }
        }

        impl From<u16> for $name {
            fn from(value: u16) -> Self {
                Self(value)
            }
        }

        impl From<$name> for u16 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

u16_id! {
    /// The number of a subnet. 0 is the root network.
    NetUid, example = 1
}

u16_id! {
    /// The slot of a neuron within its subnet; slots are reused when a neuron is replaced.
    Uid, example = 0
}

impl NetUid {
    /// The root network, whose stake is TAO.
    pub const ROOT: Self = Self(0);
}

/// The number of an incentive mechanism within a subnet: below 16.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u8", into = "u8")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(value_type = u8, minimum = 0, maximum = 15, example = 0))]
pub struct MechId(u8);

impl MechId {
    /// The mechanism that every subnet has.
    pub const MAIN: Self = Self(0);

    /// How many mechanisms a subnet can have at most.
    pub const COUNT: u8 = 16;

    /// The bare number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A mechanism number of 16 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("mechanism {0} is out of range: it must be below {max}", max = MechId::COUNT)]
pub struct MechIdOutOfRange(u8);

/// Why a text is not a mechanism number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseMechIdError {
    /// It is not a number that fits a byte.
    #[error("not a mechanism number")]
    Number(#[source] ParseIntError),
    /// It is a number, but too large.
    #[error(transparent)]
    Range(#[from] MechIdOutOfRange),
}

impl TryFrom<u8> for MechId {
    type Error = MechIdOutOfRange;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        if value < Self::COUNT {
            Ok(Self(value))
        } else {
            Err(MechIdOutOfRange(value))
        }
    }
}

impl From<MechId> for u8 {
    fn from(id: MechId) -> Self {
        id.0
    }
}

impl fmt::Display for MechId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MechId {
    type Err = ParseMechIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value: u8 = text.parse().map_err(ParseMechIdError::Number)?;
        Ok(Self::try_from(value)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_netuid_is_a_plain_number_in_text_and_json() {
        assert_eq!("42".parse(), Ok(NetUid::new(42)));
        assert_eq!(NetUid::new(42).to_string(), "42");
        assert_eq!(serde_json::to_string(&NetUid::new(42)).unwrap(), "42");
        assert!("65536".parse::<NetUid>().is_err());
        assert!("-1".parse::<NetUid>().is_err());
    }

    #[test]
    fn a_mechanism_of_sixteen_or_more_is_refused_everywhere() {
        assert_eq!(MechId::try_from(15).map(MechId::get), Ok(15));
        assert_eq!(MechId::try_from(16), Err(MechIdOutOfRange(16)));
        assert_eq!(
            "16".parse::<MechId>().unwrap_err().to_string(),
            "mechanism 16 is out of range: it must be below 16"
        );
        assert!(serde_json::from_str::<MechId>("16").is_err());
    }
}
