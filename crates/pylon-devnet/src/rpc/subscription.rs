//! Subscriptions: each follows the chain at its own pace and queues nothing.
//!
//! A subscriber that does not read holds its task at one message; past [`SLOW`] it is dropped.

use std::{sync::Arc, time::Duration};

use jsonrpsee::server::{PendingSubscriptionSink, SubscriptionSink};
use serde::Serialize;
use tokio::sync::watch;

use crate::node::chain::View;

/// How long a message may wait for a subscriber to read.
const SLOW: Duration = Duration::from_secs(60);

/// The subscriber is gone, or as good as.
pub(super) struct Gone;

/// Sends one notification.
pub(super) async fn notify(sink: &SubscriptionSink, message: &impl Serialize) -> Result<(), Gone> {
    let message = serde_json::value::to_raw_value(message).map_err(|_| Gone)?;
    sink.send_timeout(message, SLOW).await.map_err(|_| Gone)
}

/// Waits for the chain to change while somebody listens.
pub(super) async fn changed(
    sink: &SubscriptionSink,
    views: &mut watch::Receiver<Arc<View>>,
) -> Result<(), Gone> {
    tokio::select! {
        () = sink.closed() => Err(Gone),
        change = views.changed() => change.map_err(|_| Gone),
    }
}

/// Sends the best block's header, then the header of every block that comes: of all, or of those
/// that became the best one.
pub(super) async fn heads(
    pending: PendingSubscriptionSink,
    mut views: watch::Receiver<Arc<View>>,
    all: bool,
) -> Result<(), Gone> {
    // Taken before the subscriber hears that it is one: no head after that is missed.
    let first = Arc::clone(&views.borrow_and_update());
    let mut seen = first.arrivals();
    let sink = pending.accept().await.map_err(|_| Gone)?;
    notify(&sink, &first.best().header).await?;
    drop(first);
    loop {
        changed(&sink, &mut views).await?;
        let view = Arc::clone(&views.borrow_and_update());
        for block in view.arrived_since(seen, all) {
            notify(&sink, &block.header).await?;
        }
        seen = view.arrivals();
    }
}

/// Sends the newest final block's header, then every one that becomes final.
pub(super) async fn finalized(
    pending: PendingSubscriptionSink,
    mut views: watch::Receiver<Arc<View>>,
) -> Result<(), Gone> {
    let mut told = Arc::clone(views.borrow_and_update().finalized());
    let sink = pending.accept().await.map_err(|_| Gone)?;
    notify(&sink, &told.header).await?;
    loop {
        changed(&sink, &mut views).await?;
        let view = Arc::clone(&views.borrow_and_update());
        let newest = view.finalized();
        // Only a head that was set by hand takes finality back.
        if !view.is_canonical(&told) || newest.number() < told.number() {
            notify(&sink, &newest.header).await?;
        } else {
            for number in told.number().saturating_add(1)..=newest.number() {
                if let Some(block) = view.at(number) {
                    notify(&sink, &block.header).await?;
                }
            }
        }
        told = Arc::clone(newest);
    }
}
