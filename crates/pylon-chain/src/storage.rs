//! Raw storage keys: the two hashed names of an entry, then each key part with the hasher that the pallet
//! declares for it.

use codec::Encode;
use sp_crypto_hashing::{blake2_128, twox_64, twox_128};

/// The key of one storage value, built from left to right.
///
/// ```
/// use pylon_chain::storage::StorageKey;
///
/// let key = StorageKey::new("SubtensorModule", "LastEpochBlock").identity(&1u16);
/// assert!(key.to_string().starts_with("0x658faa385070e074c85bf6b568cf0555"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageKey(Vec<u8>);

impl StorageKey {
    /// The key of a plain value, and the prefix of a map.
    pub fn new(pallet: &str, entry: &str) -> Self {
        Self([twox_128(pallet.as_bytes()), twox_128(entry.as_bytes())].concat())
    }

    /// A part that the pallet does not hash (`Identity`).
    #[must_use]
    pub fn identity(mut self, part: &impl Encode) -> Self {
        part.encode_to(&mut self.0);
        self
    }

    /// A part behind its 16-byte hash (`Blake2_128Concat`).
    #[must_use]
    pub fn blake2_128_concat(mut self, part: &impl Encode) -> Self {
        part.using_encoded(|bytes| {
            self.0.extend(blake2_128(bytes));
            self.0.extend_from_slice(bytes);
        });
        self
    }

    /// A part behind its 8-byte hash (`Twox64Concat`).
    #[must_use]
    pub fn twox_64_concat(mut self, part: &impl Encode) -> Self {
        part.using_encoded(|bytes| {
            self.0.extend(twox_64(bytes));
            self.0.extend_from_slice(bytes);
        });
        self
    }

    /// The bytes that the node is asked for.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What stands behind its 16-byte hash at the end of a key (`Blake2_128Concat`).
pub(crate) fn behind_blake2_128<const N: usize>(rest: &[u8]) -> Option<[u8; N]> {
    let (hash, part) = rest.split_first_chunk::<16>()?;
    (blake2_128(part) == *hash).then(|| part.try_into().ok())?
}

/// What stands behind its 8-byte hash at the end of a key (`Twox64Concat`).
pub(crate) fn behind_twox_64<const N: usize>(rest: &[u8]) -> Option<[u8; N]> {
    let (hash, part) = rest.split_first_chunk::<8>()?;
    (twox_64(part) == *hash).then(|| part.try_into().ok())?
}

impl std::fmt::Display for StorageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "0x{}", hex::encode(&self.0))
    }
}

impl std::fmt::Debug for StorageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StorageKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::StorageKey;

    const ALICE: [u8; 32] = [
        0xd4, 0x35, 0x93, 0xc7, 0x15, 0xfd, 0xd3, 0x1c, 0x61, 0x14, 0x1a, 0xbd, 0x04, 0xa9, 0x9f,
        0xd6, 0x82, 0x2c, 0x85, 0x58, 0x85, 0x4c, 0xcd, 0xe3, 0x9a, 0x56, 0x84, 0xe7, 0xa5, 0x6d,
        0xa2, 0x7d,
    ];
    const BOB: [u8; 32] = [
        0x8e, 0xaf, 0x04, 0x15, 0x16, 0x87, 0x73, 0x63, 0x26, 0xc9, 0xfe, 0xa1, 0x7e, 0x25, 0xfc,
        0x52, 0x87, 0x61, 0x36, 0x93, 0xc9, 0x12, 0x90, 0x9c, 0xb2, 0x26, 0xaa, 0x47, 0x94, 0xf2,
        0x6a, 0x48,
    ];

    #[test]
    fn keys_equal_those_of_the_real_runtime() {
        let golden: BTreeMap<String, String> =
            serde_json::from_str(include_str!("../tests/fixtures/golden_storage_keys.json"))
                .unwrap();
        let ours = |entry| StorageKey::new("SubtensorModule", entry);
        for (name, key) in [
            (
                "ParentKeys(child=Alice, netuid=1)",
                ours("ParentKeys").blake2_128_concat(&ALICE).identity(&1u16),
            ),
            (
                "PendingChildKeys(netuid=1, parent=Alice)",
                ours("PendingChildKeys")
                    .identity(&1u16)
                    .blake2_128_concat(&ALICE),
            ),
            (
                "Keys(netuid=1, uid=7)",
                ours("Keys").identity(&1u16).identity(&7u16),
            ),
            (
                "LastUpdate(idx mech1 netuid1 = 4097)",
                ours("LastUpdate").identity(&4097u16),
            ),
            (
                "TimelockedWeightCommits(idx=1, epoch=22777)",
                ours("TimelockedWeightCommits")
                    .twox_64_concat(&1u16)
                    .twox_64_concat(&22777u64),
            ),
            (
                "WeightCommits(idx=1, Alice)",
                ours("WeightCommits")
                    .twox_64_concat(&1u16)
                    .twox_64_concat(&ALICE),
            ),
            (
                "SubnetEpochIndex(1)",
                ours("SubnetEpochIndex").identity(&1u16),
            ),
            ("LastEpochBlock(1)", ours("LastEpochBlock").identity(&1u16)),
            ("PendingEpochAt(1)", ours("PendingEpochAt").identity(&1u16)),
            (
                "AlphaV2(hot=Alice,cold=Bob,netuid=1)",
                ours("AlphaV2")
                    .blake2_128_concat(&ALICE)
                    .blake2_128_concat(&BOB)
                    .identity(&1u16),
            ),
            (
                "Commitments.CommitmentOf(1,Alice)",
                StorageKey::new("Commitments", "CommitmentOf")
                    .identity(&1u16)
                    .twox_64_concat(&ALICE),
            ),
            (
                "Drand.Pulses(1000)",
                StorageKey::new("Drand", "Pulses").blake2_128_concat(&1000u64),
            ),
            (
                "Drand.LastStoredRound",
                StorageKey::new("Drand", "LastStoredRound"),
            ),
        ] {
            assert_eq!(key.to_string(), golden[name], "{name}");
        }
    }
}
