//! How often a node may be asked. What follows the head and the watched subnets goes ahead of everything else;
//! the rest spreads out behind it, or is told when to come back.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::backoff::Backoff;

/// Requests that may follow each other at once after a pause.
const BURST: u32 = 5;

/// How far urgent requests may push back the others. Past that the budget is simply too small.
const LONGEST_DEBT: Duration = Duration::from_secs(60);

/// Whether a request can wait behind others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Follows the head, or a subnet that is kept warm.
    Urgent,
    /// Somebody asked.
    Ordinary,
}

/// The requests that one node takes.
#[derive(Debug)]
pub(crate) struct Budget {
    interval: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the requests so far will have been paid for (the cell rate algorithm's arrival time).
    paid: Option<Instant>,
    /// The node said that it had enough.
    silent_until: Option<Instant>,
    backoff: Backoff,
}

impl Budget {
    /// Without a rate: no limit but the node's own.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        Self {
            interval: per_second.map(|rate| Duration::from_secs(1) / rate.get()),
            state: Mutex::new(State {
                paid: None,
                silent_until: None,
                backoff: Backoff::new(),
            }),
        }
    }

    /// How long the request has to wait. An ordinary one that would have to wait longer than `patience` is not
    /// counted.
    ///
    /// # Errors
    /// How long it would have had to wait.
    pub(crate) fn admit(
        &self,
        now: Instant,
        urgency: Urgency,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let silence = state
            .silent_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let Some(interval) = self.interval else {
            return if silence > patience {
                Err(silence)
            } else {
                Ok(silence)
            };
        };
        let paid = state.paid.map_or(now, |paid| paid.max(now));
        let owed = paid.saturating_duration_since(now);
        let turn = match urgency {
            Urgency::Urgent => Duration::ZERO,
            Urgency::Ordinary => owed.saturating_sub(interval * (BURST - 1)),
        };
        let wait = turn.max(silence);
        if wait > patience {
            return Err(wait);
        }
        state.paid = Some((paid + interval).min(now + LONGEST_DEBT.max(interval * BURST)));
        Ok(wait)
    }

    /// The node answered that it is asked too often: nothing is asked for a while, a longer one each time.
    pub(crate) fn refused(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Requests that were under way together are refused together, and count once.
        if state.silent_until.is_none_or(|until| until <= now) {
            let pause = state.backoff.next() * 10;
            state.silent_until = Some(now + pause);
        }
    }

    /// The node answered.
    pub(crate) fn answered(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.silent_until.is_some() {
            state.silent_until = None;
            state.backoff = Backoff::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3);

    fn ordinary(budget: &Budget, now: Instant) -> Result<Duration, Duration> {
        budget.admit(now, Urgency::Ordinary, PATIENCE)
    }

    fn urgent(budget: &Budget, now: Instant) -> Result<Duration, Duration> {
        budget.admit(now, Urgency::Urgent, PATIENCE)
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let (budget, now) = (Budget::new(NonZeroU32::new(1)), Instant::now());
        for _ in 0..BURST {
            assert_eq!(ordinary(&budget, now), Ok(Duration::ZERO));
        }
        for wait in 1..=3 {
            assert_eq!(ordinary(&budget, now), Ok(Duration::from_secs(wait)));
        }
        assert_eq!(ordinary(&budget, now), Err(Duration::from_secs(4)));
        // Who was sent away is not counted.
        let later = now + Duration::from_secs(1);
        assert_eq!(ordinary(&budget, later), Ok(Duration::from_secs(3)));
    }

    #[test]
    fn urgent_requests_never_queue_and_push_the_others_back() {
        let (budget, now) = (Budget::new(NonZeroU32::new(1)), Instant::now());
        for _ in 0..BURST + 2 {
            assert_eq!(urgent(&budget, now), Ok(Duration::ZERO));
        }
        assert_eq!(ordinary(&budget, now), Ok(Duration::from_secs(3)));
        for _ in 0..1_000 {
            assert_eq!(urgent(&budget, now), Ok(Duration::ZERO));
        }
        let wait = ordinary(&budget, now).unwrap_err();
        assert!(wait <= LONGEST_DEBT);
    }

    #[test]
    fn a_node_that_had_enough_is_left_alone_by_everyone_until_it_answers() {
        let (budget, now) = (Budget::new(None), Instant::now());
        assert_eq!(urgent(&budget, now), Ok(Duration::ZERO));
        budget.refused(now);
        let first = urgent(&budget, now).unwrap();
        assert!(first > Duration::ZERO);
        assert_eq!(ordinary(&budget, now), Ok(first));
        budget.refused(now);
        assert_eq!(urgent(&budget, now), Ok(first), "counted once");
        budget.answered();
        assert_eq!(urgent(&budget, now), Ok(Duration::ZERO));
    }
}
