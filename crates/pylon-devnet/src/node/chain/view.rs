//! The chain as readers see it: blocks, heads and the states that are still kept.

use std::{collections::HashSet, sync::Arc};

use imbl::{HashMap, OrdMap, Vector};

use super::{Block, KEPT_STATES, Snapshot, StateError};
use crate::{runtime::Hash, state::State};

/// A block and, until it is discarded, its state.
#[derive(Debug)]
struct Kept {
    block: Arc<Block>,
    snapshot: Option<Snapshot>,
}

/// That a block came, or became the best one.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    hash: Hash,
    /// Whether it became the best block.
    best: bool,
}

/// What a change of head leaves and what it takes up, each in order of height.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Blocks that are no longer canonical.
    pub(crate) retracted: Vec<Arc<Block>>,
    /// Blocks that are so again.
    pub(crate) enacted: Vec<Arc<Block>>,
}

/// The chain at one moment. Clones share everything, so a reader keeps a consistent one for as
/// long as it likes.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Counts the changes, so that of two views the later one is known.
    version: u64,
    canonical: Vector<Arc<Block>>,
    blocks: HashMap<Hash, Arc<Kept>>,
    /// The blocks by the hashes of their EVM sides.
    evm: HashMap<Hash, Hash>,
    /// Blocks of branches that were left, by height.
    abandoned: OrdMap<u32, Vector<Hash>>,
    arrivals: Vector<Arrival>,
    best: Arc<Block>,
    best_snapshot: Snapshot,
    finalized: Arc<Block>,
    /// Whether states are kept for ever.
    archive: bool,
    /// The height from which on states are kept.
    pruned: u32,
    /// Blocks below the best one whose state is shown.
    shown: u32,
}

impl View {
    /// A chain of one block.
    pub(crate) fn new(genesis: Block, snapshot: Snapshot, archive: bool) -> Self {
        let genesis = Arc::new(genesis);
        let kept = Kept {
            block: Arc::clone(&genesis),
            snapshot: Some(snapshot.clone()),
        };
        Self {
            version: 0,
            canonical: Vector::unit(Arc::clone(&genesis)),
            blocks: HashMap::unit(genesis.hash, Arc::new(kept)),
            evm: HashMap::unit(genesis.evm.hash, genesis.hash),
            abandoned: OrdMap::new(),
            arrivals: Vector::new(),
            best: Arc::clone(&genesis),
            best_snapshot: snapshot,
            finalized: genesis,
            archive,
            pruned: 0,
            shown: KEPT_STATES,
        }
    }

    /// The same chain, with only the states of the best block and of so many before it.
    pub(crate) fn showing(self: &Arc<Self>, states: u32) -> Arc<Self> {
        if self.shown == states {
            return Arc::clone(self);
        }
        Arc::new(Self {
            shown: states,
            ..Self::clone(self)
        })
    }

    /// Whether this is a later state of the chain.
    pub(crate) fn is_after(&self, other: &Self) -> bool {
        self.version > other.version
    }

    /// The newest block.
    pub(crate) fn best(&self) -> &Arc<Block> {
        &self.best
    }

    /// The newest block that will never be left.
    pub(crate) fn finalized(&self) -> &Arc<Block> {
        &self.finalized
    }

    /// The newest block's state.
    pub(crate) fn best_snapshot(&self) -> &Snapshot {
        &self.best_snapshot
    }

    /// The first block's hash.
    pub(crate) fn genesis_hash(&self) -> Hash {
        self.at(0).map_or(Hash::zero(), |block| block.hash)
    }

    /// The canonical block at a height.
    pub(crate) fn at(&self, number: u32) -> Option<&Arc<Block>> {
        self.canonical.get(usize::try_from(number).ok()?)
    }

    /// The block with that hash, the best one where none is given.
    pub(crate) fn block(&self, hash: Option<Hash>) -> Option<&Arc<Block>> {
        match hash {
            None => Some(&self.best),
            Some(hash) => self.blocks.get(&hash).map(|kept| &kept.block),
        }
    }

    /// The canonical block whose EVM side has that hash.
    pub(crate) fn block_of_evm(&self, hash: Hash) -> Option<&Arc<Block>> {
        let block = self.block(Some(*self.evm.get(&hash)?))?;
        self.is_canonical(block).then_some(block)
    }

    /// Whether a block is on the way from the first one to the best one.
    pub(crate) fn is_canonical(&self, block: &Block) -> bool {
        self.at(block.number())
            .is_some_and(|canonical| canonical.hash == block.hash)
    }

    /// The state after the block with that hash, the best one where none is given.
    pub(crate) fn state(&self, hash: Option<Hash>) -> Result<&State, StateError> {
        let Some(hash) = hash else {
            return Ok(&self.best_snapshot.state);
        };
        let kept = self
            .blocks
            .get(&hash)
            .ok_or(StateError::UnknownBlock(hash))?;
        let depth = self.best.number().saturating_sub(kept.block.number());
        match &kept.snapshot {
            Some(snapshot) if depth <= self.shown => Ok(&snapshot.state),
            _ => Err(StateError::Discarded(hash)),
        }
    }

    /// How many blocks came or became the best one until now.
    pub(crate) fn arrivals(&self) -> usize {
        self.arrivals.len()
    }

    /// The blocks that became the best one since there were `seen` arrivals, or all that came.
    pub(crate) fn arrived_since(
        &self,
        seen: usize,
        all: bool,
    ) -> impl Iterator<Item = &Arc<Block>> {
        let new = seen.min(self.arrivals.len())..self.arrivals.len();
        new.filter_map(|index| self.arrivals.get(index))
            .filter(move |arrival| all || arrival.best)
            .filter_map(|arrival| self.block(Some(arrival.hash)))
    }

    /// Adds a block on top of the best one. `best` is false where the chain learns of it before
    /// the branch that it is part of wins.
    pub(crate) fn extend(&mut self, block: Arc<Block>, snapshot: Snapshot, best: bool) {
        let kept = Kept {
            block: Arc::clone(&block),
            snapshot: Some(snapshot.clone()),
        };
        self.forget_abandoned(&block);
        self.blocks.insert(block.hash, Arc::new(kept));
        self.evm.insert(block.evm.hash, block.hash);
        self.canonical.push_back(Arc::clone(&block));
        self.arrivals.push_back(Arrival {
            hash: block.hash,
            best,
        });
        self.best = block;
        self.best_snapshot = snapshot;
        self.version += 1;
        self.prune();
    }

    /// Finalizes what lies `lag` blocks deep; what is final stays so.
    pub(crate) fn finalize(&mut self, lag: u32) {
        let number = self.best.number().saturating_sub(lag);
        if number > self.finalized.number()
            && let Some(block) = self.at(number).map(Arc::clone)
        {
            self.finalized = block;
            self.version += 1;
        }
    }

    /// Goes on from another block. Finality goes back to where the ways part.
    ///
    /// # Errors
    /// The block or its state is not there.
    pub(crate) fn set_head(&mut self, hash: Hash) -> Result<Turn, StateError> {
        let kept = self
            .blocks
            .get(&hash)
            .map(Arc::clone)
            .ok_or(StateError::UnknownBlock(hash))?;
        let snapshot = kept.snapshot.clone().ok_or(StateError::Discarded(hash))?;
        let mut turn = Turn::default();
        let mut block = Arc::clone(&kept.block);
        while !self.is_canonical(&block) {
            let parent = block.header.parent_hash;
            turn.enacted.push(block);
            block = Arc::clone(
                self.block(Some(parent))
                    .ok_or(StateError::UnknownBlock(parent))?,
            );
        }
        turn.enacted.reverse();
        let fork = block.number();
        let length = usize::try_from(fork.saturating_add(1)).unwrap_or(usize::MAX);
        if length < self.canonical.len() {
            turn.retracted = self.canonical.split_off(length).into_iter().collect();
        }
        for block in &turn.retracted {
            self.abandoned
                .entry(block.number())
                .or_default()
                .push_back(block.hash);
        }
        for block in &turn.enacted {
            self.forget_abandoned(block);
            self.canonical.push_back(Arc::clone(block));
        }
        if self.finalized.number() > fork {
            self.finalized = block;
        }
        self.best = Arc::clone(&kept.block);
        self.best_snapshot = snapshot;
        self.version += 1;
        Ok(turn)
    }

    /// Tells those who follow the chain that the best block is another.
    pub(crate) fn announce(&mut self) {
        self.arrivals.push_back(Arrival {
            hash: self.best.hash,
            best: true,
        });
    }

    /// The hashes of the blocks that follow that one, canonical or not.
    pub(crate) fn children(&self, parent: &Block) -> HashSet<Hash> {
        let number = parent.number().saturating_add(1);
        let abandoned = self.abandoned.get(&number).into_iter().flatten();
        self.at(number)
            .map(|block| block.hash)
            .into_iter()
            .chain(abandoned.copied())
            .filter(|hash| {
                self.block(Some(*hash))
                    .is_some_and(|block| block.header.parent_hash == parent.hash)
            })
            .collect()
    }

    /// Changes the best block's state in place, under the same hash.
    pub(crate) fn edit(&mut self, changes: &[(Vec<u8>, Option<Vec<u8>>)]) {
        let before = self.best_snapshot.state.clone();
        let mut state = before.clone();
        for (key, value) in changes {
            match value {
                Some(value) => state.put(key, value),
                None => state.kill(key),
            }
        }
        let snapshot = Snapshot::after(self.best_snapshot.root, &before, state);
        let kept = Kept {
            block: Arc::clone(&self.best),
            snapshot: Some(snapshot.clone()),
        };
        self.blocks.insert(self.best.hash, Arc::new(kept));
        self.best_snapshot = snapshot;
        self.version += 1;
    }

    fn forget_abandoned(&mut self, block: &Block) {
        if let Some(hashes) = self.abandoned.get_mut(&block.number()) {
            hashes.retain(|hash| *hash != block.hash);
            if hashes.is_empty() {
                self.abandoned.remove(&block.number());
            }
        }
    }

    /// Drops states that nobody will be shown, and with them the blocks of branches that were left.
    fn prune(&mut self) {
        if self.archive {
            return;
        }
        while self.pruned.saturating_add(KEPT_STATES) < self.best.number() {
            let number = self.pruned;
            if let Some(block) = self.at(number).map(Arc::clone) {
                let kept = Kept {
                    block: Arc::clone(&block),
                    snapshot: None,
                };
                self.blocks.insert(block.hash, Arc::new(kept));
            }
            for hash in self.abandoned.remove(&number).into_iter().flatten() {
                if let Some(kept) = self.blocks.remove(&hash) {
                    self.evm.remove(&kept.block.evm.hash);
                }
            }
            self.pruned += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::BlockTime,
        node::{Node, Settings},
        world::World,
    };

    fn node(archive: bool) -> Node {
        Node::new(Settings {
            layout: crate::Layout::Jun2026,
            world: World::Empty,
            block_time: BlockTime::Manual,
            finality_lag: u32::MAX,
            genesis_time: 1_750_000_000_000,
            archive,
        })
    }

    #[test]
    fn states_and_left_branches_are_discarded_together() {
        let node = node(false);
        node.make_blocks(2);
        let left = node.view().best().hash;
        node.reorganise(1).unwrap();
        node.make_blocks(KEPT_STATES - 1);
        let view = node.view();
        assert_eq!(view.best().number(), KEPT_STATES + 2);
        assert!(view.state(Some(left)).is_ok());
        node.make_blocks(1);
        let view = node.view();
        assert_eq!(view.state(Some(left)), Err(StateError::UnknownBlock(left)));
        let second = view.at(2).unwrap().hash;
        assert_eq!(view.state(Some(second)), Err(StateError::Discarded(second)));
        assert!(view.state(Some(view.at(3).unwrap().hash)).is_ok());
        assert!(view.block(Some(second)).is_some());
    }

    #[test]
    fn an_archive_keeps_what_is_no_longer_shown() {
        let node = node(true);
        node.make_blocks(2);
        let left = node.view().best().hash;
        node.reorganise(1).unwrap();
        node.make_blocks(KEPT_STATES);
        let view = node.view();
        assert_eq!(view.state(Some(left)), Err(StateError::Discarded(left)));
        assert!(view.showing(u32::MAX).state(Some(left)).is_ok());
        let before = view.at(view.best().number() - 1).unwrap().hash;
        assert!(view.showing(0).state(Some(before)).is_err());
    }
}
