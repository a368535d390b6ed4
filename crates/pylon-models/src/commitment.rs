//! What hotkeys commit on the chain, beside weights.

use crate::{BlockNumber, Hotkey, Rao};

/// What a hotkey has committed on a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// Who committed it; deregistered hotkeys may still have theirs.
    pub hotkey: Hotkey,
    /// The block at which it was committed.
    pub block: BlockNumber,
    /// What was deposited for it.
    pub deposit: Rao,
    /// Its fields, up to three.
    pub fields: Vec<CommitmentField>,
}

/// A field of a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitmentField {
    /// Nothing.
    None,
    /// Up to 128 bytes.
    Raw(Vec<u8>),
    /// Up to 512 bytes.
    BigRaw(Vec<u8>),
    /// A hash by Blake2b-256.
    BlakeTwo256([u8; 32]),
    /// A hash by SHA-256.
    Sha256([u8; 32]),
    /// A hash by Keccak-256.
    Keccak256([u8; 32]),
    /// A hash by SHA3-256.
    ShaThree256([u8; 32]),
    /// Bytes that the chain opens at a drand round.
    TimelockEncrypted {
        /// The ciphertext.
        encrypted: Vec<u8>,
        /// The round.
        reveal_round: u64,
    },
    /// Bytes that the chain could not open (runtimes of October 2026 and later).
    TimelockRevealFailed {
        /// The ciphertext.
        encrypted: Vec<u8>,
        /// The round.
        reveal_round: u64,
    },
    /// Asked for the neuron's bonds to be reset.
    ResetBondsFlag,
    /// A kind that this version does not know, under the runtime's name for it.
    Unknown(String),
}

impl Commitment {
    /// What it holds in plain: the bytes of its first field that is neither empty nor timelocked. Hashes count.
    pub fn data(&self) -> Option<&[u8]> {
        self.fields.iter().find_map(|field| match field {
            CommitmentField::Raw(bytes) | CommitmentField::BigRaw(bytes) => Some(bytes.as_slice()),
            CommitmentField::BlakeTwo256(hash)
            | CommitmentField::Sha256(hash)
            | CommitmentField::Keccak256(hash)
            | CommitmentField::ShaThree256(hash) => Some(hash.as_slice()),
            _ => None,
        })
    }

    /// The first field that opens at a drand round, as (ciphertext, round).
    pub fn timelocked(&self) -> Option<(&[u8], u64)> {
        self.fields.iter().find_map(|field| match field {
            CommitmentField::TimelockEncrypted {
                encrypted,
                reveal_round,
            } => Some((encrypted.as_slice(), *reveal_round)),
            _ => None,
        })
    }
}

/// A field that was timelocked and has been opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevealedCommitment {
    /// The block at which the chain opened it.
    pub block: u64,
    /// What it held.
    pub data: Vec<u8>,
}

impl RevealedCommitment {
    /// As text. What the Python SDK commits has its length before it, as SCALE has it; that is left out where it
    /// is right. Bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(without_length(&self.data).unwrap_or(&self.data)).into_owned()
    }
}

/// The rest, if the bytes begin with its length in SCALE's compact form.
fn without_length(bytes: &[u8]) -> Option<&[u8]> {
    let first = *bytes.first()?;
    let size = match first & 0b11 {
        0b00 => 1,
        0b01 => 2,
        0b10 => 4,
        _ => return None,
    };
    let (length, rest) = bytes.split_at_checked(size)?;
    let length = length
        .iter()
        .rev()
        .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    (length >> 2 == rest.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data: &[u8]) -> String {
        let data = data.to_vec();
        RevealedCommitment { block: 1, data }.text()
    }

    #[test]
    fn a_length_before_a_text_is_left_out_only_where_it_is_right() {
        assert_eq!(text(b"\x14hello"), "hello");
        assert_eq!(text(b"hello"), "hello");
        assert_eq!(text(b"\x10hello"), "\x10hello");
        assert_eq!(text(b""), "");
        let long = "x".repeat(100);
        assert_eq!(text(&[&[0x91, 0x01], long.as_bytes()].concat()), long);
        assert_eq!(text(&[0xff, 0xfe]), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn the_first_plain_field_is_what_a_commitment_says() {
        let commitment = |fields| Commitment {
            hotkey: Hotkey::from_bytes([1; 32]),
            block: BlockNumber::new(7),
            deposit: Rao::new(0),
            fields,
        };
        let timelocked = CommitmentField::TimelockEncrypted {
            encrypted: vec![9],
            reveal_round: 5,
        };
        let both = commitment(vec![
            timelocked.clone(),
            CommitmentField::Raw(b"abc".to_vec()),
        ]);
        assert_eq!(both.data(), Some(&b"abc"[..]));
        assert_eq!(both.timelocked(), Some((&[9][..], 5)));
        assert_eq!(commitment(vec![timelocked]).data(), None);
        let hash = commitment(vec![CommitmentField::Sha256([3; 32])]);
        assert_eq!(hash.data(), Some(&[3; 32][..]));
        assert_eq!(
            commitment(vec![CommitmentField::ResetBondsFlag]).data(),
            None
        );
    }
}
