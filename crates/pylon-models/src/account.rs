//! Accounts: 32-byte public keys that people write as ss58 text with prefix 42.

use std::fmt;
use std::str::FromStr;

use blake2::digest::consts::U64;
use blake2::{Blake2b, Digest};
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::ser::{Serialize, Serializer};

/// The ss58 prefix of Bittensor, and of Substrate chains in general.
const PREFIX: u8 = 42;
const KEY: usize = 32;
const CHECKSUM: usize = 2;
/// Prefix, key and checksum.
const ADDRESS: usize = 1 + KEY + CHECKSUM;
/// Decoding base58 is quadratic in the length: no text that needs more than this is looked at.
const LONGEST: usize = 64;

/// Why a text is not an account of this network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ss58Error {
    /// A character that base58 does not have (0, O, I and l are left out on purpose).
    #[error("invalid base58 at character {index}")]
    Base58 {
        /// Where it stands, counted in bytes from 0.
        index: usize,
    },
    /// The text does not decode to the length of an account's address.
    #[error("invalid length: {found} bytes instead of {ADDRESS}")]
    Length {
        /// How many bytes it decodes to; an estimate for texts far too long.
        found: usize,
    },
    /// An intact address of another network.
    #[error("invalid prefix: {found} instead of {PREFIX}")]
    Prefix {
        /// The prefix of that network.
        found: u16,
    },
    /// The checksum does not fit: most often a typing or copying error.
    #[error("invalid checksum")]
    Checksum,
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let hash: [u8; 64] = Blake2b::<U64>::new()
        .chain_update(b"SS58PRE")
        .chain_update(body)
        .finalize()
        .into();
    let [first, second, ..] = hash;
    [first, second]
}

fn encode(key: &[u8; KEY], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut body = Vec::with_capacity(ADDRESS);
    body.push(PREFIX);
    body.extend_from_slice(key);
    let sum = checksum(&body);
    body.extend_from_slice(&sum);
    f.pad(&bs58::encode(body).into_string())
}

fn decode(text: &str) -> Result<[u8; KEY], Ss58Error> {
    let too_long = Ss58Error::Length {
        found: text.len().saturating_mul(11) / 15,
    };
    let mut buffer = [0; LONGEST];
    let length = bs58::decode(text)
        .onto(buffer.as_mut_slice())
        .map_err(|error| match error {
            bs58::decode::Error::InvalidCharacter { index, .. }
            | bs58::decode::Error::NonAsciiCharacter { index } => Ss58Error::Base58 { index },
            _ => too_long,
        })?;
    let decoded = buffer.get(..length).ok_or(too_long)?;
    let wrong_length = Ss58Error::Length { found: length };

    // Prefixes from 64 on take two bytes, six bits of the first and all of the second, low bits first.
    let (prefix, rest) = match decoded {
        [low @ 64..=127, high, rest @ ..] => {
            let [low, high] = [u16::from(*low), u16::from(*high)];
            (
                ((low & 0x3f) << 2) | (high >> 6) | ((high & 0x3f) << 8),
                rest,
            )
        }
        [prefix, rest @ ..] => (u16::from(*prefix), rest),
        [] => return Err(wrong_length),
    };
    let (key, rest) = rest.split_first_chunk::<KEY>().ok_or(wrong_length)?;
    let found: [u8; CHECKSUM] = rest.try_into().map_err(|_| wrong_length)?;
    let (body, _) = decoded.split_last_chunk::<CHECKSUM>().ok_or(wrong_length)?;

    // The checksum comes first, so that a wrong prefix always means an intact address of another network.
    if checksum(body) != found {
        Err(Ss58Error::Checksum)
    } else if prefix != u16::from(PREFIX) {
        Err(Ss58Error::Prefix { found: prefix })
    } else {
        Ok(*key)
    }
}

macro_rules! account {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(
            feature = "utoipa",
            derive(utoipa::ToSchema),
            schema(value_type = String, example = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
        )]
        pub struct $name([u8; KEY]);

        impl $name {
            /// Any 32 bytes are accepted: the chain does not ask for a point on the curve either.
            pub const fn from_bytes(bytes: [u8; KEY]) -> Self {
                Self(bytes)
            }

            /// The public key.
            pub const fn as_bytes(&self) -> &[u8; KEY] {
                &self.0
            }
        }

        impl From<[u8; KEY]> for $name {
            fn from(bytes: [u8; KEY]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                encode(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = Ss58Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                decode(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Ss58;

                impl Visitor<'_> for Ss58 {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Ss58).map_err(D::Error::custom)
            }
        }
    };
}

account! {
    /// The key that acts for a neuron: it signs weights and requests.
    Hotkey, "a hotkey as ss58 text with prefix 42"
}

account! {
    /// The key that owns hotkeys and holds funds; Pylon never needs its private half.
    Coldkey, "a coldkey as ss58 text with prefix 42"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    fn address(prefix: &[u8], key: &[u8]) -> String {
        let mut body = [prefix, key].concat();
        let sum = checksum(&body);
        body.extend_from_slice(&sum);
        bs58::encode(body).into_string()
    }

    #[test]
    fn alice_reads_and_prints_as_everywhere_else() {
        let alice: Hotkey = ALICE.parse().unwrap();
        assert_eq!(
            hex::encode(alice.as_bytes()),
            "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
        );
        assert_eq!(alice.to_string(), ALICE);
        assert_eq!(format!("{alice:?}"), format!("Hotkey({ALICE})"));
        assert_eq!(
            serde_json::to_string(&alice).unwrap(),
            format!("\"{ALICE}\"")
        );
    }

    #[test]
    fn an_error_says_what_is_wrong_with_the_address() {
        let parse = |text: &str| text.parse::<Hotkey>().unwrap_err();
        assert_eq!(parse("5Grw0aEF"), Ss58Error::Base58 { index: 4 });
        assert_eq!(parse("5Grwé"), Ss58Error::Base58 { index: 4 });
        assert_eq!(parse(""), Ss58Error::Length { found: 0 });
        assert_eq!(
            parse(&address(&[42], &[7; 31])),
            Ss58Error::Length { found: 34 }
        );
        assert_eq!(
            parse(&address(&[42], &[7; 33])),
            Ss58Error::Length { found: 36 }
        );
        assert!(matches!(
            parse(&"5".repeat(1_000_000)),
            Ss58Error::Length { .. }
        ));
        assert_eq!(parse(&ALICE.replace("KutQY", "KutQZ")), Ss58Error::Checksum);
        assert_eq!(
            parse("HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"),
            Ss58Error::Prefix { found: 2 }
        );
        assert_eq!(
            parse(&address(&[0x48, 0x1b], &[7; 32])),
            Ss58Error::Prefix {
                found: 0x1b << 8 | 0x20
            }
        );
    }

    #[test]
    fn a_json_error_names_the_fault() {
        let error = serde_json::from_str::<Coldkey>("\"5Grw\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("invalid length"), "{error}");
        let error = serde_json::from_str::<Coldkey>("7")
            .unwrap_err()
            .to_string();
        assert!(error.contains("a coldkey as ss58 text"), "{error}");
    }

    proptest! {
        #[test]
        fn every_key_survives_text(key: [u8; 32]) {
            let hotkey = Hotkey::from_bytes(key);
            prop_assert_eq!(hotkey.to_string().parse(), Ok(hotkey));
        }

        #[test]
        fn every_one_byte_prefix_but_42_is_named(prefix in 0u8..64, key: [u8; 32]) {
            prop_assume!(prefix != PREFIX);
            let found = address(&[prefix], &key).parse::<Hotkey>();
            prop_assert_eq!(found, Err(Ss58Error::Prefix { found: prefix.into() }));
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = text.parse::<Hotkey>();
        }

        #[test]
        fn a_flipped_bit_never_yields_another_account(key: [u8; 32], byte in 1usize..33, bit in 0u8..8) {
            let mut raw = bs58::decode(Hotkey::from_bytes(key).to_string()).into_vec().unwrap();
            raw[byte] ^= 1 << bit;
            // Two checksum bytes let one corruption in 65536 through; it must then be the altered key itself.
            match bs58::encode(&raw).into_string().parse::<Hotkey>() {
                Ok(other) => prop_assert_eq!(other.as_bytes().as_slice(), &raw[1..33]),
                Err(error) => prop_assert_eq!(error, Ss58Error::Checksum),
            }
        }
    }
}
