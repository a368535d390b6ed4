//! The node: one chain, one pool, and who may change them.
//!
//! Writers (making a block, editing the head, submitting) take one lock and belong on blocking
//! threads; readers take a [`View`] and never wait for them.

pub(crate) mod block;
pub(crate) mod chain;
pub(crate) mod dispatch;
pub(crate) mod extrinsic;
pub(crate) mod pool;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{mpsc, watch};

use self::{
    block::Draft,
    chain::{Block, View},
    extrinsic::{Extrinsic, Site},
    pool::{Pool, Status, SubmitError},
};
use crate::{
    runtime::{AccountId, Hash, timestamp},
    world::{self, World},
};

/// How a node behaves.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The state that it starts from and the script that moves it.
    pub(crate) world: World,
    /// Blocks by which finality trails.
    pub(crate) finality_lag: u32,
    /// Chain time between two blocks, milliseconds.
    pub(crate) step: u64,
    /// Chain time of the first block, milliseconds since 1970.
    pub(crate) genesis_time: u64,
}

/// A raw key and what to put there; nothing removes it.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// A node without its socket.
#[derive(Debug)]
pub(crate) struct Node {
    settings: Settings,
    /// Whoever holds this is the only one to change the chain.
    pool: Mutex<Pool>,
    views: watch::Sender<Arc<View>>,
    halted: AtomicBool,
}

impl Node {
    /// A node at its first block.
    pub(crate) fn new(settings: Settings) -> Self {
        let mut state = world::genesis(&settings.world);
        if !timestamp::NOW.contains(&state, ()) {
            timestamp::NOW.put(&mut state, (), settings.genesis_time);
        }
        let (block, snapshot) = block::genesis(state);
        let (views, _) = watch::channel(Arc::new(View::new(block, snapshot)));
        Self {
            settings,
            pool: Mutex::default(),
            views,
            halted: AtomicBool::new(false),
        }
    }

    /// Ends a run of [`make_blocks`](Self::make_blocks) after the block that it is at.
    pub(crate) fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// The chain as it stands.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.views.borrow())
    }

    /// The chain as it stands and as it will.
    pub(crate) fn views(&self) -> watch::Receiver<Arc<View>> {
        self.views.subscribe()
    }

    /// A panic while the lock was held leaves at worst a transaction less in the pool: the chain
    /// itself changes in one assignment.
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one block.
    pub(crate) fn make_block(&self) -> Arc<Block> {
        let mut pool = self.pool();
        let parent = self.view();
        let mut draft = Draft::begin(&parent, &self.settings.world, self.settings.step);
        let mut included = Vec::new();
        for transaction in pool.ready(&parent.best_snapshot().state) {
            if !draft.has_room(&transaction) {
                break;
            }
            // What became invalid is dropped when the pool follows.
            if draft.apply(&transaction).is_ok() {
                included.push(transaction);
            }
        }
        let (block, snapshot) = draft.seal();
        let block = Arc::new(block);
        let mut view = View::clone(&parent);
        view.extend(Arc::clone(&block), snapshot, self.settings.finality_lag);
        let view = Arc::new(view);
        // Published before watchers hear of it: who is told of a block can ask for it.
        self.views.send_replace(Arc::clone(&view));
        pool.follow(&view, &included);
        block
    }

    /// Makes blocks, one after the other, and returns the best block's hash.
    pub(crate) fn make_blocks(&self, count: u32) -> Hash {
        for _ in 0..count {
            if self.halted.load(Ordering::Relaxed) {
                break;
            }
            self.make_block();
        }
        self.view().best().hash
    }

    /// Changes the best block's state in place.
    pub(crate) fn set_storage(&self, changes: &[Change]) -> Hash {
        let mut pool = self.pool();
        let mut view = View::clone(&self.view());
        view.edit(changes);
        let view = Arc::new(view);
        self.views.send_replace(Arc::clone(&view));
        pool.revalidate(&Site::after(&view));
        view.best().hash
    }

    /// Offers an extrinsic to the pool.
    pub(crate) fn submit(
        &self,
        extrinsic: Extrinsic,
        watcher: Option<mpsc::Sender<Status>>,
    ) -> Result<Hash, SubmitError> {
        let mut pool = self.pool();
        let view = self.view();
        pool.submit(extrinsic, &Site::after(&view), watcher)
    }

    /// The bytes of what the next block would hold.
    pub(crate) fn pending(&self) -> Vec<Arc<[u8]>> {
        let pool = self.pool();
        pool.ready(&self.view().best_snapshot().state)
            .into_iter()
            .map(|transaction| Arc::clone(&transaction.bytes))
            .collect()
    }

    /// The nonce of an account's next transaction.
    pub(crate) fn next_nonce(&self, account: &AccountId) -> u32 {
        let pool = self.pool();
        pool.next_nonce(account, &self.view().best_snapshot().state)
    }
}
