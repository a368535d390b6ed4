//! The surface of the first Pylon: for whom it is served, and when what is given through it is committed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use pylon_models::IdentityName;
use serde::{Deserialize, Serialize};

use super::{Config, ConfigError, Identity, Network};
use crate::tokens::DEV_IDENTITY;

/// The classic surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classic {
    /// Whom it is served for; the only identity where none is named.
    pub identity: Option<IdentityName>,
    /// What it asks of its callers.
    pub auth: ClassicAuth,
    /// When the weights of an epoch are committed.
    pub window: CommitWindow,
}

/// What the classic surface asks of its callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassicAuth {
    /// The open-access token for reads, the identity's for writes.
    #[default]
    Token,
    /// Nothing, as the first Pylon did.
    None,
}

/// When the weights of an epoch are committed by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitWindow {
    /// After so many tempos since the last commit.
    pub cycle_length: u32,
    /// From so many blocks after the start of the epoch on.
    pub start_offset: u32,
    /// Until so many blocks before its end.
    pub end_buffer: u32,
}

/// The keys of `[classic]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClassicSettings {
    identity: Option<String>,
    auth: ClassicAuth,
    commit_cycle_length: u32,
    commit_window_start_offset: u32,
    commit_window_end_buffer: u32,
}

impl Default for ClassicSettings {
    /// As the first Pylon has them.
    fn default() -> Self {
        Self {
            identity: None,
            auth: ClassicAuth::default(),
            commit_cycle_length: 3,
            commit_window_start_offset: 180,
            commit_window_end_buffer: 10,
        }
    }
}

impl ClassicSettings {
    pub(super) fn into_classic(
        self,
        network: &Network,
        bind: SocketAddr,
        identities: &BTreeMap<IdentityName, Identity>,
    ) -> Result<Classic, ConfigError> {
        if self.auth == ClassicAuth::None && !bind.ip().is_loopback() {
            return Err(ConfigError::value(
                "classic.auth",
                "is none, which `bind` allows on a loopback address alone",
            ));
        }
        let named = self.identity.filter(|name| !name.is_empty());
        let identity = named.map(|name| {
            let name: Option<IdentityName> = name.parse().ok();
            // The development network makes its own later.
            let is_known = |name: &IdentityName| {
                identities.contains_key(name)
                    || (matches!(network, Network::Dev) && name.as_str() == DEV_IDENTITY)
            };
            name.filter(is_known)
                .ok_or_else(|| ConfigError::value("classic.identity", "names no identity"))
        });
        Ok(Classic {
            identity: identity.transpose()?,
            auth: self.auth,
            window: CommitWindow {
                cycle_length: self.commit_cycle_length,
                start_offset: self.commit_window_start_offset,
                end_buffer: self.commit_window_end_buffer,
            },
        })
    }
}

impl Config {
    /// The identity that the classic surface is served for: the one that is named, else the only one.
    #[must_use]
    pub fn classic_identity(&self) -> Option<(&IdentityName, &Identity)> {
        if let Some(name) = &self.classic.identity {
            return self.identities.get_key_value(name);
        }
        let mut identities = self.identities.iter();
        identities.next().filter(|_| identities.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(auth: ClassicAuth, identity: Option<&str>) -> ClassicSettings {
        ClassicSettings {
            auth,
            identity: identity.map(str::to_owned),
            ..ClassicSettings::default()
        }
    }

    #[test]
    fn a_service_that_others_can_reach_asks_for_tokens() {
        let at = |bind: &str| {
            settings(ClassicAuth::None, None).into_classic(
                &Network::Dev,
                bind.parse().unwrap(),
                &BTreeMap::new(),
            )
        };
        for bind in ["127.0.0.1:8000", "127.1.2.3:1", "[::1]:8000"] {
            assert!(at(bind).is_ok(), "{bind}");
        }
        for bind in ["0.0.0.0:8000", "10.0.0.1:8000", "[::]:8000"] {
            assert_eq!(
                at(bind).unwrap_err().to_string(),
                "classic.auth is none, which `bind` allows on a loopback address alone",
                "{bind}"
            );
        }
    }

    #[test]
    fn an_identity_that_is_named_is_one_of_those_there_are() {
        let finney: Network = "finney".parse().unwrap();
        let named = |name| {
            let bind = "0.0.0.0:1".parse().unwrap();
            settings(ClassicAuth::Token, Some(name)).into_classic(&finney, bind, &BTreeMap::new())
        };
        assert_eq!(
            named("nobody").unwrap_err().to_string(),
            "classic.identity names no identity"
        );
        assert_eq!(named("").unwrap().identity, None);
    }
}
