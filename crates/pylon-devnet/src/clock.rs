//! The clock that makes blocks by itself.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::node::Node;

/// Makes a block every `period` until `stop` is cancelled. A block that dies is logged, and the
/// next one is made in its time.
pub(crate) async fn run(node: Arc<Node>, period: Duration, stop: CancellationToken) {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let node = Arc::clone(&node);
        if let Err(error) = tokio::task::spawn_blocking(move || node.make_block()).await {
            tracing::error!(%error, "no block was made");
        }
    }
}
