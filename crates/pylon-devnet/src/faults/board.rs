//! Which faults are on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Fault, FaultError, Kind, Spell};
use crate::node::Node;

/// How long the port may take to open or close.
const DOOR: Duration = Duration::from_secs(5);

/// A fault that is on.
#[derive(Clone, Copy, Debug)]
struct Running {
    fault: Fault,
    until: Option<Instant>,
    left: Option<u32>,
}

/// The faults of one endpoint.
#[derive(Debug)]
pub(crate) struct Board {
    on: watch::Sender<BTreeMap<Kind, Running>>,
    /// Cancelled to drop the sockets that were accepted under it.
    sockets: Mutex<CancellationToken>,
    /// Whether the port is open.
    open: watch::Sender<bool>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            on: watch::Sender::default(),
            sockets: Mutex::default(),
            open: watch::Sender::new(true),
        }
    }
}

impl Board {
    /// Lets a fault begin.
    pub(crate) fn start(&self, spell: Spell) -> Result<(), FaultError> {
        spell.validate()?;
        let running = Running {
            fault: spell.fault,
            until: spell.time.map(|time| Instant::now() + time),
            left: spell.count,
        };
        self.on.send_modify(|on| {
            on.insert(spell.fault.kind(), running);
        });
        Ok(())
    }

    /// Ends all.
    pub(crate) fn heal(&self) {
        self.on.send_modify(BTreeMap::clear);
    }

    /// The faults that are on.
    pub(crate) fn active(&self) -> Vec<Fault> {
        let on = self.on.borrow();
        on.values()
            // What was counted out is over, but a stalled head moves with the next block.
            .filter(|running| running.left != Some(0) || running.fault == Fault::Stall)
            .map(|running| running.fault)
            .collect()
    }

    /// The fault of that kind, if it is on.
    pub(crate) fn get(&self, kind: Kind) -> Option<Fault> {
        self.on.borrow().get(&kind).map(|running| running.fault)
    }

    /// The fault of that kind, if it is on, counted as having struck once more. One that has
    /// struck as often as it should ends here.
    pub(crate) fn strike(&self, kind: Kind) -> Option<Fault> {
        // Most of the time nothing is on, and then nobody has to wait for anybody.
        self.get(kind)?;
        let mut struck = None;
        self.on.send_if_modified(|on| {
            let Some(running) = on.get_mut(&kind) else {
                return false;
            };
            // Who waits for the end of a delay waits on, though nobody else is delayed any more.
            if running.left == Some(0) && kind == Kind::Delay {
                return false;
            }
            if running.left == Some(0) {
                on.remove(&kind);
                return true;
            }
            running.left = running.left.map(|left| left.saturating_sub(1));
            struck = Some(running.fault);
            false
        });
        struck
    }

    /// Waits until a kind of fault is on, or until it is not.
    pub(crate) fn until(
        &self,
        kind: Kind,
        on: bool,
    ) -> impl Future<Output = ()> + Send + Sync + use<> {
        let mut faults = self.on.subscribe();
        async move {
            // The board is gone with its node: nothing is on any more.
            let _gone = faults.wait_for(|all| all.contains_key(&kind) == on).await;
        }
    }

    /// What is cancelled when the sockets of now are dropped.
    pub(crate) fn sockets(&self) -> CancellationToken {
        self.lock_sockets().clone()
    }

    /// Drops every socket of now.
    pub(crate) fn drop_sockets(&self) {
        std::mem::take(&mut *self.lock_sockets()).cancel();
    }

    fn lock_sockets(&self) -> std::sync::MutexGuard<'_, CancellationToken> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether the port is open.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Waits until the port is as the faults say, which may change meanwhile.
    pub(crate) async fn door(&self) -> Result<(), FaultError> {
        let (mut open, mut faults) = (self.open.subscribe(), self.on.subscribe());
        let right = async {
            while *open.borrow_and_update()
                == faults.borrow_and_update().contains_key(&Kind::Refuse)
            {
                tokio::select! {
                    _ = open.changed() => {}
                    _ = faults.changed() => {}
                }
            }
        };
        timeout(DOOR, right).await.map_err(|_| FaultError::Port)
    }

    fn next_end(&self) -> Option<Instant> {
        let on = self.on.borrow();
        on.values().filter_map(|running| running.until).min()
    }

    fn expire(&self) {
        let now = Instant::now();
        self.on.send_if_modified(|on| {
            let before = on.len();
            on.retain(|_, running| running.until.is_none_or(|until| until > now));
            on.len() < before
        });
    }
}

/// Ends faults in their time, and lets the endpoint catch up, until `stop` is cancelled.
pub(crate) async fn run(node: Arc<Node>, stop: CancellationToken) {
    let board = node.board();
    let mut changes = board.on.subscribe();
    loop {
        let end = board.next_end();
        let end = async {
            match end {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            change = changes.changed() => if change.is_err() { return },
            () = end => board.expire(),
        }
        node.catch_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refusal_that_ends_before_the_port_has_closed_leaves_nothing_to_wait_for() {
        let board = Board::default();
        board.start(Fault::Refuse.into()).unwrap();
        // Nobody has the port here, so it never closes.
        let (door, ()) = tokio::join!(board.door(), async { board.heal() });
        assert_eq!(door, Ok(()));
    }
}
