//! Accounts of the chain's EVM.

mod value;

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};

pub use self::value::{EvmInteger, EvmValue, ParseEvmIntegerError};
use crate::Hotkey;

/// An address of the EVM; as text 0x and 40 hex digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "utoipa",
    derive(utoipa::ToSchema),
    schema(value_type = String, example = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")
)]
pub struct EvmAddress([u8; 20]);

/// The text is not 0x and 40 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an evm address: expected 0x and 40 hex digits")]
pub struct ParseEvmAddressError;

impl EvmAddress {
    /// Any 20 bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bare bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// As text whose upper and lower case are a checksum of it (EIP-55).
    pub fn checksummed(&self) -> String {
        let digits = hex::encode(self.0);
        let nibbles = Keccak256::digest(&digits)
            .into_iter()
            .flat_map(|byte| [byte >> 4, byte & 0xf]);
        let cased = digits
            .chars()
            .zip(nibbles)
            .map(|(digit, nibble)| match nibble {
                8.. => digit.to_ascii_uppercase(),
                _ => digit,
            });
        "0x".chars().chain(cased).collect()
    }

    /// For serde, where a contract wants checksums.
    pub(crate) fn serialize_checksummed<S: Serializer>(
        &self,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.checksummed())
    }
}

impl fmt::Display for EvmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("0x{}", hex::encode(self.0)))
    }
}

impl fmt::Debug for EvmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EvmAddress({self})")
    }
}

impl FromStr for EvmAddress {
    type Err = ParseEvmAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(ParseEvmAddressError)?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| ParseEvmAddressError)?;
        Ok(Self(bytes))
    }
}

impl Serialize for EvmAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EvmAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// An EVM address that a neuron proved to own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvmAssociation {
    /// The neuron.
    pub hotkey: Hotkey,
    /// The address.
    pub address: EvmAddress,
    /// The block of the last proof.
    pub proven_at: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_its_prefix_and_all_its_digits_in_any_case() {
        let address: EvmAddress = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
            .parse()
            .unwrap();
        let text = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
        assert_eq!(address.to_string(), text);
        assert_eq!(
            address.checksummed(),
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
        );
        assert_eq!(
            serde_json::to_string(&address).unwrap(),
            format!("\"{text}\"")
        );
        for bad in ["", "0x", &text[2..], &text[..41], &format!("{text}00")] {
            assert_eq!(
                bad.parse::<EvmAddress>(),
                Err(ParseEvmAddressError),
                "{bad}"
            );
        }
    }
}
