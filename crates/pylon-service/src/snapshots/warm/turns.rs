//! Whose turn it is to be read.

use std::collections::{BTreeSet, VecDeque};

use pylon_models::NetUid;

/// The subnets that are to be read, each once for a head. Who waits longest comes first, so that a node which cannot
/// bring all of them between two heads still brings each in its turn.
#[derive(Default)]
pub(super) struct Turns {
    waiting: VecDeque<NetUid>,
    reading: BTreeSet<NetUid>,
    /// What is being read at a head that is not the last any more.
    late: BTreeSet<NetUid>,
}

impl Turns {
    /// A new head: these subnets are to be read at it.
    pub(super) fn come(&mut self, warm: Vec<NetUid>) {
        for netuid in warm {
            if self.reading.contains(&netuid) {
                self.late.insert(netuid);
            } else if !self.waiting.contains(&netuid) {
                self.waiting.push_back(netuid);
            }
        }
    }

    /// The next subnet to be read.
    pub(super) fn begin(&mut self) -> Option<NetUid> {
        let netuid = self.waiting.pop_front()?;
        self.reading.insert(netuid);
        Some(netuid)
    }

    /// A subnet was read, or could not be.
    pub(super) fn end(&mut self, netuid: NetUid) {
        self.reading.remove(&netuid);
        if self.late.remove(&netuid) {
            self.waiting.push_back(netuid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn netuids(numbers: &[u16]) -> Vec<NetUid> {
        numbers.iter().copied().map(NetUid::from).collect()
    }

    /// Begins so many, at most.
    fn begun(turns: &mut Turns, count: usize) -> Vec<NetUid> {
        std::iter::from_fn(|| turns.begin()).take(count).collect()
    }

    #[test]
    fn one_that_is_slow_holds_up_no_other_and_is_read_again_once() {
        let mut turns = Turns::default();
        turns.come(netuids(&[1, 2, 3]));
        assert_eq!(begun(&mut turns, 9), netuids(&[1, 2, 3]));
        turns.end(NetUid::from(2));
        turns.end(NetUid::from(3));
        for _ in 0..2 {
            turns.come(netuids(&[1, 2, 3]));
            assert_eq!(begun(&mut turns, 9), netuids(&[2, 3]));
            turns.end(NetUid::from(2));
            turns.end(NetUid::from(3));
        }
        turns.end(NetUid::from(1));
        assert_eq!(begun(&mut turns, 9), netuids(&[1]));
        turns.end(NetUid::from(1));
        assert_eq!(turns.begin(), None);
    }

    #[test]
    fn whoever_waits_longest_comes_first_though_heads_come_sooner_than_reads() {
        let mut turns = Turns::default();
        let mut read = Vec::new();
        for _ in 0..6 {
            turns.come(netuids(&[1, 2, 3, 4]));
            for netuid in begun(&mut turns, 2) {
                turns.end(netuid);
                read.push(netuid);
            }
        }
        assert_eq!(read, netuids(&[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]));
    }
}
