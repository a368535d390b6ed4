//! Everything that is kept of a subnet, and its removal. Two things stay: how often the netuid was
//! registered, and the least claim of its root dividends.

use codec::{Decode, Encode};
use scale_info::StaticTypeInfo;

use crate::{
    runtime::{AccountId, commitments, oct2026, subtensor::*, swap},
    state::State,
    storage::{Absence, Blake2_128Concat, Entry, Identity, Part},
};

/// Removes what stands under the netuid alone.
macro_rules! kill {
    ($state:ident, $netuid:ident: $($entry:path),* $(,)?) => {
        $($entry.kill($state, ($netuid,));)*
    };
}

/// Removes what stands under the netuid and something else.
macro_rules! clear {
    ($state:ident, $netuid:ident: $($entry:path),* $(,)?) => {
        $($entry.clear_under($state, ($netuid,));)*
    };
}

/// What is kept by account and netuid.
type ByAccount<V, A> = Entry<(Part<Blake2_128Concat, AccountId>, Part<Identity, u16>), V, A>;

/// Removes what stands under an account and the netuid.
fn clear_second<V, A>(state: &mut State, entry: &ByAccount<V, A>, netuid: u16)
where
    V: Encode + Decode + StaticTypeInfo,
    A: Absence<V>,
{
    for (key, _) in entry.iter(state) {
        if key.1 == netuid {
            entry.kill(state, key);
        }
    }
}

/// Removes a subnet.
pub(super) fn remove(state: &mut State, netuid: u16) {
    remove_root_weights(state, netuid);
    remove_mechanisms(state, netuid);
    remove_neurons(state, netuid);
    remove_relations(state, netuid);
    remove_locks(state, netuid);
    remove_commitments(state, netuid);
    remove_settings(state, netuid);
    kill!(state, netuid:
        SUBNETWORK_N, NETWORK_REGISTERED_AT, SUBNET_OWNER, SUBNET_OWNER_HOTKEY, TOKEN_SYMBOL,
        SUBNET_IDENTITIES_V3, SUBNET_MECHANISM, SUBNET_LOCKED, LARGEST_LOCKED,
        FIRST_EMISSION_BLOCK_NUMBER, SUBNET_TAO, SUBNET_ALPHA_IN, SUBNET_ALPHA_OUT, SUBNET_VOLUME,
        SUBNET_MOVING_PRICE, SUBNET_ALPHA_IN_EMISSION, SUBNET_ALPHA_OUT_EMISSION,
        SUBNET_TAO_IN_EMISSION, SUBNET_PROTOCOL_ALPHA, ROOT_PROP, MINER_BURNED,
        PENDING_SERVER_EMISSION, PENDING_VALIDATOR_EMISSION, PENDING_ROOT_ALPHA_DIVS,
        PENDING_OWNER_CUT, LAST_EPOCH_BLOCK, PENDING_EPOCH_AT, SUBNET_EPOCH_INDEX,
        BLOCKS_SINCE_LAST_STEP, LAST_MECHANSIM_STEP_BLOCK, LAST_ADJUSTMENT_BLOCK,
        REGISTRATIONS_THIS_INTERVAL, POW_REGISTRATIONS_THIS_INTERVAL,
        BURN_REGISTRATIONS_THIS_INTERVAL, REGISTRATIONS_THIS_BLOCK, RAO_RECYCLED_FOR_REGISTRATION,
        VOTING_POWER_TRACKING_ENABLED, VOTING_POWER_DISABLE_AT_BLOCK, VOTING_POWER_EMA_ALPHA,
        swap::FEE_RATE, swap::SWAP_BALANCER, swap::PAL_SWAP_INITIALIZED,
    );
    kill!(state, netuid:
        oct2026::SUBNET_FAST_MOVING_PRICE, oct2026::TOTAL_ALPHA_STAKED,
        oct2026::LAST_YUMA_STEP_BLOCK, oct2026::NULL_PRUNING_TARGET,
        oct2026::SAVED_YUMA_MAX_ALLOWED_VALIDATORS, oct2026::LIQUID_ALPHA_CONSENSUS_MODE,
        oct2026::SUBNET_EPOCH_CONSENSUS, oct2026::TOTAL_VOTING_POWER,
        oct2026::COLLATERAL_LOCK_SHARE, oct2026::COLLATERAL_DRAIN_RATIO,
    );
}

/// What root's members gave the subnet becomes none.
fn remove_root_weights(state: &mut State, netuid: u16) {
    for (key, mut row) in WEIGHTS.under(state, (ROOT,)) {
        let given = row.iter_mut().filter(|(to, _)| *to == netuid);
        given.for_each(|(_, weight)| *weight = 0);
        WEIGHTS.put(state, key, row);
    }
}

fn remove_mechanisms(state: &mut State, netuid: u16) {
    for mecid in 0..MECHANISM_COUNT_CURRENT.get(state, (netuid,)) {
        let index = storage_index(netuid, mecid);
        kill!(state, index: LAST_UPDATE, INCENTIVE, oct2026::CONSENSUS_BY_MECHANISM);
        clear!(state, index:
            WEIGHTS, BONDS, WEIGHT_COMMITS, TIMELOCKED_WEIGHT_COMMITS, CRV3_WEIGHT_COMMITS,
            CRV3_WEIGHT_COMMITS_V2,
        );
    }
    kill!(state, netuid: REVEAL_PERIOD_EPOCHS, MECHANISM_COUNT_CURRENT, MECHANISM_EMISSION_SPLIT);
}

fn remove_neurons(state: &mut State, netuid: u16) {
    kill!(state, netuid:
        ACTIVE, EMISSION, CONSENSUS, DIVIDENDS, VALIDATOR_PERMIT, VALIDATOR_TRUST, STAKE_WEIGHT,
        LOADED_EMISSION,
    );
    clear!(state, netuid:
        UIDS, KEYS, BLOCK_AT_REGISTRATION, AXONS, NEURON_CERTIFICATES, PROMETHEUS,
        ALPHA_DIVIDENDS_PER_SUBNET, ROOT_ALPHA_DIVIDENDS_PER_SUBNET, ASSOCIATED_EVM_ADDRESS,
        VOTING_POWER, LAST_HOTKEY_SWAP_ON_NETUID, oct2026::ASSOCIATED_UIDS_BY_EVM_ADDRESS,
        oct2026::STAKE_MOVE_COOLDOWN_UNTIL, oct2026::HOTKEY_SUCCESSOR, oct2026::HOTKEY_ROOT,
        oct2026::MINER_COLLATERAL, oct2026::COLDKEY_MINER_COLLATERAL,
        oct2026::COLDKEY_COLLATERAL_HOTKEYS,
    );
    clear_second(state, &IS_NETWORK_MEMBER, netuid);
    clear_second(state, &LAST_HOTKEY_EMISSION_ON_NETUID, netuid);
    clear_second(state, &TOTAL_HOTKEY_ALPHA_LAST_EPOCH, netuid);
    for (key, _) in TRANSACTION_KEY_LAST_BLOCK.iter(state) {
        if key.1 == netuid {
            TRANSACTION_KEY_LAST_BLOCK.kill(state, key);
        }
    }
}

fn remove_relations(state: &mut State, netuid: u16) {
    clear!(state, netuid: PENDING_CHILD_KEYS);
    clear_second(state, &CHILD_KEYS, netuid);
    clear_second(state, &PARENT_KEYS, netuid);
    clear_second(state, &CHILDKEY_TAKE, netuid);
}

fn remove_locks(state: &mut State, netuid: u16) {
    kill!(state, netuid: OWNER_LOCK, DECAYING_OWNER_LOCK);
    clear!(state, netuid: LOCKING_COLDKEYS, HOTKEY_LOCK, DECAYING_HOTKEY_LOCK);
    clear_second(state, &DECAYING_LOCK, netuid);
    for (key, _) in LOCK.iter(state) {
        if key.1 == netuid {
            LOCK.kill(state, key);
        }
    }
}

fn remove_commitments(state: &mut State, netuid: u16) {
    clear!(state, netuid:
        commitments::COMMITMENT_OF, commitments::LAST_COMMITMENT, commitments::LAST_BONDS_RESET,
        commitments::REVEALED_COMMITMENTS, commitments::USED_SPACE_OF,
    );
    let mut timelocked = commitments::TIMELOCKED_INDEX.get(state, ());
    let before = timelocked.len();
    timelocked.retain(|(on, _)| *on != netuid);
    if timelocked.len() < before {
        commitments::TIMELOCKED_INDEX.put(state, (), timelocked);
    }
}

fn remove_settings(state: &mut State, netuid: u16) {
    kill!(state, netuid:
        TEMPO, KAPPA, RHO, DIFFICULTY, MIN_DIFFICULTY, MAX_DIFFICULTY, MAX_ALLOWED_UIDS,
        MIN_ALLOWED_UIDS, MAX_ALLOWED_VALIDATORS, IMMUNITY_PERIOD, ACTIVITY_CUTOFF,
        ACTIVITY_CUTOFF_FACTOR_MILLI, MIN_ALLOWED_WEIGHTS, MAX_WEIGHTS_LIMIT, WEIGHTS_VERSION_KEY,
        WEIGHTS_SET_RATE_LIMIT, SERVING_RATE_LIMIT, ADJUSTMENT_INTERVAL, ADJUSTMENT_ALPHA,
        TARGET_REGISTRATIONS_PER_INTERVAL, MAX_REGISTRATIONS_PER_BLOCK,
        NETWORK_REGISTRATION_ALLOWED, NETWORK_POW_REGISTRATION_ALLOWED, BURN, MIN_BURN, MAX_BURN,
        BURN_HALF_LIFE, BURN_INCREASE_MULT, BONDS_MOVING_AVERAGE, BONDS_PENALTY, BONDS_RESET_ON,
        ALPHA_SIGMOID_STEEPNESS, ALPHA_VALUES, LIQUID_ALPHA_ON, YUMA3_ON, TRANSFER_TOGGLE,
        OWNER_CUT_ENABLED, OWNER_CUT_AUTO_LOCK_ENABLED, COMMIT_REVEAL_WEIGHTS_ENABLED,
        SUBTOKEN_ENABLED, SUBNET_EMISSION_ENABLED, RECYCLE_OR_BURN, EMA_PRICE_HALVING_BLOCKS,
        IMMUNE_OWNER_UIDS_LIMIT, MIN_NON_IMMUNE_UIDS, MIN_CHILDKEY_TAKE_PER_SUBNET,
        SCALING_LAW_POWER,
    );
}
