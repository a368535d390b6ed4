//! Blocks: their numbers, and the pair of number and hash that every answer names.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::BlockHash;

/// The height of a block; the genesis is 0.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(
    feature = "utoipa",
    derive(utoipa::ToSchema),
    schema(example = 6_543_210)
)]
pub struct BlockNumber(u32);

impl BlockNumber {
    /// Every `u32` is a legal height.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// The height that a wider integer names; one past the highest is the highest.
    pub fn saturating(value: u64) -> Self {
        Self(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// The bare number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// So many blocks later, at most the highest there is.
    pub const fn plus(self, blocks: u32) -> Self {
        Self(self.0.saturating_add(blocks))
    }

    /// The block after it.
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// How many blocks `self` lies after `earlier`: 0 when it does not.
    pub const fn since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<u32> for BlockNumber {
    fn from(value: u32) -> Self {
        Self(value)
    }
}

impl From<BlockNumber> for u32 {
    fn from(number: BlockNumber) -> Self {
        number.0
    }
}

impl From<BlockNumber> for u64 {
    fn from(number: BlockNumber) -> Self {
        number.0.into()
    }
}

impl fmt::Display for BlockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BlockNumber {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A block by number and hash: what an answer is pinned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct BlockRef {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash, which alone tells it from other blocks at that height.
    pub hash: BlockHash,
}

impl fmt::Display for BlockRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.number, self.hash)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_block_hash_needs_its_prefix_and_all_its_digits() {
        let digits = "28c0c84d733c64250449e92ed0b79f893d9892d54af6958dba30f8234bbeaa25";
        assert_eq!(
            format!("0x{digits}")
                .parse::<BlockHash>()
                .unwrap()
                .to_string(),
            format!("0x{digits}")
        );
        for bad in [
            digits,
            "0x",
            "",
            &format!("0x{digits}00"),
            &format!("0x{}zz", &digits[2..]),
        ] {
            let error = bad.parse::<BlockHash>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "not a block hash: expected 0x and 64 hex digits",
                "{bad}"
            );
        }
    }

    #[test]
    fn a_height_past_u32_is_refused() {
        assert!("4294967295".parse::<BlockNumber>().is_ok());
        assert!("4294967296".parse::<BlockNumber>().is_err());
    }

    #[test]
    fn heights_that_are_reckoned_stop_at_the_highest() {
        let highest = BlockNumber::new(u32::MAX);
        assert_eq!(BlockNumber::saturating(7), BlockNumber::new(7));
        assert_eq!(BlockNumber::saturating(1 << 32), highest);
        assert_eq!(BlockNumber::new(7).plus(5), BlockNumber::new(12));
        assert_eq!(BlockNumber::new(7).next(), BlockNumber::new(8));
        assert_eq!((highest.plus(5), highest.next()), (highest, highest));
        assert_eq!(BlockNumber::new(12).since(BlockNumber::new(7)), 5);
        assert_eq!(BlockNumber::new(7).since(BlockNumber::new(12)), 0);
    }

    proptest! {
        #[test]
        fn every_hash_survives_json(bytes: [u8; 32]) {
            let hash = BlockHash::from_bytes(bytes);
            let json = serde_json::to_string(&hash).unwrap();
            prop_assert_eq!(serde_json::from_str::<BlockHash>(&json).unwrap(), hash);
        }
    }
}
