//! `get_subnet_hyperparams` and its second version: structs of fixed fields.

use codec::Compact;

use super::*;

/// Declares both structs from one list of fields and how a subnet computes them.
macro_rules! hyperparams {
    ({ $($field:ident: $ty:ty = $compute:expr;)* } v2 only { $($only:ident: $only_ty:ty = $only_compute:expr;)* }) => {
        scale_struct! {
            /// A subnet's hyperparameters.
            "pallet_subtensor::rpc_info::subnet_info" SubnetHyperparams { $($field: $ty),* }
        }
        scale_struct! {
            /// A subnet's hyperparameters, with what came later.
            "pallet_subtensor::rpc_info::subnet_info" SubnetHyperparamsV2 { $($field: $ty,)* $($only: $only_ty),* }
        }

        /// `get_subnet_hyperparams`.
        pub(crate) fn hyperparams(state: &State, netuid: u16) -> Option<SubnetHyperparams> {
            NETWORKS_ADDED.get(state, (netuid,)).then(|| SubnetHyperparams {
                $($field: { let compute: fn(&State, u16) -> $ty = $compute; compute(state, netuid) }),*
            })
        }

        /// `get_subnet_hyperparams_v2`.
        pub(crate) fn hyperparams_v2(state: &State, netuid: u16) -> Option<SubnetHyperparamsV2> {
            let SubnetHyperparams { $($field),* } = hyperparams(state, netuid)?;
            Some(SubnetHyperparamsV2 {
                $($field,)*
                $($only: { let compute: fn(&State, u16) -> $only_ty = $only_compute; compute(state, netuid) }),*
            })
        }
    };
}

hyperparams! {{
    rho: Compact<u16> = |s, n| Compact(RHO.get(s, (n,)));
    kappa: Compact<u16> = |s, n| Compact(KAPPA.get(s, (n,)));
    immunity_period: Compact<u16> = |s, n| Compact(IMMUNITY_PERIOD.get(s, (n,)));
    min_allowed_weights: Compact<u16> = |s, n| Compact(MIN_ALLOWED_WEIGHTS.get(s, (n,)));
    max_weights_limit: Compact<u16> = |s, n| Compact(MAX_WEIGHTS_LIMIT.get(s, (n,)));
    tempo: Compact<u16> = |s, n| Compact(TEMPO.get(s, (n,)));
    min_difficulty: Compact<u64> = |s, n| Compact(MIN_DIFFICULTY.get(s, (n,)));
    max_difficulty: Compact<u64> = |s, n| Compact(MAX_DIFFICULTY.get(s, (n,)));
    weights_version: Compact<u64> = |s, n| Compact(WEIGHTS_VERSION_KEY.get(s, (n,)));
    weights_rate_limit: Compact<u64> = |s, n| Compact(WEIGHTS_SET_RATE_LIMIT.get(s, (n,)));
    adjustment_interval: Compact<u16> = |s, n| Compact(ADJUSTMENT_INTERVAL.get(s, (n,)));
    activity_cutoff: Compact<u64> = |s, n| Compact(activity_cutoff(s, n));
    registration_allowed: bool = |s, n| NETWORK_REGISTRATION_ALLOWED.get(s, (n,));
    target_regs_per_interval: Compact<u16> = |s, n| Compact(TARGET_REGISTRATIONS_PER_INTERVAL.get(s, (n,)));
    min_burn: Compact<u64> = |s, n| Compact(MIN_BURN.get(s, (n,)));
    max_burn: Compact<u64> = |s, n| Compact(MAX_BURN.get(s, (n,)));
    bonds_moving_avg: Compact<u64> = |s, n| Compact(BONDS_MOVING_AVERAGE.get(s, (n,)));
    max_regs_per_block: Compact<u16> = |s, n| Compact(MAX_REGISTRATIONS_PER_BLOCK.get(s, (n,)));
    serving_rate_limit: Compact<u64> = |s, n| Compact(SERVING_RATE_LIMIT.get(s, (n,)));
    max_validators: Compact<u16> = |s, n| Compact(MAX_ALLOWED_VALIDATORS.get(s, (n,)));
    adjustment_alpha: Compact<u64> = |s, n| Compact(ADJUSTMENT_ALPHA.get(s, (n,)));
    difficulty: Compact<u64> = |s, n| Compact(DIFFICULTY.get(s, (n,)));
    commit_reveal_period: Compact<u64> = |s, n| Compact(REVEAL_PERIOD_EPOCHS.get(s, (n,)));
    commit_reveal_weights_enabled: bool = |s, n| COMMIT_REVEAL_WEIGHTS_ENABLED.get(s, (n,));
    alpha_high: Compact<u16> = |s, n| Compact(ALPHA_VALUES.get(s, (n,)).1);
    alpha_low: Compact<u16> = |s, n| Compact(ALPHA_VALUES.get(s, (n,)).0);
    liquid_alpha_enabled: bool = |s, n| LIQUID_ALPHA_ON.get(s, (n,));
} v2 only {
    alpha_sigmoid_steepness: FixedI64 = alpha_sigmoid_steepness;
    yuma_version: Compact<u16> = |s, n| Compact(yuma_version(s, n));
    subnet_is_active: bool = |s, n| SUBTOKEN_ENABLED.get(s, (n,));
    transfers_enabled: bool = |s, n| TRANSFER_TOGGLE.get(s, (n,));
    bonds_reset_enabled: bool = |s, n| BONDS_RESET_ON.get(s, (n,));
    // The swap pallet of June no longer knows user liquidity.
    user_liquidity_enabled: bool = |_, _| false;
}}
