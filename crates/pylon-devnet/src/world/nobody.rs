//! Netuid 1 as the pallet's genesis lays it down: nobody's, without emission. It is there on every fresh chain, and what
//! lists subnets tells of it.

use super::{FIRST, accounts::COIN, stakers, subnet};
use crate::{
    runtime::{
        ZERO_ACCOUNT,
        subtensor::{
            ACTIVE, CONSENSUS, DIVIDENDS, EMISSION, INCENTIVE, LAST_UPDATE, MAX_ALLOWED_UIDS,
            MAX_ALLOWED_VALIDATORS, MIN_ALLOWED_WEIGHTS, NETWORKS_ADDED, OWNER, STAKING_HOTKEYS,
            SUBNET_ALPHA_IN, SUBNET_ALPHA_OUT, SUBNET_LOCKED, SUBNET_MECHANISM, SUBNET_OWNER,
            SUBNETWORK_N, TEMPO, TOKEN_SYMBOL, TOTAL_HOTKEY_ALPHA, TOTAL_NETWORKS,
            VALIDATOR_PERMIT, VALIDATOR_TRUST,
        },
    },
    state::State,
};

const SIZE: u16 = 256;
const VALIDATORS: u16 = 64;
const TEMPO_BLOCKS: u16 = 100;

pub(super) fn build(state: &mut State) {
    let key = (FIRST,);
    NETWORKS_ADDED.put(state, key, true);
    TOTAL_NETWORKS.mutate(state, (), |total| *total = total.saturating_add(1));
    SUBNET_MECHANISM.put(state, key, 1);
    MAX_ALLOWED_UIDS.put(state, key, SIZE);
    MAX_ALLOWED_VALIDATORS.put(state, key, VALIDATORS);
    MIN_ALLOWED_WEIGHTS.put(state, key, 0);
    TEMPO.put(state, key, TEMPO_BLOCKS);
    SUBNET_OWNER.put(state, key, ZERO_ACCOUNT);
    SUBNET_LOCKED.put(state, key, 1);
    TOKEN_SYMBOL.put(state, key, "α".into());
    super::accounts::issue_to_reserve(state, FIRST, 10 * COIN);
    SUBNET_ALPHA_IN.put(state, key, 10 * COIN);

    OWNER.put(state, (ZERO_ACCOUNT,), ZERO_ACCOUNT);
    STAKING_HOTKEYS.put(state, (ZERO_ACCOUNT,), vec![ZERO_ACCOUNT]);
    TOTAL_HOTKEY_ALPHA.put(state, (ZERO_ACCOUNT, FIRST), COIN);
    SUBNET_ALPHA_OUT.put(state, key, COIN);
    stakers::share_out(state, 0);
    SUBNETWORK_N.put(state, key, 1);
    subnet::register(state, FIRST, 0, &ZERO_ACCOUNT);
    ACTIVE.put(state, key, vec![true]);
    VALIDATOR_PERMIT.put(state, key, vec![false]);
    for scores in [&CONSENSUS, &INCENTIVE, &DIVIDENDS, &VALIDATOR_TRUST] {
        scores.put(state, key, vec![0]);
    }
    for amounts in [&EMISSION, &LAST_UPDATE] {
        amounts.put(state, key, vec![0]);
    }
}
