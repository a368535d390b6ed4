//! The private key of an account.

use std::fmt;

use pylon_models::{Coldkey, Hotkey};
use sp_core::{Pair, sr25519};
use sp_keyring::Sr25519Keyring;

/// A hotkey or a coldkey with its private key, which is wiped when it is dropped and never shown.
///
/// The pairs of `subxt-signer` begin with a seed, and some keyfiles have only what is made of one.
pub struct KeyPair(sr25519::Pair);

impl KeyPair {
    /// A well-known key of development chains: `Alice` is what others call `//Alice`. `None` for an unknown name.
    #[must_use]
    pub fn dev(name: &str) -> Option<Self> {
        name.parse::<Sr25519Keyring>()
            .ok()
            .map(|key| Self(key.pair()))
    }

    /// Of a phrase of words.
    pub(super) fn from_phrase(phrase: &str) -> Option<Self> {
        sr25519::Pair::from_phrase(phrase, None)
            .ok()
            .map(|(pair, _)| Self(pair))
    }

    /// Of a seed (32 bytes), or of a private key as schnorrkel writes it (64 bytes).
    pub(super) fn from_bytes(secret: &[u8]) -> Option<Self> {
        sr25519::Pair::from_seed_slice(secret).ok().map(Self)
    }

    /// The public key of a hotkey, or of an account whatever it is.
    #[must_use]
    pub fn hotkey(&self) -> Hotkey {
        Hotkey::from_bytes(self.0.public().0)
    }

    /// The public key of a coldkey.
    #[must_use]
    pub fn coldkey(&self) -> Coldkey {
        Coldkey::from_bytes(self.0.public().0)
    }

    /// Signs as Substrate does, so that the chain and every wallet can verify it.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).0
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.hotkey())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_development_key_is_known_by_its_name_and_shows_nothing_else() {
        let alice = KeyPair::dev("Alice").unwrap();
        let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        assert_eq!(alice.hotkey().to_string(), address);
        assert_eq!(format!("{alice:?}"), format!("KeyPair({address})"));
        assert!(KeyPair::dev("Mallory").is_none());
    }
}
