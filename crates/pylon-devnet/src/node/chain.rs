//! Blocks and their states, and the chain that they make.

mod view;

use std::sync::Arc;

use codec::Decode;
use sp_runtime::{
    DigestItem,
    traits::{BlakeTwo256, Hash as _},
};

use super::extrinsic::{Extrinsic, Transaction};
use crate::{
    evm::EvmBlock,
    runtime::{Hash, Header, layout::Layout},
    state::State,
};

pub(crate) use view::View;

/// Blocks whose state is kept below the best one, as a node with default pruning does.
pub(crate) const KEPT_STATES: u32 = 256;
/// The engine whose slot a header carries.
pub(crate) const AURA: [u8; 4] = *b"aura";

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Hash of the header.
    pub(crate) hash: Hash,
    /// Header.
    pub(crate) header: Header,
    /// Extrinsics, each with its length before it.
    pub(crate) extrinsics: Vec<Arc<[u8]>>,
    /// Whose runtime made it.
    layout: Layout,
    /// Its EVM side.
    pub(crate) evm: EvmBlock,
}

impl Block {
    /// A block under its hash.
    pub(crate) fn new(
        header: Header,
        extrinsics: Vec<Arc<[u8]>>,
        layout: Layout,
        evm: EvmBlock,
    ) -> Self {
        Self {
            hash: header.hash(),
            header,
            extrinsics,
            layout,
            evm,
        }
    }

    /// Its height.
    pub(crate) fn number(&self) -> u32 {
        self.header.number
    }

    /// The signed ones among its extrinsics.
    pub(crate) fn transactions(&self) -> Vec<Arc<Transaction>> {
        self.extrinsics
            .iter()
            .filter_map(|bytes| match Extrinsic::decode(bytes, self.layout) {
                Ok(Extrinsic::Signed(transaction)) => Some(Arc::from(transaction)),
                _ => None,
            })
            .collect()
    }

    /// The slot that it was made in. The first block has none.
    pub(crate) fn slot(&self) -> Option<u64> {
        self.header.digest.logs.iter().find_map(|item| match item {
            DigestItem::PreRuntime(AURA, slot) => u64::decode(&mut &slot[..]).ok(),
            _ => None,
        })
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
