//! Points in time, as they stand in bodies and in the database.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time, to the millisecond; as text RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(
    feature = "utoipa",
    derive(utoipa::ToSchema),
    schema(value_type = String, format = DateTime, example = "2026-11-21T10:00:00Z")
)]
pub struct Timestamp(jiff::Timestamp);

/// A number of milliseconds that no calendar year up to 9999 has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} ms since 1970 is no time between the years -9999 and 9999")]
pub struct TimestampOutOfRange(i64);

impl Timestamp {
    /// What the clock of this machine says.
    pub fn now() -> Self {
        Self::from_unix_millis(jiff::Timestamp::now().as_millisecond())
            .unwrap_or(Self(jiff::Timestamp::UNIX_EPOCH))
    }

    /// So many milliseconds since 1970.
    ///
    /// # Errors
    /// When the year does not have four digits.
    pub fn from_unix_millis(millis: i64) -> Result<Self, TimestampOutOfRange> {
        jiff::Timestamp::from_millisecond(millis)
            .map(Self)
            .map_err(|_| TimestampOutOfRange(millis))
    }

    /// That long before now; the beginning of 1970 where that is longer ago.
    pub fn ago(time: Duration) -> Self {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let then = Self::now().unix_millis().saturating_sub(time);
        Self::from_unix_millis(then.max(0)).unwrap_or(Self(jiff::Timestamp::UNIX_EPOCH))
    }

    /// How long ago that was; no time at all where it is still to come.
    pub fn elapsed(self) -> Duration {
        let millis = Self::now().unix_millis().saturating_sub(self.unix_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// How many milliseconds since 1970.
    pub fn unix_millis(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// The text is no RFC 3339 time.
#[derive(Debug, thiserror::Error)]
#[error("not a time: expected something like 2026-11-21T10:00:00Z")]
pub struct ParseTimestampError(#[source] jiff::Error);

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(ParseTimestampError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_and_reads_back_to_the_millisecond() {
        let time = Timestamp::from_unix_millis(1_795_255_200_123).unwrap();
        assert_eq!(time.to_string(), "2026-11-21T10:00:00.123Z");
        assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        assert_eq!(time.unix_millis(), 1_795_255_200_123);
        assert_eq!(
            serde_json::to_string(&Timestamp::from_unix_millis(0).unwrap()).unwrap(),
            "\"1970-01-01T00:00:00Z\""
        );
        assert!(Timestamp::from_unix_millis(i64::MAX).is_err());
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn what_was_long_ago_is_that_long_ago_and_what_is_to_come_is_no_time_ago() {
        let hour = Duration::from_secs(3_600);
        let then = Timestamp::ago(hour);
        assert!(then < Timestamp::now() && then.elapsed() >= hour);
        let to_come = Timestamp::now().unix_millis() + 3_600_000;
        let to_come = Timestamp::from_unix_millis(to_come).unwrap();
        assert_eq!(to_come.elapsed(), Duration::ZERO);
        assert_eq!(Timestamp::ago(Duration::MAX).unix_millis(), 0);
    }
}
