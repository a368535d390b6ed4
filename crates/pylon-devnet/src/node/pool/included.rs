//! Watchers of transactions whose block is not final yet.

use std::collections::{BTreeMap, HashMap};

use super::{
    super::chain::{Block, View},
    watch::{FINALITY_TIMEOUT, Status, Watchers},
};
use crate::runtime::Hash;

/// Who waits for one block's finality, by transaction.
#[derive(Debug)]
struct Unsettled {
    block: Hash,
    watchers: HashMap<Hash, Watchers>,
}

/// Who waits for finality, by height.
#[derive(Debug, Default)]
pub(super) struct Included(BTreeMap<u32, Vec<Unsettled>>);

impl Included {
    /// A block holds a transaction.
    pub(super) fn insert(&mut self, block: &Block, transaction: Hash, mut watchers: Watchers) {
        watchers.say(Status::InBlock(block.hash));
        if watchers.is_empty() {
            return;
        }
        let blocks = self.0.entry(block.number()).or_default();
        match blocks.iter_mut().find(|known| known.block == block.hash) {
            Some(known) => {
                known.watchers.insert(transaction, watchers);
            }
            None => blocks.push(Unsettled {
                block: block.hash,
                watchers: HashMap::from([(transaction, watchers)]),
            }),
        }
    }

    /// The block is no longer canonical: tells its watchers, and hands them back.
    pub(super) fn retract(&mut self, block: &Block) -> HashMap<Hash, Watchers> {
        let Some(blocks) = self.0.get_mut(&block.number()) else {
            return HashMap::new();
        };
        let Some(index) = blocks.iter().position(|known| known.block == block.hash) else {
            return HashMap::new();
        };
        let mut watchers = blocks.swap_remove(index).watchers;
        for watcher in watchers.values_mut() {
            watcher.say(Status::Retracted(block.hash));
        }
        watchers
    }

    /// Tells who waits for a block that is final now, and who waited too long.
    pub(super) fn settle(&mut self, view: &View) {
        let final_below = view.finalized().number().saturating_add(1);
        self.end(final_below, Status::Finalized);
        let late_below = view.best().number().saturating_sub(FINALITY_TIMEOUT);
        self.end(late_below, Status::FinalityTimeout);
    }

    fn end(&mut self, below: u32, status: fn(Hash) -> Status) {
        let rest = self.0.split_off(&below);
        let ended = std::mem::replace(&mut self.0, rest);
        for unsettled in ended.into_values().flatten() {
            for mut watchers in unsettled.watchers.into_values() {
                watchers.say(status(unsettled.block));
            }
        }
    }
}
