//! Which requests an identity signs for those who have its token.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use pylon_models::{AuthScheme, NetUid};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ConfigError, Rate};

/// A request to each miner of a full subnet at once, and again 13 s later.
const USUAL: Rate = Rate {
    requests_per_second: 20.0,
    burst: NonZeroU32::MIN.saturating_add(255),
};

/// What a token of an identity can have signed with its hotkey, and how often.
#[derive(Clone, Debug)]
pub struct SignScope {
    /// The schemes that it signs by; none unless they are named.
    pub schemes: BTreeSet<AuthScheme>,
    /// Whom the requests may be for.
    pub receivers: Receivers,
    /// How often.
    pub limit: Rate,
}

/// Whom signed requests may be for.
#[derive(Clone, Debug)]
pub enum Receivers {
    /// Hotkeys that are registered on one of these subnets.
    On(Vec<NetUid>),
    /// Any hotkey.
    Any,
}

/// The keys of `[identities.NAME.sign]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignSettings {
    schemes: BTreeSet<AuthScheme>,
    netuids: Option<Vec<NetUid>>,
    any_receiver: bool,
    requests_per_second: f64,
    burst: u32,
}

impl Default for SignSettings {
    fn default() -> Self {
        Self {
            schemes: BTreeSet::new(),
            netuids: None,
            any_receiver: false,
            requests_per_second: USUAL.requests_per_second,
            burst: USUAL.burst.get(),
        }
    }
}

impl SignSettings {
    /// The receivers are those of the identity's own subnet unless others are named.
    pub(super) fn into_scope(
        self,
        identity: &str,
        netuid: NetUid,
    ) -> Result<SignScope, ConfigError> {
        let table = format!("identities.{identity}.sign");
        if self.any_receiver && self.netuids.is_some() {
            let problem = "is set beside any_receiver: keep one";
            return Err(ConfigError::value(format!("{table}.netuids"), problem));
        }
        let limit = Rate::new(&table, self.requests_per_second, self.burst)?;
        Ok(SignScope {
            schemes: self.schemes,
            receivers: if self.any_receiver {
                Receivers::Any
            } else {
                Receivers::On(self.netuids.unwrap_or_else(|| vec![netuid]))
            },
            limit,
        })
    }
}

impl SignScope {
    /// That of an identity of which nothing is said: it signs no request.
    pub(super) fn none(netuid: NetUid) -> Self {
        Self {
            schemes: BTreeSet::new(),
            receivers: Receivers::On(vec![netuid]),
            limit: USUAL,
        }
    }

    /// In the shape of `pylon.toml`.
    pub(super) fn shown(&self) -> Value {
        let netuids = match &self.receivers {
            Receivers::On(netuids) => Some(netuids),
            Receivers::Any => None,
        };
        json!({
            "schemes": self.schemes,
            "netuids": netuids,
            "any_receiver": netuids.is_none(),
            "requests_per_second": self.limit.requests_per_second,
            "burst": self.limit.burst,
        })
    }
}
