//! Hashes that the pool refuses for a while: what was included or found invalid.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use crate::runtime::Hash;

/// How long a ban lasts, as in a real node.
const BAN: Duration = Duration::from_secs(30 * 60);
/// Bans kept; the oldest give way.
const MAX_BANS: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Banned {
    until: HashMap<Hash, Instant>,
    order: VecDeque<Hash>,
}

impl Banned {
    /// Bans a hash from now on.
    pub(super) fn insert(&mut self, hash: Hash) {
        if self.until.insert(hash, Instant::now() + BAN).is_none() {
            self.order.push_back(hash);
        }
        while self.order.len() > MAX_BANS {
            if let Some(oldest) = self.order.pop_front() {
                self.until.remove(&oldest);
            }
        }
    }

    /// Lifts a ban.
    pub(super) fn remove(&mut self, hash: &Hash) {
        if self.until.remove(hash).is_some() {
            self.order.retain(|banned| banned != hash);
        }
    }

    /// Whether a hash is banned.
    pub(super) fn contains(&self, hash: &Hash) -> bool {
        self.until
            .get(hash)
            .is_some_and(|until| Instant::now() < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_bans_give_way_to_new_ones() {
        let mut banned = Banned::default();
        let hash = |n: usize| Hash::from_low_u64_be(n as u64);
        for n in 0..=MAX_BANS {
            banned.insert(hash(n));
        }
        assert!(!banned.contains(&hash(0)));
        assert!(banned.contains(&hash(1)));
        assert!(banned.contains(&hash(MAX_BANS)));
    }
}
