//! The node: one chain, one pool, and who may change them.
//!
//! Writers (making a block, editing the head, submitting) take one lock and belong on blocking
//! threads; readers take a [`View`] and never wait for them.

pub(crate) mod block;
pub(crate) mod chain;
pub(crate) mod dispatch;
pub(crate) mod epoch;
pub(crate) mod extrinsic;
mod forks;
pub(crate) mod pool;
mod pulses;
mod shown;
mod submission;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use tokio::sync::watch;

use self::{
    block::Draft,
    chain::{Block, View},
    extrinsic::Site,
    pool::Pool,
};
use crate::{
    beacon::Beacon,
    clock::{BlockTime, BlockTimeError},
    evm::{Emissions, EvmLog, LogsError},
    faults::board::Board,
    runtime::{AccountId, Hash, layout::Layout},
    state::State,
    world::{self, World},
};

/// How a node starts.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The runtime that it starts with.
    pub(crate) layout: Layout,
    /// The state that it starts from and the script that moves it.
    pub(crate) world: World,
    /// When it makes blocks.
    pub(crate) block_time: BlockTime,
    /// Blocks by which finality trails.
    pub(crate) finality_lag: u32,
    /// Chain time of the first block, milliseconds since 1970.
    pub(crate) genesis_time: u64,
    /// Whether it keeps every state.
    pub(crate) archive: bool,
}

/// A raw key and what to put there; nothing removes it.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

pub use forks::ReorganiseError;
pub use pulses::PulseError;

/// A node without its sockets.
#[derive(Debug)]
pub(crate) struct Node {
    world: World,
    block_time: watch::Sender<BlockTime>,
    finality_lag: AtomicU32,
    /// Whoever holds this is the only one to change the chain.
    pool: Mutex<Pool>,
    /// Counts what the pool was offered.
    offers: watch::Sender<u64>,
    views: watch::Sender<Arc<View>>,
    /// The chain as the main endpoint sees it.
    shown: watch::Sender<Arc<View>>,
    board: Arc<Board>,
    /// What the EVM side of the next block holds.
    emissions: Mutex<Emissions>,
    halted: AtomicBool,
    beacon: Beacon,
    /// Rounds whose pulses the next block stores, whatever the clock says.
    rounds: Mutex<BTreeSet<u64>>,
    /// The runtime that the next block sets.
    upgrade: Mutex<Option<Layout>>,
}

impl Node {
    /// A node at its first block.
    pub(crate) fn new(settings: Settings) -> Self {
        let mut state = world::genesis_at(&settings.world, settings.genesis_time);
        settings.layout.install(&mut state);
        settings.layout.begin(&mut state);
        let (block, snapshot) = block::genesis(state);
        let view = Arc::new(View::new(block, snapshot, settings.archive));
        Self {
            beacon: settings.world.beacon(),
            rounds: Mutex::default(),
            world: settings.world,
            block_time: watch::Sender::new(settings.block_time),
            finality_lag: AtomicU32::new(settings.finality_lag),
            pool: Mutex::default(),
            offers: watch::Sender::new(0),
            shown: watch::Sender::new(Arc::clone(&view)),
            views: watch::Sender::new(view),
            board: Arc::default(),
            emissions: Mutex::default(),
            halted: AtomicBool::new(false),
            upgrade: Mutex::default(),
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

    /// When blocks are made, now and later.
    pub(crate) fn block_times(&self) -> watch::Receiver<BlockTime> {
        self.block_time.subscribe()
    }

    /// Changes when blocks are made, and how far chain time moves with each.
    ///
    /// # Errors
    /// The time is out of its range.
    pub(crate) fn set_block_time(&self, time: BlockTime) -> Result<(), BlockTimeError> {
        time.validate()?;
        self.block_time.send_replace(time);
        Ok(())
    }

    /// Changes by how many blocks finality trails. What is final stays so.
    pub(crate) fn set_finality_lag(&self, blocks: u32) {
        let mut pool = self.pool();
        self.finality_lag.store(blocks, Ordering::Relaxed);
        let mut view = View::clone(&self.view());
        view.finalize(blocks);
        let view = self.publish(view);
        pool.settle(&view);
    }

    /// Counts what the pool was offered: it changes when there may be something to include.
    pub(crate) fn offers(&self) -> watch::Receiver<u64> {
        self.offers.subscribe()
    }

    /// A panic while the lock was held leaves at worst a transaction less in the pool: the chain
    /// itself changes in one assignment.
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn emissions(&self) -> MutexGuard<'_, Emissions> {
        self.emissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn rounds(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a made-up transaction of the next block have logged something on the EVM side.
    pub(crate) fn add_logs(&self, logs: Vec<EvmLog>) -> Result<Hash, LogsError> {
        let transaction = self.emissions().add(logs)?;
        self.offers.send_modify(|count| *count += 1);
        Ok(transaction)
    }

    fn lag(&self) -> u32 {
        self.finality_lag.load(Ordering::Relaxed)
    }

    fn step(&self) -> u64 {
        self.block_time.borrow().step()
    }

    /// Makes one block.
    pub(crate) fn make_block(&self) -> Arc<Block> {
        self.make_block_of(&mut self.pool()).0
    }

    /// Makes one block if the pool has something for it. Returns whether the block took any.
    pub(crate) fn make_block_of_ready(&self) -> bool {
        let mut pool = self.pool();
        let ready = pool.ready(&self.view().best_snapshot().state);
        let some = !ready.is_empty() || !self.emissions().is_empty() || !self.rounds().is_empty();
        some && self.make_block_of(&mut pool).1
    }

    fn make_block_of(&self, pool: &mut Pool) -> (Arc<Block>, bool) {
        let parent = self.view();
        let mut draft = Draft::begin(&parent, &self.world, self.step(), 0);
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
        if let Some(layout) = self.next_upgrade().take() {
            draft.upgrade(layout);
        }
        let emissions = self.emissions().take();
        let asked = !self.rounds().is_empty();
        let some = asked || !included.is_empty() || !emissions.is_empty();
        draft.emit(emissions);
        draft.store_pulses(&self.beacon, |state| self.take_rounds(state));
        let (block, snapshot) = draft.seal();
        let block = Arc::new(block);
        let mut view = View::clone(&parent);
        view.extend(Arc::clone(&block), snapshot, true);
        view.finalize(self.lag());
        let view = self.publish(view);
        pool.include(&block, &included);
        pool.follow(&view);
        (block, some)
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

    fn next_upgrade(&self) -> MutexGuard<'_, Option<Layout>> {
        self.upgrade.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the runtime: with the next block where blocks come by themselves, else with one made
    /// at once.
    pub(crate) fn upgrade(&self, layout: Layout) {
        *self.next_upgrade() = Some(layout);
        if !matches!(*self.block_time.borrow(), BlockTime::Every(_)) {
            self.make_block();
        }
    }

    /// Changes the best block's state in place.
    pub(crate) fn set_storage(&self, changes: &[Change]) -> Hash {
        let mut pool = self.pool();
        let mut view = View::clone(&self.view());
        view.edit(changes);
        let view = self.publish(view);
        pool.revalidate(&Site::after(&view));
        view.best().hash
    }

    /// The layout of the runtime that runs on the best block's state.
    pub(crate) fn layout(&self) -> Layout {
        Layout::of(&self.view().best_snapshot().state)
    }

    /// The bytes of what the next block would hold.
    pub(crate) fn pending(&self) -> Vec<Arc<[u8]>> {
        let pool = self.pool();
        pool.ready(&self.view().best_snapshot().state)
            .into_iter()
            .map(|transaction| Arc::clone(&transaction.bytes))
            .collect()
    }

    /// The nonce of an account's next transaction, counted from that state.
    pub(crate) fn next_nonce(&self, account: &AccountId, state: &State) -> u32 {
        self.pool().next_nonce(account, state)
    }
}
