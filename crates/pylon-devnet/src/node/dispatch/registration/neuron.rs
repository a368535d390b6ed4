//! A neuron's place: taking a new one, and taking over another's.

use codec::{Decode, Encode};
use scale_info::StaticTypeInfo;

use crate::{
    runtime::{
        AccountId, commitments,
        subtensor::{
            ACTIVE, ASSOCIATED_EVM_ADDRESS, AXONS, BLOCK_AT_REGISTRATION, BONDS, CONSENSUS,
            DIVIDENDS, EMISSION, INCENTIVE, IS_NETWORK_MEMBER, KEYS, LAST_UPDATE,
            MECHANISM_COUNT_CURRENT, NEURON_CERTIFICATES, PROMETHEUS, STAKE_WEIGHT,
            SUBNET_OWNER_HOTKEY, SUBNETWORK_N, UIDS, VALIDATOR_PERMIT, VALIDATOR_TRUST, WEIGHTS,
            storage_index,
        },
    },
    state::State,
    storage::{Default, Entry, Identity, Part},
};

/// The storage indices of a subnet's mechanisms.
fn indices(state: &State, netuid: u16) -> impl Iterator<Item = u16> + use<> {
    let count = MECHANISM_COUNT_CURRENT.get(state, (netuid,));
    (0..count).map(move |mecid| storage_index(netuid, mecid))
}

/// A value of every neuron, by uid.
type Column<T> = Entry<(Part<Identity, u16>,), Vec<T>, Default<Vec<T>>>;

fn push<T>(state: &mut State, column: &Column<T>, index: u16, value: T)
where
    T: Encode + Decode + StaticTypeInfo,
{
    column.mutate(state, (index,), |values| values.push(value));
}

/// Sets one neuron's value, unless the column is too short to have it.
fn set<T>(state: &mut State, column: &Column<T>, index: u16, uid: u16, value: T)
where
    T: Encode + Decode + StaticTypeInfo,
{
    let mut values = column.get(state, (index,));
    if let Some(place) = values.get_mut(usize::from(uid)) {
        *place = value;
        column.put(state, (index,), values);
    }
}

/// Takes the place after the last one.
pub(super) fn append(state: &mut State, netuid: u16, uid: u16, hotkey: &AccountId, block: u64) {
    SUBNETWORK_N.put(state, (netuid,), uid.saturating_add(1));
    push(state, &ACTIVE, netuid, true);
    push(state, &EMISSION, netuid, 0);
    push(state, &VALIDATOR_PERMIT, netuid, false);
    for ratios in [&CONSENSUS, &DIVIDENDS, &VALIDATOR_TRUST] {
        push(state, ratios, netuid, 0);
    }
    for index in indices(state, netuid) {
        push(state, &INCENTIVE, index, 0);
        date(state, index, uid, block);
    }
    enter(state, netuid, uid, hotkey, block);
}

/// Takes over another neuron's place; the subnet owner's hotkey keeps its own.
pub(super) fn replace(state: &mut State, netuid: u16, uid: u16, hotkey: &AccountId, block: u64) {
    let old = KEYS.get(state, (netuid, uid));
    if SUBNET_OWNER_HOTKEY.find(state, (netuid,)).as_ref() == Some(&old) {
        return;
    }
    leave(state, netuid, uid, &old);
    enter(state, netuid, uid, hotkey, block);
    reset(state, netuid, uid);
    for index in indices(state, netuid) {
        date(state, index, uid, block);
    }
}

fn enter(state: &mut State, netuid: u16, uid: u16, hotkey: &AccountId, block: u64) {
    KEYS.put(state, (netuid, uid), hotkey.clone());
    UIDS.put(state, (netuid, hotkey.clone()), uid);
    BLOCK_AT_REGISTRATION.put(state, (netuid, uid), block);
    IS_NETWORK_MEMBER.put(state, (hotkey.clone(), netuid), true);
}

fn leave(state: &mut State, netuid: u16, uid: u16, hotkey: &AccountId) {
    let key = || (netuid, hotkey.clone());
    commitments::COMMITMENT_OF.kill(state, key());
    commitments::LAST_COMMITMENT.kill(state, key());
    commitments::LAST_BONDS_RESET.kill(state, key());
    commitments::REVEALED_COMMITMENTS.kill(state, key());
    commitments::USED_SPACE_OF.kill(state, key());
    let mut timelocked = commitments::TIMELOCKED_INDEX.get(state, ());
    if timelocked.remove(&key()) {
        commitments::TIMELOCKED_INDEX.put(state, (), timelocked);
    }
    UIDS.kill(state, key());
    ASSOCIATED_EVM_ADDRESS.kill(state, (netuid, uid));
    IS_NETWORK_MEMBER.kill(state, (hotkey.clone(), netuid));
    AXONS.kill(state, key());
    NEURON_CERTIFICATES.kill(state, key());
    PROMETHEUS.kill(state, key());
}

/// What the last epochs said of a uid, and what the neuron there said of others.
fn reset(state: &mut State, netuid: u16, uid: u16) {
    set(state, &ACTIVE, netuid, uid, true);
    set(state, &EMISSION, netuid, uid, 0);
    set(state, &VALIDATOR_PERMIT, netuid, uid, false);
    for ratios in [&CONSENSUS, &DIVIDENDS, &VALIDATOR_TRUST, &STAKE_WEIGHT] {
        set(state, ratios, netuid, uid, 0);
    }
    let size = SUBNETWORK_N.get(state, (netuid,));
    for index in indices(state, netuid) {
        set(state, &INCENTIVE, index, uid, 0);
        BONDS.kill(state, (index, uid));
        WEIGHTS.kill(state, (index, uid));
        forget(state, index, uid, size);
    }
}

/// Others' weights for a uid become 0.
fn forget(state: &mut State, index: u16, uid: u16, size: u16) {
    for validator in 0..size {
        let Some(mut row) = WEIGHTS.find(state, (index, validator)) else {
            continue;
        };
        let mut changed = false;
        for (_, weight) in row
            .iter_mut()
            .filter(|(to, weight)| *to == uid && *weight != 0)
        {
            *weight = 0;
            changed = true;
        }
        if changed {
            WEIGHTS.put(state, (index, validator), row);
        }
    }
}

/// Sets the block of a neuron's last weights.
fn date(state: &mut State, index: u16, uid: u16, block: u64) {
    LAST_UPDATE.mutate(state, (index,), |updates| {
        let place = usize::from(uid);
        if updates.len() <= place {
            updates.resize(place + 1, 0);
        }
        if let Some(update) = updates.get_mut(place) {
            *update = block;
        }
    });
}
