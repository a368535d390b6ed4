//! The Ethereum block that belongs to a block: its header's hash and its logs.

use std::sync::Arc;

use sp_crypto_hashing::keccak_256;

use super::{Emission, Log, rlp::List};
use crate::runtime::Hash;

/// Gas of a block, as subtensor has it.
pub(crate) const GAS_LIMIT: u64 = 75_000_000;
const BLOOM: usize = 256;

/// Hash of an empty list of uncles.
pub(crate) const NO_UNCLES: [u8; 32] = [
    0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
    0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47,
];
/// Root of an empty trie.
const EMPTY_ROOT: [u8; 32] = [
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
];

/// The EVM side of a block.
#[derive(Debug)]
pub(crate) struct EvmBlock {
    /// Hash of the Ethereum header.
    pub(crate) hash: Hash,
    /// The same of the parent.
    pub(crate) parent: Hash,
    /// Height.
    pub(crate) number: u32,
    /// Seconds since 1970.
    pub(crate) timestamp: u64,
    /// What stands for the state's root.
    pub(crate) state_root: Hash,
    /// What the block's transactions logged.
    pub(crate) emissions: Vec<Arc<Emission>>,
}

impl EvmBlock {
    /// The block after the one with that hash.
    pub(crate) fn new(
        parent: Hash,
        number: u32,
        millis: u64,
        state_root: Hash,
        emissions: Vec<Arc<Emission>>,
    ) -> Self {
        let mut block = Self {
            hash: Hash::zero(),
            parent,
            number,
            timestamp: millis / 1_000,
            state_root,
            emissions,
        };
        let header = List::default()
            .bytes(parent.as_bytes())
            .bytes(&NO_UNCLES)
            .bytes(&[0; 20])
            .bytes(state_root.as_bytes())
            .bytes(block.transactions_root().as_bytes())
            .bytes(block.receipts_root().as_bytes())
            .bytes(&block.bloom())
            .number(0)
            .number(number.into())
            .number(GAS_LIMIT)
            .number(0)
            .number(block.timestamp)
            .bytes(&[])
            .bytes(&[0; 32])
            .bytes(&[0; 8]);
        block.hash = keccak_256(&header.finish()).into();
        block
    }

    /// Every log, with the hash of its transaction.
    pub(crate) fn logs(&self) -> impl Iterator<Item = (&Emission, &Log)> {
        self.emissions
            .iter()
            .flat_map(|emission| emission.logs.iter().map(move |log| (&**emission, log)))
    }

    /// What stands for the trie root of the transactions.
    pub(crate) fn transactions_root(&self) -> Hash {
        self.root(|emission| emission.transaction.as_bytes().to_vec())
    }

    /// What stands for the trie root of the receipts.
    pub(crate) fn receipts_root(&self) -> Hash {
        self.root(|emission| {
            let logs = emission.logs.iter();
            logs.flat_map(|log| [log.address.as_bytes(), &log.data[..]].concat())
                .collect()
        })
    }

    fn root(&self, part: impl Fn(&Emission) -> Vec<u8>) -> Hash {
        if self.emissions.is_empty() {
            return EMPTY_ROOT.into();
        }
        let parts: Vec<u8> = self.emissions.iter().flat_map(|one| part(one)).collect();
        keccak_256(&parts).into()
    }

    /// The bloom filter over addresses and topics.
    pub(crate) fn bloom(&self) -> [u8; BLOOM] {
        let mut bloom = [0; BLOOM];
        for (_, log) in self.logs() {
            let topics = log.topics.iter().map(Hash::as_bytes);
            for part in topics.chain([log.address.as_bytes()]) {
                let hash = keccak_256(part);
                for pair in hash.chunks_exact(2).take(3) {
                    let bit = pair
                        .iter()
                        .fold(0, |bit, byte| bit << 8 | usize::from(*byte))
                        % (8 * BLOOM);
                    if let Some(byte) = bloom.get_mut(BLOOM - 1 - bit / 8) {
                        *byte |= 1 << (bit % 8);
                    }
                }
            }
        }
        bloom
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evm::{Emissions, EvmLog};

    #[test]
    fn the_constants_are_the_hashes_that_they_stand_for() {
        assert_eq!(keccak_256(&[0xc0]), NO_UNCLES);
        assert_eq!(keccak_256(&[0x80]), EMPTY_ROOT);
    }

    #[test]
    fn the_bloom_has_three_bits_for_the_address_and_for_each_topic() {
        let log = EvmLog {
            // The zero address sets bits 1, 2 and 3 of the last bytes' known positions.
            address: [0; 20],
            topics: vec![],
            data: vec![],
        };
        let mut emissions = Emissions::default();
        emissions.add(vec![log]).unwrap();
        let block = EvmBlock::new(Hash::zero(), 1, 1_000, Hash::zero(), emissions.take());
        let bits: u32 = block.bloom().iter().map(|byte| byte.count_ones()).sum();
        assert_eq!(bits, 3);
        let empty = EvmBlock::new(Hash::zero(), 1, 1_000, Hash::zero(), Vec::new());
        assert_eq!(empty.bloom(), [0; BLOOM]);
        assert_ne!(empty.hash, block.hash);
    }
}
