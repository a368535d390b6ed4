//! What the chain asks of weights.

mod keys;

use std::collections::HashMap;

use pylon_models::{BlockNumber, BlockRef, Epochs, Hotkey, MechId, NetUid, Rao, Uid};

use crate::capabilities::TIMELOCKED_COMMITS;
use crate::chain::Chain;
use crate::decode::{DecodeError, Metagraph, STANDING_INDEXES};
use crate::error::ReadError;
use crate::matrix::storage_index;
use crate::pinned::Pinned;
use crate::timelock::Beacon;
use keys::Keys;
pub(crate) use keys::earliest;

/// A hotkey, the block of its commit, what it sealed and the round that opens it.
pub(crate) type TimelockedCommit = ([u8; 32], u64, Vec<u8>, u64);

/// All that decides at one block whether and how a hotkey can set the weights of a subnet's mechanism.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightsTerms {
    /// The block.
    pub block: BlockRef,
    /// When it was made, in Unix milliseconds.
    pub timestamp_millis: u64,
    /// How many mechanisms the subnet has.
    pub mechanisms: u8,
    /// Who is registered on the subnet.
    pub uids: HashMap<Hotkey, Uid>,
    /// The hotkey's own slot, where it is registered.
    pub own_uid: Option<Uid>,
    /// Whether its slot has a validator permit.
    pub permit: bool,
    /// Whether it is the hotkey of the subnet's owner, which needs neither permit nor stake.
    pub is_owner: bool,
    /// Its stake on the subnet, childkeys and root stake counted; nothing where it is not registered.
    pub stake_weight: Rao,
    /// The stake that weights need.
    pub stake_threshold: Rao,
    /// Whether its stake is enough.
    pub enough_stake: bool,
    /// The least version key that weights may have; 0 for any.
    pub version_key: u64,
    /// The fewest uids that weights may have, unless the subnet has fewer neurons.
    pub min_allowed: u16,
    /// The greatest part of the sum that one weight may be, of 65535.
    pub max_limit: u16,
    /// The most uids that weights may have: the neurons of the subnet.
    pub max_weights: usize,
    /// Blocks from one setting or commit of weights to the next.
    pub rate_limit: u64,
    /// The block of the last one, or of the registration; 0 where there is none.
    pub last_update: u64,
    /// The first block, after this one, in which the rate limit is over.
    pub earliest_block: BlockNumber,
    /// Whether weights are committed first.
    pub commit_reveal: bool,
    /// The version of timelocked commits that the chain takes; 0 where it does not say.
    pub commit_reveal_version: u16,
    /// Epochs from a commit to its reveal.
    pub reveal_period: u64,
    /// When the subnet runs its epochs.
    pub epochs: Epochs,
    /// Whether one validator decides alone there.
    pub is_null: bool,
    /// The beacon whose rounds open commits, where the chain knows one.
    pub beacon: Option<Beacon>,
    /// The newest round that the chain has stored.
    pub last_round: u64,
    /// Sealed commits of the hotkey that wait under the epoch of a commit in the next block: ten may.
    pub own_commits: u32,
    /// How far apart blocks are.
    pub block_time_millis: u64,
}

impl Chain {
    /// All that decides at a block whether and how a hotkey can set the weights of a subnet's mechanism; `None` where
    /// there is no such subnet then. Two requests side by side, and a third where weights are committed first.
    pub async fn weights_terms(
        &self,
        block: BlockRef,
        netuid: NetUid,
        mechanism: MechId,
        hotkey: &Hotkey,
    ) -> Result<Option<WeightsTerms>, ReadError> {
        self.pinned(block, "the terms of weights", |pinned| async move {
            let (keys, asked) = Keys::of(netuid, mechanism);
            let (values, metagraph) = tokio::try_join!(
                pinned.values(asked),
                pinned.metagraph(netuid, &STANDING_INDEXES),
            )?;
            if !values.get(&keys.added)?.unwrap_or_default() {
                return Ok(None);
            }
            let standing =
                Standing::of(metagraph, block, hotkey).map_err(|error| pinned.unreadable(error))?;
            let epochs = pinned
                .runtime()
                .epochs(
                    netuid,
                    keys.schedule.each_ref().map(|key| values.bytes(key)),
                )
                .map_err(|error| pinned.unreadable(error))?;
            let mut terms = keys.read(&values, block, standing, epochs, hotkey)?;
            if let Some(duration) = pinned.runtime().slot_duration() {
                terms.block_time_millis = duration;
            }
            let index = storage_index(netuid, mechanism);
            terms.own_commits = own_commits(&pinned, &terms, index, hotkey).await?;
            Ok(Some(terms))
        })
        .await
    }
}

/// How many sealed commits of the hotkey stand under the epoch of one that would land in the next block.
async fn own_commits(
    pinned: &Pinned,
    terms: &WeightsTerms,
    index: u16,
    hotkey: &Hotkey,
) -> Result<u32, ReadError> {
    let head = terms.block.number.into();
    let target = terms.epochs.reveal_target(head, terms.reveal_period);
    let Some(target) = target.filter(|_| terms.commit_reveal) else {
        return Ok(0);
    };
    let key = TIMELOCKED_COMMITS.key().twox_64_concat(&index);
    let key = key.twox_64_concat(&target.commit_epoch);
    if !pinned.has_entry(TIMELOCKED_COMMITS) {
        return Ok(0);
    }
    let commits = pinned.find(TIMELOCKED_COMMITS, key).await?;
    let commits = commits.iter().flatten();
    let own = commits.filter(|(who, ..)| who == hotkey.as_bytes()).count();
    Ok(u32::try_from(own).unwrap_or(u32::MAX))
}

/// Who is registered, and what the hotkey has there.
struct Standing {
    uids: HashMap<Hotkey, Uid>,
    own_uid: Option<Uid>,
    stake: Rao,
}

impl Standing {
    fn of(
        metagraph: Option<Metagraph>,
        block: BlockRef,
        hotkey: &Hotkey,
    ) -> Result<Self, DecodeError> {
        let metagraph = metagraph.ok_or(DecodeError::Inconsistent(
            "the subnet exists and has no metagraph",
        ))?;
        if metagraph.block != u64::from(block.number) {
            return Err(DecodeError::Inconsistent(
                "the metagraph is of another block",
            ));
        }
        let hotkeys = metagraph.hotkeys;
        let hotkeys = hotkeys.ok_or(DecodeError::MissingField("hotkeys"))?;
        let stakes = metagraph.total_stake;
        let stakes = stakes.ok_or(DecodeError::MissingField("total_stake"))?;
        let uids: HashMap<_, _> = (0..)
            .map(Uid::new)
            .zip(hotkeys)
            .map(|(uid, key)| (Hotkey::from_bytes(key), uid))
            .collect();
        let own_uid = uids.get(hotkey).copied();
        let stake = own_uid.and_then(|uid| stakes.get(usize::from(uid.get())));
        Ok(Self {
            own_uid,
            stake: stake.map_or(Rao::ZERO, |stake| Rao::new(stake.0)),
            uids,
        })
    }
}
