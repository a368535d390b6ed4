//! The nodes that a chain can be read through, and how each has done.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::Budget;
use crate::backoff::Backoff;
use crate::config::Endpoint;

/// How long a node that serves another chain is left alone.
const WRONG_CHAIN: Duration = Duration::from_secs(600);

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) endpoint: Endpoint,
    pub(crate) budget: Budget,
    record: Mutex<Record>,
}

#[derive(Debug)]
struct Record {
    state: EndpointState,
    failures: u64,
    rests_until: Option<Instant>,
    backoff: Backoff,
}

/// What an endpoint is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    /// It is the one that is asked.
    Active,
    /// It can be turned to.
    Ready,
    /// It failed, and is left alone for a while.
    Resting,
}

/// One of a chain's endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointHealth {
    /// Which, without credentials.
    pub endpoint: Endpoint,
    /// What it is good for now.
    pub state: EndpointState,
    /// How often it was lost, or could not be reached.
    pub failures: u64,
}

impl Node {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self {
            budget: Budget::new(endpoint.requests_per_second()),
            endpoint,
            record: Mutex::new(Record {
                state: EndpointState::Ready,
                failures: 0,
                rests_until: None,
                backoff: Backoff::new(),
            }),
        }
    }

    fn record<T>(&self, change: impl FnOnce(&mut Record) -> T) -> T {
        change(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn health(&self) -> EndpointHealth {
        self.record(|record| EndpointHealth {
            endpoint: self.endpoint.clone(),
            state: record.state,
            failures: record.failures,
        })
    }

    /// Until when it should be left alone; `None` where it need not be.
    pub(crate) fn rests_until(&self) -> Option<Instant> {
        self.record(|record| record.rests_until)
    }

    pub(crate) fn is_active_now(&self) {
        self.record(|record| {
            record.state = EndpointState::Active;
            record.rests_until = None;
        });
    }

    /// It is left for a better one.
    pub(crate) fn is_left(&self) {
        self.record(|record| record.state = EndpointState::Ready);
    }

    /// It held for a while: its next failure is a first one.
    pub(crate) fn held(&self) {
        self.record(|record| record.backoff = Backoff::new());
    }

    /// It failed, and rests longer each time.
    pub(crate) fn failed(&self, now: Instant, of_another_chain: bool) {
        self.record(|record| {
            let pause = record.backoff.next();
            let pause = if of_another_chain { WRONG_CHAIN } else { pause };
            record.state = EndpointState::Resting;
            record.failures = record.failures.saturating_add(1);
            record.rests_until = Some(now + pause);
        });
    }
}

/// The node to turn to, and when: the first that does not rest, else the one that rests the shortest.
pub(crate) fn next(nodes: &[Node], now: Instant) -> Option<(usize, Instant)> {
    nodes
        .iter()
        .enumerate()
        .map(|(place, node)| {
            (
                place,
                node.rests_until().map_or(now, |until| until.max(now)),
            )
        })
        .min_by_key(|(_, from)| *from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<Node> {
        ["ws://a", "ws://b", "ws://c"]
            .into_iter()
            .map(|url| Node::new(url.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_first_that_does_not_rest_is_next() {
        let (nodes, now) = (nodes(), Instant::now());
        assert_eq!(next(&nodes, now), Some((0, now)));
        nodes[0].failed(now, false);
        assert_eq!(next(&nodes, now), Some((1, now)));
        nodes[1].failed(now, false);
        assert_eq!(next(&nodes, now), Some((2, now)));
        nodes[2].failed(now, true);
        let (place, from) = next(&nodes, now).unwrap();
        assert!(place < 2 && from > now, "{place}");
        let much_later = now + Duration::from_secs(60);
        assert_eq!(next(&nodes, much_later), Some((0, much_later)));
    }

    #[test]
    fn health_tells_what_happened() {
        let (nodes, now) = (nodes(), Instant::now());
        nodes[1].is_active_now();
        nodes[0].failed(now, false);
        nodes[0].failed(now, false);
        let states: Vec<_> = nodes
            .iter()
            .map(|node| (node.health().state, node.health().failures))
            .collect();
        assert_eq!(
            states,
            [
                (EndpointState::Resting, 2),
                (EndpointState::Active, 0),
                (EndpointState::Ready, 0)
            ]
        );
    }
}
