//! Runtime APIs: what `state_call` answers.

use codec::{DecodeAll, Encode};
use pylon_models::EpochSchedule;
use scale_info::{MetaType, meta_type};

use super::{
    AccountId, RuntimeVersion,
    metadata::{self, OpaqueMetadata},
    subtensor::{
        self,
        hyperparams::HyperparamEntry,
        metagraph::{Metagraph, SelectiveMetagraph},
        neurons::NeuronInfoLite,
    },
    system, version,
};
use crate::state::State;

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
                    let ($($arg,)*): ($($ty,)*) = DecodeAll::decode_all(&mut &*input)
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
        version() -> RuntimeVersion = |_| version();
    }
    "Metadata" 2 {
        metadata() -> OpaqueMetadata = |_| metadata::opaque(14).unwrap_or_default();
        metadata_at_version(version: u32) -> Option<OpaqueMetadata> = |_, version| metadata::opaque(version);
        metadata_versions() -> Vec<u32> = |_| metadata::VERSIONS.to_vec();
    }
    "AccountNonceApi" 1 {
        account_nonce(account: AccountId) -> u32 = |state, account| system::ACCOUNT.get(state, (account,)).nonce;
    }
    "NeuronInfoRuntimeApi" 1 {
        get_neurons_lite(netuid: u16) -> Vec<NeuronInfoLite> = subtensor::neurons::neurons_lite;
    }
    "SubnetInfoRuntimeApi" 2 {
        get_metagraph(netuid: u16) -> Option<Metagraph> = subtensor::metagraph::metagraph;
        get_selective_metagraph(netuid: u16, metagraph_indexes: Vec<u16>) -> Option<SelectiveMetagraph> = subtensor::metagraph::selective_metagraph;
        get_next_epoch_start_block(netuid: u16) -> Option<u64> = |state, netuid| schedule(state, netuid).next_epoch_start();
        get_subnet_hyperparams_v3(netuid: u16) -> Option<Vec<HyperparamEntry>> = subtensor::hyperparams::hyperparams_v3;
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn bytes(hex: &Value) -> Vec<u8> {
        hex::decode(hex.as_str().unwrap().trim_start_matches("0x")).unwrap()
    }

    /// A subnet of 256 neurons and what the real runtime of June 2026 answered on it.
    fn recorded() -> (State, Value) {
        let golden: Value =
            serde_json::from_str(include_str!("../../tests/fixtures/runtime_256.json")).unwrap();
        let mut state = State::default();
        for pair in golden["set"].as_array().unwrap() {
            state.put(&bytes(&pair[0]), &bytes(&pair[1]));
        }
        system::NUMBER.put(&mut state, (), 200);
        (state, golden)
    }

    #[test]
    fn the_recorded_state_gives_the_real_runtimes_answers_byte_for_byte() {
        let (state, golden) = recorded();
        let apis = golden["apis"].as_array().unwrap();
        assert_eq!(apis.len(), 4);
        for api in apis {
            let name = api["api"].as_str().unwrap();
            let answer = call(&state, name, &bytes(&api["args"])).unwrap();
            assert!(answer == bytes(&api["result"]), "{name} differs");
        }
    }

    #[test]
    fn every_column_can_be_asked_for_alone() {
        let (state, _) = recorded();
        for index in 1..=73u16 {
            let input = (42u16, vec![index]).encode();
            let answer = call(
                &state,
                "SubnetInfoRuntimeApi_get_selective_metagraph",
                &input,
            )
            .unwrap();
            let decoded = Option::<SelectiveMetagraph>::decode_all(&mut &answer[..]).unwrap();
            assert!(decoded.is_some(), "column {index}");
        }
    }

    #[test]
    fn a_subnet_that_does_not_exist_has_no_answer() {
        let state = State::default();
        let netuid = 42u16.encode();
        assert_eq!(
            call(&state, "SubnetInfoRuntimeApi_get_metagraph", &netuid),
            Ok(vec![0])
        );
        assert_eq!(
            call(&state, "NeuronInfoRuntimeApi_get_neurons_lite", &netuid),
            Ok(vec![0])
        );
    }

    #[test]
    fn an_unknown_method_and_bad_arguments_are_errors() {
        let state = State::default();
        assert_eq!(
            call(&state, "Core_nothing", &[]),
            Err(ApiError::UnknownMethod("Core_nothing".into()))
        );
        let bad = call(&state, "SubnetInfoRuntimeApi_get_metagraph", &[1]);
        assert!(matches!(
            bad,
            Err(ApiError::BadInput {
                method: "get_metagraph",
                ..
            })
        ));
    }
}
