//! What an epoch sees of the state.

use pylon_models::{Rao, Ratio, Uid};
use pylon_scoring::consensus::{
    Bonding, ConsensusMode, LiquidAlpha, Mechanism, Neuron, Row, Rules, Subnet,
};

use crate::{
    runtime::{
        AccountId,
        layout::Layout,
        oct2026,
        subtensor::{
            ALPHA_SIGMOID_STEEPNESS, ALPHA_VALUES, BLOCK_AT_REGISTRATION, BONDS,
            BONDS_MOVING_AVERAGE, BONDS_PENALTY, COMMIT_REVEAL_WEIGHTS_ENABLED, KAPPA, KEYS,
            LAST_MECHANSIM_STEP_BLOCK, LAST_UPDATE, LIQUID_ALPHA_ON, MAX_ALLOWED_VALIDATORS,
            REVEAL_PERIOD_EPOCHS, STAKE_THRESHOLD, SUBNET_EPOCH_INDEX, SUBNET_OWNER_HOTKEY,
            SUBNETWORK_N, TAO_WEIGHT, TEMPO, TIMELOCKED_WEIGHT_COMMITS, UIDS, VALIDATOR_PERMIT,
            WEIGHT_COMMITS, WEIGHTS, YUMA3_ON, hyperparams::activity_cutoff, stake::stake_of,
            storage_index,
        },
    },
    state::State,
};

/// Hotkeys of a subnet by uid; there may be gaps.
pub(super) type Keys = Vec<(u16, AccountId)>;

/// Every hotkey of a subnet.
pub(super) fn keys(state: &State, netuid: u16) -> Keys {
    let mut keys: Keys = KEYS
        .under(state, (netuid,))
        .into_iter()
        .map(|((_, uid), hotkey)| (uid, hotkey))
        .collect();
    keys.sort_unstable_by_key(|(uid, _)| *uid);
    keys
}

/// The subnet at the start of its epoch in `block`, whose slot is booked.
pub(super) fn subnet(state: &State, netuid: u16, block: u64, keys: &Keys) -> Subnet {
    let mut neurons = vec![Neuron::default(); SUBNETWORK_N.get(state, (netuid,)).into()];
    for (uid, hotkey) in keys {
        if let Some(neuron) = neurons.get_mut(usize::from(*uid)) {
            let stake = stake_of(state, netuid, hotkey);
            *neuron = Neuron {
                alpha: Rao::new(stake.alpha),
                tao: Rao::new(stake.tao),
                registered_at: BLOCK_AT_REGISTRATION.get(state, (netuid, *uid)),
            };
        }
    }
    let owner = SUBNET_OWNER_HOTKEY.find(state, (netuid,));
    let owner = owner.and_then(|hotkey| UIDS.find(state, (netuid, hotkey)));
    Subnet {
        block,
        neurons,
        permits: VALIDATOR_PERMIT.get(state, (netuid,)),
        owner: owner.map(Uid::new),
        last_step: last_step(state, netuid),
        rules: rules(state, netuid),
    }
}

/// The block of the last epoch that ran.
fn last_step(state: &State, netuid: u16) -> Option<u64> {
    let june = LAST_MECHANSIM_STEP_BLOCK.get(state, (netuid,));
    let october = match Layout::of(state) {
        Layout::Jun2026 => None,
        Layout::Oct2026 => oct2026::LAST_YUMA_STEP_BLOCK.find(state, (netuid,)),
    };
    october.or((june > 0).then_some(june))
}

fn rules(state: &State, netuid: u16) -> Rules {
    let key = (netuid,);
    Rules {
        tempo: TEMPO.get(state, key),
        activity_cutoff: activity_cutoff(state, netuid),
        kappa: KAPPA.get(state, key),
        bonds_penalty: BONDS_PENALTY.get(state, key),
        bonds_moving_average: BONDS_MOVING_AVERAGE.get(state, key),
        bonding: bonding(state, netuid),
        max_validators: MAX_ALLOWED_VALIDATORS.get(state, key),
        stake_threshold: Rao::new(STAKE_THRESHOLD.get(state, ())),
        tao_weight: TAO_WEIGHT.get(state, ()),
    }
}

fn bonding(state: &State, netuid: u16) -> Bonding {
    let key = (netuid,);
    if !YUMA3_ON.get(state, key) {
        return Bonding::Yuma;
    }
    let liquid_alpha = LIQUID_ALPHA_ON.get(state, key).then(|| {
        let (low, high) = ALPHA_VALUES.get(state, key);
        LiquidAlpha {
            low: Ratio::new(low),
            high: Ratio::new(high),
            steepness: ALPHA_SIGMOID_STEEPNESS.get(state, key),
            consensus: consensus_mode(state, netuid),
        }
    });
    Bonding::Yuma3 { liquid_alpha }
}

fn consensus_mode(state: &State, netuid: u16) -> ConsensusMode {
    match Layout::of(state) {
        Layout::Jun2026 => ConsensusMode::Current,
        Layout::Oct2026 => match oct2026::LIQUID_ALPHA_CONSENSUS_MODE.get(state, (netuid,)) {
            oct2026::ConsensusMode::Current => ConsensusMode::Current,
            oct2026::ConsensusMode::Previous => ConsensusMode::Previous,
            oct2026::ConsensusMode::Auto => ConsensusMode::Auto,
        },
    }
}

/// One of the subnet's mechanisms.
pub(super) fn mechanism(state: &State, netuid: u16, mecid: u8, keys: &Keys) -> Mechanism {
    let index = storage_index(netuid, mecid);
    let size = SUBNETWORK_N.get(state, (netuid,));
    let row = |row: Vec<(u16, u16)>| -> Row {
        let row = row.into_iter();
        row.map(|(uid, value)| (Uid::new(uid), value)).collect()
    };
    let first_commits = if COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, (netuid,)) {
        first_commits(state, netuid, index, keys)
    } else {
        Vec::new()
    };
    let previous_consensus = match Layout::of(state) {
        Layout::Jun2026 => None,
        Layout::Oct2026 => oct2026::CONSENSUS_BY_MECHANISM.find(state, (index,)),
    };
    Mechanism {
        last_update: LAST_UPDATE.get(state, (index,)),
        weights: (0..size)
            .map(|uid| row(WEIGHTS.get(state, (index, uid))))
            .collect(),
        bonds: (0..size)
            .map(|uid| row(BONDS.get(state, (index, uid))))
            .collect(),
        first_commits,
        previous_consensus: previous_consensus
            .map(|scores| scores.into_iter().map(Ratio::new).collect()),
    }
}

/// The earliest block of each neuron's commits that can still be revealed.
fn first_commits(state: &State, netuid: u16, index: u16, keys: &Keys) -> Vec<Option<u64>> {
    let current = SUBNET_EPOCH_INDEX.get(state, (netuid,));
    let period = REVEAL_PERIOD_EPOCHS.get(state, (netuid,));
    let is_live = |epoch: u64| current <= epoch.saturating_add(period);
    let mut first = vec![None; SUBNETWORK_N.get(state, (netuid,)).into()];
    let mut committed = |who: &AccountId, block: u64| {
        let uid = keys.iter().find(|(_, hotkey)| hotkey == who);
        let place = uid.and_then(|(uid, _)| first.get_mut(usize::from(*uid)));
        if let Some(place) = place {
            *place = Some(place.map_or(block, |first: u64| first.min(block)));
        }
    };
    for ((_, who), queue) in WEIGHT_COMMITS.under(state, (index,)) {
        let mut live = queue.iter().filter(|(_, epoch, ..)| is_live(*epoch));
        if let Some((_, _, block, _)) = live.next() {
            committed(&who, *block);
        }
    }
    for ((_, epoch), queue) in TIMELOCKED_WEIGHT_COMMITS.under(state, (index,)) {
        for (who, block, ..) in queue.iter().filter(|_| is_live(epoch)) {
            committed(who, *block);
        }
    }
    first
}
