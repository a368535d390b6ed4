//! An endpoint: one of the node's two sights of the chain.
//!
//! The main one forgets old states and suffers the faults; the archive keeps all and suffers none.

use std::sync::Arc;

use jsonrpsee::server::SubscriptionSink;
use serde::Serialize;
use tokio::sync::watch;

use super::{
    spoil,
    subscription::{Gone, send},
};
use crate::{
    faults::{Fault, Kind, board::Board},
    node::{
        Node,
        chain::{KEPT_STATES, View},
    },
};

/// What an endpoint shows of the chain.
#[derive(Clone, Debug)]
struct Sight {
    /// The faults, at the main endpoint.
    board: Option<Arc<Board>>,
}

impl Sight {
    fn of(&self, view: &Arc<View>) -> Arc<View> {
        let kept =
            self.board
                .as_ref()
                .map_or(u32::MAX, |board| match board.get(Kind::DiscardedState) {
                    Some(Fault::DiscardedState { kept }) => kept,
                    _ => KEPT_STATES,
                });
        view.showing(kept)
    }
}

/// What the methods of one endpoint work on.
#[derive(Debug)]
pub(crate) struct Endpoint {
    node: Arc<Node>,
    sight: Sight,
}

impl Endpoint {
    /// The endpoint that clients use.
    pub(crate) fn main(node: Arc<Node>) -> Self {
        let board = Some(Arc::clone(node.board()));
        Self {
            node,
            sight: Sight { board },
        }
    }

    /// The endpoint that keeps all.
    pub(crate) fn archive(node: Arc<Node>) -> Self {
        Self {
            node,
            sight: Sight { board: None },
        }
    }

    /// The node behind it, for what changes the chain.
    pub(super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The faults that it suffers.
    pub(super) fn faults(&self) -> Option<&Board> {
        self.sight.board.as_deref()
    }

    fn views(&self) -> watch::Receiver<Arc<View>> {
        match self.sight.board {
            Some(_) => self.node.shown(),
            None => self.node.views(),
        }
    }

    /// The chain as it shows it.
    pub(super) fn view(&self) -> Arc<View> {
        self.sight.of(&self.views().borrow())
    }

    /// The chain as it shows it, now and later. Does not keep the node alive.
    pub(super) fn feed(&self) -> Feed {
        Feed {
            views: self.views(),
            sight: self.sight.clone(),
        }
    }
}

/// The chain as an endpoint shows it, and those who follow it there.
#[derive(Debug)]
pub(super) struct Feed {
    views: watch::Receiver<Arc<View>>,
    sight: Sight,
}

impl Feed {
    /// The chain as it is shown now.
    pub(super) fn latest(&mut self) -> Arc<View> {
        self.sight.of(&self.views.borrow_and_update())
    }

    /// Waits for the chain to change while somebody listens.
    pub(super) async fn changed(&mut self, sink: &SubscriptionSink) -> Result<(), Gone> {
        tokio::select! {
            () = sink.closed() => Err(Gone),
            change = self.views.changed() => change.map_err(|_| Gone),
        }
    }

    /// Waits while the endpoint's head is stalled and somebody listens.
    pub(super) async fn moving(&self, sink: &SubscriptionSink) -> Result<(), Gone> {
        let Some(board) = &self.sight.board else {
            return Ok(());
        };
        tokio::select! {
            () = sink.closed() => Err(Gone),
            () = board.until(Kind::Stall, false) => Ok(()),
        }
    }

    /// Sends one notification.
    pub(super) async fn notify(
        &self,
        sink: &SubscriptionSink,
        message: &impl Serialize,
    ) -> Result<(), Gone> {
        let spoilt = self
            .sight
            .board
            .as_ref()
            .and_then(|board| board.strike(Kind::TruncatedHex));
        let message = match spoilt {
            None => serde_json::value::to_raw_value(message),
            Some(_) => serde_json::to_value(message)
                .and_then(|message| serde_json::value::to_raw_value(&spoil::cut_hex(message))),
        };
        send(sink, message.map_err(|_| Gone)?).await
    }
}
