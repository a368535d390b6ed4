//! What the watchers of a transaction hear.

use serde::Serialize;
use tokio::sync::mpsc;

use crate::runtime::Hash;

/// Blocks after which a watcher stops waiting for finality, as in a real node.
pub(super) const FINALITY_TIMEOUT: u32 = 512;

/// A step in the life of a transaction, as `author_submitAndWatchExtrinsic` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    /// It waits for an earlier nonce.
    Future,
    /// The next block can take it.
    Ready,
    /// A block holds it.
    InBlock(Hash),
    /// That block is no longer part of the chain; the pool has it again.
    Retracted(Hash),
    /// That block stays.
    Finalized(Hash),
    /// That block was not finalized in time.
    FinalityTimeout(Hash),
    /// Another with the same nonce took its place.
    Usurped(Hash),
    /// What it relied on is gone.
    Invalid,
}

impl Status {
    /// Whether nothing follows.
    pub(crate) fn is_last(self) -> bool {
        !matches!(
            self,
            Self::Future | Self::Ready | Self::InBlock(_) | Self::Retracted(_)
        )
    }
}

/// Those who watch one transaction: at most one, the connection that submitted it.
#[derive(Debug, Default)]
pub(super) struct Watchers(Option<mpsc::Sender<Status>>);

impl Watchers {
    /// One watcher or none.
    pub(super) fn new(watcher: Option<mpsc::Sender<Status>>) -> Self {
        Self(watcher)
    }

    /// Whether nobody watches.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Reports a status. Who does not listen fast enough stops being told.
    pub(super) fn say(&mut self, status: Status) {
        if let Some(watcher) = &self.0
            && (watcher.try_send(status).is_err() || status.is_last())
        {
            self.0 = None;
        }
    }
}
