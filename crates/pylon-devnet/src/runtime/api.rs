//! Runtime APIs: what `state_call` answers.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use codec::{DecodeLimit, Encode};
use pylon_models::EpochSchedule;
use scale_info::{MetaType, meta_type};

use super::{
    AccountId, RuntimeCall, RuntimeVersion, U64F64, aura,
    extrinsic::UncheckedExtrinsic,
    layout::Layout,
    metadata::{self, OpaqueMetadata},
    subtensor::{
        self, LockState, delegates,
        delegates::{DelegateInfo, Delegated},
        dynamic,
        dynamic::DynamicInfo,
        hyperparams::{
            self, HyperparamEntry,
            fixed::{SubnetHyperparams, SubnetHyperparamsV2},
        },
        lock,
        metagraph::{self, Metagraph, SelectiveMetagraph},
        neurons::{self, NeuronInfo, NeuronInfoLite},
        stakes::{self, StakeAvailability, StakeInfo},
        subnet_state::{self, SubnetState},
        subnets::{self, SubnetInfo, SubnetInfov2},
    },
    swap::market::{self, SimSwapResult, SubnetPrice},
    system::{self, Weight},
    transaction_payment::fees::{self, FeeDetails, RuntimeDispatchInfo},
    version,
};
use crate::{node::extrinsic::MAX_DEPTH, state::State};

/// Why a runtime call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// No runtime API has that name.
    #[error("exported method {0} is not found")]
    UnknownMethod(String),
    /// The arguments do not decode.
    #[error("bad input data provided to {method}: {source}")]
    BadInput {
        /// The method's name without its trait.
        method: &'static str,
        /// What is wrong with the arguments.
        #[source]
        source: codec::Error,
    },
}

/// A trait of runtime APIs.
pub(crate) struct Trait {
    /// Name.
    pub(crate) name: &'static str,
    /// Version.
    pub(crate) version: u32,
    /// Methods.
    pub(crate) methods: &'static [Method],
}

/// A method of a runtime API.
pub(crate) struct Method {
    /// Name without the trait's.
    pub(crate) name: &'static str,
    /// Names and types of the arguments.
    pub(crate) inputs: fn() -> Vec<(&'static str, MetaType)>,
    /// Type of the answer.
    pub(crate) output: fn() -> MetaType,
    run: fn(&State, &[u8]) -> Result<Vec<u8>, ApiError>,
}

macro_rules! runtime_apis {
    ($($api:literal $version:literal { $($method:ident($($arg:ident: $ty:ty),*) -> $output:ty = $compute:expr;)* })*) => {
        /// Every trait that this runtime implements.
        pub(crate) const TRAITS: &[Trait] = &[$(Trait {
            name: $api,
            version: $version,
            methods: &[$(Method {
                name: stringify!($method),
                inputs: || vec![$((stringify!($arg), meta_type::<$ty>())),*],
                output: || meta_type::<$output>(),
                run: |state, input| {
                    let ($($arg,)*): ($($ty,)*) = DecodeLimit::decode_all_with_depth_limit(MAX_DEPTH, &mut &*input)
                        .map_err(|source| ApiError::BadInput { method: stringify!($method), source })?;
                    let compute: fn(&State, $($ty),*) -> $output = $compute;
                    Ok(compute(state, $($arg),*).encode())
                },
            }),*],
        }),*];
    };
}

runtime_apis! {
    "Core" 5 {
        version() -> RuntimeVersion = |state| version(Layout::of(state));
    }
    "Metadata" 2 {
        metadata() -> OpaqueMetadata = |state| metadata::opaque(Layout::of(state), 14).unwrap_or_default();
        metadata_at_version(version: u32) -> Option<OpaqueMetadata> = |state, version| metadata::opaque(Layout::of(state), version);
        metadata_versions() -> Vec<u32> = |_| metadata::VERSIONS.to_vec();
    }
    "AccountNonceApi" 1 {
        account_nonce(account: AccountId) -> u32 = |state, account| system::ACCOUNT.get(state, (account,)).nonce;
    }
    "AuraApi" 1 {
        slot_duration() -> aura::SlotDuration = |_| aura::SlotDuration(aura::SLOT_DURATION);
        authorities() -> Vec<aura::Public> = |state| aura::AUTHORITIES.get(state, ()).into_inner();
    }
    "DelegateInfoRuntimeApi" 1 {
        get_delegates() -> Vec<DelegateInfo> = delegates::delegates;
        get_delegate(delegate_account: AccountId) -> Option<DelegateInfo> = delegates::delegate;
        get_delegated(delegatee_account: AccountId) -> Vec<Delegated> = delegates::delegated;
    }
    "TransactionPaymentApi" 4 {
        query_info(uxt: UncheckedExtrinsic, len: u32) -> RuntimeDispatchInfo = fees::query_info;
        query_fee_details(uxt: UncheckedExtrinsic, len: u32) -> FeeDetails = fees::query_fee_details;
        query_weight_to_fee(weight: Weight) -> u64 = fees::query_weight_to_fee;
        query_length_to_fee(length: u32) -> u64 = fees::query_length_to_fee;
    }
    "TransactionPaymentCallApi" 3 {
        query_call_info(call: RuntimeCall, len: u32) -> RuntimeDispatchInfo = fees::query_call_info;
        query_call_fee_details(call: RuntimeCall, len: u32) -> FeeDetails = fees::query_call_fee_details;
        query_weight_to_fee(weight: Weight) -> u64 = fees::query_weight_to_fee;
        query_length_to_fee(length: u32) -> u64 = fees::query_length_to_fee;
    }
    "NeuronInfoRuntimeApi" 1 {
        get_neurons(netuid: u16) -> Vec<NeuronInfo> = neurons::neurons;
        get_neuron(netuid: u16, uid: u16) -> Option<NeuronInfo> = neurons::neuron;
        get_neurons_lite(netuid: u16) -> Vec<NeuronInfoLite> = neurons::neurons_lite;
        get_neuron_lite(netuid: u16, uid: u16) -> Option<NeuronInfoLite> = neurons::neuron_lite;
    }
    "SubnetInfoRuntimeApi" 2 {
        get_subnet_info(netuid: u16) -> Option<SubnetInfo> = subnets::subnet_info;
        get_subnets_info() -> Vec<Option<SubnetInfo>> = |state| subnets::all(state, subnets::subnet_info);
        get_subnet_info_v2(netuid: u16) -> Option<SubnetInfov2> = subnets::subnet_info_v2;
        get_subnets_info_v2() -> Vec<Option<SubnetInfov2>> = |state| subnets::all(state, subnets::subnet_info_v2);
        get_subnet_hyperparams(netuid: u16) -> Option<SubnetHyperparams> = hyperparams::fixed::hyperparams;
        get_subnet_hyperparams_v2(netuid: u16) -> Option<SubnetHyperparamsV2> = hyperparams::fixed::hyperparams_v2;
        get_all_dynamic_info() -> Vec<Option<DynamicInfo>> = dynamic::all_dynamic_info;
        get_all_metagraphs() -> Vec<Option<Metagraph>> = metagraph::all_metagraphs;
        get_metagraph(netuid: u16) -> Option<Metagraph> = metagraph::metagraph;
        get_all_mechagraphs() -> Vec<Option<Metagraph>> = metagraph::all_mechagraphs;
        get_mechagraph(netuid: u16, mecid: u8) -> Option<Metagraph> = metagraph::mechagraph;
        get_dynamic_info(netuid: u16) -> Option<DynamicInfo> = dynamic::dynamic_info;
        get_subnet_state(netuid: u16) -> Option<SubnetState> = subnet_state::subnet_state;
        get_selective_metagraph(netuid: u16, metagraph_indexes: Vec<u16>) -> Option<SelectiveMetagraph> = metagraph::selective_metagraph;
        get_coldkey_auto_stake_hotkey(coldkey: AccountId, netuid: u16) -> Option<AccountId> = |state, coldkey, netuid| subtensor::AUTO_STAKE_DESTINATION.find(state, (coldkey, netuid));
        get_selective_mechagraph(netuid: u16, subid: u8, metagraph_indexes: Vec<u16>) -> Option<SelectiveMetagraph> = metagraph::selective_mechagraph;
        get_subnet_to_prune() -> Option<u16> = subnets::to_prune;
        get_subnet_account_id(netuid: u16) -> Option<AccountId> = subnets::account_of_subnet;
        get_next_epoch_start_block(netuid: u16) -> Option<u64> = |state, netuid| schedule(state, netuid).next_epoch_start();
        get_subnet_hyperparams_v3(netuid: u16) -> Option<Vec<HyperparamEntry>> = hyperparams::hyperparams_v3;
    }
    "StakeInfoRuntimeApi" 1 {
        get_stake_info_for_coldkey(coldkey_account: AccountId) -> Vec<StakeInfo> = stakes::stake_info_for_coldkey;
        get_stake_info_for_coldkeys(coldkey_accounts: Vec<AccountId>) -> Vec<(AccountId, Vec<StakeInfo>)> = stakes::stake_info_for_coldkeys;
        get_stake_info_for_hotkey_coldkey_netuid(hotkey_account: AccountId, coldkey_account: AccountId, netuid: u16) -> Option<StakeInfo> = stakes::stake_info_for;
        get_stake_availability_for_coldkeys(coldkey_accounts: Vec<AccountId>, netuids: Option<Vec<u16>>) -> BTreeMap<AccountId, BTreeMap<u16, StakeAvailability>> = stakes::stake_availability;
        get_stake_fee(origin: Option<(AccountId, u16)>, origin_coldkey_account: AccountId, destination: Option<(AccountId, u16)>, destination_coldkey_account: AccountId, amount: u64) -> u64 = |state, origin, _, destination, _, amount| stakes::stake_fee(state, origin, destination, amount);
        get_coldkey_lock(coldkey: AccountId, netuid: u16) -> Option<LockState> = lock::coldkey_lock;
        get_hotkey_conviction(hotkey: AccountId, netuid: u16) -> U64F64 = lock::hotkey_conviction;
        get_most_convicted_hotkey_on_subnet(netuid: u16) -> Option<AccountId> = lock::most_convicted;
    }
    "SubnetRegistrationRuntimeApi" 1 {
        get_network_registration_cost() -> u64 = subnets::registration_cost;
    }
    "SwapRuntimeApi" 1 {
        current_alpha_price(netuid: u16) -> u64 = market::alpha_price;
        current_alpha_price_all() -> Vec<SubnetPrice> = market::alpha_prices;
        sim_swap_tao_for_alpha(netuid: u16, tao: u64) -> SimSwapResult = market::buy;
        sim_swap_alpha_for_tao(netuid: u16, alpha: u64) -> SimSwapResult = market::sell;
    }
}

/// A subnet's epoch schedule as it stands in the state.
pub(crate) fn schedule(state: &State, netuid: u16) -> EpochSchedule {
    EpochSchedule {
        tempo: subtensor::TEMPO.get(state, (netuid,)),
        last_epoch_block: subtensor::LAST_EPOCH_BLOCK.get(state, (netuid,)),
        pending_epoch_at: subtensor::PENDING_EPOCH_AT.get(state, (netuid,)),
        subnet_epoch_index: subtensor::SUBNET_EPOCH_INDEX.get(state, (netuid,)),
        blocks_since_last_step: subtensor::BLOCKS_SINCE_LAST_STEP.get(state, (netuid,)),
    }
}

/// Answers `Trait_method` with SCALE arguments, on the given state.
pub(crate) fn call(state: &State, method: &str, input: &[u8]) -> Result<Vec<u8>, ApiError> {
    TRAITS
        .iter()
        .flat_map(|api| api.methods.iter().map(move |method| (api.name, method)))
        .find(|(api, found)| {
            method
                .strip_prefix(api)
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|name| name == found.name)
        })
        .ok_or_else(|| ApiError::UnknownMethod(method.into()))
        .and_then(|(_, found)| (found.run)(state, input))
}
