//! `SubnetInfoRuntimeApi`: a subnet's hyperparameters, as a list of named values and, in
//! [`fixed`], as the structs of older versions.

pub(crate) mod fixed;

use codec::Compact;

use super::*;
use crate::{
    runtime::{FixedI64, FixedU128, layout::Layout, oct2026},
    state::State,
};

scale_struct! {
    /// A hyperparameter.
    "pallet_subtensor::rpc_info::subnet_info" HyperparamEntry { name: Vec<u8>, value: HyperparamValue }
}

scale_enum! {
    /// A hyperparameter's value.
    "pallet_subtensor::rpc_info::subnet_info" HyperparamValue {
        0 Bool(bool),
        1 U16(Compact<u16>),
        2 U32(Compact<u32>),
        3 U64(Compact<u64>),
        4 U128(Compact<u128>),
        5 TaoBalance(Compact<u64>),
        6 I32F32(FixedI64),
        7 U64F64(FixedU128),
    }
}

/// Blocks after which a silent validator counts as inactive.
pub(crate) fn activity_cutoff(state: &State, netuid: u16) -> u64 {
    let factor = u64::from(ACTIVITY_CUTOFF_FACTOR_MILLI.get(state, (netuid,)));
    (factor * u64::from(TEMPO.get(state, (netuid,))) / 1000).max(1)
}

fn alpha_sigmoid_steepness(state: &State, netuid: u16) -> FixedI64 {
    FixedI64 {
        bits: i64::from(ALPHA_SIGMOID_STEEPNESS.get(state, (netuid,))) << 32,
    }
}

fn yuma_version(state: &State, netuid: u16) -> u16 {
    if YUMA3_ON.get(state, (netuid,)) { 3 } else { 2 }
}

/// `get_subnet_hyperparams_v3`.
pub(crate) fn hyperparams_v3(state: &State, netuid: u16) -> Option<Vec<HyperparamEntry>> {
    use HyperparamValue::{Bool, I32F32, TaoBalance, U16, U32, U64, U64F64};
    if !NETWORKS_ADDED.get(state, (netuid,)) {
        return None;
    }
    let (alpha_low, alpha_high) = ALPHA_VALUES.get(state, (netuid,));
    let min_childkey_take = MIN_CHILDKEY_TAKE
        .get(state, ())
        .max(MIN_CHILDKEY_TAKE_PER_SUBNET.get(state, (netuid,)));
    let values = [
        ("kappa", U16(Compact(KAPPA.get(state, (netuid,))))),
        (
            "immunity_period",
            U16(Compact(IMMUNITY_PERIOD.get(state, (netuid,)))),
        ),
        (
            "min_allowed_weights",
            U16(Compact(MIN_ALLOWED_WEIGHTS.get(state, (netuid,)))),
        ),
        (
            "max_weights_limit",
            U16(Compact(MAX_WEIGHTS_LIMIT.get(state, (netuid,)))),
        ),
        ("tempo", U16(Compact(TEMPO.get(state, (netuid,))))),
        (
            "weights_version",
            U64(Compact(WEIGHTS_VERSION_KEY.get(state, (netuid,)))),
        ),
        (
            "weights_rate_limit",
            U64(Compact(WEIGHTS_SET_RATE_LIMIT.get(state, (netuid,)))),
        ),
        (
            "activity_cutoff",
            U64(Compact(activity_cutoff(state, netuid))),
        ),
        (
            "activity_cutoff_factor",
            U32(Compact(ACTIVITY_CUTOFF_FACTOR_MILLI.get(state, (netuid,)))),
        ),
        (
            "registration_allowed",
            Bool(NETWORK_REGISTRATION_ALLOWED.get(state, (netuid,))),
        ),
        (
            "target_regs_per_interval",
            U16(Compact(
                TARGET_REGISTRATIONS_PER_INTERVAL.get(state, (netuid,)),
            )),
        ),
        (
            "min_burn",
            TaoBalance(Compact(MIN_BURN.get(state, (netuid,)))),
        ),
        (
            "max_burn",
            TaoBalance(Compact(MAX_BURN.get(state, (netuid,)))),
        ),
        (
            "burn_half_life",
            U16(Compact(BURN_HALF_LIFE.get(state, (netuid,)))),
        ),
        (
            "burn_increase_mult",
            U64F64(BURN_INCREASE_MULT.get(state, (netuid,))),
        ),
        (
            "bonds_moving_avg",
            U64(Compact(BONDS_MOVING_AVERAGE.get(state, (netuid,)))),
        ),
        (
            "max_regs_per_block",
            U16(Compact(MAX_REGISTRATIONS_PER_BLOCK.get(state, (netuid,)))),
        ),
        (
            "serving_rate_limit",
            U64(Compact(SERVING_RATE_LIMIT.get(state, (netuid,)))),
        ),
        (
            "max_validators",
            U16(Compact(MAX_ALLOWED_VALIDATORS.get(state, (netuid,)))),
        ),
        (
            "commit_reveal_period",
            U64(Compact(REVEAL_PERIOD_EPOCHS.get(state, (netuid,)))),
        ),
        (
            "commit_reveal_weights_enabled",
            Bool(COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, (netuid,))),
        ),
        ("alpha_high", U16(Compact(alpha_high))),
        ("alpha_low", U16(Compact(alpha_low))),
        (
            "liquid_alpha_enabled",
            Bool(LIQUID_ALPHA_ON.get(state, (netuid,))),
        ),
        (
            "alpha_sigmoid_steepness",
            I32F32(alpha_sigmoid_steepness(state, netuid)),
        ),
        ("yuma_version", U16(Compact(yuma_version(state, netuid)))),
        (
            "subnet_is_active",
            Bool(SUBTOKEN_ENABLED.get(state, (netuid,))),
        ),
        (
            "transfers_enabled",
            Bool(TRANSFER_TOGGLE.get(state, (netuid,))),
        ),
        (
            "bonds_reset_enabled",
            Bool(BONDS_RESET_ON.get(state, (netuid,))),
        ),
        // The swap pallet of June no longer knows user liquidity.
        ("user_liquidity_enabled", Bool(false)),
        (
            "owner_cut_enabled",
            Bool(OWNER_CUT_ENABLED.get(state, (netuid,))),
        ),
        (
            "owner_cut_auto_lock_enabled",
            Bool(OWNER_CUT_AUTO_LOCK_ENABLED.get(state, (netuid,))),
        ),
        ("min_childkey_take", U16(Compact(min_childkey_take))),
    ];
    let later = match Layout::of(state) {
        Layout::Jun2026 => Vec::new(),
        Layout::Oct2026 => oct2026::hyperparams(state, netuid),
    };
    Some(
        values
            .into_iter()
            .chain(later)
            .map(|(name, value)| HyperparamEntry {
                name: name.into(),
                value,
            })
            .collect(),
    )
}
