//! Leaving blocks for others.

use std::sync::Arc;

use pylon_models::Retry;

use super::{
    Node,
    block::Draft,
    chain::{Block, StateError, View},
    extrinsic::Site,
    pool::Pool,
};
use crate::runtime::Hash;

/// Why blocks cannot be replaced by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReorganiseError {
    /// Some of them are final, or there are not so many.
    #[error("cannot replace the best {depth} blocks: only {free} of them are not final")]
    Final {
        /// Blocks that were to be replaced.
        depth: u32,
        /// Blocks that can be.
        free: u32,
    },
    /// The state before them is gone.
    #[error("the state before the best {0} blocks is discarded")]
    Discarded(u32),
}

impl ReorganiseError {
    /// Whether the same call can succeed later.
    pub fn retry(self) -> Retry {
        match self {
            // More blocks are made before they are final.
            Self::Final { .. } => Retry::Backoff,
            Self::Discarded(_) => Retry::Never,
        }
    }
}

impl Node {
    /// Replaces the best `depth` blocks by a branch of one more, which another author made a slot
    /// later. What they held goes back to the pool: the branch has none of it.
    ///
    /// # Errors
    /// A final block would be left, or the state to start from is gone.
    pub(crate) fn reorganise(&self, depth: u32) -> Result<Hash, ReorganiseError> {
        let mut pool = self.pool();
        let mut view = View::clone(&self.view());
        let free = view.best().number() - view.finalized().number();
        let fork = view
            .best()
            .number()
            .checked_sub(depth)
            .filter(|_| depth <= free)
            .and_then(|number| view.at(number).map(Arc::clone))
            .ok_or(ReorganiseError::Final { depth, free })?;
        let skipped = u64::try_from(view.children(&fork).len()).unwrap_or(1);
        let turn = view
            .set_head(fork.hash)
            .map_err(|_| ReorganiseError::Discarded(depth))?;
        for nth in 0..=depth {
            let skipped = if nth == 0 { skipped } else { 0 };
            let mut draft = Draft::begin(&view, &self.world, self.step(), skipped);
            draft.store_pulses(&self.beacon, |state| self.take_rounds(state));
            let (block, snapshot) = draft.seal();
            // As in a real node, a branch is heard of as the best one when it is the longer one.
            view.extend(Arc::new(block), snapshot, nth == depth);
        }
        view.finalize(self.lag());
        let view = self.publish(view);
        self.retract(&mut pool, &turn.retracted, &view);
        pool.follow(&view);
        self.offers.send_modify(|count| *count += 1);
        Ok(view.best().hash)
    }

    /// Lets the chain go on from another block, even before a final one.
    ///
    /// # Errors
    /// The block or its state is not there.
    pub(crate) fn set_head(&self, hash: Hash) -> Result<(), StateError> {
        let mut pool = self.pool();
        let mut view = View::clone(&self.view());
        let turn = view.set_head(hash)?;
        view.announce();
        view.finalize(self.lag());
        let view = self.publish(view);
        for block in &turn.enacted {
            pool.include(block, &block.transactions());
        }
        self.retract(&mut pool, &turn.retracted, &view);
        pool.follow(&view);
        self.offers.send_modify(|count| *count += 1);
        Ok(())
    }

    fn retract(&self, pool: &mut Pool, blocks: &[Arc<Block>], view: &View) {
        pool.retract(blocks, &Site::after(view));
        for block in blocks.iter().rev() {
            self.emissions().put_back(&block.evm.emissions);
        }
    }
}
