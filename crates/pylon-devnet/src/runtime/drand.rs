//! Pallet Drand (26).

use sp_runtime::{BoundedVec, traits::ConstU32};

use crate::{
    scale::{scale_enum, scale_struct},
    timelock::sha256,
};

crate::storage::storage! { "Drand";
    "The beacon that pulses come from." BEACON_CONFIG = "BeaconConfig": [] => default BeaconConfiguration = BeaconConfiguration::quicknet();
    "A round's pulse." PULSES = "Pulses": [Blake2_128Concat u64] => optional Pulse;
    "The newest round that is stored." LAST_STORED_ROUND = "LastStoredRound": [] => default u64 = 0;
    "The oldest round that is stored." OLDEST_STORED_ROUND = "OldestStoredRound": [] => default u64 = 0;
    "Block from which pulses may be written again." NEXT_UNSIGNED_AT = "NextUnsignedAt": [] => default u32 = 0;
}

scale_struct! {
    /// A drand beacon.
    "pallet_drand::types" BeaconConfiguration {
        public_key: BoundedVec<u8, ConstU32<96>>,
        period: u32,
        genesis_time: u32,
        hash: BoundedVec<u8, ConstU32<32>>,
        group_hash: BoundedVec<u8, ConstU32<32>>,
        scheme_id: BoundedVec<u8, ConstU32<96>>,
        metadata: Metadata,
    }
}

scale_struct! {
    /// What a beacon says of itself.
    "pallet_drand::types" Metadata { beacon_id: BoundedVec<u8, ConstU32<96>> }
}

scale_struct! {
    /// A round of the beacon.
    "pallet_drand::types" Pulse { round: u64, randomness: BoundedVec<u8, ConstU32<32>>, signature: BoundedVec<u8, ConstU32<144>> }
}

scale_enum! {
    /// Events.
    "pallet_drand::pallet" Event {
        0 BeaconConfigChanged,
        1 NewPulse { rounds: Vec<u64> },
        2 SetOldestStoredRound(u64),
    }
}

scale_enum! {
    /// Errors.
    #[allow(clippy::enum_variant_names, reason = "the names are the real runtime's")]
    "pallet_drand::pallet" Error {
        0 NoneValue,
        1 StorageOverflow,
        2 DrandConnectionFailure,
        3 UnverifiedPulse,
        4 InvalidRoundNumber,
        5 PulseVerificationError,
    }
}

impl BeaconConfiguration {
    /// A beacon like quicknet with another key.
    pub(crate) fn of_key(key: Vec<u8>) -> Self {
        let quicknet = Self::quicknet();
        let hash = sha256(&[
            &quicknet.period.to_be_bytes(),
            &u64::from(quicknet.genesis_time).to_be_bytes(),
            &key,
            &quicknet.group_hash,
            &quicknet.metadata.beacon_id,
        ]);
        Self {
            public_key: BoundedVec::truncate_from(key),
            hash: BoundedVec::truncate_from(hash.to_vec()),
            ..quicknet
        }
    }

    /// drand's quicknet.
    pub(crate) fn quicknet() -> Self {
        fn bytes<N: sp_core::Get<u32>>(bytes: &[u8]) -> BoundedVec<u8, N> {
            BoundedVec::truncate_from(bytes.to_vec())
        }
        Self {
            public_key: bytes(&PUBLIC_KEY),
            period: 3,
            genesis_time: 1_692_803_367,
            hash: bytes(&CHAIN_HASH),
            group_hash: bytes(&GROUP_HASH),
            scheme_id: bytes(b"bls-unchained-g1-rfc9380"),
            metadata: Metadata {
                beacon_id: bytes(b"quicknet"),
            },
        }
    }
}

const PUBLIC_KEY: [u8; 96] = [
    0x83, 0xcf, 0x0f, 0x28, 0x96, 0xad, 0xee, 0x7e, 0xb8, 0xb5, 0xf0, 0x1f, 0xca, 0xd3, 0x91, 0x22,
    0x12, 0xc4, 0x37, 0xe0, 0x07, 0x3e, 0x91, 0x1f, 0xb9, 0x00, 0x22, 0xd3, 0xe7, 0x60, 0x18, 0x3c,
    0x8c, 0x4b, 0x45, 0x0b, 0x6a, 0x0a, 0x6c, 0x3a, 0xc6, 0xa5, 0x77, 0x6a, 0x2d, 0x10, 0x64, 0x51,
    0x0d, 0x1f, 0xec, 0x75, 0x8c, 0x92, 0x1c, 0xc2, 0x2b, 0x0e, 0x17, 0xe6, 0x3a, 0xaf, 0x4b, 0xcb,
    0x5e, 0xd6, 0x63, 0x04, 0xde, 0x9c, 0xf8, 0x09, 0xbd, 0x27, 0x4c, 0xa7, 0x3b, 0xab, 0x4a, 0xf5,
    0xa6, 0xe9, 0xc7, 0x6a, 0x4b, 0xc0, 0x9e, 0x76, 0xea, 0xe8, 0x99, 0x1e, 0xf5, 0xec, 0xe4, 0x5a,
];
const CHAIN_HASH: [u8; 32] = [
    0x52, 0xdb, 0x9b, 0xa7, 0x0e, 0x0c, 0xc0, 0xf6, 0xea, 0xf7, 0x80, 0x3d, 0xd0, 0x74, 0x47, 0xa1,
    0xf5, 0x47, 0x77, 0x35, 0xfd, 0x3f, 0x66, 0x17, 0x92, 0xba, 0x94, 0x60, 0x0c, 0x84, 0xe9, 0x71,
];
const GROUP_HASH: [u8; 32] = [
    0xf4, 0x77, 0xd5, 0xc8, 0x9f, 0x21, 0xa1, 0x7c, 0x86, 0x3a, 0x7f, 0x93, 0x7c, 0x6a, 0x6d, 0x15,
    0x85, 0x94, 0x14, 0xd2, 0xbe, 0x09, 0xcd, 0x44, 0x8d, 0x42, 0x79, 0xaf, 0x33, 0x1c, 0x5d, 0x3e,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beacons_hash_is_made_as_quicknets() {
        let quicknet = BeaconConfiguration::quicknet();
        let again = BeaconConfiguration::of_key(PUBLIC_KEY.to_vec());
        assert_eq!(again, quicknet);
        assert_ne!(BeaconConfiguration::of_key(vec![1; 96]).hash, quicknet.hash);
    }
}
