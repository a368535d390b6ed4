//! Timelock encryption as a client does it, for any beacon and round.

use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine, g1};
use ark_ec::{
    AffineRepr, CurveGroup,
    hashing::{HashToCurve, curve_maps::wb::WBMap, map_to_curve_hasher::MapToCurveBasedHasher},
    pairing::Pairing,
};
use ark_ff::{PrimeField, field_hashers::DefaultFieldHasher};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sha2::{Digest, Sha256};

type Hasher =
    MapToCurveBasedHasher<G1Projective, DefaultFieldHasher<Sha256, 128>, WBMap<g1::Config>>;

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn xor(left: [u8; 32], right: [u8; 32]) -> Vec<u8> {
    left.iter()
        .zip(right)
        .map(|(left, right)| left ^ right)
        .collect()
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u64).to_le_bytes(), bytes].concat()
}

fn serialized(value: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.serialize_compressed(&mut bytes).unwrap();
    bytes
}

/// Seals `content` for a round of the beacon with that public key. The random parts are not.
pub(crate) fn seal(beacon: &[u8], round: u64, content: &[u8]) -> Vec<u8> {
    let (sigma, key, nonce) = ([3; 32], [5; 32], [7; 12]);
    let r = Fr::from_be_bytes_mod_order(&sha256(&[sigma, key].concat()));
    let hasher = Hasher::new(b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_").unwrap();
    let identity: G1Affine = hasher.hash(&sha256(&round.to_be_bytes())).unwrap();
    let beacon = G2Affine::deserialize_compressed(beacon).unwrap();
    let shared = Bls12_381::pairing(identity, (beacon * r).into_affine());
    let ciphertext = Aes256Gcm::new(&key.into())
        .encrypt(&nonce.into(), content)
        .unwrap();
    let body = [field(&ciphertext), field(&nonce)].concat();
    [
        serialized(&(G2Affine::generator() * r).into_affine()),
        field(&xor(sigma, sha256(&serialized(&shared)))),
        field(&xor(key, sha256(&sigma))),
        field(&body),
        field(b"AES_GCM_"),
    ]
    .concat()
}
