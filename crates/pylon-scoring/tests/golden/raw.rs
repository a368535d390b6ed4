//! Raw storage of pallet SubtensorModule.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use serde::{Deserialize, Deserializer, de::Error};
use sp_crypto_hashing::{blake2_128, twox_64, twox_128};

/// Bytes of a prefix: the hashes of the pallet's name and of the item's.
const PREFIX: usize = 32;

/// Bytes, written as hex.
#[derive(Debug)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = hex::decode(text.trim_start_matches("0x"));
        bytes.map(Self).map_err(D::Error::custom)
    }
}

/// The part of a key that a hasher makes of a value.
pub(crate) enum Part {
    Identity(Vec<u8>),
    Blake2(Vec<u8>),
    Twox(Vec<u8>),
}

impl Part {
    pub(crate) fn identity(value: impl Encode) -> Self {
        Self::Identity(value.encode())
    }

    pub(crate) fn blake2(value: impl Encode) -> Self {
        Self::Blake2(value.encode())
    }

    pub(crate) fn twox(value: impl Encode) -> Self {
        Self::Twox(value.encode())
    }

    fn hashed(self) -> Vec<u8> {
        match self {
            Self::Identity(value) => value,
            Self::Blake2(value) => [blake2_128(&value).as_slice(), &value].concat(),
            Self::Twox(value) => [twox_64(&value).as_slice(), &value].concat(),
        }
    }
}

/// The state.
pub(crate) struct Raw(BTreeMap<Vec<u8>, Vec<u8>>);

fn key<const N: usize>(item: &str, parts: [Part; N]) -> Vec<u8> {
    let mut key = [twox_128(b"SubtensorModule"), twox_128(item.as_bytes())].concat();
    for part in parts {
        key.extend(part.hashed());
    }
    key
}

impl Raw {
    pub(crate) fn new(set: &[(Hex, Option<Hex>)]) -> Self {
        let set = set.iter();
        let entries =
            set.filter_map(|(key, value)| Some((key.0.clone(), value.as_ref()?.0.clone())));
        Self(entries.collect())
    }

    /// The bytes at a key.
    pub(crate) fn bytes(&self, key: &Hex) -> Option<Vec<u8>> {
        self.0.get(&key.0).cloned()
    }

    /// The value of an item.
    pub(crate) fn find<V: Decode, const N: usize>(
        &self,
        item: &str,
        parts: [Part; N],
    ) -> Option<V> {
        let bytes = self.0.get(&key(item, parts))?;
        Some(V::decode(&mut bytes.as_slice()).unwrap())
    }

    /// The values of an item by the last `tail` bytes of their keys, which start with these parts.
    pub(crate) fn under<V: Decode, const N: usize>(
        &self,
        item: &str,
        parts: [Part; N],
        tail: usize,
    ) -> Vec<(Vec<u8>, V)> {
        let prefix = key(item, parts);
        self.0
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| {
                let tail = key[key.len() - tail..].to_vec();
                (tail, V::decode(&mut value.as_slice()).unwrap())
            })
            .collect()
    }
}

/// The storage index of a key, and the uid where one follows.
pub(crate) fn place(key: &Hex) -> (u16, Option<u16>) {
    let mut rest = &key.0[PREFIX..];
    let index = u16::decode(&mut rest).unwrap();
    (index, u16::decode(&mut rest).ok())
}
