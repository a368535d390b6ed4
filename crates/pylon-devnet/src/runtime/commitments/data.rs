//! A field of a commitment. Its codec is the pallet's own: the tag of raw bytes holds their length.

use codec::{Decode, Encode, Input, Output};
use scale_info::{
    Path, Type, TypeInfo,
    build::{Fields, Variants},
};
use sp_runtime::{BoundedVec, traits::ConstU32};

use crate::runtime::{layout::described, oct2026};

/// A field of a commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// Nothing.
    None,
    /// Up to 128 bytes.
    Raw(BoundedVec<u8, ConstU32<128>>),
    /// A hash by Blake2b-256.
    BlakeTwo256([u8; 32]),
    /// A hash by SHA-256.
    Sha256([u8; 32]),
    /// A hash by Keccak-256.
    Keccak256([u8; 32]),
    /// A hash by SHA3-256.
    ShaThree256([u8; 32]),
    /// Bytes that open at a drand round.
    TimelockEncrypted {
        /// The ciphertext.
        encrypted: BoundedVec<u8, ConstU32<1024>>,
        /// The round.
        reveal_round: u64,
    },
    /// Asks for the neuron's bonds to be reset.
    ResetBondsFlag,
    /// Up to 512 bytes.
    BigRaw(BoundedVec<u8, ConstU32<512>>),
    /// Bytes that their drand round did not open; of October's layout, and never submitted.
    TimelockRevealFailed {
        /// The ciphertext.
        encrypted: BoundedVec<u8, ConstU32<1024>>,
        /// The round.
        reveal_round: u64,
    },
}

impl Encode for Data {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        match self {
            Self::None => dest.push_byte(0),
            Self::Raw(bytes) => {
                // Bounded by 128, so the tag fits.
                dest.push_byte(u8::try_from(bytes.len()).map_or(u8::MAX, |length| length + 1));
                dest.write(bytes);
            }
            Self::BlakeTwo256(hash) => (130u8, hash).encode_to(dest),
            Self::Sha256(hash) => (131u8, hash).encode_to(dest),
            Self::Keccak256(hash) => (132u8, hash).encode_to(dest),
            Self::ShaThree256(hash) => (133u8, hash).encode_to(dest),
            Self::TimelockEncrypted {
                encrypted,
                reveal_round,
            } => (134u8, encrypted, reveal_round).encode_to(dest),
            Self::ResetBondsFlag => dest.push_byte(135),
            Self::BigRaw(bytes) => (136u8, bytes).encode_to(dest),
            Self::TimelockRevealFailed {
                encrypted,
                reveal_round,
            } => (oct2026::TIMELOCK_REVEAL_FAILED, encrypted, reveal_round).encode_to(dest),
        }
    }
}

impl codec::EncodeLike for Data {}

impl Decode for Data {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        Ok(match input.read_byte()? {
            0 => Self::None,
            tag @ 1..=129 => {
                let mut bytes = vec![0; usize::from(tag - 1)];
                input.read(&mut bytes)?;
                Self::Raw(BoundedVec::truncate_from(bytes))
            }
            130 => Self::BlakeTwo256(Decode::decode(input)?),
            131 => Self::Sha256(Decode::decode(input)?),
            132 => Self::Keccak256(Decode::decode(input)?),
            133 => Self::ShaThree256(Decode::decode(input)?),
            134 => Self::TimelockEncrypted {
                encrypted: Decode::decode(input)?,
                reveal_round: Decode::decode(input)?,
            },
            135 => Self::ResetBondsFlag,
            136 => Self::BigRaw(Decode::decode(input)?),
            oct2026::TIMELOCK_REVEAL_FAILED => Self::TimelockRevealFailed {
                encrypted: Decode::decode(input)?,
                reveal_round: Decode::decode(input)?,
            },
            _ => return Err("unknown kind of commitment field".into()),
        })
    }
}

/// The variants of raw bytes: one for each length, as the metadata has them.
macro_rules! raw_variants {
    ($variants:expr; $($length:literal)*) => {
        $variants$(.variant(concat!("Raw", $length), |v| {
            v.index($length + 1).fields(Fields::unnamed().field(|f| f.ty::<[u8; $length]>()))
        }))*
    };
}

impl TypeInfo for Data {
    type Identity = Self;
    fn type_info() -> Type {
        let hash = || Fields::unnamed().field(|f| f.ty::<[u8; 32]>());
        let variants = raw_variants! { Variants::new().variant("None", |v| v.index(0));
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29
            30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56
            57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83
            84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107
            108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127
            128
        };
        let timelocked = || {
            Fields::named()
                .field(|f| f.name("encrypted").ty::<BoundedVec<u8, ConstU32<1024>>>())
                .field(|f| f.name("reveal_round").ty::<u64>())
        };
        let variants = variants
            .variant("BlakeTwo256", |v| v.index(130).fields(hash()))
            .variant("Sha256", |v| v.index(131).fields(hash()))
            .variant("Keccak256", |v| v.index(132).fields(hash()))
            .variant("ShaThree256", |v| v.index(133).fields(hash()))
            .variant("TimelockEncrypted", |v| v.index(134).fields(timelocked()))
            .variant("ResetBondsFlag", |v| v.index(135))
            .variant("BigRaw", |v| {
                v.index(136)
                    .fields(Fields::unnamed().field(|f| f.ty::<BoundedVec<u8, ConstU32<512>>>()))
            });
        let variants = if described().has_later() {
            variants.variant("TimelockRevealFailed", |v| {
                v.index(oct2026::TIMELOCK_REVEAL_FAILED)
                    .fields(timelocked())
            })
        } else {
            variants
        };
        Type::builder()
            .path(Path::new("Data", "pallet_commitments::types"))
            .variant(variants)
    }
}

#[cfg(test)]
mod tests {
    use codec::DecodeAll;

    use super::*;

    #[test]
    fn raw_bytes_carry_their_length_in_the_tag() {
        let raw = Data::Raw(BoundedVec::truncate_from(b"abc".to_vec()));
        assert_eq!(raw.encode(), b"\x04abc");
        assert_eq!(Data::decode_all(&mut &b"\x04abc"[..]), Ok(raw));
    }

    #[test]
    fn every_kind_reads_back_as_written() {
        for data in [
            Data::None,
            Data::Raw(BoundedVec::truncate_from(vec![7; 128])),
            Data::BlakeTwo256([1; 32]),
            Data::Sha256([2; 32]),
            Data::Keccak256([3; 32]),
            Data::ShaThree256([4; 32]),
            Data::TimelockEncrypted {
                encrypted: BoundedVec::truncate_from(vec![5; 1024]),
                reveal_round: 9,
            },
            Data::ResetBondsFlag,
            Data::BigRaw(BoundedVec::truncate_from(vec![6; 512])),
            Data::TimelockRevealFailed {
                encrypted: BoundedVec::truncate_from(vec![7; 3]),
                reveal_round: 9,
            },
        ] {
            assert_eq!(Data::decode_all(&mut &data.encode()[..]), Ok(data));
        }
    }

    #[test]
    fn unknown_kinds_and_bytes_past_their_bound_are_refused() {
        assert!(Data::decode(&mut &[138u8, 0, 0][..]).is_err());
        assert!(Data::decode(&mut &(136u8, vec![0u8; 513]).encode()[..]).is_err());
        assert!(Data::decode(&mut &[5u8, 1, 2][..]).is_err());
    }
}
