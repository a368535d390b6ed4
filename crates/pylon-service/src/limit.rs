//! How often something may be done: counted in constant space, decided at once, shared by all threads.

use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::Rate;

/// A steady rate with a burst before it.
pub(crate) struct Limiter {
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Limiter {
    /// A limiter that nobody has used yet: a whole burst is free.
    pub(crate) fn new(rate: Rate) -> Self {
        // Only a period of zero is none, and no rate has that.
        let quota = Quota::with_period(rate.period()).unwrap_or(Quota::per_second(rate.burst));
        Self {
            limiter: RateLimiter::direct(quota.allow_burst(rate.burst)),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one turn, or says after which time there is one.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        let taken = self.limiter.check();
        taken.map_err(|late| late.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_burst_is_free_and_then_one_waits_for_the_next() {
        let limiter = Limiter::new(Rate {
            requests_per_second: 0.01,
            burst: NonZeroU32::new(3).unwrap(),
        });
        let taken: Vec<bool> = (0..5).map(|_| limiter.take().is_ok()).collect();
        assert_eq!(taken, [true, true, true, false, false]);
        let wait = limiter.take().unwrap_err().as_secs();
        assert!((90..=100).contains(&wait), "{wait}");
    }
}
