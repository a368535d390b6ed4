//! The chain as readers see it: blocks, heads and the states that are still kept.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, Vector};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

use crate::{
    runtime::{Hash, Header},
    state::State,
};

/// Blocks whose state is kept below the best one, as a node with default pruning does.
pub(crate) const KEPT_STATES: u32 = 256;

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Hash of the header.
    pub(crate) hash: Hash,
    /// Header.
    pub(crate) header: Header,
    /// Extrinsics, each with its length before it.
    pub(crate) extrinsics: Vec<Arc<[u8]>>,
}

impl Block {
    /// A block under its hash.
    pub(crate) fn new(header: Header, extrinsics: Vec<Arc<[u8]>>) -> Self {
        Self {
            hash: header.hash(),
            header,
            extrinsics,
        }
    }

    /// Its height.
    pub(crate) fn number(&self) -> u32 {
        self.header.number
    }
}

/// A block's state and what stands for its trie root.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Every key and value.
    pub(crate) state: State,
    /// The parent's root hashed with what changed since: as good as a trie root for telling
    /// states apart, and it costs what the block changed instead of the whole state.
    pub(crate) root: Hash,
}

impl Snapshot {
    /// The first block's.
    pub(crate) fn genesis(state: State) -> Self {
        Self::after(Hash::zero(), &State::default(), state)
    }

    /// The one that follows a state with that root.
    pub(crate) fn after(root: Hash, before: &State, state: State) -> Self {
        let mut changes = root.as_bytes().to_vec();
        for change in state.changes_since(before) {
            codec::Encode::encode_to(&change, &mut changes);
        }
        Self {
            root: BlakeTwo256::hash(&changes),
            state,
        }
    }
}

/// Why a block's state cannot be read; the texts are a real node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StateError {
    /// No such block.
    #[error("UnknownBlock: Header was not found in the database: {0:?}")]
    UnknownBlock(Hash),
    /// The block is too old.
    #[error("UnknownBlock: State already discarded for {0:?}")]
    Discarded(Hash),
}

/// The chain at one moment. Clones share everything, so a reader keeps a consistent one for as
/// long as it likes.
#[derive(Clone, Debug)]
pub(crate) struct View {
    canonical: Vector<Arc<Block>>,
    numbers: HashMap<Hash, u32>,
    snapshots: OrdMap<u32, Snapshot>,
    best: Arc<Block>,
    best_snapshot: Snapshot,
    finalized: Arc<Block>,
}

impl View {
    /// A chain of one block.
    pub(crate) fn new(genesis: Block, snapshot: Snapshot) -> Self {
        let genesis = Arc::new(genesis);
        Self {
            canonical: Vector::unit(Arc::clone(&genesis)),
            numbers: HashMap::unit(genesis.hash, 0),
            snapshots: OrdMap::unit(0, snapshot.clone()),
            best: Arc::clone(&genesis),
            best_snapshot: snapshot,
            finalized: genesis,
        }
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

    /// The block at a height.
    pub(crate) fn at(&self, number: u32) -> Option<&Arc<Block>> {
        self.canonical.get(usize::try_from(number).ok()?)
    }

    /// The block with that hash, the best one where none is given.
    pub(crate) fn block(&self, hash: Option<Hash>) -> Option<&Arc<Block>> {
        match hash {
            None => Some(&self.best),
            Some(hash) => self.at(*self.numbers.get(&hash)?),
        }
    }

    /// The state after the block with that hash, the best one where none is given.
    pub(crate) fn state(&self, hash: Option<Hash>) -> Result<&State, StateError> {
        let Some(hash) = hash else {
            return Ok(&self.best_snapshot.state);
        };
        let number = self
            .numbers
            .get(&hash)
            .ok_or(StateError::UnknownBlock(hash))?;
        self.snapshots
            .get(number)
            .map(|snapshot| &snapshot.state)
            .ok_or(StateError::Discarded(hash))
    }

    /// Adds a block on top of the best one, and finalizes what now lies deep enough.
    pub(crate) fn extend(&mut self, block: Arc<Block>, snapshot: Snapshot, finality_lag: u32) {
        let number = block.number();
        self.numbers.insert(block.hash, number);
        self.canonical.push_back(Arc::clone(&block));
        self.snapshots.insert(number, snapshot.clone());
        if let Some(old) = number.checked_sub(KEPT_STATES + 1) {
            self.snapshots.remove(&old);
        }
        self.best = block;
        self.best_snapshot = snapshot;
        let finalized = self.at(number.saturating_sub(finality_lag)).map(Arc::clone);
        if let Some(block) = finalized {
            self.finalized = block;
        }
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
        self.snapshots.insert(self.best.number(), snapshot.clone());
        self.best_snapshot = snapshot;
    }
}
