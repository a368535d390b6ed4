//! Who may read what. Tokens are kept and compared as digests, in constant time.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use pylon_models::{Hotkey, NetUid};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::config::{Config, Identity, Rate, Token};
use crate::limit::Limiter;
use crate::metrics::{Metrics, TokenLabels};

/// What a bearer token must be to pass: one of these. Without any nothing passes.
pub(crate) struct Gate(Vec<Pass>);

/// A token that opens a gate.
pub(crate) struct Pass {
    digest: [u8; 32],
    limit: Option<Limit>,
}

/// How often it may be shown, and how often it was shown in vain.
struct Limit {
    limiter: Limiter,
    refused: Counter,
}

impl Gate {
    /// A gate that nothing opens.
    pub(crate) fn closed() -> Self {
        Self(Vec::new())
    }

    /// A gate for one token without a limit; closed without it.
    fn of(token: Option<&Token>) -> Self {
        Self(token.map(Pass::new).into_iter().collect())
    }

    /// Whether no token can pass.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// The token that this is.
    pub(crate) fn admits(&self, presented: &str) -> Option<&Pass> {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.find(|pass| pass.digest.ct_eq(&presented))
    }

    /// The token that this stands for.
    pub(crate) fn admits_session(&self, presented: &str) -> Option<&Pass> {
        self.find(|pass| pass.session().as_bytes().ct_eq(presented.as_bytes()))
    }

    /// Compares all of them, so that the time tells neither which one it is nor whether it is one.
    fn find(&self, is: impl Fn(&Pass) -> Choice) -> Option<&Pass> {
        self.0.iter().fold(None, |found, pass| {
            if bool::from(is(pass)) {
                Some(pass)
            } else {
                found
            }
        })
    }
}

impl Pass {
    fn new(token: &Token) -> Self {
        Self {
            digest: Sha256::digest(token.expose()).into(),
            limit: None,
        }
    }

    /// The same with a limit, where there is one.
    fn limited(mut self, rate: Option<Rate>, refused: impl FnOnce() -> Counter) -> Self {
        self.limit = rate.map(|rate| Limit {
            limiter: Limiter::new(rate),
            refused: refused(),
        });
        self
    }

    /// Counts one request, or says after which time there may be one. Tokens do not wait for each other.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        let Some(limit) = &self.limit else {
            return Ok(());
        };
        limit.limiter.take().inspect_err(|_| {
            limit.refused.inc();
        })
    }

    /// What stands for the token once it was shown: it opens the same, and does not tell the token.
    pub(crate) fn session(&self) -> String {
        let digest = Sha256::new_with_prefix(b"pylon session").chain_update(self.digest);
        format!("{:x}", digest.finalize())
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
    pub(crate) fn new(config: &Config, metrics: &Metrics) -> Self {
        let pass = |token: &Token, rate: Option<Rate>, identity: &str, name: &str| {
            Pass::new(token).limited(rate.or(config.limits), || {
                let labels = TokenLabels {
                    identity: identity.to_owned(),
                    token: name.to_owned(),
                };
                metrics.rate_limited.get_or_create_owned(&labels)
            })
        };
        let of_identity = |name: &str, identity: &Identity| {
            let main = identity.token.iter().map(|token| ("token", token, None));
            let named = identity.tokens.iter().filter_map(|(name, named)| {
                let token = named.token.as_ref()?;
                Some((name.as_str(), token, named.limit))
            });
            let tokens = main.chain(named);
            Gate(
                tokens
                    .map(|(token, text, rate)| pass(text, rate, name, token))
                    .collect(),
            )
        };
        let identities = config.identities.iter().map(|(name, identity)| {
            let gate = IdentityGate {
                netuid: identity.netuid,
                hotkey: identity.hotkey,
                gate: of_identity(name.as_str(), identity),
            };
            (name.to_string(), gate)
        });
        let open_access = config.open_access_token.iter();
        let open_access = open_access.map(|token| pass(token, None, "", "open_access"));
        Self {
            open_access: Gate(open_access.collect()),
            metrics: Gate::of(config.metrics_token.as_ref()),
            identities: identities.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(tokens: &[&str]) -> Gate {
        let tokens = tokens.iter().filter_map(|token| Token::new(token));
        Gate(tokens.map(|token| Pass::new(&token)).collect())
    }

    #[test]
    fn a_gate_admits_its_own_tokens_alone() {
        let gate = gate(&["secret", "next"]);
        for right in ["secret", "next"] {
            let pass = gate.admits(right).unwrap();
            assert_eq!(pass.digest, <[u8; 32]>::from(Sha256::digest(right)));
        }
        for wrong in ["", "secre", "secret ", "Secret", "secretnext"] {
            assert!(gate.admits(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_session_opens_what_its_token_does_and_is_another_word() {
        let gate = gate(&["secret", "next"]);
        let session = gate.admits("secret").unwrap().session();
        let found = gate.admits_session(&session).unwrap();
        assert!(std::ptr::eq(found, gate.admits("secret").unwrap()));
        assert!(gate.admits(&session).is_none());
        assert!(gate.admits_session("secret").is_none() && gate.admits_session("").is_none());
        assert!(self::gate(&["other"]).admits_session(&session).is_none());
        assert!(Gate::closed().admits_session(&session).is_none());
    }

    #[test]
    fn a_gate_without_a_token_admits_nothing() {
        let gate = Gate::of(Token::new("").as_ref());
        assert!(gate.is_closed());
        assert!(gate.admits("").is_none());
    }
}
