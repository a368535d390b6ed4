//! Sealed commits that wait for their reveal.

use pylon_models::{BlockNumber, BlockRef, Hotkey, MechId, NetUid};

use crate::capabilities::TIMELOCKED_COMMITS;
use crate::chain::Chain;
use crate::error::ReadError;
use crate::matrix::storage_index;
use crate::timelock::commit_digest;

/// A sealed commit that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCommit {
    /// Whose.
    pub hotkey: Hotkey,
    /// The block that holds it.
    pub block: BlockNumber,
    /// What [`commit_digest`] says of it.
    pub digest: String,
    /// The round that opens it.
    pub round: u64,
}

impl Chain {
    /// The sealed commits that wait at a block, of those that were made for one epoch of a subnet's mechanism; none on a
    /// runtime that has no such commits. The chain keeps each until it opens or drops it.
    pub async fn waiting_commits(
        &self,
        block: BlockRef,
        netuid: NetUid,
        mechanism: MechId,
        epoch: u64,
    ) -> Result<Vec<WaitingCommit>, ReadError> {
        self.pinned(block, "waiting commits", |pinned| async move {
            if !pinned.has_entry(TIMELOCKED_COMMITS) {
                return Ok(Vec::new());
            }
            let index = storage_index(netuid, mechanism);
            let key = TIMELOCKED_COMMITS.key().twox_64_concat(&index);
            let kept = pinned
                .find(TIMELOCKED_COMMITS, key.twox_64_concat(&epoch))
                .await?;
            let commits = kept.into_iter().flatten();
            Ok(commits
                .map(|(hotkey, block, commit, round)| WaitingCommit {
                    hotkey: Hotkey::from_bytes(hotkey),
                    block: BlockNumber::saturating(block),
                    digest: commit_digest(&commit),
                    round,
                })
                .collect())
        })
        .await
    }
}
