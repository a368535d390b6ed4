//! What the hotkeys of a subnet have committed.

use pylon_models::{BlockRef, Commitment, Hotkey, NetUid, RevealedCommitment};

use crate::capabilities::{COMMITTED, Entry, REVEALED};
use crate::chain::Chain;
use crate::decode::Wire;
use crate::error::ReadError;
use crate::storage::{StorageKey, behind_twox_64};

fn of_subnet<T: Wire>(entry: Entry<T>, netuid: NetUid) -> StorageKey {
    entry.key().identity(&netuid.get())
}

fn of_hotkey<T: Wire>(entry: Entry<T>, netuid: NetUid, hotkey: &Hotkey) -> StorageKey {
    of_subnet(entry, netuid).twox_64_concat(hotkey.as_bytes())
}

fn hotkey(rest: &[u8]) -> Option<Hotkey> {
    behind_twox_64(rest).map(Hotkey::from_bytes)
}

/// As the chain keeps them: what was committed, and the block at which it was opened.
fn revealed(kept: Vec<(Vec<u8>, u64)>) -> Vec<RevealedCommitment> {
    kept.into_iter()
        .map(|(data, block)| RevealedCommitment { block, data })
        .collect()
}

impl Chain {
    /// What the hotkeys of a subnet have committed at a block, in the order of the chain's keys; hotkeys that are
    /// registered no more may be among them. What was timelocked and is revealed by now stands elsewhere.
    pub async fn commitments(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Vec<Commitment>, ReadError> {
        self.pinned(block, "the commitments", |pinned| async move {
            let prefix = of_subnet(COMMITTED, netuid);
            let kept = pinned.map(COMMITTED, prefix, hotkey).await?;
            Ok(kept
                .into_iter()
                .map(|(hotkey, kept)| kept.into_commitment(hotkey))
                .collect())
        })
        .await
    }

    /// What a hotkey has committed on a subnet at a block.
    pub async fn commitment(
        &self,
        netuid: NetUid,
        hotkey: Hotkey,
        block: BlockRef,
    ) -> Result<Option<Commitment>, ReadError> {
        self.pinned(block, "the commitment", |pinned| async move {
            let key = of_hotkey(COMMITTED, netuid, &hotkey);
            let kept = pinned.find(COMMITTED, key).await?;
            Ok(kept.map(|kept| kept.into_commitment(hotkey)))
        })
        .await
    }

    /// What was timelocked by the hotkeys of a subnet and is opened by now, each one's last ten.
    pub async fn revealed_commitments(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Vec<(Hotkey, Vec<RevealedCommitment>)>, ReadError> {
        self.pinned(block, "the revealed commitments", |pinned| async move {
            let prefix = of_subnet(REVEALED, netuid);
            let kept = pinned.map(REVEALED, prefix, hotkey).await?;
            Ok(kept
                .into_iter()
                .map(|(hotkey, kept)| (hotkey, revealed(kept)))
                .collect())
        })
        .await
    }

    /// What a hotkey had timelocked on a subnet and is opened by now, the last ten.
    pub async fn revealed_commitments_of(
        &self,
        netuid: NetUid,
        hotkey: Hotkey,
        block: BlockRef,
    ) -> Result<Vec<RevealedCommitment>, ReadError> {
        self.pinned(block, "the revealed commitments", |pinned| async move {
            let key = of_hotkey(REVEALED, netuid, &hotkey);
            Ok(revealed(
                pinned.find(REVEALED, key).await?.unwrap_or_default(),
            ))
        })
        .await
    }
}
