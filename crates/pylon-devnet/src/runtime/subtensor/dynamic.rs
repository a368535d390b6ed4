//! `SubnetInfoRuntimeApi_get_dynamic_info`: a subnet as a market.

use codec::Compact;

use super::*;
use crate::{
    runtime::{AccountId, I96F32, compact, system},
    state::State,
};

scale_struct! {
    /// A subnet as a market.
    "pallet_subtensor::rpc_info::dynamic_info" DynamicInfo {
        netuid: Compact<u16>,
        owner_hotkey: AccountId,
        owner_coldkey: AccountId,
        subnet_name: Vec<Compact<u8>>,
        token_symbol: Vec<Compact<u8>>,
        tempo: Compact<u16>,
        last_step: Compact<u64>,
        blocks_since_last_step: Compact<u64>,
        emission: Compact<u64>,
        alpha_in: Compact<u64>,
        alpha_out: Compact<u64>,
        tao_in: Compact<u64>,
        alpha_out_emission: Compact<u64>,
        alpha_in_emission: Compact<u64>,
        tao_in_emission: Compact<u64>,
        pending_alpha_emission: Compact<u64>,
        pending_root_emission: Compact<u64>,
        subnet_volume: Compact<u128>,
        network_registered_at: Compact<u64>,
        subnet_identity: Option<SubnetIdentityV3>,
        moving_price: I96F32,
    }
}

/// `get_dynamic_info`.
pub(crate) fn dynamic_info(state: &State, netuid: u16) -> Option<DynamicInfo> {
    let key = (netuid,);
    if !NETWORKS_ADDED.get(state, key) {
        return None;
    }
    let last_step = LAST_MECHANSIM_STEP_BLOCK.get(state, key);
    let block = u64::from(system::NUMBER.get(state, ()));
    let pending = PENDING_VALIDATOR_EMISSION
        .get(state, key)
        .saturating_add(PENDING_SERVER_EMISSION.get(state, key));
    Some(DynamicInfo {
        netuid: Compact(netuid),
        owner_hotkey: SUBNET_OWNER_HOTKEY.get(state, key),
        owner_coldkey: SUBNET_OWNER.get(state, key),
        subnet_name: compact(names::name(state, netuid)),
        token_symbol: compact(TOKEN_SYMBOL.get(state, key)),
        tempo: Compact(TEMPO.get(state, key)),
        last_step: Compact(last_step),
        blocks_since_last_step: Compact(block.saturating_sub(last_step)),
        // No longer kept.
        emission: Compact(0),
        alpha_in: Compact(SUBNET_ALPHA_IN.get(state, key)),
        alpha_out: Compact(SUBNET_ALPHA_OUT.get(state, key)),
        tao_in: Compact(SUBNET_TAO.get(state, key)),
        alpha_out_emission: Compact(SUBNET_ALPHA_OUT_EMISSION.get(state, key)),
        alpha_in_emission: Compact(SUBNET_ALPHA_IN_EMISSION.get(state, key)),
        tao_in_emission: Compact(SUBNET_TAO_IN_EMISSION.get(state, key)),
        pending_alpha_emission: Compact(pending),
        pending_root_emission: Compact(0),
        subnet_volume: Compact(SUBNET_VOLUME.get(state, key)),
        network_registered_at: Compact(NETWORK_REGISTERED_AT.get(state, key)),
        subnet_identity: SUBNET_IDENTITIES_V3.find(state, key),
        moving_price: SUBNET_MOVING_PRICE.get(state, key),
    })
}

/// `get_all_dynamic_info`.
pub(crate) fn all_dynamic_info(state: &State) -> Vec<Option<DynamicInfo>> {
    subnets::netuids(state)
        .into_iter()
        .map(|netuid| dynamic_info(state, netuid))
        .collect()
}
