//! Which blocks make up an epoch, and whether a validator's weights stand in it.

use pylon_models::{BlockNumber, BlockRef, Epochs, Hotkey, MechId, NetUid};

use crate::capabilities::{BLOCK_AT_REGISTRATION, LAST_UPDATE, NETWORKS_ADDED, UIDS};
use crate::chain::Chain;
use crate::error::ReadError;
use crate::matrix::storage_index;
use crate::snapshot::schedule_keys;

/// Blocks that are looked at to find an epoch's end. One or two tell it, unless its owner moves it or the chain puts
/// it off again and again.
const MOST_LOOKS: usize = 16;

/// The blocks of one epoch: from the one that runs it to the one before the next is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochSpan {
    /// Its first block. Where the owner changed the tempo in its midst, the block of that: the chain counts from there.
    pub first: u64,
    /// Its last block, or the head while it goes on.
    pub last: BlockRef,
    /// Whether it is over.
    pub is_over: bool,
}

impl Chain {
    /// When a subnet runs its epochs, as it stands at a block; `None` where there is no such subnet then.
    pub async fn epochs(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Option<Epochs>, ReadError> {
        self.routed(block, |chain| async move {
            let runtime = chain.runtime_here(block.hash).await?;
            let [tempo, last, pending, index, since] = schedule_keys(netuid);
            let added = NETWORKS_ADDED.key().identity(&netuid.get());
            let keys = [added, tempo, last, pending, index, since];
            let values = chain.rpc().storage(&keys, block.hash).await;
            let [added, schedule @ ..] = values.map_err(ReadError::at(block.hash))?;
            let unreadable = |source| ReadError::Decode {
                what: "the epoch schedule",
                block: block.hash,
                source,
            };
            let exists = runtime
                .stored_or_default(NETWORKS_ADDED, added.as_deref())
                .map_err(unreadable)?;
            if !exists {
                return Ok(None);
            }
            let epochs = runtime.epochs(netuid, schedule.each_ref().map(Option::as_deref));
            epochs.map(Some).map_err(unreadable)
        })
        .await
    }

    /// The epoch of a subnet that holds a block, as far as the chain has come at `head`; `None` where there is no such
    /// subnet at that block.
    pub async fn epoch_of(
        &self,
        netuid: NetUid,
        block: BlockRef,
        head: BlockRef,
    ) -> Result<Option<EpochSpan>, ReadError> {
        let Some(epochs) = self.epochs(netuid, block).await? else {
            return Ok(None);
        };
        let number = u64::from(block.number);
        match epochs {
            Epochs::Kept(schedule, _) => {
                let first = schedule.last_epoch_block;
                self.kept_span(netuid, first, block, head, epochs.next_epoch(number))
                    .await
                    .map(Some)
            }
            Epochs::Fixed(schedule) => {
                let (first, next) = schedule.bounds_of(number);
                let last = next.saturating_sub(1).min(head.number.into());
                Ok(Some(EpochSpan {
                    first,
                    last: self.block_at(BlockNumber::saturating(last), head).await?,
                    is_over: last < head.number.into(),
                }))
            }
        }
    }

    /// A kept schedule can change after a block, so where the epoch ended is seen and not foretold: the first block at
    /// which the chain names another last epoch is in a later one.
    async fn kept_span(
        &self,
        netuid: NetUid,
        first: u64,
        block: BlockRef,
        head: BlockRef,
        next: Option<u64>,
    ) -> Result<EpochSpan, ReadError> {
        let end = u64::from(head.number);
        // The last block that is known to be of the epoch, and the first that is known not to be.
        let (mut last, mut later) = (block, None);
        let mut next = next;
        for _ in 0..MOST_LOOKS {
            let known = u64::from(last.number);
            let look = match later {
                None if known >= end => break,
                None => next.unwrap_or(end).clamp(known + 1, end),
                Some(later) if known + 1 >= later => break,
                Some(later) => later - 1,
            };
            let at = self.block_at(BlockNumber::saturating(look), head).await?;
            // A subnet that is gone has no epochs any more.
            let epochs = self.epochs(netuid, at).await?;
            let started = epochs.as_ref().map_or(Some(look), |epochs| {
                let schedule = epochs.schedule()?;
                (schedule.last_epoch_block > first).then_some(schedule.last_epoch_block)
            });
            match started {
                Some(started) => later = Some(started.clamp(known + 1, look)),
                None => {
                    last = at;
                    next = epochs.and_then(|epochs| epochs.next_epoch(look));
                }
            }
        }
        Ok(EpochSpan {
            first,
            last,
            is_over: later.is_some(),
        })
    }

    /// The block at which a hotkey last set or committed weights for a mechanism, as it stands at a block; `None`
    /// where it is not registered, or has not done so since it was.
    pub async fn last_update(
        &self,
        netuid: NetUid,
        mechanism: MechId,
        hotkey: Hotkey,
        block: BlockRef,
    ) -> Result<Option<u64>, ReadError> {
        self.pinned(block, "the last update", |pinned| async move {
            let key = UIDS.key().identity(&netuid.get());
            let key = key.blake2_128_concat(hotkey.as_bytes());
            let Some(uid) = pinned.find(UIDS, key).await? else {
                return Ok(None);
            };
            let updates = LAST_UPDATE.key();
            let updates = updates.identity(&storage_index(netuid, mechanism));
            let registration = BLOCK_AT_REGISTRATION.key().identity(&netuid.get());
            let registration = registration.identity(&uid);
            let (updates, registered) = tokio::try_join!(
                pinned.find(LAST_UPDATE, updates),
                pinned.find(BLOCK_AT_REGISTRATION, registration)
            )?;
            let updates = updates.unwrap_or_default();
            let updated = updates.get(usize::from(uid)).copied().unwrap_or(0);
            // A registration counts as an update there.
            Ok((updated > registered.unwrap_or(0)).then_some(updated))
        })
        .await
    }
}
