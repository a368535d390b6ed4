//! How weights are brought on chain, and who is told when they are not.

use std::time::Duration;

use pylon_models::JobKind;
use pylon_storage::ChainKind;
use secrecy::SecretString;
use serde::Deserialize;

use super::{ConfigError, Network, Token, secret};

/// How jobs are done.
#[derive(Clone, Debug)]
pub struct Commits {
    /// How often the chain may refuse weights.
    pub retry_attempts: u32,
    /// How often it may refuse anything else.
    pub commitment_retry_attempts: u32,
    /// What waits longer than this is given up.
    pub expire_after: Duration,
    /// By how much this machine's clock and the chain's may differ before timelocked commits wait; `None` lets them.
    pub max_clock_drift: Option<Duration>,
    /// Who is told of jobs that end badly.
    pub webhook: Option<Webhook>,
    /// How long the chain lasts that they are for.
    pub chain: ChainKind,
}

impl Commits {
    /// How often the chain may refuse a job of a kind.
    pub(crate) const fn attempts(&self, kind: JobKind) -> u32 {
        match kind {
            JobKind::Weights => self.retry_attempts,
            JobKind::Commitment | JobKind::Certificate | JobKind::Hyperparameter => {
                self.commitment_retry_attempts
            }
        }
    }
}

/// Where alerts are posted. The URL may hold a key, so it is shown nowhere.
#[derive(Clone, Debug)]
pub struct Webhook(pub(crate) SecretString);

/// The keys of `[weights]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WeightsSettings {
    retry_attempts: u32,
    expire_after_seconds: f64,
    max_clock_drift_seconds: Option<f64>,
}

/// The keys of `[commitments]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CommitmentsSettings {
    retry_attempts: u32,
}

impl Default for CommitmentsSettings {
    /// As often as the original Pylon tries.
    fn default() -> Self {
        Self { retry_attempts: 10 }
    }
}

/// The keys of `[webhook]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebhookSettings {
    #[serde(deserialize_with = "secret::deserialize")]
    url: Option<Token>,
}

impl Default for WeightsSettings {
    /// As often as the original Pylon tries; a day, after which scores are stale; half a block of drift.
    fn default() -> Self {
        Self {
            retry_attempts: 200,
            expire_after_seconds: 86_400.0,
            max_clock_drift_seconds: None,
        }
    }
}

impl WeightsSettings {
    pub(super) fn into_commits(
        self,
        commitments: &CommitmentsSettings,
        webhook: WebhookSettings,
        network: &Network,
    ) -> Result<Commits, ConfigError> {
        for (key, attempts) in [
            ("weights.retry_attempts", self.retry_attempts),
            ("commitments.retry_attempts", commitments.retry_attempts),
        ] {
            if attempts == 0 {
                return Err(ConfigError::value(key, "is not a number from 1 on"));
            }
        }
        let time = |key, seconds: f64| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| ConfigError::value(key, "is not a number of seconds from 0 on"))
        };
        let expire_after = time("weights.expire_after_seconds", self.expire_after_seconds)?;
        if expire_after.is_zero() {
            return Err(ConfigError::value(
                "weights.expire_after_seconds",
                "is not a positive number of seconds",
            ));
        }
        // The simulated chain has a time of its own.
        let unless_told = match network {
            Network::Dev => 0.0,
            Network::Node(_) => 6.0,
        };
        let drift = self.max_clock_drift_seconds.unwrap_or(unless_told);
        let drift = time("weights.max_clock_drift_seconds", drift)?;
        Ok(Commits {
            retry_attempts: self.retry_attempts,
            commitment_retry_attempts: commitments.retry_attempts,
            expire_after,
            max_clock_drift: (!drift.is_zero()).then_some(drift),
            webhook: webhook.into_webhook()?,
            chain: match network {
                Network::Dev => ChainKind::Simulated,
                Network::Node(_) => ChainKind::Network,
            },
        })
    }
}

impl WebhookSettings {
    fn into_webhook(self) -> Result<Option<Webhook>, ConfigError> {
        let Some(url) = self.url else {
            return Ok(None);
        };
        let url = url.expose().trim();
        let is_http = ["http://", "https://"].iter().any(|scheme| {
            url.strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        });
        if !is_http {
            return Err(ConfigError::value(
                "webhook.url",
                "is not a http:// or https:// URL",
            ));
        }
        Ok(Some(Webhook(SecretString::from(url.to_owned()))))
    }
}
