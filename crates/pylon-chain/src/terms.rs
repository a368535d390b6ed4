//! What the chain asks of weights.

use std::collections::HashMap;

use pylon_models::{BlockNumber, BlockRef, Epochs, Hotkey, MechId, NetUid, Rao, Uid};

use crate::capabilities::{
    BEACON, COMMIT_REVEAL, COMMIT_REVEAL_VERSION, EPOCH_CONSENSUS, Entry, LAST_STORED_ROUND,
    LAST_UPDATE, MAX_WEIGHTS_LIMIT, MECHANISMS, MIN_ALLOWED_WEIGHTS, NETWORKS_ADDED, NOW,
    OWNER_HOTKEY, REVEAL_PERIOD, STAKE_THRESHOLD, TIMELOCKED_COMMITS, VALIDATOR_PERMITS,
    WEIGHTS_RATE_LIMIT, WEIGHTS_VERSION_KEY,
};
use crate::chain::Chain;
use crate::decode::{
    BeaconConfiguration, DecodeError, EpochConsensus, Metagraph, STANDING_INDEXES, Wire,
};
use crate::error::ReadError;
use crate::matrix::storage_index;
use crate::pinned::{Pinned, Values};
use crate::snapshot::schedule_keys;
use crate::storage::StorageKey;
use crate::timelock::Beacon;

/// A hotkey, the block of its commit, what it sealed and the round that opens it.
pub(crate) type TimelockedCommit = ([u8; 32], u64, Vec<u8>, u64);

/// How far apart blocks are where the runtime does not say, milliseconds.
const BLOCK_TIME: u64 = 12_000;

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

/// An entry, and the key of the value that is asked for.
type Asked<T> = (Entry<T>, StorageKey);

/// What is asked for in one request.
struct Keys {
    schedule: [StorageKey; 5],
    added: Asked<bool>,
    now: Asked<u64>,
    mechanisms: Asked<u8>,
    owner: Asked<[u8; 32]>,
    permits: Asked<Vec<bool>>,
    stake_threshold: Asked<u64>,
    version_key: Asked<u64>,
    min_allowed: Asked<u16>,
    max_limit: Asked<u16>,
    rate_limit: Asked<u64>,
    last_update: Asked<Vec<u64>>,
    commit_reveal: Asked<bool>,
    commit_reveal_version: Asked<u16>,
    reveal_period: Asked<u64>,
    consensus: Asked<EpochConsensus>,
    beacon: Asked<BeaconConfiguration>,
    last_round: Asked<u64>,
}

/// Notes each key that is asked for, so that none is left out of the request.
struct Asking {
    netuid: NetUid,
    keys: Vec<StorageKey>,
}

impl Asking {
    fn at<T: Wire>(&mut self, entry: Entry<T>, key: StorageKey) -> Asked<T> {
        self.keys.push(key.clone());
        (entry, key)
    }

    /// What is there once.
    fn plain<T: Wire>(&mut self, entry: Entry<T>) -> Asked<T> {
        self.at(entry, entry.key())
    }

    /// What each subnet has.
    fn subnet<T: Wire>(&mut self, entry: Entry<T>) -> Asked<T> {
        self.at(entry, entry.key().identity(&self.netuid.get()))
    }

    /// The same, where the key is hashed.
    fn hashed<T: Wire>(&mut self, entry: Entry<T>) -> Asked<T> {
        self.at(entry, entry.key().twox_64_concat(&self.netuid.get()))
    }
}

impl Keys {
    /// With all keys that are to be asked for.
    fn of(netuid: NetUid, mechanism: MechId) -> (Self, Vec<StorageKey>) {
        let schedule = schedule_keys(netuid);
        let mut ask = Asking {
            netuid,
            keys: schedule.to_vec(),
        };
        let index = storage_index(netuid, mechanism);
        let keys = Self {
            schedule,
            added: ask.subnet(NETWORKS_ADDED),
            now: ask.plain(NOW),
            mechanisms: ask.hashed(MECHANISMS),
            owner: ask.subnet(OWNER_HOTKEY),
            permits: ask.subnet(VALIDATOR_PERMITS),
            stake_threshold: ask.plain(STAKE_THRESHOLD),
            version_key: ask.subnet(WEIGHTS_VERSION_KEY),
            min_allowed: ask.subnet(MIN_ALLOWED_WEIGHTS),
            max_limit: ask.subnet(MAX_WEIGHTS_LIMIT),
            rate_limit: ask.subnet(WEIGHTS_RATE_LIMIT),
            last_update: ask.at(LAST_UPDATE, LAST_UPDATE.key().identity(&index)),
            commit_reveal: ask.subnet(COMMIT_REVEAL),
            commit_reveal_version: ask.plain(COMMIT_REVEAL_VERSION),
            reveal_period: ask.hashed(REVEAL_PERIOD),
            consensus: ask.subnet(EPOCH_CONSENSUS),
            beacon: ask.plain(BEACON),
            last_round: ask.plain(LAST_STORED_ROUND),
        };
        (keys, ask.keys)
    }

    fn read(
        &self,
        values: &Values<'_>,
        block: BlockRef,
        standing: Standing,
        epochs: Epochs,
        hotkey: &Hotkey,
    ) -> Result<WeightsTerms, ReadError> {
        let own = standing.own_uid.map(|uid| usize::from(uid.get()));
        let permits = values.get(&self.permits)?.unwrap_or_default();
        let updates = values.get(&self.last_update)?.unwrap_or_default();
        let last_update = own.and_then(|own| updates.get(own).copied());
        let last_update = last_update.unwrap_or_default();
        let rate_limit = values.get(&self.rate_limit)?.unwrap_or_default();
        let stake_threshold = Rao::new(values.get(&self.stake_threshold)?.unwrap_or_default());
        let is_owner = values.get(&self.owner)?.as_ref() == Some(hotkey.as_bytes());
        Ok(WeightsTerms {
            block,
            timestamp_millis: values.get(&self.now)?.unwrap_or_default(),
            mechanisms: values.get(&self.mechanisms)?.unwrap_or(1),
            own_uid: standing.own_uid,
            permit: own.and_then(|own| permits.get(own).copied()) == Some(true),
            is_owner,
            stake_weight: standing.stake,
            stake_threshold,
            enough_stake: is_owner || standing.stake >= stake_threshold,
            version_key: values.get(&self.version_key)?.unwrap_or_default(),
            min_allowed: values.get(&self.min_allowed)?.unwrap_or_default(),
            max_limit: values.get(&self.max_limit)?.unwrap_or(u16::MAX),
            max_weights: standing.uids.len(),
            uids: standing.uids,
            rate_limit,
            last_update,
            earliest_block: earliest(block.number, last_update, rate_limit),
            commit_reveal: values.get(&self.commit_reveal)?.unwrap_or_default(),
            commit_reveal_version: values.get(&self.commit_reveal_version)?.unwrap_or_default(),
            reveal_period: values.get(&self.reveal_period)?.unwrap_or(1),
            epochs,
            is_null: values.get(&self.consensus)? == Some(EpochConsensus::Null),
            beacon: values.get(&self.beacon)?.map(|kept| Beacon {
                public_key: kept.public_key,
                genesis_time: kept.genesis_time.into(),
                period: kept.period.into(),
            }),
            last_round: values.get(&self.last_round)?.unwrap_or_default(),
            own_commits: 0,
            block_time_millis: BLOCK_TIME,
        })
    }
}

/// The first block after the head in which a neuron may set weights that last did so in `last_update`, 0 for never.
fn earliest(head: BlockNumber, last_update: u64, rate_limit: u64) -> BlockNumber {
    let next = u64::from(head).saturating_add(1);
    let allowed = match last_update {
        0 => next,
        last => last.saturating_add(rate_limit).max(next),
    };
    BlockNumber::new(u32::try_from(allowed).unwrap_or(u32::MAX))
}
