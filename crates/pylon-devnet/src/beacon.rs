//! The devnet's own drand beacon, whose secret comes from the world's seed.

use ark_bls12_381::{Fr, G1Projective, G2Affine, g1};
use ark_ec::{
    AffineRepr, CurveGroup,
    hashing::{
        HashToCurve, HashToCurveError, curve_maps::wb::WBMap,
        map_to_curve_hasher::MapToCurveBasedHasher,
    },
};
use ark_ff::{PrimeField, field_hashers::DefaultFieldHasher};
use ark_serialize::{CanonicalSerialize, SerializationError};
use sha2::Sha256;
use sp_runtime::BoundedVec;

use crate::{
    runtime::drand::{BeaconConfiguration, Pulse},
    timelock::sha256,
};

/// The domain of quicknet's signatures.
const DOMAIN: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

type Hasher =
    MapToCurveBasedHasher<G1Projective, DefaultFieldHasher<Sha256, 128>, WBMap<g1::Config>>;

/// A beacon like quicknet, with a secret that everybody can know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beacon {
    secret: Fr,
}

/// The curve refused what can only be a fault of ours.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeaconError {
    /// A message was not hashed to a point.
    #[error("no point for the round: {0}")]
    Hash(HashToCurveError),
    /// A point was not written.
    #[error("no bytes for the point")]
    Bytes(#[from] SerializationError),
}

impl Beacon {
    /// The beacon of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let high = sha256(&[b"drand beacon", &seed.to_be_bytes(), &[0]]);
        let low = sha256(&[b"drand beacon", &seed.to_be_bytes(), &[1]]);
        Self {
            secret: Fr::from_be_bytes_mod_order(&[high, low].concat()),
        }
    }

    /// What the chain knows of it: quicknet's genesis, period and scheme, and a key of its own.
    pub(crate) fn configuration(&self) -> Result<BeaconConfiguration, BeaconError> {
        let mut key = Vec::new();
        (G2Affine::generator() * self.secret)
            .into_affine()
            .serialize_compressed(&mut key)?;
        Ok(BeaconConfiguration::of_key(key))
    }

    /// A round's pulse.
    pub(crate) fn pulse(&self, round: u64) -> Result<Pulse, BeaconError> {
        let message = sha256(&[&round.to_be_bytes()]);
        let point = Hasher::new(DOMAIN)
            .and_then(|hasher| hasher.hash(&message))
            .map_err(BeaconError::Hash)?;
        let mut signature = Vec::new();
        (point * self.secret)
            .into_affine()
            .serialize_compressed(&mut signature)?;
        Ok(Pulse {
            round,
            randomness: BoundedVec::truncate_from(sha256(&[&signature]).to_vec()),
            signature: BoundedVec::truncate_from(signature),
        })
    }
}

#[cfg(test)]
mod tests {
    use ark_bls12_381::{Bls12_381, G1Affine};
    use ark_ec::pairing::Pairing;
    use ark_serialize::CanonicalDeserialize;

    use super::*;
    use crate::timelock;

    /// Whether a pulse is the one that a key's owner makes in a round.
    fn is_signed(pulse: &Pulse, key: &[u8]) -> bool {
        let message = sha256(&[&pulse.round.to_be_bytes()]);
        let point: G1Affine = Hasher::new(DOMAIN).unwrap().hash(&message).unwrap();
        let key = G2Affine::deserialize_compressed(key).unwrap();
        let signature = timelock::signature(&pulse.signature).unwrap();
        Bls12_381::pairing(signature, G2Affine::generator()) == Bls12_381::pairing(point, key)
    }

    #[test]
    fn pulses_are_signed_by_the_key_that_the_chain_knows() {
        let beacon = Beacon::new(7);
        let key = beacon.configuration().unwrap().public_key;
        let pulse = beacon.pulse(1_000).unwrap();
        assert!(is_signed(&pulse, &key));
        assert_eq!(pulse.randomness[..], sha256(&[&pulse.signature]));
        let other = Pulse {
            round: 1_001,
            ..pulse
        };
        assert!(!is_signed(&other, &key));
        let elsewhere = Beacon::new(8).configuration().unwrap().public_key;
        assert_ne!(elsewhere, key);
    }

    #[test]
    fn quicknets_pulses_pass_the_same_test() {
        let signature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125\
                         e342b73a8dd2bacbe47e4b6b63ed5e39";
        let pulse = Pulse {
            round: 1_000,
            randomness: BoundedVec::new(),
            signature: BoundedVec::truncate_from(hex::decode(signature).unwrap()),
        };
        assert!(is_signed(
            &pulse,
            &BeaconConfiguration::quicknet().public_key
        ));
    }
}
