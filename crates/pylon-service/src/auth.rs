//! Who may read what. Tokens are kept and compared as digests, in constant time.

use std::collections::BTreeMap;

use pylon_models::{Hotkey, NetUid};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::{Config, Token};

/// What a bearer token must be to pass. Without a token configured nothing passes.
#[derive(Clone)]
pub(crate) struct Gate(Option<[u8; 32]>);

impl Gate {
    pub(crate) fn new(token: Option<&Token>) -> Self {
        Self(token.map(|token| Sha256::digest(token.expose()).into()))
    }

    /// Whether any token can pass.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_none()
    }

    /// Whether this token passes.
    pub(crate) fn admits(&self, presented: &str) -> bool {
        self.0.is_some_and(|digest| {
            let presented: [u8; 32] = Sha256::digest(presented).into();
            digest.ct_eq(&presented).into()
        })
    }

    /// What stands for the token once it was shown: it opens the same, and does not tell the token.
    pub(crate) fn session(&self) -> Option<String> {
        let digest = Sha256::new_with_prefix(b"pylon session").chain_update(self.0?);
        Some(format!("{:x}", digest.finalize()))
    }

    /// Whether this stands for the token.
    pub(crate) fn admits_session(&self, presented: &str) -> bool {
        self.session()
            .is_some_and(|session| session.as_bytes().ct_eq(presented.as_bytes()).into())
    }
}

/// An identity as requests meet it.
pub(crate) struct IdentityGate {
    pub(crate) netuid: NetUid,
    /// The key that it acts with, where that is known.
    pub(crate) hotkey: Option<Hotkey>,
    pub(crate) gate: Gate,
}

/// Every gate of the service.
pub(crate) struct Gates {
    /// Before the open-access reads.
    pub(crate) open_access: Gate,
    /// Before `/metrics`.
    pub(crate) metrics: Gate,
    /// Before each identity's own.
    pub(crate) identities: BTreeMap<String, IdentityGate>,
}

impl Gates {
    pub(crate) fn new(config: &Config) -> Self {
        let identities = config.identities.iter().map(|(name, identity)| {
            let gate = Gate::new(identity.token.as_ref());
            (
                name.to_string(),
                IdentityGate {
                    netuid: identity.netuid,
                    hotkey: identity.hotkey,
                    gate,
                },
            )
        });
        Self {
            open_access: Gate::new(config.open_access_token.as_ref()),
            metrics: Gate::new(config.metrics_token.as_ref()),
            identities: identities.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_admits_its_own_token_alone() {
        let gate = Gate::new(Token::new("secret").as_ref());
        assert!(gate.admits("secret"));
        for wrong in ["", "secre", "secret ", "Secret", "secretsecret"] {
            assert!(!gate.admits(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_session_opens_what_its_token_does_and_is_another_word() {
        let gate = Gate::new(Token::new("secret").as_ref());
        let session = gate.session().unwrap();
        assert!(gate.admits_session(&session) && !gate.admits(&session));
        assert!(!gate.admits_session("secret") && !gate.admits_session(""));
        assert!(!Gate::new(Token::new("other").as_ref()).admits_session(&session));
        assert!(!Gate::new(None).admits_session(&session));
    }

    #[test]
    fn a_gate_without_a_token_admits_nothing() {
        let gate = Gate::new(Token::new("").as_ref());
        assert!(gate.is_closed());
        assert!(!gate.admits(""));
    }
}
