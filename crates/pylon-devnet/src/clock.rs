//! The clock that makes blocks by itself.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use crate::node::Node;

/// Chain time between blocks that are not made by a clock.
const STEP: Duration = Duration::from_secs(12);
/// The shortest time between two blocks.
const SHORTEST: Duration = Duration::from_millis(20);
/// The longest: a real chain's.
const LONGEST: Duration = Duration::from_secs(12);

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockTime {
    /// When [`Devnet::new_blocks`](crate::Devnet::new_blocks) or `dev_newBlock` asks; chain time
    /// then moves 12 s a block.
    Manual,
    /// As soon as the pool holds a transaction that can be included, and when asked; chain time
    /// moves as above.
    Instant,
    /// By themselves, every so often (20 ms to 12 s); chain time moves as much.
    Every(Duration),
}

/// A block time that is too short or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block time of {0:?} is not between 20 ms and 12 s")]
pub struct BlockTimeError(Duration);

impl BlockTime {
    /// Chain time from one block to the next, milliseconds.
    pub(crate) fn step(self) -> u64 {
        let step = match self {
            Self::Manual | Self::Instant => STEP,
            Self::Every(period) => period,
        };
        u64::try_from(step.as_millis()).unwrap_or(u64::MAX)
    }

    /// Checks its range.
    pub(crate) fn validate(self) -> Result<(), BlockTimeError> {
        match self {
            Self::Every(period) if !(SHORTEST..=LONGEST).contains(&period) => {
                Err(BlockTimeError(period))
            }
            Self::Every(_) | Self::Manual | Self::Instant => Ok(()),
        }
    }
}

/// Makes blocks as the node's block time says until `stop` is cancelled. A block that dies is
/// logged, and the next one is made in its time.
pub(crate) async fn run(node: Arc<Node>, stop: CancellationToken) {
    let mut times = node.block_times();
    loop {
        let time = *times.borrow_and_update();
        let beat = async {
            match time {
                BlockTime::Manual => std::future::pending().await,
                BlockTime::Instant => follow_pool(&node).await,
                BlockTime::Every(period) => tick(&node, period).await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            change = times.changed() => if change.is_err() { return },
            () = beat => return,
        }
    }
}

async fn tick(node: &Arc<Node>, period: Duration) {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        make_block(node, Node::make_block).await;
    }
}

async fn follow_pool(node: &Arc<Node>) {
    let mut offers: watch::Receiver<u64> = node.offers();
    loop {
        offers.borrow_and_update();
        // A pool that fills more than one block empties at once; one that fills none waits.
        if make_block(node, Node::make_block_of_ready).await != Some(true)
            && offers.changed().await.is_err()
        {
            return;
        }
    }
}

async fn make_block<T: Send + 'static>(node: &Arc<Node>, make: fn(&Node) -> T) -> Option<T> {
    let node = Arc::clone(node);
    tokio::task::spawn_blocking(move || make(&node))
        .await
        .inspect_err(|error| tracing::error!(%error, "no block was made"))
        .ok()
}
