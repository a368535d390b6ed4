//! Childkeys of all subnets: who gives stake to whom, now and soon.

use std::collections::{BTreeMap, BTreeSet};

use pylon_models::{
    BlockRef, Children, Hotkey, NetUid, Parents, PendingChildren, Proportion, Take,
};

use crate::capabilities::{CHILDKEY_TAKES, CHILDREN, PARENTS, PENDING_CHILDREN, SUSPENDED_PARENTS};
use crate::chain::Chain;
use crate::error::ReadError;
use crate::storage::behind_blake2_128;

/// As the chain keeps relations: proportion of `u64::MAX`, and the key at the other end.
pub(crate) type Relations = Vec<(u64, [u8; 32])>;

fn relations(kept: Relations) -> Vec<(Proportion, Hotkey)> {
    kept.into_iter()
        .map(|(proportion, key)| (Proportion::new(proportion), Hotkey::from_bytes(key)))
        .collect()
}

/// A hotkey behind its hash, then a netuid.
fn hotkey_and_netuid(rest: &[u8]) -> Option<(Hotkey, NetUid)> {
    let (hotkey, netuid) = rest.split_last_chunk::<2>()?;
    Some((
        Hotkey::from_bytes(behind_blake2_128(hotkey)?),
        NetUid::new(u16::from_le_bytes(*netuid)),
    ))
}

/// The same the other way round.
fn netuid_and_hotkey(rest: &[u8]) -> Option<(NetUid, Hotkey)> {
    let (netuid, hotkey) = rest.split_first_chunk::<2>()?;
    Some((
        NetUid::new(u16::from_le_bytes(*netuid)),
        Hotkey::from_bytes(behind_blake2_128(hotkey)?),
    ))
}

impl Chain {
    /// Every parent's children on every subnet at a block, those of suspended parents too.
    pub async fn children(&self, block: BlockRef) -> Result<Vec<Children>, ReadError> {
        self.pinned(block, "the childkeys", |pinned| async move {
            let kept = pinned
                .map(CHILDREN, CHILDREN.key(), hotkey_and_netuid)
                .await?;
            Ok(kept
                .into_iter()
                .map(|((parent, netuid), kept)| Children {
                    parent,
                    netuid,
                    children: relations(kept),
                })
                .collect())
        })
        .await
    }

    /// Every child's parents on every subnet at a block.
    pub async fn parents(&self, block: BlockRef) -> Result<Vec<Parents>, ReadError> {
        self.pinned(block, "the parentkeys", |pinned| async move {
            let kept = pinned
                .map(PARENTS, PARENTS.key(), hotkey_and_netuid)
                .await?;
            Ok(kept
                .into_iter()
                .map(|((child, netuid), kept)| Parents {
                    child,
                    netuid,
                    parents: relations(kept),
                })
                .collect())
        })
        .await
    }

    /// Children that wait for their block, on every subnet, at a block.
    pub async fn pending_children(
        &self,
        block: BlockRef,
    ) -> Result<Vec<PendingChildren>, ReadError> {
        self.pinned(block, "the pending childkeys", |pinned| async move {
            let kept = pinned
                .map(PENDING_CHILDREN, PENDING_CHILDREN.key(), netuid_and_hotkey)
                .await?;
            Ok(kept
                .into_iter()
                .map(
                    |((netuid, parent), (kept, cooldown_block))| PendingChildren {
                        parent,
                        netuid,
                        children: relations(kept),
                        cooldown_block,
                    },
                )
                .collect())
        })
        .await
    }

    /// The takes that children have set, by hotkey and subnet, at a block. One that is lower than the chain's or
    /// the subnet's least counts as that.
    pub async fn childkey_takes(
        &self,
        block: BlockRef,
    ) -> Result<BTreeMap<(Hotkey, NetUid), Take>, ReadError> {
        self.pinned(block, "the childkey takes", |pinned| async move {
            let kept = pinned
                .map(CHILDKEY_TAKES, CHILDKEY_TAKES.key(), hotkey_and_netuid)
                .await?;
            Ok(kept
                .into_iter()
                .map(|(whose, take)| (whose, Take::new(take)))
                .collect())
        })
        .await
    }

    /// Parents whose relations count for nothing at a block, but on subnets that they own, because their stake is too
    /// small. Runtimes before August 2026 suspend nobody.
    pub async fn suspended_parents(&self, block: BlockRef) -> Result<BTreeSet<Hotkey>, ReadError> {
        self.pinned(block, "the suspended parents", |pinned| async move {
            if !pinned.has_entry(SUSPENDED_PARENTS) {
                return Ok(BTreeSet::new());
            }
            let hotkey = |rest: &[u8]| behind_blake2_128(rest).map(Hotkey::from_bytes);
            let kept = pinned
                .map(SUSPENDED_PARENTS, SUSPENDED_PARENTS.key(), hotkey)
                .await?;
            Ok(kept.into_iter().map(|(hotkey, ())| hotkey).collect())
        })
        .await
    }
}
