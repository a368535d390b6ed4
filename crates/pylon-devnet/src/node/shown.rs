//! What the main endpoint sees of the chain, and the faults that it suffers.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Node, chain::View};
use crate::faults::{FaultError, Kind, Spell, board::Board};

impl Node {
    /// Before the pool follows: who is told of a block can ask for it.
    pub(super) fn publish(&self, view: View) -> Arc<View> {
        let view = Arc::new(view);
        let before = self.views.send_replace(Arc::clone(&view));
        if before.best().hash != view.best().hash {
            self.board.strike(Kind::Stall);
        }
        self.catch_up();
        view
    }

    /// Lets the main endpoint see the chain as it is, unless it is stalled.
    pub(crate) fn catch_up(&self) {
        if self.board.get(Kind::Stall).is_some() {
            return;
        }
        let view = self.view();
        self.shown.send_if_modified(|shown| {
            let newer = view.is_after(shown);
            if newer {
                *shown = view;
            }
            newer
        });
    }

    /// The chain as the main endpoint sees it.
    pub(crate) fn shown(&self) -> watch::Receiver<Arc<View>> {
        self.shown.subscribe()
    }

    /// The main endpoint's faults.
    pub(crate) fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Lets a fault begin, and waits until the port is as it says.
    pub(crate) async fn start_fault(&self, spell: Spell) -> Result<(), FaultError> {
        self.board.start(spell)?;
        self.board.door().await
    }

    /// Ends all faults, and waits until the port is open.
    pub(crate) async fn heal(&self) -> Result<(), FaultError> {
        self.board.heal();
        self.catch_up();
        self.board.door().await
    }
}
