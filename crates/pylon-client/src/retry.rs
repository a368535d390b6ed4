//! When to ask again: by what the error says, less and less often, and not at all when too much fails.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pylon_models::Retry;

/// How a client asks again after an error that says it can help. The time of the call bounds it all:
/// a pause that would outlast it is not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often one call asks again at most.
    pub retries: u32,
    /// The pause before the first retry, doubled for each further one. Chance takes up to half of it away.
    pub first_pause: Duration,
    /// The longest that pause grows.
    pub longest_pause: Duration,
    /// How many retries all calls of the client have between them while nothing succeeds; ten successes
    /// earn one back. It keeps many clients from adding to the load of a service that is down.
    pub budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 3,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            budget: 20,
        }
    }
}

impl RetryPolicy {
    /// Every call is one attempt.
    pub const NEVER: Self = Self {
        retries: 0,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
        budget: 0,
    };

    /// How long to wait before retry number `done` + 1, if there is to be one. `told` is what the service
    /// asked for, and `chance` lies between 0 and 1.
    pub(crate) fn pause(
        &self,
        retry: Retry,
        told: Option<Duration>,
        done: u32,
        chance: f64,
    ) -> Option<Duration> {
        let most = match retry {
            Retry::Never => 0,
            Retry::Once => self.retries.min(1),
            Retry::Backoff | Retry::AsTold => self.retries,
        };
        if done >= most {
            return None;
        }
        let grown = self
            .first_pause
            .saturating_mul(2u32.saturating_pow(done))
            .min(self.longest_pause);
        Some(match told {
            // Never earlier than told, and not all clients at the same moment.
            Some(told) => told.saturating_add(grown.mul_f64(chance / 2.0)),
            None => grown.mul_f64(1.0 - chance / 2.0),
        })
    }
}

/// The retries that all calls of a client have left, in tenths.
#[derive(Debug)]
pub(crate) struct Budget {
    tenths: AtomicU32,
    full: u32,
}

impl Budget {
    const RETRY: u32 = 10;

    pub(crate) fn new(retries: u32) -> Self {
        let full = retries.saturating_mul(Self::RETRY);
        Self {
            tenths: AtomicU32::new(full),
            full,
        }
    }

    /// Takes one retry, if one is left.
    pub(crate) fn take(&self) -> bool {
        self.update(|tenths| tenths.checked_sub(Self::RETRY))
    }

    /// A call succeeded.
    pub(crate) fn earn(&self) {
        self.update(|tenths| (tenths < self.full).then(|| tenths + 1));
    }

    fn update(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.tenths
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}

/// Between 0 and 1; good enough to spread clients out, and needs no generator of its own.
pub(crate) fn chance() -> f64 {
    let random = RandomState::new().hash_one(());
    let high = u32::try_from(random >> 32).unwrap_or_default();
    f64::from(high) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        retries: 3,
        first_pause: Duration::from_millis(100),
        longest_pause: Duration::from_millis(250),
        budget: 2,
    };

    fn millis(pause: Option<Duration>) -> Option<u128> {
        pause.map(|pause| pause.as_millis())
    }

    #[test]
    fn pauses_grow_to_their_bound_and_end() {
        let pauses: Vec<_> = (0..4)
            .map(|done| millis(POLICY.pause(Retry::Backoff, None, done, 0.0)))
            .collect();
        assert_eq!(pauses, [Some(100), Some(200), Some(250), None]);
        assert_eq!(millis(POLICY.pause(Retry::Backoff, None, 0, 1.0)), Some(50));
    }

    #[test]
    fn what_cannot_help_is_not_tried_and_what_may_have_been_chance_is_tried_once() {
        assert_eq!(POLICY.pause(Retry::Never, None, 0, 0.5), None);
        assert!(POLICY.pause(Retry::Once, None, 0, 0.5).is_some());
        assert_eq!(POLICY.pause(Retry::Once, None, 1, 0.5), None);
        assert_eq!(RetryPolicy::NEVER.pause(Retry::Once, None, 0, 0.5), None);
    }

    #[test]
    fn a_pause_is_never_shorter_than_the_service_asked_for() {
        let told = Duration::from_secs(2);
        for step in 0..=10 {
            let pause = POLICY
                .pause(Retry::AsTold, Some(told), 0, f64::from(step) / 10.0)
                .unwrap();
            assert!(
                (told..=told + POLICY.first_pause).contains(&pause),
                "{pause:?}"
            );
        }
    }

    #[test]
    fn a_budget_runs_out_and_comes_back_with_successes() {
        let budget = Budget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        for _ in 0..9 {
            budget.earn();
        }
        assert!(!budget.take());
        budget.earn();
        assert!(budget.take() && !budget.take());
        for _ in 0..1000 {
            budget.earn();
        }
        assert!(budget.take() && budget.take() && !budget.take());
    }

    #[test]
    fn chance_differs_from_call_to_call() {
        let drawn: Vec<f64> = (0..20).map(|_| chance()).collect();
        assert!(drawn.iter().all(|x| (0.0..=1.0).contains(x)));
        assert!(drawn.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
