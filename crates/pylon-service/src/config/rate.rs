//! How often something may be done.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// A steady rate, and how much at once before it holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How often in a second.
    pub requests_per_second: f64,
    /// How often at once, after a pause.
    pub burst: NonZeroU32,
}

/// The keys of `[limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsSettings {
    requests_per_second: Option<f64>,
    burst: Option<u32>,
}

impl Rate {
    const SLOWEST: f64 = 0.001;
    const FASTEST: f64 = 1_000_000.0;

    /// The rate of a table, if it sets one. Unless told, the burst is what one second allows.
    pub(super) fn read(
        table: &str,
        requests_per_second: Option<f64>,
        burst: Option<u32>,
    ) -> Result<Option<Self>, ConfigError> {
        match (requests_per_second, burst) {
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let problem = "is set without requests_per_second";
                Err(ConfigError::value(format!("{table}.burst"), problem))
            }
            (Some(rate), burst) => {
                let second = Duration::try_from_secs_f64(rate.ceil()).unwrap_or_default();
                let second = u32::try_from(second.as_secs()).unwrap_or(u32::MAX);
                Self::new(table, rate, burst.unwrap_or(second)).map(Some)
            }
        }
    }

    pub(super) fn new(
        table: &str,
        requests_per_second: f64,
        burst: u32,
    ) -> Result<Self, ConfigError> {
        let wrong = |key, problem| ConfigError::value(format!("{table}.{key}"), problem);
        if !(Self::SLOWEST..=Self::FASTEST).contains(&requests_per_second) {
            let problem = "is not a number from 0.001 to 1000000";
            return Err(wrong("requests_per_second", problem));
        }
        let burst = NonZeroU32::new(burst);
        Ok(Self {
            requests_per_second,
            burst: burst.ok_or_else(|| wrong("burst", "is not a number from 1 on"))?,
        })
    }

    /// The time after which there is one more.
    pub(crate) fn period(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.requests_per_second)
    }
}

impl LimitsSettings {
    pub(super) fn into_rate(self) -> Result<Option<Rate>, ConfigError> {
        Rate::read("limits", self.requests_per_second, self.burst)
    }
}
