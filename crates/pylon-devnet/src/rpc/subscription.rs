//! Subscriptions: each follows the chain at its own pace and queues nothing.
//!
//! A subscriber that does not read holds its task at one message; past [`SLOW`] it is dropped.

use std::{sync::Arc, time::Duration};

use jsonrpsee::server::{PendingSubscriptionSink, SubscriptionSink};
use serde_json::value::RawValue;

use super::endpoint::Feed;

/// How long a message may wait for a subscriber to read.
const SLOW: Duration = Duration::from_secs(60);

/// The subscriber is gone, or as good as.
pub(super) struct Gone;

/// Sends one notification.
pub(super) async fn send(sink: &SubscriptionSink, message: Box<RawValue>) -> Result<(), Gone> {
    sink.send_timeout(message, SLOW).await.map_err(|_| Gone)
}

/// Sends the best block's header, then the header of every block that comes: of all, or of those
/// that became the best one.
pub(super) async fn heads(
    pending: PendingSubscriptionSink,
    mut feed: Feed,
    all: bool,
) -> Result<(), Gone> {
    // Taken before the subscriber hears that it is one: no head after that is missed.
    let first = feed.latest();
    let mut seen = first.arrivals();
    let sink = pending.accept().await.map_err(|_| Gone)?;
    feed.notify(&sink, &first.best().header).await?;
    drop(first);
    loop {
        feed.changed(&sink).await?;
        let view = feed.latest();
        for block in view.arrived_since(seen, all) {
            feed.notify(&sink, &block.header).await?;
        }
        seen = view.arrivals();
    }
}

/// Sends the newest final block's header, then every one that becomes final.
pub(super) async fn finalized(
    pending: PendingSubscriptionSink,
    mut feed: Feed,
) -> Result<(), Gone> {
    let mut told = Arc::clone(feed.latest().finalized());
    let sink = pending.accept().await.map_err(|_| Gone)?;
    feed.notify(&sink, &told.header).await?;
    loop {
        feed.changed(&sink).await?;
        let view = feed.latest();
        let newest = view.finalized();
        // Only a head that was set by hand takes finality back.
        if !view.is_canonical(&told) || newest.number() < told.number() {
            feed.notify(&sink, &newest.header).await?;
        } else {
            for number in told.number().saturating_add(1)..=newest.number() {
                if let Some(block) = view.at(number) {
                    feed.notify(&sink, &block.header).await?;
                }
            }
        }
        told = Arc::clone(newest);
    }
}
