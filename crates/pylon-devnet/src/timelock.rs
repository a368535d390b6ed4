//! Timelock encryption: opening what was sealed for a round of a drand beacon.
//!
//! Boneh and Franklin's identity-based encryption (FullIdent) over BLS12-381, whose identity is the
//! round and whose key for it is the beacon's signature, around AES-256-GCM. This is the chain's
//! side of it, written for itself: nothing of the clients' code opens what they sealed.

use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing};
use ark_ff::PrimeField;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sha2::{Digest, Sha256};

/// Bytes of a point of G2.
const POINT: usize = 96;
/// Bytes of a scalar, of a hash and of a key.
const WORD: usize = 32;

/// Something sealed, as it stands in its bytes: `U`, `V`, `W`, what AES made, the cipher's name.
/// Every field but the first has its length before it, in eight bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed<'a> {
    u: G2Affine,
    v: [u8; WORD],
    w: [u8; WORD],
    body: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Takes something sealed from the beginning of `input`, if that is what stands there.
    pub(crate) fn parse(input: &mut &'a [u8]) -> Option<Self> {
        let u = G2Affine::deserialize_compressed(take(input, POINT)?).ok()?;
        let v = field(input)?.try_into().ok()?;
        let w = field(input)?.try_into().ok()?;
        let body = field(input)?;
        // The cipher's name, which nobody reads: there is one cipher.
        field(input)?;
        Some(Self { u, v, w, body })
    }

    /// Opens it with the beacon's signature of the round. It stays closed when it was sealed for
    /// another round or beacon, or changed on its way.
    pub(crate) fn open(&self, signature: &G1Affine) -> Option<Vec<u8>> {
        let shared = Bls12_381::pairing(signature, self.u);
        let mut bytes = Vec::new();
        shared.serialize_compressed(&mut bytes).ok()?;
        let sigma = xor(self.v, sha256(&[&bytes]));
        let key = xor(self.w, sha256(&[&sigma]));
        let r = Fr::from_be_bytes_mod_order(&sha256(&[&sigma, &key]));
        if (G2Affine::generator() * r).into_affine() != self.u {
            return None;
        }
        let mut body = self.body;
        let ciphertext = field(&mut body)?;
        let nonce: [u8; 12] = field(&mut body)?.try_into().ok()?;
        Aes256Gcm::new(&key.into())
            .decrypt(&nonce.into(), ciphertext)
            .ok()
    }
}

/// A beacon's signature from its bytes, which some write with `0x` before them.
pub(crate) fn signature(bytes: &[u8]) -> Option<G1Affine> {
    let bytes = bytes.strip_prefix(b"0x").unwrap_or(bytes);
    G1Affine::deserialize_compressed(bytes).ok()
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(taken)
}

/// Takes a length and as many bytes; a length that the input does not have takes nothing.
fn field<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u64::from_le_bytes(take(input, 8)?.try_into().ok()?);
    take(input, usize::try_from(length).ok()?)
}

/// The SHA-256 of parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; WORD] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn xor(mut left: [u8; WORD], right: [u8; WORD]) -> [u8; WORD] {
    for (left, right) in left.iter_mut().zip(right) {
        *left ^= right;
    }
    left
}

#[cfg(test)]
mod tests;
