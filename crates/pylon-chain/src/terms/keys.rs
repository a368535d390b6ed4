//! What the terms are read of.

use pylon_models::{BlockNumber, BlockRef, Epochs, Hotkey, MechId, NetUid, Rao};

use super::{Standing, WeightsTerms};
use crate::capabilities::{
    BEACON, COMMIT_REVEAL, COMMIT_REVEAL_VERSION, EPOCH_CONSENSUS, Entry, LAST_STORED_ROUND,
    LAST_UPDATE, MAX_WEIGHTS_LIMIT, MECHANISMS, MIN_ALLOWED_WEIGHTS, NETWORKS_ADDED, NOW,
    OWNER_HOTKEY, REVEAL_PERIOD, STAKE_THRESHOLD, VALIDATOR_PERMITS, WEIGHTS_RATE_LIMIT,
    WEIGHTS_VERSION_KEY,
};
use crate::decode::{BeaconConfiguration, EpochConsensus, Wire};
use crate::error::ReadError;
use crate::matrix::storage_index;
use crate::pinned::Values;
use crate::snapshot::schedule_keys;
use crate::storage::StorageKey;
use crate::timelock::Beacon;

/// How far apart blocks are where the runtime does not say, milliseconds.
const BLOCK_TIME: u64 = 12_000;

/// An entry, and the key of the value that is asked for.
type Asked<T> = (Entry<T>, StorageKey);

/// What is asked for in one request.
pub(super) struct Keys {
    pub(super) schedule: [StorageKey; 5],
    pub(super) added: Asked<bool>,
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
    pub(super) fn of(netuid: NetUid, mechanism: MechId) -> (Self, Vec<StorageKey>) {
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

    pub(super) fn read(
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
            beacon: values.get(&self.beacon)?.map(Beacon::from),
            last_round: values.get(&self.last_round)?.unwrap_or_default(),
            own_commits: 0,
            block_time_millis: BLOCK_TIME,
        })
    }
}

/// The first block after the head in which a neuron may do again what it last did in `last`, 0 for never.
pub(crate) fn earliest(head: BlockNumber, last: u64, rate_limit: u64) -> BlockNumber {
    let next = u64::from(head).saturating_add(1);
    let allowed = match last {
        0 => next,
        last => last.saturating_add(rate_limit).max(next),
    };
    BlockNumber::saturating(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_block_is_never_behind_the_head_and_never_too_large() {
        for (last_update, rate_limit, expected) in [
            (0, 100, 501),
            (401, 100, 501),
            (402, 100, 502),
            (500, 100, 600),
            (1, 100, 501),
            (500, 0, 501),
            (500, u64::MAX, u32::MAX),
        ] {
            let head = BlockNumber::new(500);
            assert_eq!(
                earliest(head, last_update, rate_limit),
                BlockNumber::new(expected),
                "{last_update} {rate_limit}"
            );
        }
    }
}
