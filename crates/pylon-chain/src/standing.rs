//! What decides whether a hotkey's commitment, or an owner's change of a hyperparameter, is taken.

use pylon_models::{BlockNumber, BlockRef, Coldkey, Epochs, Hotkey, NetUid};

use crate::capabilities::{
    ADMIN_FREEZE_WINDOW, ALPHA_VALUES, BEACON, Entry, LAST_STORED_ROUND, NETWORKS_ADDED, NOW,
    SUBNET_OWNER, UIDS,
};
use crate::chain::Chain;
use crate::decode::Wire;
use crate::error::ReadError;
use crate::pinned::{Pinned, Values};
use crate::snapshot::schedule_keys;
use crate::storage::StorageKey;
use crate::timelock::Beacon;

/// What decides at one block whether a hotkey's commitment is taken, and when it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitmentTerms {
    /// Whether the hotkey is registered on the subnet.
    pub is_registered: bool,
    /// When the block was made, in Unix milliseconds.
    pub timestamp_millis: u64,
    /// When the subnet runs its epochs: each has space for so many bytes.
    pub epochs: Epochs,
    /// The beacon whose rounds open what is timelocked, where the chain knows one.
    pub beacon: Option<Beacon>,
    /// The newest round that the chain has stored.
    pub last_round: u64,
}

/// What decides at one block whether an owner's change of a hyperparameter is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnerTerms {
    /// The coldkey that owns the subnet.
    pub owner: Coldkey,
    /// Both liquid alphas, of 65535: they are set together.
    pub alphas: (u16, u16),
    /// The first block after this one in which owners may set anything: not in the last blocks of an epoch.
    pub earliest_block: BlockNumber,
}

fn subnet_key<T: Wire>(entry: Entry<T>, netuid: NetUid) -> (Entry<T>, StorageKey) {
    (entry, entry.key().identity(&netuid.get()))
}

fn plain<T: Wire>(entry: Entry<T>) -> (Entry<T>, StorageKey) {
    (entry, entry.key())
}

fn epochs(pinned: &Pinned, values: &Values<'_>, netuid: NetUid) -> Result<Epochs, ReadError> {
    let schedule = schedule_keys(netuid);
    let epochs = pinned
        .runtime()
        .epochs(netuid, schedule.each_ref().map(|key| values.bytes(key)));
    epochs.map_err(|error| pinned.unreadable(error))
}

impl Chain {
    /// What decides at a block whether a commitment is taken, in one request; `None` where there is no such subnet.
    pub async fn commitment_terms(
        &self,
        block: BlockRef,
        netuid: NetUid,
        hotkey: &Hotkey,
    ) -> Result<Option<CommitmentTerms>, ReadError> {
        self.pinned(block, "the terms of a commitment", |pinned| async move {
            let added = subnet_key(NETWORKS_ADDED, netuid);
            let uid = UIDS.key().identity(&netuid.get());
            let uid = (UIDS, uid.blake2_128_concat(hotkey.as_bytes()));
            let (now, beacon, round) = (plain(NOW), plain(BEACON), plain(LAST_STORED_ROUND));
            let mut keys = schedule_keys(netuid).to_vec();
            keys.extend([&added.1, &uid.1, &now.1, &beacon.1, &round.1].map(Clone::clone));
            let values = pinned.values(keys).await?;
            if !values.get(&added)?.unwrap_or_default() {
                return Ok(None);
            }
            Ok(Some(CommitmentTerms {
                is_registered: values.bytes(&uid.1).is_some(),
                timestamp_millis: values.get(&now)?.unwrap_or_default(),
                epochs: epochs(&pinned, &values, netuid)?,
                beacon: values.get(&beacon)?.map(Beacon::from),
                last_round: values.get(&round)?.unwrap_or_default(),
            }))
        })
        .await
    }

    /// What decides at a block whether an owner's change is taken, in one request; `None` where there is no such
    /// subnet.
    pub async fn owner_terms(
        &self,
        block: BlockRef,
        netuid: NetUid,
    ) -> Result<Option<OwnerTerms>, ReadError> {
        self.pinned(
            block,
            "the terms of a hyperparameter",
            |pinned| async move {
                let added = subnet_key(NETWORKS_ADDED, netuid);
                let owner = subnet_key(SUBNET_OWNER, netuid);
                let alphas = subnet_key(ALPHA_VALUES, netuid);
                let window = plain(ADMIN_FREEZE_WINDOW);
                let mut keys = schedule_keys(netuid).to_vec();
                keys.extend([&added.1, &owner.1, &alphas.1, &window.1].map(Clone::clone));
                let values = pinned.values(keys).await?;
                if !values.get(&added)?.unwrap_or_default() {
                    return Ok(None);
                }
                let epochs = epochs(&pinned, &values, netuid)?;
                let window = values.get(&window)?.unwrap_or_default();
                Ok(Some(OwnerTerms {
                    owner: Coldkey::from_bytes(values.get(&owner)?.unwrap_or_default()),
                    alphas: values.get(&alphas)?.unwrap_or_default(),
                    earliest_block: after_the_window(&epochs, block.number, window),
                }))
            },
        )
        .await
    }
}

/// Owners set nothing in the last blocks before an epoch, nor while one that was asked for is awaited.
fn after_the_window(epochs: &Epochs, head: BlockNumber, window: u16) -> BlockNumber {
    let next = u64::from(head).saturating_add(1);
    let is_frozen = match epochs {
        Epochs::Kept(schedule, _) => schedule.is_frozen(window, next),
        Epochs::Fixed(schedule) => schedule.blocks_until_next_epoch(next) < u64::from(window),
    };
    let epoch = epochs.next_epoch(head.into()).filter(|_| is_frozen);
    let earliest = epoch.map_or(next, |epoch| epoch.max(next).saturating_add(1));
    BlockNumber::saturating(earliest)
}
