//! Timelock encryption as the chain reads it: to a round of the drand beacon, whose signature opens it.
//!
//! The mathematics (BF-IBE over BLS12-381, then AES-GCM) is the `timelock` crate's. The wire format is the chain's:
//! it writes a length before each of the two 32-byte parts of the header, which the crate does not. All lengths are
//! checked here before the crate sees a byte, because it panics on hostile ones.

use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::rngs::OsRng;
use codec::Encode;
use pylon_models::{BlockNumber, Hotkey, Uid};
use sha2::{Digest, Sha256};
use timelock::block_ciphers::AESGCMBlockCipherProvider;
use timelock::engines::EngineBLS;
use timelock::engines::drand::TinyBLS381;
use timelock::ibe::fullident::Identity;
use timelock::tlock::{TLECiphertext, tld, tle};

mod beacon;
mod wire;

pub use beacon::Beacon;

type PublicKey = <TinyBLS381 as EngineBLS>::PublicKeyGroup;
type Signature = <TinyBLS381 as EngineBLS>::SignatureGroup;

/// Why something is not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimelockError {
    /// The beacon's public key is no point of its group.
    #[error("the beacon's public key cannot be read")]
    PublicKey,
    /// The beacon's signature is no point of its group.
    #[error("the beacon's signature cannot be read")]
    Signature,
    /// The sealed bytes are not in the chain's format.
    #[error("the sealed bytes cannot be read: {0}")]
    Format(&'static str),
    /// The signature is of another round, or the bytes were changed.
    #[error("the signature does not open the sealed bytes")]
    Closed,
    /// The cipher refuses the message.
    #[error("the message cannot be encrypted")]
    Message,
}

/// What is hashed to the curve for a round.
fn identity(round: u64) -> Identity {
    Identity::new(b"", &Sha256::digest(round.to_be_bytes()))
}

/// Seals a message so that the beacon's signature of `round` opens it.
///
/// # Errors
/// When the key is no key.
pub fn seal(message: &[u8], round: u64, public_key: &[u8]) -> Result<Vec<u8>, TimelockError> {
    use ark_std::rand::RngCore;
    let public_key =
        PublicKey::deserialize_compressed(public_key).map_err(|_| TimelockError::PublicKey)?;
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    OsRng.fill_bytes(secret.as_mut());
    let sealed: TLECiphertext<TinyBLS381> = tle::<_, AESGCMBlockCipherProvider, _>(
        public_key,
        *secret,
        message,
        identity(round),
        OsRng,
    )
    .map_err(|_| TimelockError::Message)?;
    let mut bytes = Vec::new();
    sealed
        .serialize_compressed(&mut bytes)
        .map_err(|_| TimelockError::Message)?;
    wire::to_chain(&bytes)
}

/// Opens what was sealed for the round that the beacon signed so.
///
/// # Errors
/// When the bytes are not in the chain's format, or the signature is of another round.
pub fn open(sealed: &[u8], signature: &[u8]) -> Result<Vec<u8>, TimelockError> {
    let signature =
        Signature::deserialize_compressed(signature).map_err(|_| TimelockError::Signature)?;
    let bytes = wire::from_chain(sealed)?;
    let sealed = TLECiphertext::<TinyBLS381>::deserialize_compressed(bytes.as_slice())
        .map_err(|_| TimelockError::Format("its first part is no point of the group"))?;
    tld::<_, AESGCMBlockCipherProvider>(sealed, signature).map_err(|_| TimelockError::Closed)
}

/// The weights that are sealed in a commit (`WeightsTlockPayload` of the pallet).
#[derive(Debug, Clone, PartialEq, Eq, Encode, codec::Decode)]
pub struct WeightsPayload {
    hotkey: Vec<u8>,
    uids: Vec<u16>,
    values: Vec<u16>,
    version_key: u64,
}

impl WeightsPayload {
    /// What `set_weights` would get. The chain opens it only for the hotkey that committed it.
    #[must_use]
    pub fn new(hotkey: &Hotkey, uids: &[Uid], values: &[u16], version_key: u64) -> Self {
        Self {
            hotkey: hotkey.as_bytes().to_vec(),
            uids: uids.iter().map(|uid| uid.get()).collect(),
            values: values.to_vec(),
            version_key,
        }
    }

    /// The commit: sealed for a round.
    ///
    /// # Errors
    /// When the key is no key.
    pub fn seal(&self, round: u64, public_key: &[u8]) -> Result<Vec<u8>, TimelockError> {
        seal(&self.encode(), round, public_key)
    }
}

/// What is sealed of a text that is committed: a SCALE string, as the SDKs write it.
#[must_use]
pub fn sealed_text(text: &str) -> Vec<u8> {
    text.encode()
}

/// The hash that commits to weights on subnets that reveal by hand (`commit_weights`).
///
/// `index` is the storage index of the mechanism.
#[must_use]
pub fn commit_hash(
    hotkey: &Hotkey,
    index: u16,
    uids: &[Uid],
    values: &[u16],
    salt: &[u16],
    version_key: u64,
) -> [u8; 32] {
    let uids: Vec<u16> = uids.iter().map(|uid| uid.get()).collect();
    let preimage = (hotkey.as_bytes(), index, uids, values, salt, version_key).encode();
    sp_crypto_hashing::blake2_256(&preimage)
}

/// The hash by which a sealed commit is known, 0x hex, as `TimelockedWeightsCommitted` names it.
#[must_use]
pub fn commit_digest(commit: &[u8]) -> String {
    format!("0x{}", hex::encode(sp_crypto_hashing::blake2_256(commit)))
}

/// The block up to which a commit is best sealed: some blocks past the first that can reveal it, because rounds
/// come a little late.
#[must_use]
pub fn target_block(first_reveal_block: BlockNumber) -> BlockNumber {
    const MARGIN: u32 = 3;
    BlockNumber::new(first_reveal_block.get().saturating_add(MARGIN))
}

#[cfg(test)]
mod tests;
