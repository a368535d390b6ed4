//! How far our clock is from the chain's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pylon_chain::Head;

/// By how many milliseconds our clock is ahead of the chain's, negative when it is behind; 0 while it lies where a head that
/// was just made puts it: within a block time after the head's own time.
pub(super) fn of(head: &Head, block_time: Duration) -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let met = since_epoch.saturating_sub(head.seen.elapsed());
    between(met, Duration::from_secs(head.timestamp), block_time)
}

fn between(met: Duration, made: Duration, block_time: Duration) -> i64 {
    // The chain's time is known to the second.
    let latest = made + block_time + Duration::from_secs(1);
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    if met > latest {
        millis(met - latest)
    } else {
        -millis(made.saturating_sub(met))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_when_a_new_head_comes_from_its_future_or_its_far_past() {
        let block_time = Duration::from_secs(12);
        let at = |millis: u64| Duration::from_millis(1_000_000 + millis);
        for (met, off) in [
            (0, 0),
            (12_000, 0),
            (13_000, 0),
            (13_500, 500),
            (73_000, 60_000),
        ] {
            assert_eq!(between(at(met), at(0), block_time), off, "{met}");
        }
        assert_eq!(between(at(0), at(7_500), block_time), -7_500);
    }
}
