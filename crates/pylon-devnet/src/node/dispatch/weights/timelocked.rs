//! Weights that are sealed for a drand round and opened by the chain.

use codec::{Decode, Encode};
use sp_crypto_hashing::blake2_256;
use sp_runtime::{BoundedVec, DispatchResult, traits::ConstU32};

use super::{
    Mechanism, Row,
    commits::{MAX_COMMITS, ensure_committer},
    ensure, say, set,
};
use crate::{
    node::{dispatch::Context, epoch::schedule::current_epoch_with_lookahead},
    runtime::{
        AccountId,
        drand::PULSES,
        subtensor::{
            COMMIT_REVEAL_WEIGHTS_VERSION, Error, Event, MAX_COMMIT_BYTES,
            TIMELOCKED_WEIGHT_COMMITS, WeightsCommit,
        },
    },
    timelock::{self, Sealed},
};

/// Commits sealed weights.
pub(super) fn commit(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    mechanism: Mechanism,
    commit: &WeightsCommit,
    reveal_round: u64,
    version: u16,
) -> DispatchResult {
    let (state, block, index) = (&*context.state, context.block(), mechanism.index());
    let uid = ensure_committer(state, hotkey, mechanism, block, || {
        ensure(
            version == COMMIT_REVEAL_WEIGHTS_VERSION.get(state, ()),
            Error::IncorrectCommitRevealVersion,
        )
    })?;
    // In October more is decoded than a subnet under Yuma takes.
    let sealed = BoundedVec::<u8, ConstU32<MAX_COMMIT_BYTES>>::try_from(commit.0.clone())
        .map_err(|_| Error::CommitPayloadTooLarge)?;
    let epoch = current_epoch_with_lookahead(state, mechanism.netuid, block);
    let mut commits = TIMELOCKED_WEIGHT_COMMITS.get(state, (index, epoch));
    let own = commits.iter().filter(|(who, ..)| who == hotkey).count();
    ensure(own < MAX_COMMITS, Error::TooManyUnrevealedCommits)?;
    commits.push((hotkey.clone(), block, sealed, reveal_round));
    TIMELOCKED_WEIGHT_COMMITS.put(context.state, (index, epoch), commits);
    let hash = blake2_256(&commit.0).into();
    let event = Event::TimelockedWeightsCommitted(hotkey.clone(), index, hash, reveal_round);
    say(context, event);
    mechanism.note_update(context, uid);
    Ok(())
}

/// Sets the weights that were committed in `epoch` and whose round has come. Those whose round has
/// not are kept; the rest is gone, whether it was weights or not.
pub(crate) fn reveal(context: &mut Context<'_>, netuid: u16, mecid: u8, epoch: u64) {
    let mechanism = Mechanism { netuid, mecid };
    let key = (mechanism.index(), epoch);
    let commits = TIMELOCKED_WEIGHT_COMMITS.get(context.state, key);
    if commits.is_empty() {
        return;
    }
    TIMELOCKED_WEIGHT_COMMITS.kill(context.state, key);
    let mut waiting = Vec::new();
    for (hotkey, block, sealed, round) in commits {
        let Some(pulse) = PULSES.find(context.state, (round,)) else {
            waiting.push((hotkey, block, sealed, round));
            continue;
        };
        if let Some(weights) = opened(&sealed, &pulse.signature, &hotkey)
            && set(context, &hotkey, mechanism, &weights.row()).is_ok()
        {
            let event = Event::TimelockedWeightsRevealed(mechanism.index(), hotkey);
            say(context, event);
        }
    }
    if !waiting.is_empty() {
        TIMELOCKED_WEIGHT_COMMITS.put(context.state, key, waiting);
    }
}

/// What is sealed, as newer senders have it.
#[derive(Debug, Encode, Decode)]
struct Payload {
    hotkey: Vec<u8>,
    weights: Weights,
}

/// The same without its sender, as older ones have it.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
struct Weights {
    uids: Vec<u16>,
    values: Vec<u16>,
    version_key: u64,
}

impl Weights {
    fn row(&self) -> Row<'_> {
        Row::new(&self.uids, &self.values, self.version_key)
    }
}

fn opened(sealed: &[u8], signature: &[u8], hotkey: &AccountId) -> Option<Weights> {
    let signature = timelock::signature(signature)?;
    let payload = Sealed::parse(&mut &*sealed)?.open(&signature)?;
    weights(&payload, hotkey)
}

/// The weights in a payload. One that names a hotkey is that hotkey's alone.
fn weights(payload: &[u8], hotkey: &AccountId) -> Option<Weights> {
    if let Ok(payload) = Payload::decode(&mut &*payload)
        && let Ok(named) = AccountId::decode(&mut &payload.hotkey[..])
    {
        return (named == *hotkey).then_some(payload.weights);
    }
    Weights::decode(&mut &*payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOTKEY: AccountId = AccountId::new([7; 32]);

    fn some() -> Weights {
        Weights {
            uids: vec![1, 2],
            values: vec![3, 4],
            version_key: 5,
        }
    }

    #[test]
    fn a_payload_is_read_with_and_without_its_sender() {
        let payload = Payload {
            hotkey: [7; 32].to_vec(),
            weights: some(),
        };
        assert_eq!(weights(&payload.encode(), &HOTKEY), Some(some()));
        assert_eq!(weights(&some().encode(), &HOTKEY), Some(some()));
        let other = AccountId::new([8; 32]);
        assert_eq!(weights(&payload.encode(), &other), None);
        assert_eq!(weights(b"\x05", &HOTKEY), None);
    }
}
