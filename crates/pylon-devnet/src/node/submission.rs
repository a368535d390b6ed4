//! Extrinsics that clients submit, and what may happen to them on the way.

use tokio::sync::mpsc;

use super::{
    Node,
    extrinsic::{Extrinsic, Site},
    pool::{Pool, Status, SubmitError},
};
use crate::{
    faults::{Fault, Kind, board::Board},
    runtime::Hash,
};

impl Node {
    /// Offers an extrinsic to the pool, under the faults of the endpoint that it came by.
    pub(crate) fn submit(
        &self,
        extrinsic: Extrinsic,
        watcher: Option<mpsc::Sender<Status>>,
        faults: Option<&Board>,
    ) -> Result<Hash, SubmitError> {
        let mut pool = self.pool();
        let view = self.view();
        let site = Site::after(&view);
        let again = faults
            .filter(|board| board.get(Kind::DuplicateExtrinsic).is_some())
            .map(|_| extrinsic.clone());
        let hash = pool.submit(extrinsic, &site, watcher)?;
        // No block comes in between: the pool is locked.
        if let Some(board) = faults {
            suffer(board, &mut pool, hash, site.number);
        }
        let answer = match (faults, again) {
            (Some(board), Some(again)) if board.strike(Kind::DuplicateExtrinsic).is_some() => {
                pool.submit(again, &site, None)
            }
            _ => Ok(hash),
        };
        drop(pool);
        self.offers.send_modify(|count| *count += 1);
        answer
    }
}

/// What the faults do to an extrinsic that the pool has just taken for the block at `number`.
fn suffer(board: &Board, pool: &mut Pool, hash: Hash, number: u32) {
    if board.strike(Kind::LostExtrinsic).is_some() {
        pool.forget(&hash);
    }
    if let Some(Fault::LateInclusion { blocks }) = board.strike(Kind::LateInclusion) {
        pool.hold(&hash, number.saturating_add(blocks));
    }
    if board.strike(Kind::DroppedSubmission).is_some() {
        board.drop_sockets();
    }
}
