use std::time::Duration;

use super::{TimelockError, WeightsPayload, seal};
use crate::decode::BeaconConfiguration;

/// The beacon as the chain knows it (`Drand.BeaconConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beacon {
    /// The key that its signatures are checked with: 96 bytes.
    pub public_key: Vec<u8>,
    /// When its first round was due, in Unix seconds.
    pub genesis_time: u64,
    /// Seconds between rounds.
    pub period: u64,
}

impl From<BeaconConfiguration> for Beacon {
    fn from(kept: BeaconConfiguration) -> Self {
        Self {
            public_key: kept.public_key,
            genesis_time: kept.genesis_time.into(),
            period: kept.period.into(),
        }
    }
}

impl Beacon {
    /// The last round that is due a while after a time, and never less than the first.
    #[must_use]
    pub fn round_at(&self, now_millis: u64, later: Duration) -> u64 {
        let later = u64::try_from(later.as_millis()).unwrap_or(u64::MAX);
        let since = now_millis
            .saturating_add(later)
            .saturating_sub(self.genesis_time.saturating_mul(1_000));
        (since / self.period.saturating_mul(1_000).max(1)).max(1)
    }

    /// When a round is due, in Unix milliseconds.
    #[must_use]
    pub fn time_of(&self, round: u64) -> u64 {
        let since = round.saturating_sub(1).saturating_mul(self.period);
        self.genesis_time
            .saturating_add(since)
            .saturating_mul(1_000)
    }

    /// Seals a message for a round.
    ///
    /// # Errors
    /// When the key is no key.
    pub fn seal(&self, message: &[u8], round: u64) -> Result<Vec<u8>, TimelockError> {
        seal(message, round, &self.public_key)
    }

    /// Seals weights for a round.
    ///
    /// # Errors
    /// When the key is no key.
    pub fn seal_weights(
        &self,
        weights: &WeightsPayload,
        round: u64,
    ) -> Result<Vec<u8>, TimelockError> {
        weights.seal(round, &self.public_key)
    }
}
