//! A subnet of the dev world at genesis.

mod commitments;
mod identities;
mod presence;
mod relatives;

use rand::Rng;

use super::{
    FIRST,
    accounts::{COIN, alice, bob, derived, draws, issue_to_reserve},
    script, stakers,
};
use crate::{
    runtime::{
        AccountId, I96F32,
        subtensor::{
            BLOCK_AT_REGISTRATION, FIRST_EMISSION_BLOCK_NUMBER, IS_NETWORK_MEMBER, KEYS,
            LAST_EPOCH_BLOCK, LAST_UPDATE, MAX_ALLOWED_VALIDATORS, MAX_WEIGHTS_LIMIT,
            MIN_ALLOWED_WEIGHTS, NETWORK_REGISTERED_AT, NETWORKS_ADDED, OWNED_HOTKEYS, OWNER,
            STAKING_HOTKEYS, SUBNET_ALPHA_IN, SUBNET_ALPHA_IN_EMISSION, SUBNET_ALPHA_OUT,
            SUBNET_ALPHA_OUT_EMISSION, SUBNET_EPOCH_INDEX, SUBNET_MECHANISM, SUBNET_MOVING_PRICE,
            SUBNET_OWNER, SUBNET_OWNER_HOTKEY, SUBNET_TAO_IN_EMISSION, SUBNET_VOLUME, SUBNETWORK_N,
            SUBTOKEN_ENABLED, TEMPO, TOKEN_SYMBOL, TOTAL_HOTKEY_ALPHA, TOTAL_NETWORKS, UIDS,
            VALIDATOR_PERMIT, WEIGHTS_SET_RATE_LIMIT,
        },
        swap::PAL_SWAP_INITIALIZED,
    },
    state::State,
};

/// Blocks between two epochs, unless there are too many subnets for that: short, so that whoever
/// watches sees something move. Owners of real subnets cannot go below 360.
const TEMPO_BLOCKS: u16 = 20;
/// The most validators of a subnet.
const MAX_VALIDATORS: u16 = 64;
/// One neuron in so many is a validator.
const VALIDATOR_EVERY: u16 = 4;
/// New TAO of a block, rao, shared by all subnets.
const BLOCK_EMISSION: u64 = COIN / 2;
/// Symbols of the subnets' alpha, one letter each.
const SYMBOLS: &str = "αβγδεζηθικλμνξοπρστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюя\
    აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆא";

/// Lays down a subnet of `size` neurons, one of `subnets`.
pub(super) fn build(state: &mut State, seed: u64, netuid: u16, size: u16, subnets: u16) {
    found(state, netuid, size, subnets);
    fill_reserves(state, seed, netuid, subnets);
    let mut validators = Vec::new();
    for uid in 0..size {
        let (hotkey, coldkey) = keys(seed, netuid, uid, size);
        own(state, &hotkey, &coldkey);
        register(state, netuid, uid, &hotkey);
        stake(state, seed, netuid, uid, &hotkey);
        presence::serve(state, seed, netuid, uid, &hotkey);
        if is_validator(uid) {
            stakers::delegate(state, seed, &hotkey);
            validators.push((hotkey, coldkey));
        }
    }
    let permits = (0..size).map(is_validator).collect();
    VALIDATOR_PERMIT.put(state, (netuid,), permits);
    LAST_UPDATE.put(state, (netuid,), vec![0; size.into()]);
    if let Some((hotkey, coldkey)) = validators.first() {
        SUBNET_OWNER.put(state, (netuid,), coldkey.clone());
        SUBNET_OWNER_HOTKEY.put(state, (netuid,), hotkey.clone());
    }
    relatives::build(state, seed, netuid, &validators);
    identities::introduce(state, netuid, &validators);
    commitments::build(state, seed, netuid, size);
    script::lay_down(state, seed, netuid);
}

/// Validators stand among the miners, as on real subnets.
pub(super) fn is_validator(uid: u16) -> bool {
    uid.is_multiple_of(VALIDATOR_EVERY)
}

/// Hotkey and coldkey. //Alice is the second validator of the first subnet after //Bob, the first
/// where there is one only; miners share coldkeys.
pub(super) fn keys(seed: u64, netuid: u16, uid: u16, size: u16) -> (AccountId, AccountId) {
    let alices = if size > VALIDATOR_EVERY {
        VALIDATOR_EVERY
    } else {
        0
    };
    if netuid == FIRST && uid == alices {
        return (alice(), alice());
    }
    if netuid == FIRST && uid == 0 {
        return (bob(), bob());
    }
    let coldkey = if is_validator(uid) {
        derived(seed, "validator", (netuid, uid))
    } else {
        derived(seed, "miner", (netuid, uid / 8))
    };
    (derived(seed, "hotkey", (netuid, uid)), coldkey)
}

fn found(state: &mut State, netuid: u16, size: u16, subnets: u16) {
    let key = (netuid,);
    NETWORKS_ADDED.put(state, key, true);
    TOTAL_NETWORKS.mutate(state, (), |total| *total = total.saturating_add(1));
    SUBNETWORK_N.put(state, key, size);
    SUBNET_MECHANISM.put(state, key, 1);
    SUBTOKEN_ENABLED.put(state, key, true);
    PAL_SWAP_INITIALIZED.put(state, key, true);
    NETWORK_REGISTERED_AT.put(state, key, 0);
    FIRST_EMISSION_BLOCK_NUMBER.put(state, key, 1);
    LAST_EPOCH_BLOCK.put(state, key, 0);
    SUBNET_EPOCH_INDEX.put(state, key, 0);
    MAX_ALLOWED_VALIDATORS.put(state, key, MAX_VALIDATORS);
    MIN_ALLOWED_WEIGHTS.put(state, key, 1);
    MAX_WEIGHTS_LIMIT.put(state, key, u16::MAX);
    // The chain runs two epochs in a block; a shorter tempo would leave the last subnets none.
    let tempo = TEMPO_BLOCKS.max(subnets.div_ceil(2));
    TEMPO.put(state, key, tempo);
    WEIGHTS_SET_RATE_LIMIT.put(state, key, u64::from(tempo / 2));
    let nth = usize::from(netuid.saturating_sub(1));
    if let Some(symbol) = SYMBOLS.chars().nth(nth) {
        TOKEN_SYMBOL.put(state, key, symbol.to_string().into_bytes());
    }
}

/// Reserves, the price that they make, and what each block adds at that price.
fn fill_reserves(state: &mut State, seed: u64, netuid: u16, subnets: u16) {
    let key = (netuid,);
    let mut draws = draws(seed, "reserves", netuid);
    let tao = draws.random_range(20_000 * COIN..60_000 * COIN);
    // Rao for an alpha: 0.01 to 0.08 TAO.
    let price = draws.random_range(COIN / 100..COIN / 12);
    let per_alpha = |rao: u64| {
        let alpha = u128::from(rao) * u128::from(COIN) / u128::from(price);
        u64::try_from(alpha).unwrap_or(u64::MAX)
    };
    issue_to_reserve(state, netuid, tao);
    SUBNET_ALPHA_IN.put(state, key, per_alpha(tao));
    SUBNET_ALPHA_OUT.put(state, key, 0);
    let bits = (i128::from(price) << 32) / i128::from(COIN);
    SUBNET_MOVING_PRICE.put(state, key, I96F32 { bits });
    SUBNET_VOLUME.put(state, key, u128::from(tao) * 7);
    let given = (BLOCK_EMISSION / u64::from(subnets.max(1))).min(price);
    SUBNET_TAO_IN_EMISSION.put(state, key, given);
    SUBNET_ALPHA_IN_EMISSION.put(state, key, per_alpha(given));
    SUBNET_ALPHA_OUT_EMISSION.put(state, key, COIN);
}

fn own(state: &mut State, hotkey: &AccountId, coldkey: &AccountId) {
    OWNER.put(state, (hotkey.clone(),), coldkey.clone());
    for hotkeys in [&OWNED_HOTKEYS, &STAKING_HOTKEYS] {
        hotkeys.mutate(state, (coldkey.clone(),), |all| all.push(hotkey.clone()));
    }
}

pub(super) fn register(state: &mut State, netuid: u16, uid: u16, hotkey: &AccountId) {
    UIDS.put(state, (netuid, hotkey.clone()), uid);
    KEYS.put(state, (netuid, uid), hotkey.clone());
    IS_NETWORK_MEMBER.put(state, (hotkey.clone(), netuid), true);
    BLOCK_AT_REGISTRATION.put(state, (netuid, uid), 0);
}

fn stake(state: &mut State, seed: u64, netuid: u16, uid: u16, hotkey: &AccountId) {
    let mut draws = draws(seed, "stake", (netuid, uid));
    let alpha = if *hotkey == alice() {
        60_000 * COIN
    } else if is_validator(uid) {
        draws.random_range(5_000 * COIN..100_000 * COIN)
    } else {
        draws.random_range(10 * COIN..500 * COIN)
    };
    TOTAL_HOTKEY_ALPHA.put(state, (hotkey.clone(), netuid), alpha);
    SUBNET_ALPHA_OUT.mutate(state, (netuid,), |out| *out = out.saturating_add(alpha));
    if is_validator(uid) {
        let tao = draws.random_range(1_000 * COIN..40_000 * COIN);
        TOTAL_HOTKEY_ALPHA.put(state, (hotkey.clone(), 0), tao);
    }
}
