//! Weights: how a validator sets them, at once or for a later epoch.

mod check;
mod commits;
mod row;
mod timelocked;

use sp_runtime::{DispatchError, DispatchResult};

use self::{commits::Opening, row::Row};
use super::{Context, ensure};
use crate::{
    runtime::{
        AccountId, RuntimeEvent, compact,
        subtensor::{
            COMMIT_REVEAL_WEIGHTS_ENABLED, Call, Error, Event, KEYS, LAST_UPDATE,
            MECHANISM_COUNT_CURRENT, NETWORKS_ADDED, ROOT, STAKE_THRESHOLD, SUBNET_OWNER_HOTKEY,
            SUBNETWORK_N, UIDS, VALIDATOR_PERMIT, WEIGHTS, WEIGHTS_SET_RATE_LIMIT,
            WEIGHTS_VERSION_KEY, stake::stake_of, storage_index,
        },
    },
    state::State,
};

pub(super) use check::{check, sole_commit};
pub(crate) use timelocked::reveal;

/// The version of timelocked commits that `commit_crv3_mechanism_weights` stands for.
const CRV3_VERSION: u16 = 4;

/// One of a subnet's mechanisms, which may not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mechanism {
    netuid: u16,
    mecid: u8,
}

impl Mechanism {
    /// A subnet's first one.
    fn main(netuid: u16) -> Self {
        Self { netuid, mecid: 0 }
    }

    /// Where its vectors stand.
    fn index(self) -> u16 {
        storage_index(self.netuid, self.mecid)
    }

    fn ensure_exists(self, state: &State) -> Result<(), Error> {
        let exists = NETWORKS_ADDED.get(state, (self.netuid,))
            && self.mecid < MECHANISM_COUNT_CURRENT.get(state, (self.netuid,));
        ensure(exists, Error::MechanismDoesNotExist)
    }

    /// Whether a neuron that set or committed weights may do so again. A mechanism that does not
    /// exist has no rate at all.
    fn passes_rate_limit(self, state: &State, uid: u16, block: u64) -> bool {
        if self.ensure_exists(state).is_err() || !KEYS.contains(state, (self.netuid, uid)) {
            return false;
        }
        let updates = LAST_UPDATE.get(state, (self.index(),));
        match updates.get(usize::from(uid)) {
            None | Some(0) => true,
            Some(last) => {
                let limit = WEIGHTS_SET_RATE_LIMIT.get(state, (self.netuid,));
                block.saturating_sub(*last) >= limit
            }
        }
    }

    /// Notes that a neuron set or committed weights in this block.
    fn note_update(self, context: &mut Context<'_>, uid: u16) {
        let block = context.block();
        let size = usize::from(SUBNETWORK_N.get(context.state, (self.netuid,)));
        LAST_UPDATE.mutate(context.state, (self.index(),), |updates| {
            if updates.len() < size {
                updates.resize(size, 0);
            }
            if let Some(update) = updates.get_mut(usize::from(uid)) {
                *update = block;
            }
        });
    }
}

/// Whether a subnet's weights are committed first.
fn commits_first(state: &State, netuid: u16) -> bool {
    COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, (netuid,))
}

/// Whether a hotkey has the stake for weights; the subnet owner's needs none.
fn has_stake(state: &State, netuid: u16, hotkey: &AccountId) -> bool {
    SUBNET_OWNER_HOTKEY.find(state, (netuid,)).as_ref() == Some(hotkey)
        || stake_of(state, netuid, hotkey).total >= STAKE_THRESHOLD.get(state, ())
}

fn registered_uid(state: &State, netuid: u16, hotkey: &AccountId) -> Result<u16, Error> {
    UIDS.find(state, (netuid, hotkey.clone()))
        .ok_or(Error::HotKeyNotRegisteredInSubNet)
}

/// Makes a call of weights, which passed [`check`].
pub(super) fn call(context: &mut Context<'_>, hotkey: &AccountId, call: &Call) -> DispatchResult {
    match call {
        Call::set_weights {
            netuid,
            dests,
            weights,
            version_key,
        } => {
            let row = Row::new(dests, weights, *version_key);
            set_openly(context, hotkey, Mechanism::main(*netuid), &row)
        }
        Call::set_mechanism_weights {
            netuid,
            mecid,
            dests,
            weights,
            version_key,
        } => {
            let (netuid, mecid) = (*netuid, *mecid);
            let row = Row::new(dests, weights, *version_key);
            set_openly(context, hotkey, Mechanism { netuid, mecid }, &row)
        }
        Call::batch_set_weights {
            netuids,
            weights,
            version_keys,
        } => {
            let rows = weights
                .iter()
                .zip(version_keys)
                .map(|(pairs, version_key)| {
                    let (uids, values): (Vec<_>, Vec<_>) =
                        pairs.iter().map(|(uid, value)| (uid.0, value.0)).unzip();
                    (uids, values, version_key.0)
                });
            let items = netuids.iter().map(|netuid| netuid.0).zip(rows).collect();
            batch(
                context,
                hotkey,
                items,
                |context, netuid, (uids, values, version_key)| {
                    let row = Row::new(&uids, &values, version_key);
                    set_openly(context, hotkey, Mechanism::main(netuid), &row)
                },
            );
            Ok(())
        }
        _ => commit_or_reveal(context, hotkey, call),
    }
}

fn commit_or_reveal(context: &mut Context<'_>, hotkey: &AccountId, call: &Call) -> DispatchResult {
    match call {
        Call::commit_weights {
            netuid,
            commit_hash,
        } => commits::commit(context, hotkey, Mechanism::main(*netuid), *commit_hash),
        Call::commit_mechanism_weights {
            netuid,
            mecid,
            commit_hash,
        } => {
            let (netuid, mecid) = (*netuid, *mecid);
            commits::commit(context, hotkey, Mechanism { netuid, mecid }, *commit_hash)
        }
        Call::batch_commit_weights {
            netuids,
            commit_hashes,
        } => {
            let netuids = netuids.iter().map(|netuid| netuid.0);
            let items = netuids.zip(commit_hashes.iter().copied()).collect();
            batch(context, hotkey, items, |context, netuid, hash| {
                commits::commit(context, hotkey, Mechanism::main(netuid), hash)
            });
            Ok(())
        }
        _ => match commits::revealed(call) {
            Some(Opening::One(mechanism, revealed)) => {
                commits::reveal(context, hotkey, mechanism, revealed)
            }
            Some(Opening::All(netuid, all)) => commits::reveal_all(context, hotkey, netuid, &all),
            None => seal(context, hotkey, call),
        },
    }
}

fn seal(context: &mut Context<'_>, hotkey: &AccountId, call: &Call) -> DispatchResult {
    let (mechanism, commit, reveal_round, version) = match call {
        Call::commit_timelocked_weights {
            netuid,
            commit,
            reveal_round,
            commit_reveal_version,
        } => (
            Mechanism::main(*netuid),
            commit,
            *reveal_round,
            *commit_reveal_version,
        ),
        Call::commit_timelocked_mechanism_weights {
            netuid,
            mecid,
            commit,
            reveal_round,
            commit_reveal_version,
        } => {
            let (netuid, mecid) = (*netuid, *mecid);
            let mechanism = Mechanism { netuid, mecid };
            (mechanism, commit, *reveal_round, *commit_reveal_version)
        }
        Call::commit_crv3_mechanism_weights {
            netuid,
            mecid,
            commit,
            reveal_round,
        } => {
            let (netuid, mecid) = (*netuid, *mecid);
            let mechanism = Mechanism { netuid, mecid };
            (mechanism, commit, *reveal_round, CRV3_VERSION)
        }
        _ => return Ok(()),
    };
    timelocked::commit(context, hotkey, mechanism, commit, reveal_round, version)
}

/// Makes an item's call for each subnet. One that fails says so and stops nothing.
fn batch<T>(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    items: Vec<(u16, T)>,
    mut call: impl FnMut(&mut Context<'_>, u16, T) -> DispatchResult,
) {
    let netuids = items.iter().map(|(netuid, _)| *netuid).collect();
    let mut failed: Vec<(u16, DispatchError)> = Vec::new();
    for (netuid, item) in items {
        if let Err(error) = call(context, netuid, item) {
            failed.push((netuid, error));
        }
    }
    if !failed.is_empty() {
        say(context, Event::BatchCompletedWithErrors);
    }
    for (netuid, error) in failed {
        say(context, Event::BatchWeightItemFailed(netuid, error));
    }
    let completed = Event::BatchWeightsCompleted(compact(netuids), hotkey.clone());
    say(context, completed);
}

fn say(context: &mut Context<'_>, event: Event) {
    context.deposit(RuntimeEvent::SubtensorModule(event));
}

/// Sets weights where they need no commitment.
fn set_openly(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    mechanism: Mechanism,
    row: &Row<'_>,
) -> DispatchResult {
    ensure(
        !commits_first(context.state, mechanism.netuid),
        Error::CommitRevealEnabled,
    )?;
    Ok(set(context, hotkey, mechanism, row)?)
}

/// Sets weights, revealed ones as well.
fn set(
    context: &mut Context<'_>,
    hotkey: &AccountId,
    mechanism: Mechanism,
    row: &Row<'_>,
) -> Result<(), Error> {
    let Mechanism { netuid, .. } = mechanism;
    let (state, block) = (&*context.state, context.block());
    ensure(netuid != ROOT, Error::CanNotSetRootNetworkWeights)?;
    ensure(row.is_paired(), Error::WeightVecNotEqualSize)?;
    mechanism.ensure_exists(state)?;
    let size = usize::from(SUBNETWORK_N.get(state, (netuid,)));
    ensure(row.len() <= size, Error::UidsLengthExceedUidsInSubNet)?;
    let uid = registered_uid(state, netuid, hotkey)?;
    ensure(
        has_stake(state, netuid, hotkey),
        Error::NotEnoughStakeToSetWeights,
    )?;
    // A subnet whose key is 0 takes any.
    ensure(
        row.version_key >= WEIGHTS_VERSION_KEY.get(state, (netuid,)),
        Error::IncorrectWeightVersionKey,
    )?;
    let open = !commits_first(state, netuid);
    ensure(
        !open || mechanism.passes_rate_limit(state, uid, block),
        Error::SettingWeightsTooFast,
    )?;
    ensure(
        row.is_of_self(uid) || is_validator(state, netuid, uid),
        Error::NeuronNoValidatorPermit,
    )?;
    row.ensure_valid(state, netuid, uid)?;
    WEIGHTS.put(context.state, (mechanism.index(), uid), row.upscaled());
    if open {
        mechanism.note_update(context, uid);
    }
    say(context, Event::WeightsSet(mechanism.index(), uid));
    Ok(())
}

/// Whether a neuron may weigh others: by its permit, or because it is the subnet owner's.
fn is_validator(state: &State, netuid: u16, uid: u16) -> bool {
    let owner = SUBNET_OWNER_HOTKEY
        .find(state, (netuid,))
        .and_then(|hotkey| UIDS.find(state, (netuid, hotkey)));
    let permits = VALIDATOR_PERMIT.get(state, (netuid,));
    owner == Some(uid) || permits.get(usize::from(uid)).copied().unwrap_or(false)
}
