//! What is sent for a request, decided by what the chain says at one block.

use std::time::Duration;

use pylon_chain::timelock::{self, Beacon, WeightsPayload};
use pylon_chain::{Call, WeightsTerms};
use pylon_models::{
    BlockNumber, CommitMode, DropReason, Dropped, Hotkey, JobError, MechId, NetUid, Uid,
};
use pylon_scoring::weights::{Limits, Quantised, WeightsError, conform, conform_raw};
use pylon_storage::Plan;
use rand::Rng;

use super::request::{Sent, WeightsRequest};

/// How many commits of one hotkey may wait for one epoch's reveal.
const MOST_COMMITS: u32 = 10;
/// The one version of timelocked commits that is known.
const TIMELOCKED: u16 = 4;
/// Up to this version commits are hashes that are revealed by hand.
const HASHED: u16 = 2;
/// The part of a hash that nobody can guess.
const SALT: usize = 8;

/// What becomes of a request at one block.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The chain would refuse it now and take it later: not before that block, where it is known.
    Wait(Planned),
    /// The chain refuses it for good.
    Fail(JobError),
    /// It can be sent.
    Send(Planned),
}

/// A vector that the subnet accepts, and how it goes on chain.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) netuid: NetUid,
    pub(crate) mechanism: MechId,
    pub(crate) mode: CommitMode,
    /// The epoch that it counts for.
    pub(crate) epoch: u64,
    /// The first block that the chain takes it in.
    pub(crate) earliest_block: BlockNumber,
    pub(crate) weights: Quantised,
    pub(crate) version_key: u64,
    pub(crate) dropped: Vec<Dropped>,
    /// How a commit is opened.
    pub(crate) opening: Option<Opening>,
}

/// When and by what a commit is opened.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) expected_block: BlockNumber,
    /// For a timelocked commit: the round, the beacon and the version of the format.
    pub(crate) sealed: Option<(u64, Beacon, u16)>,
}

/// A refusal by the name that the runtime has for it.
fn fail(name: &str, message: impl Into<String>) -> Verdict {
    Verdict::Fail(JobError::new(name, message))
}

/// Decides by the chain's own rules, in its order, before anything is signed.
pub(crate) fn plan(
    terms: &WeightsTerms,
    request: &WeightsRequest,
    netuid: NetUid,
    mechanism: MechId,
    hotkey: &Hotkey,
) -> Verdict {
    if netuid == NetUid::ROOT {
        return fail(
            "CanNotSetRootNetworkWeights",
            "the root network has no weights",
        );
    }
    if mechanism.get() >= terms.mechanisms {
        let count = terms.mechanisms;
        let message = format!("subnet {netuid} has {count} mechanisms, and {mechanism} is not one");
        return fail("MechanismDoesNotExist", message);
    }
    let Some(own_uid) = terms.own_uid else {
        let message = format!("{hotkey} is not registered on subnet {netuid}");
        return fail("HotKeyNotRegisteredInSubNet", message);
    };
    if !terms.enough_stake {
        let message = format!(
            "the stake weight of {hotkey} on subnet {netuid} is {}, and the chain asks for {}",
            terms.stake_weight, terms.stake_threshold
        );
        return fail("NotEnoughStakeToSetWeights", message);
    }
    let version_key = request.version_key.unwrap_or(terms.version_key);
    if terms.version_key > version_key {
        let message = format!(
            "the subnet asks for version key {}, and the request has {version_key}",
            terms.version_key
        );
        return fail("IncorrectWeightVersionKey", message);
    }
    let (given, mut dropped) = by_uid(request, terms);
    if given.is_empty() {
        let message = format!("none of the hotkeys is registered on subnet {netuid}");
        return fail("NoHotkeyRegistered", message);
    }
    let to_itself = matches!(given.as_slice(), [(_, uid, _)] if *uid == own_uid);
    if !(terms.permit || terms.is_owner || to_itself) {
        let message = format!("{hotkey} has no validator permit on subnet {netuid}");
        return fail("NeuronNoValidatorPermit", message);
    }
    let weights = match quantised(&given, own_uid, terms) {
        Ok(weights) => weights,
        Err(error) => return fail(name_of(&error), error.to_string()),
    };
    let left_out = given
        .iter()
        .filter(|(_, uid, _)| !weights.uids.contains(uid));
    dropped.extend(left_out.map(|(hotkey, ..)| Dropped {
        hotkey: *hotkey,
        reason: DropReason::Zero,
    }));

    let head = u64::from(terms.block.number);
    let (mode, opening) = match opening(terms, head) {
        Ok(decided) => decided,
        Err(verdict) => return *verdict,
    };
    let mut planned = Planned {
        netuid,
        mechanism,
        mode,
        epoch: terms.epochs.epoch_of_next_block(head),
        earliest_block: terms.earliest_block,
        weights,
        version_key,
        dropped,
        opening,
    };
    if mode == CommitMode::Timelocked && terms.own_commits >= MOST_COMMITS {
        let next = terms.epochs.next_epoch(head).unwrap_or(head);
        planned.earliest_block = planned.earliest_block.max(number(next.saturating_add(1)));
    }
    if planned.earliest_block > number(head.saturating_add(1)) {
        Verdict::Wait(planned)
    } else {
        Verdict::Send(planned)
    }
}

type Given = (Hotkey, Uid, f64);

/// Who of the hotkeys has which uid now.
fn by_uid(request: &WeightsRequest, terms: &WeightsTerms) -> (Vec<Given>, Vec<Dropped>) {
    let (mut given, mut dropped) = (Vec::new(), Vec::new());
    for (hotkey, weight) in &request.weights {
        match terms.uids.get(hotkey) {
            Some(uid) => given.push((*hotkey, *uid, *weight)),
            None => dropped.push(Dropped {
                hotkey: *hotkey,
                reason: DropReason::NotRegistered,
            }),
        }
    }
    (given, dropped)
}

fn quantised(
    given: &[Given],
    own_uid: Uid,
    terms: &WeightsTerms,
) -> Result<Quantised, WeightsError> {
    let weights: Vec<_> = given
        .iter()
        .map(|(_, uid, weight)| (*uid, *weight))
        .collect();
    let limits = Limits {
        own_uid: Some(own_uid),
        // A subnet with fewer neurons asks for one weight each.
        min_allowed: terms
            .min_allowed
            .min(u16::try_from(terms.uids.len()).unwrap_or(u16::MAX)),
        max_limit: terms.max_limit,
    };
    if terms.is_null
        && let Ok(raw) = conform_raw(&weights, &limits)
    {
        // Such a subnet pays integers by their exact ratio.
        return Ok(raw);
    }
    conform(&weights, &limits)
}

fn name_of(error: &WeightsError) -> &'static str {
    match error {
        WeightsError::TooFew { .. } => "WeightVecLengthIsLow",
        WeightsError::Twice(_) => "DuplicateUids",
        WeightsError::OverLimit { .. } => "MaxWeightExceeded",
        _ => "InvalidWeights",
    }
}

type Decided = (CommitMode, Option<Opening>);

/// How the subnet wants weights, and when a commit that lands in the next block is opened.
fn opening(terms: &WeightsTerms, head: u64) -> Result<Decided, Box<Verdict>> {
    if !terms.commit_reveal {
        return Ok((CommitMode::Plain, None));
    }
    let refuse = |name: &str, message: String| Err(Box::new(fail(name, message)));
    let Some(target) = terms.epochs.reveal_target(head, terms.reveal_period) else {
        let message = "the subnet has no epochs, and commits are revealed by one".to_owned();
        return refuse("NoEpochs", message);
    };
    let expected_block = number(target.first_reveal_block);
    match terms.commit_reveal_version {
        TIMELOCKED => {
            let Some(beacon) = terms.beacon.clone() else {
                let message = "the chain does not say which beacon opens commits".to_owned();
                return refuse("NoBeacon", message);
            };
            let blocks = timelock::target_block(expected_block).get();
            let blocks = u64::from(blocks).saturating_sub(head);
            let later = Duration::from_millis(blocks.saturating_mul(terms.block_time_millis));
            // The chain's clock, not ours: the chain makes the rounds that open commits.
            let round = beacon.round_at(terms.timestamp_millis, later);
            Ok((
                CommitMode::Timelocked,
                Some(Opening {
                    expected_block,
                    sealed: Some((round.max(terms.last_round), beacon, TIMELOCKED)),
                }),
            ))
        }
        ..=HASHED => Ok((
            CommitMode::Hash,
            Some(Opening {
                expected_block,
                sealed: None,
            }),
        )),
        version => refuse(
            "IncorrectCommitRevealVersion",
            format!("the chain asks for version {version} of commit-reveal, which is not known"),
        ),
    }
}

fn number(block: u64) -> BlockNumber {
    BlockNumber::saturating(block)
}

impl Planned {
    /// What the receipt tells of it.
    pub(super) fn plan(&self) -> Plan {
        let opening = self.opening.as_ref();
        Plan {
            mode: Some(self.mode),
            epoch: Some(self.epoch),
            earliest_block: Some(self.earliest_block),
            reveal_round: opening
                .and_then(|opening| opening.sealed.as_ref())
                .map(|(round, ..)| *round),
            reveal_expected_block: opening.map(|opening| opening.expected_block),
            dropped: self.dropped.clone(),
            sent: None,
        }
    }

    /// The call, and what has to be kept to reveal it or know it again. Sealing takes some milliseconds.
    pub(super) fn call(self, hotkey: &Hotkey) -> Result<(Call, Sent), JobError> {
        let Self {
            netuid,
            mechanism,
            version_key,
            ..
        } = self;
        let Quantised { uids, values } = self.weights;
        let mut sent = Sent {
            uids: uids.iter().map(|uid| uid.get()).collect(),
            values: values.clone(),
            version_key,
            salt: Vec::new(),
            commit: None,
        };
        let call = match (self.mode, self.opening.and_then(|opening| opening.sealed)) {
            (CommitMode::Timelocked, Some((round, beacon, version))) => {
                let payload = WeightsPayload::new(hotkey, &uids, &values, version_key);
                let commit = beacon
                    .seal_weights(&payload, round)
                    .map_err(|error| JobError::new("SealFailed", error.to_string()))?;
                sent.commit = Some(timelock::commit_digest(&commit));
                Call::CommitTimelocked {
                    netuid,
                    mechanism,
                    commit,
                    reveal_round: round,
                    version,
                }
            }
            (CommitMode::Plain, _) => Call::SetWeights {
                netuid,
                mechanism,
                uids,
                values,
                version_key,
            },
            (CommitMode::Hash | CommitMode::Timelocked, _) => {
                sent.salt = rand::rng().random_iter().take(SALT).collect();
                let index = pylon_chain::storage_index(netuid, mechanism);
                let hash =
                    timelock::commit_hash(hotkey, index, &uids, &values, &sent.salt, version_key);
                Call::CommitHash {
                    netuid,
                    mechanism,
                    hash,
                }
            }
        };
        Ok((call, sent))
    }
}
