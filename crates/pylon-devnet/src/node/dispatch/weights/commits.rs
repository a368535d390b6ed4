//! Weights committed by their hash and revealed by their sender.

use codec::Encode;
use sp_crypto_hashing::blake2_256;
use sp_runtime::DispatchResult;

use super::{Mechanism, Row, commits_first, ensure, registered_uid, row::rows, say, set};
use crate::{
    node::{dispatch::Context, epoch::schedule::current_epoch_with_lookahead},
    runtime::{
        AccountId, Hash,
        subtensor::{Call, Error, Event, NETWORKS_ADDED, REVEAL_PERIOD_EPOCHS, WEIGHT_COMMITS},
    },
    state::State,
};

/// Commits of a hotkey that may wait.
pub(super) const MAX_COMMITS: usize = 10;

/// A hash, the epoch and the block of its commit, and a 0 that once was a block.
type Commit = (Hash, u64, u64, u64);

/// A row with the salt that its hash was made with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revealed<'a> {
    /// The row.
    pub(super) row: Row<'a>,
    /// The salt.
    pub(super) salt: &'a [u16],
}

/// What a call reveals.
#[derive(Debug)]
pub(super) enum Opening<'a> {
    /// One row of a mechanism.
    One(Mechanism, Revealed<'a>),
    /// Several of a subnet's first mechanism, all or none.
    All(u16, Vec<Revealed<'a>>),
}

/// `None`: the call reveals nothing.
pub(super) fn revealed(call: &Call) -> Option<Opening<'_>> {
    let one = |mechanism, row, salt| Some(Opening::One(mechanism, Revealed { row, salt }));
    match call {
        Call::reveal_weights {
            netuid,
            uids,
            values,
            salt,
            version_key,
        } => {
            let row = Row::new(uids, values, *version_key);
            one(Mechanism::main(*netuid), row, salt)
        }
        Call::reveal_mechanism_weights {
            netuid,
            mecid,
            uids,
            values,
            salt,
            version_key,
        } => {
            let (netuid, mecid) = (*netuid, *mecid);
            let row = Row::new(uids, values, *version_key);
            one(Mechanism { netuid, mecid }, row, salt)
        }
        Call::batch_reveal_weights {
            netuid,
            uids_list,
            values_list,
            salts_list,
            version_keys,
        } => {
            let rows = rows(uids_list, values_list, version_keys).zip(salts_list);
            let all = rows.map(|(row, salt)| Revealed { row, salt });
            Some(Opening::All(*netuid, all.collect()))
        }
        _ => None,
    }
}

impl Revealed<'_> {
    /// The hash that was committed.
    pub(super) fn hash(&self, hotkey: &AccountId, index: u16) -> Hash {
        let (uids, values) = self.row.columns();
        (hotkey, index, uids, values, self.salt, self.row.version_key)
            .using_encoded(blake2_256)
            .into()
    }
}

/// Whether weights that were committed in `epoch` are revealed in this block's.
pub(super) fn is_time(state: &State, netuid: u16, epoch: u64, block: u64) -> bool {
    reveal_epoch(state, netuid, epoch) == current_epoch_with_lookahead(state, netuid, block)
}

fn is_expired(state: &State, netuid: u16, epoch: u64, block: u64) -> bool {
    reveal_epoch(state, netuid, epoch) < current_epoch_with_lookahead(state, netuid, block)
}

fn reveal_epoch(state: &State, netuid: u16, epoch: u64) -> u64 {
    epoch.saturating_add(REVEAL_PERIOD_EPOCHS.get(state, (netuid,)))
}

/// Removes the oldest commits whose time is over, and returns them.
fn drop_expired(state: &State, netuid: u16, block: u64, commits: &mut Vec<Commit>) -> Vec<Hash> {
    let live = commits
        .iter()
        .position(|(_, epoch, ..)| !is_expired(state, netuid, *epoch, block))
        .unwrap_or(commits.len());
    commits.drain(..live).map(|(hash, ..)| hash).collect()
}

/// What every commit needs, and the uid of who makes it. Timelocked ones name a version.
pub(super) fn ensure_committer(
    state: &State,
    hotkey: &AccountId,
    mechanism: Mechanism,
    block: u64,
    check_version: impl FnOnce() -> Result<(), Error>,
) -> Result<u16, Error> {
    let Mechanism { netuid, .. } = mechanism;
    mechanism.ensure_exists(state)?;
    ensure(commits_first(state, netuid), Error::CommitRevealDisabled)?;
    check_version()?;
    let uid = registered_uid(state, netuid, hotkey)?;
    ensure(
        mechanism.passes_rate_limit(state, uid, block),
        Error::CommittingWeightsTooFast,
    )?;
    Ok(uid)
}

/// Commits a hash.
pub(super) fn commit(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    mechanism: Mechanism,
    hash: Hash,
) -> DispatchResult {
    let (state, block, index) = (&*context.state, context.block(), mechanism.index());
    let netuid = mechanism.netuid;
    let uid = ensure_committer(state, hotkey, mechanism, block, || Ok(()))?;
    let key = || (index, hotkey.clone());
    let mut commits = WEIGHT_COMMITS.find(state, key()).unwrap_or_default();
    drop_expired(state, netuid, block, &mut commits);
    ensure(commits.len() < MAX_COMMITS, Error::TooManyUnrevealedCommits)?;
    let epoch = current_epoch_with_lookahead(state, netuid, block);
    commits.push((hash, epoch, block, 0));
    WEIGHT_COMMITS.put(context.state, key(), commits);
    say(
        context,
        Event::WeightsCommitted(hotkey.clone(), index, hash),
    );
    mechanism.note_update(context, uid);
    Ok(())
}

/// A hotkey's commits when it reveals: those that still count, and the hashes of those that do
/// not. It reveals by the mechanism's index even where there is no such mechanism.
fn opened(
    context: &Context<'_>,
    hotkey: &AccountId,
    mechanism: Mechanism,
) -> Result<(Vec<Commit>, Vec<Hash>), Error> {
    let Mechanism { netuid, .. } = mechanism;
    let state = &*context.state;
    ensure(NETWORKS_ADDED.get(state, (netuid,)), Error::SubnetNotExists)?;
    ensure(commits_first(state, netuid), Error::CommitRevealDisabled)?;
    let mut commits = WEIGHT_COMMITS
        .find(state, (mechanism.index(), hotkey.clone()))
        .ok_or(Error::NoWeightsCommitFound)?;
    let expired = drop_expired(state, netuid, context.block(), &mut commits);
    Ok((commits, expired))
}

/// Where a hash stands among the commits, if its time has come.
fn find(
    context: &Context<'_>,
    netuid: u16,
    commits: &[Commit],
    expired: &[Hash],
    hash: Hash,
) -> Result<usize, Error> {
    let Some(place) = commits.iter().position(|(other, ..)| *other == hash) else {
        return Err(match expired.contains(&hash) {
            true => Error::ExpiredWeightCommit,
            false => Error::InvalidRevealCommitHashNotMatch,
        });
    };
    let epoch = commits.get(place).map_or(0, |(_, epoch, ..)| *epoch);
    ensure(
        is_time(context.state, netuid, epoch, context.block()),
        Error::RevealTooEarly,
    )?;
    Ok(place)
}

fn keep(context: &mut Context<'_>, index: u16, hotkey: &AccountId, commits: Vec<Commit>) {
    let key = (index, hotkey.clone());
    if commits.is_empty() {
        WEIGHT_COMMITS.kill(context.state, key);
    } else {
        WEIGHT_COMMITS.put(context.state, key, commits);
    }
}

/// Reveals a row, and gives up what was committed before it.
pub(super) fn reveal(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    mechanism: Mechanism,
    revealed: Revealed<'_>,
) -> DispatchResult {
    let index = mechanism.index();
    let (mut commits, expired) = opened(context, hotkey, mechanism)?;
    let hash = revealed.hash(hotkey, index);
    if commits.is_empty() && !expired.contains(&hash) {
        return Err(Error::NoWeightsCommitFound.into());
    }
    let place = find(context, mechanism.netuid, &commits, &expired, hash)?;
    commits.drain(..=place);
    keep(context, index, hotkey, commits);
    set(context, hotkey, mechanism, &revealed.row)?;
    say(context, Event::WeightsRevealed(hotkey.clone(), index, hash));
    Ok(())
}

/// Reveals several rows of a subnet's first mechanism, all or none; the last one stays.
pub(super) fn reveal_all(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    netuid: u16,
    revealed: &[Revealed<'_>],
) -> DispatchResult {
    let mechanism = Mechanism::main(netuid);
    let (mut commits, expired) = opened(context, hotkey, mechanism)?;
    let hashes: Vec<Hash> = revealed
        .iter()
        .map(|revealed| revealed.hash(hotkey, mechanism.index()))
        .collect();
    for hash in &hashes {
        find(context, netuid, &commits, &expired, *hash)?;
    }
    for (revealed, hash) in revealed.iter().zip(&hashes) {
        // One that is revealed twice is gone by now.
        let place = find(context, netuid, &commits, &expired, *hash)?;
        commits.remove(place);
        set(context, hotkey, mechanism, &revealed.row)?;
    }
    keep(context, mechanism.index(), hotkey, commits);
    let event = Event::WeightsBatchRevealed(hotkey.clone(), netuid, hashes);
    say(context, event);
    Ok(())
}

#[cfg(test)]
mod tests;
