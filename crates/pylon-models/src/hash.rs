//! Hashes, each of its own thing.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// The text is not 0x and 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: expected 0x and 64 hex digits")]
pub struct ParseHashError {
    what: &'static str,
}

macro_rules! hashes {
    ($($(#[$meta:meta])* $name:ident is $what:literal like $example:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(value_type = String, example = $example))]
        pub struct $name([u8; 32]);

        impl $name {
            /// Any 32 bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bare bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!("0x{}", hex::encode(self.0)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseHashError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = ParseHashError { what: $what };
                let digits = text.strip_prefix("0x").ok_or(error)?;
                let mut bytes = [0; 32];
                hex::decode_to_slice(digits, &mut bytes).map_err(|_| error)?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(D::Error::custom)
            }
        }
    )+};
}

hashes! {
    /// The hash of a block's header; as text 0x and 64 hex digits.
    BlockHash is "a block hash" like "0x28c0c84d733c64250449e92ed0b79f893d9892d54af6958dba30f8234bbeaa25";
    /// The hash of an extrinsic's bytes, the length before them included; as text 0x and 64 hex digits.
    ExtrinsicHash is "an extrinsic hash" like "0x7f8c289d528791f376492f3894961368f3c349f6c62bf2ae81b1d02787faf734";
    /// The hash of a transaction of the EVM; as text 0x and 64 hex digits.
    EvmHash is "an evm hash" like "0xc1f1ae3b6d8dbdbb5a2d0a4c0f4df3d0a1cbf5a9d7e4fe6f0b8d2f0a1b3c4d5e";
    /// The hash of a call's bytes; as text 0x and 64 hex digits.
    CallHash is "a call hash" like "0x1b92989ad9300090e684c9962f968dad9eacf676dd8aa9e1532f4fec7f0daffa";
}
