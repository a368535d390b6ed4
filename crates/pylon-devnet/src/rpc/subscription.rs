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

/// Sends the header at `height` and every one after it as that grows.
pub(super) async fn headers(
    pending: PendingSubscriptionSink,
    mut views: watch::Receiver<Arc<View>>,
    height: fn(&View) -> u32,
) -> Result<(), Gone> {
    // Taken before the subscriber hears that it is one: no head after that is missed.
    let mut next = height(&views.borrow());
    let sink = pending.accept().await.map_err(|_| Gone)?;
    loop {
        let view = Arc::clone(&views.borrow_and_update());
        while next <= height(&view) {
            if let Some(block) = view.at(next) {
                notify(&sink, &block.header).await?;
            }
            next = next.saturating_add(1);
        }
        changed(&sink, &mut views).await?;
    }
}
