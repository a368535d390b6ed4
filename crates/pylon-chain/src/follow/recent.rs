//! The last heads that were told, so that a slow reader fills its gaps without asking the node.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use pylon_models::BlockHash;

use super::Head;

const KEPT: usize = 512;

#[derive(Default)]
pub(super) struct Recent(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    heads: HashMap<BlockHash, Head>,
    oldest_first: VecDeque<BlockHash>,
}

impl Recent {
    pub(super) fn get(&self, hash: &BlockHash) -> Option<Head> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.heads.get(hash).copied()
    }

    pub(super) fn insert(&self, head: Head) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.heads.insert(head.hash, head).is_none() {
            ring.oldest_first.push_back(head.hash);
        }
        while ring.oldest_first.len() > KEPT {
            if let Some(oldest) = ring.oldest_first.pop_front() {
                ring.heads.remove(&oldest);
            }
        }
    }
}
