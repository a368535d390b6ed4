//! The root network.

use super::{FIRST, accounts, subnet::is_validator};
use crate::{
    runtime::subtensor::{
        ACTIVE, BLOCK_AT_REGISTRATION, CONSENSUS, DIVIDENDS, EMISSION, INCENTIVE,
        IS_NETWORK_MEMBER, KEYS, LAST_UPDATE, MAX_ALLOWED_UIDS, MAX_ALLOWED_VALIDATORS,
        MIN_ALLOWED_WEIGHTS, NETWORKS_ADDED, SUBNET_ALPHA_OUT, SUBNETWORK_N, SUBTOKEN_ENABLED,
        TARGET_REGISTRATIONS_PER_INTERVAL, TOKEN_SYMBOL, TOTAL_HOTKEY_ALPHA, TOTAL_NETWORKS, UIDS,
        VALIDATOR_PERMIT, VALIDATOR_TRUST,
    },
    state::State,
};

const ROOT: u16 = 0;
/// Seats on root.
const SEATS: u16 = 64;

/// Lays down root without members, as the pallet's genesis does.
pub(super) fn build(state: &mut State) {
    NETWORKS_ADDED.put(state, (ROOT,), true);
    TOTAL_NETWORKS.put(state, (), 1);
    SUBNETWORK_N.put(state, (ROOT,), 0);
    MAX_ALLOWED_UIDS.put(state, (ROOT,), SEATS);
    MAX_ALLOWED_VALIDATORS.put(state, (ROOT,), SEATS);
    MIN_ALLOWED_WEIGHTS.put(state, (ROOT,), 0);
    TARGET_REGISTRATIONS_PER_INTERVAL.put(state, (ROOT,), SEATS);
    TOKEN_SYMBOL.put(state, (ROOT,), "Τ".into());
}

/// Seats the validators of the first subnet and adds up what is staked on root.
pub(super) fn settle(state: &mut State) {
    let members: Vec<_> = (0..SUBNETWORK_N.get(state, (FIRST,)))
        .filter(|uid| is_validator(*uid))
        .map(|uid| KEYS.get(state, (FIRST, uid)))
        .collect();
    for (uid, hotkey) in (0u16..).zip(&members) {
        UIDS.put(state, (ROOT, hotkey.clone()), uid);
        KEYS.put(state, (ROOT, uid), hotkey.clone());
        IS_NETWORK_MEMBER.put(state, (hotkey.clone(), ROOT), true);
        BLOCK_AT_REGISTRATION.put(state, (ROOT, uid), 0);
    }
    let size = members.len();
    SUBNETWORK_N.put(state, (ROOT,), u16::try_from(size).unwrap_or(SEATS));
    ACTIVE.put(state, (ROOT,), vec![true; size]);
    VALIDATOR_PERMIT.put(state, (ROOT,), vec![false; size]);
    for scores in [&CONSENSUS, &INCENTIVE, &DIVIDENDS, &VALIDATOR_TRUST] {
        scores.put(state, (ROOT,), vec![0; size]);
    }
    for amounts in [&EMISSION, &LAST_UPDATE] {
        amounts.put(state, (ROOT,), vec![0; size]);
    }
    SUBTOKEN_ENABLED.put(state, (ROOT,), true);
    let staked = TOTAL_HOTKEY_ALPHA
        .iter(state)
        .into_iter()
        .filter(|((_, netuid), _)| *netuid == ROOT)
        .fold(0u64, |sum, (_, stake)| sum.saturating_add(stake));
    SUBNET_ALPHA_OUT.put(state, (ROOT,), staked);
    accounts::issue_to_reserve(state, ROOT, staked);
}
