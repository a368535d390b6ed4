//! `SubnetInfoRuntimeApi`: subnets in few words, and what concerns them all.

use codec::{Compact, Encode};

use super::*;
use crate::{
    runtime::{AccountId, system},
    state::State,
};

/// Declares both forms of a subnet.
macro_rules! subnet_infos {
    ($($field:ident: $ty:ty),*; $v1:ident, $v2:ident: $named_ty:ty; $($last:ident: $last_ty:ty),*; v2 only: $only:ident: $only_ty:ty) => {
        scale_struct! {
            /// A subnet in few words.
            "pallet_subtensor::rpc_info::subnet_info" SubnetInfo { $($field: $ty,)* $v1: $named_ty, $($last: $last_ty),* }
        }
        scale_struct! {
            /// A subnet in few words, with its identity.
            "pallet_subtensor::rpc_info::subnet_info" SubnetInfov2 { $($field: $ty,)* $v2: $named_ty, $($last: $last_ty,)* $only: $only_ty }
        }

        impl SubnetInfo {
            fn with_identity(self, $only: $only_ty) -> SubnetInfov2 {
                SubnetInfov2 { $($field: self.$field,)* $v2: self.$v1, $($last: self.$last,)* $only }
            }
        }
    };
}

subnet_infos! {
    netuid: Compact<u16>,
    rho: Compact<u16>,
    kappa: Compact<u16>,
    difficulty: Compact<u64>,
    immunity_period: Compact<u16>,
    max_allowed_validators: Compact<u16>,
    min_allowed_weights: Compact<u16>,
    max_weights_limit: Compact<u16>,
    scaling_law_power: Compact<u16>,
    subnetwork_n: Compact<u16>,
    max_allowed_uids: Compact<u16>,
    blocks_since_last_step: Compact<u64>,
    tempo: Compact<u16>,
    network_modality: Compact<u16>,
    network_connect: Vec<[u16; 2]>;
    emission_values, emission_value: Compact<u64>;
    burn: Compact<u64>,
    owner: AccountId;
    v2 only: identity: Option<SubnetIdentityV3>
}

/// Every subnet, in raw key order.
pub(crate) fn netuids(state: &State) -> Vec<u16> {
    NETWORKS_ADDED
        .iter(state)
        .into_iter()
        .map(|((netuid,), _)| netuid)
        .collect()
}

/// `get_subnet_info`.
pub(crate) fn subnet_info(state: &State, netuid: u16) -> Option<SubnetInfo> {
    let key = (netuid,);
    NETWORKS_ADDED.get(state, key).then(|| SubnetInfo {
        netuid: Compact(netuid),
        rho: Compact(RHO.get(state, key)),
        kappa: Compact(KAPPA.get(state, key)),
        difficulty: Compact(DIFFICULTY.get(state, key)),
        immunity_period: Compact(IMMUNITY_PERIOD.get(state, key)),
        max_allowed_validators: Compact(MAX_ALLOWED_VALIDATORS.get(state, key)),
        min_allowed_weights: Compact(MIN_ALLOWED_WEIGHTS.get(state, key)),
        max_weights_limit: Compact(MAX_WEIGHTS_LIMIT.get(state, key)),
        scaling_law_power: Compact(SCALING_LAW_POWER.get(state, key)),
        subnetwork_n: Compact(SUBNETWORK_N.get(state, key)),
        max_allowed_uids: Compact(MAX_ALLOWED_UIDS.get(state, key)),
        blocks_since_last_step: Compact(BLOCKS_SINCE_LAST_STEP.get(state, key)),
        tempo: Compact(TEMPO.get(state, key)),
        // No longer kept, so zero, empty and zero.
        network_modality: Compact(0),
        network_connect: Vec::new(),
        emission_values: Compact(0),
        burn: Compact(BURN.get(state, key)),
        owner: SUBNET_OWNER.get(state, key),
    })
}

/// `get_subnet_info_v2`.
pub(crate) fn subnet_info_v2(state: &State, netuid: u16) -> Option<SubnetInfov2> {
    let identity = SUBNET_IDENTITIES_V3.find(state, (netuid,));
    Some(subnet_info(state, netuid)?.with_identity(identity))
}

/// Every subnet that exists, by netuid, as `get_subnets_info` and its second version have them.
pub(crate) fn all<T>(state: &State, of: fn(&State, u16) -> Option<T>) -> Vec<Option<T>> {
    let mut netuids = netuids(state);
    netuids.sort_unstable();
    netuids
        .into_iter()
        .map(|netuid| of(state, netuid))
        .filter(Option::is_some)
        .collect()
}

/// The account that holds a subnet's TAO: the pallet's id and the netuid, padded with zeros.
pub(crate) fn account(netuid: u16) -> AccountId {
    let mut bytes = [0; 32];
    let name = (*b"modlsubtensr", netuid).encode();
    for (to, from) in bytes.iter_mut().zip(name) {
        *to = from;
    }
    AccountId::new(bytes)
}

/// Whether an account is one that holds a subnet's TAO.
pub(crate) fn is_account(of: &AccountId) -> bool {
    let bytes: &[u8; 32] = of.as_ref();
    account(u16::from_le_bytes([bytes[12], bytes[13]])) == *of
}

/// `get_subnet_account_id`.
pub(crate) fn account_of_subnet(state: &State, netuid: u16) -> Option<AccountId> {
    (netuid == ROOT || NETWORKS_ADDED.contains(state, (netuid,))).then(|| account(netuid))
}

/// `get_subnet_to_prune`: of the subnets past their immunity that with the lowest moving price, of
/// several the oldest.
pub(crate) fn to_prune(state: &State) -> Option<u16> {
    let block = u64::from(system::NUMBER.get(state, ()));
    let immunity = NETWORK_IMMUNITY_PERIOD.get(state, ());
    NETWORKS_ADDED
        .iter(state)
        .into_iter()
        .filter(|((netuid,), added)| *added && *netuid != ROOT)
        .map(|(key, _)| (key, NETWORK_REGISTERED_AT.get(state, key)))
        .filter(|(_, registered)| block >= registered.saturating_add(immunity))
        .min_by_key(|(key, registered)| (moving_price(state, *key), *registered))
        .map(|((netuid,), _)| netuid)
}

/// The moving price, 32 fraction bits; one where the price is fixed.
pub(crate) fn moving_price(state: &State, key: (u16,)) -> i128 {
    if SUBNET_MECHANISM.get(state, key) == 0 {
        1 << 32
    } else {
        SUBNET_MOVING_PRICE.get(state, key).bits.max(0)
    }
}

/// `get_network_registration_cost`, rao: twice what the last subnet paid, falling from its block
/// on by that amount in each reduction interval, at least the least.
pub(crate) fn registration_cost(state: &State) -> u64 {
    let block = u64::from(system::NUMBER.get(state, ()));
    let last = NETWORK_LAST_LOCK_COST.get(state, ());
    let since = LAST_RATE_LIMITED_BLOCK.get(state, (RateLimitKey::NetworkLastRegistered,));
    let fall = last
        .checked_div(reduction_interval(state))
        .unwrap_or(0)
        .saturating_mul(block.saturating_sub(since));
    last.saturating_mul(if since == 0 { 1 } else { 2 })
        .saturating_sub(fall)
        .max(NETWORK_MIN_LOCK_COST.get(state, ()))
}

/// Blocks in which a subnet's price falls by what the last paid: shorter from each halving of the
/// emission to the next.
fn reduction_interval(state: &State) -> u64 {
    /// TAO that there will ever be, rao.
    const SUPPLY: u64 = 21_000_000_000_000_000;
    let left = SUPPLY.saturating_sub(TOTAL_ISSUANCE.get(state, ()));
    let interval = NETWORK_LOCK_REDUCTION_INTERVAL.get(state, ());
    if left == 0 {
        return 0;
    }
    interval >> (SUPPLY / left).ilog2()
}
