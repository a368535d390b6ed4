//! What a subnet's owner sets, and root too.

use std::ops::RangeInclusive;

use super::{Limit, Setting, by_owner, by_root, mechanisms};
use crate::{
    runtime::{
        admin_utils::{Call, Error, Event as AdminEvent},
        layout::Layout,
        oct2026::{
            self, COLLATERAL_DRAIN_RATIO, COLLATERAL_LOCK_SHARE, EpochConsensus,
            LIQUID_ALPHA_CONSENSUS_MODE, SUBNET_EPOCH_CONSENSUS,
        },
        subtensor::{
            ACTIVITY_CUTOFF, ADJUSTMENT_ALPHA, ALPHA_SIGMOID_STEEPNESS, ALPHA_VALUES,
            BONDS_MOVING_AVERAGE, BONDS_PENALTY, BONDS_RESET_ON, BURN_HALF_LIFE,
            BURN_INCREASE_MULT, COMMIT_REVEAL_WEIGHTS_ENABLED, Error as SubtensorError, Event,
            Hyperparameter, IMMUNE_OWNER_UIDS_LIMIT, IMMUNITY_PERIOD, LIQUID_ALPHA_ON,
            MAX_ALLOWED_UIDS, MAX_BURN, MAX_BURN_LOWER_BOUND, MAX_CHILDKEY_TAKE, MAX_DIFFICULTY,
            MECHANISM_COUNT_CURRENT, MIN_ACTIVITY_CUTOFF, MIN_ALLOWED_UIDS, MIN_ALLOWED_WEIGHTS,
            MIN_BURN, MIN_BURN_UPPER_BOUND, MIN_CHILDKEY_TAKE, MIN_CHILDKEY_TAKE_PER_SUBNET,
            NETWORK_POW_REGISTRATION_ALLOWED, NETWORK_REGISTRATION_ALLOWED,
            OWNER_CUT_AUTO_LOCK_ENABLED, OWNER_CUT_ENABLED, RECYCLE_OR_BURN, REVEAL_PERIOD_EPOCHS,
            RHO, ROOT, SERVING_RATE_LIMIT, SUBNETWORK_N, TRANSFER_TOGGLE, WEIGHTS_VERSION_KEY,
            YUMA3_ON,
        },
    },
    state::State,
};

/// Neurons that no subnet has more of.
pub(super) const MOST_UIDS: u16 = 256;
/// Greatest bond moving average that an owner may set, /1,000,000.
const MAX_BONDS_MOVING_AVERAGE: u64 = 975_000;
/// Least and greatest number of epochs between commit and reveal.
const MIN_REVEAL_PERIOD: u64 = 1;
const MAX_REVEAL_PERIOD: u64 = 100;
/// Least liquid alpha, /65535: a fortieth.
const LEAST_ALPHA: u16 = u16::MAX / 40;
/// Neurons that ownership may keep from pruning.
const IMMUNE_OWNER_UIDS: RangeInclusive<u16> = 1..=10;
/// Most blocks in which a registration's price may halve.
const MAX_BURN_HALF_LIFE: u16 = 36_100;
/// One, with 64 fraction bits.
const ONE: u128 = 1 << 64;
/// Greatest part of a registration's price that may be locked, /65535.
const MAX_LOCK_SHARE: u16 = 62_258;

/// What a call sets, if it is one of these; `signed` tells an owner from root.
pub(super) fn setting(state: &State, signed: bool, call: &Call) -> Option<Setting> {
    Some(match *call {
        Call::sudo_set_serving_rate_limit {
            netuid,
            serving_rate_limit: value,
        } => by_owner(
            netuid,
            Hyperparameter::ServingRateLimit,
            SERVING_RATE_LIMIT.change((netuid,), &value),
        )
        .existing_or_not()
        .says(Event::ServingRateLimitSet(netuid, value)),
        Call::sudo_set_max_difficulty {
            netuid,
            max_difficulty: value,
        } => by_owner(
            netuid,
            Hyperparameter::MaxDifficulty,
            MAX_DIFFICULTY.change((netuid,), &value),
        )
        .says(Event::MaxDifficultySet(netuid, value)),
        Call::sudo_set_weights_version_key {
            netuid,
            weights_version_key: value,
        } => by_root(netuid, WEIGHTS_VERSION_KEY.change((netuid,), &value))
            .in_window()
            .limited(Some(Limit::WeightsVersionKey))
            .says(Event::WeightsVersionKeySet(netuid, value)),
        Call::sudo_set_adjustment_alpha {
            netuid,
            adjustment_alpha: value,
        } => by_owner(
            netuid,
            Hyperparameter::AdjustmentAlpha,
            ADJUSTMENT_ALPHA.change((netuid,), &value),
        )
        .says(Event::AdjustmentAlphaSet(netuid, value)),
        Call::sudo_set_immunity_period {
            netuid,
            immunity_period: value,
        } => by_owner(
            netuid,
            Hyperparameter::ImmunityPeriod,
            IMMUNITY_PERIOD.change((netuid,), &value),
        )
        .says(Event::ImmunityPeriodSet(netuid, value)),
        Call::sudo_set_min_allowed_weights {
            netuid,
            min_allowed_weights: value,
        } => by_owner(
            netuid,
            Hyperparameter::MinAllowedWeights,
            MIN_ALLOWED_WEIGHTS.change((netuid,), &value),
        )
        .says(Event::MinAllowedWeightSet(netuid, value)),
        Call::sudo_set_max_allowed_uids {
            netuid,
            max_allowed_uids: value,
        } => by_owner(
            netuid,
            Hyperparameter::MaxAllowedUids,
            MAX_ALLOWED_UIDS.change((netuid,), &value),
        )
        .bounded(
            value >= MIN_ALLOWED_UIDS.get(state, (netuid,)),
            Error::MaxAllowedUidsLessThanMinAllowedUids,
        )
        .bounded(
            value >= SUBNETWORK_N.get(state, (netuid,)),
            Error::MaxAllowedUIdsLessThanCurrentUIds,
        )
        .bounded(
            value <= MOST_UIDS,
            Error::MaxAllowedUidsGreaterThanDefaultMaxAllowedUids,
        )
        .bounded(
            mechanisms::fit(value, MECHANISM_COUNT_CURRENT.get(state, (netuid,))),
            SubtensorError::TooManyUIDsPerMechanism,
        )
        .says(Event::MaxAllowedUidsSet(netuid, value)),
        Call::sudo_set_rho { netuid, rho: value } => {
            by_owner(netuid, Hyperparameter::Rho, RHO.change((netuid,), &value))
        }
        Call::sudo_set_activity_cutoff {
            netuid,
            activity_cutoff: value,
        } => by_owner(
            netuid,
            Hyperparameter::ActivityCutoff,
            ACTIVITY_CUTOFF.change((netuid,), &value),
        )
        .bounded(
            value >= MIN_ACTIVITY_CUTOFF.get(state, ()),
            SubtensorError::ActivityCutoffTooLow,
        )
        .says(Event::ActivityCutoffSet(netuid, value)),
        Call::sudo_set_min_burn {
            netuid,
            min_burn: value,
        } => by_owner(
            netuid,
            Hyperparameter::MinBurn,
            MIN_BURN.change((netuid,), &value),
        )
        .bounded(
            value < MIN_BURN_UPPER_BOUND && value < MAX_BURN.get(state, (netuid,)),
            Error::ValueNotInBounds,
        )
        .says(Event::MinBurnSet(netuid, value)),
        Call::sudo_set_max_burn {
            netuid,
            max_burn: value,
        } => by_owner(
            netuid,
            Hyperparameter::MaxBurn,
            MAX_BURN.change((netuid,), &value),
        )
        .bounded(
            value > MAX_BURN_LOWER_BOUND && value > MIN_BURN.get(state, (netuid,)),
            Error::ValueNotInBounds,
        )
        .says(Event::MaxBurnSet(netuid, value)),
        Call::sudo_set_bonds_moving_average {
            netuid,
            bonds_moving_average: value,
        } => by_owner(
            netuid,
            Hyperparameter::BondsMovingAverage,
            BONDS_MOVING_AVERAGE.change((netuid,), &value),
        )
        .bounded(
            !signed || value <= MAX_BONDS_MOVING_AVERAGE,
            Error::BondsMovingAverageMaxReached,
        )
        .says(Event::BondsMovingAverageSet(netuid, value)),
        Call::sudo_set_bonds_penalty {
            netuid,
            bonds_penalty: value,
        } => by_owner(
            netuid,
            Hyperparameter::BondsPenalty,
            BONDS_PENALTY.change((netuid,), &value),
        )
        .says(Event::BondsPenaltySet(netuid, value)),
        Call::sudo_set_commit_reveal_weights_enabled {
            netuid,
            enabled: value,
        } => by_owner(
            netuid,
            Hyperparameter::CommitRevealEnabled,
            COMMIT_REVEAL_WEIGHTS_ENABLED.change((netuid,), &value),
        )
        .says(Event::CommitRevealEnabled(netuid, value)),
        Call::sudo_set_commit_reveal_weights_interval {
            netuid,
            interval: value,
        } => by_owner(
            netuid,
            Hyperparameter::WeightCommitInterval,
            REVEAL_PERIOD_EPOCHS.change((netuid,), &value),
        )
        .bounded(
            value <= MAX_REVEAL_PERIOD,
            SubtensorError::RevealPeriodTooLarge,
        )
        .bounded(
            value >= MIN_REVEAL_PERIOD,
            SubtensorError::RevealPeriodTooSmall,
        )
        .says(Event::CommitRevealPeriodsSet(netuid, value)),
        Call::sudo_set_liquid_alpha_enabled {
            netuid,
            enabled: value,
        } => by_owner(
            netuid,
            Hyperparameter::LiquidAlphaEnabled,
            LIQUID_ALPHA_ON.change((netuid,), &value),
        )
        .existing_or_not(),
        Call::sudo_set_alpha_values {
            netuid,
            alpha_low,
            alpha_high,
        } => by_owner(
            netuid,
            Hyperparameter::AlphaValues,
            ALPHA_VALUES.change((netuid,), &(alpha_low, alpha_high)),
        )
        .existing_or_not()
        .bounded(
            LIQUID_ALPHA_ON.get(state, (netuid,)),
            SubtensorError::LiquidAlphaDisabled,
        )
        .bounded(alpha_high >= LEAST_ALPHA, SubtensorError::AlphaHighTooLow)
        .bounded(
            (LEAST_ALPHA..=alpha_high).contains(&alpha_low),
            SubtensorError::AlphaLowOutOfRange,
        ),
        Call::sudo_set_toggle_transfer {
            netuid,
            toggle: value,
        } => by_owner(
            netuid,
            Hyperparameter::TransferEnabled,
            TRANSFER_TOGGLE.change((netuid,), &value),
        )
        .existing_or_not()
        .says(Event::TransferToggle(netuid, value)),
        Call::sudo_set_recycle_or_burn {
            netuid,
            ref recycle_or_burn,
        } => by_owner(
            netuid,
            Hyperparameter::RecycleOrBurn,
            RECYCLE_OR_BURN.change((netuid,), recycle_or_burn),
        )
        .existing_or_not(),
        Call::sudo_set_alpha_sigmoid_steepness {
            netuid,
            steepness: value,
        } => by_owner(
            netuid,
            Hyperparameter::AlphaSigmoidSteepness,
            ALPHA_SIGMOID_STEEPNESS.change((netuid,), &value),
        )
        .bounded(!signed || value >= 0, Error::NegativeSigmoidSteepness),
        Call::sudo_set_yuma3_enabled {
            netuid,
            enabled: value,
        } => by_owner(
            netuid,
            Hyperparameter::Yuma3Enabled,
            YUMA3_ON.change((netuid,), &value),
        )
        .existing_or_not()
        .notes(AdminEvent::Yuma3EnableToggled {
            netuid,
            enabled: value,
        }),
        Call::sudo_set_bonds_reset_enabled {
            netuid,
            enabled: value,
        } => by_owner(
            netuid,
            Hyperparameter::BondsResetEnabled,
            BONDS_RESET_ON.change((netuid,), &value),
        )
        .existing_or_not()
        .says(Event::BondsResetOnSet(netuid, value))
        .notes(AdminEvent::BondsResetToggled {
            netuid,
            enabled: value,
        }),
        Call::sudo_set_owner_immune_neuron_limit {
            netuid,
            immune_neurons: value,
        } => by_owner(
            netuid,
            Hyperparameter::ImmuneNeuronLimit,
            IMMUNE_OWNER_UIDS_LIMIT.change((netuid,), &value),
        )
        .existing_or_not()
        .bounded(
            IMMUNE_OWNER_UIDS.contains(&value),
            SubtensorError::InvalidValue,
        ),
        Call::sudo_set_burn_half_life {
            netuid,
            burn_half_life: value,
        } => by_owner(
            netuid,
            Hyperparameter::BurnHalfLife,
            BURN_HALF_LIFE.change((netuid,), &value),
        )
        .not_on_root()
        .bounded(
            (1..=MAX_BURN_HALF_LIFE).contains(&value),
            Error::InvalidValue,
        )
        .notes(AdminEvent::BurnHalfLifeSet {
            netuid,
            burn_half_life: value,
        }),
        Call::sudo_set_burn_increase_mult {
            netuid,
            burn_increase_mult: value,
        } => by_owner(
            netuid,
            Hyperparameter::BurnIncreaseMult,
            BURN_INCREASE_MULT.change((netuid,), &value),
        )
        .not_on_root()
        .bounded((ONE..=3 * ONE).contains(&value.bits), Error::InvalidValue)
        .notes(AdminEvent::BurnIncreaseMultSet {
            netuid,
            burn_increase_mult: value,
        }),
        Call::sudo_set_min_childkey_take_per_subnet {
            netuid,
            take: value,
        } => by_owner(
            netuid,
            Hyperparameter::MinChildkeyTake,
            MIN_CHILDKEY_TAKE_PER_SUBNET.change((netuid,), &value),
        )
        .bounded(
            (MIN_CHILDKEY_TAKE.get(state, ())..=MAX_CHILDKEY_TAKE.get(state, ())).contains(&value),
            Error::InvalidValue,
        )
        .says(Event::MinChildKeyTakePerSubnetSet(netuid, value)),
        Call::sudo_set_owner_cut_enabled { netuid, enabled } => {
            by_root(netuid, OWNER_CUT_ENABLED.change((netuid,), &enabled))
                .in_window()
                .limited(None)
                .not_on_root()
        }
        Call::sudo_set_owner_cut_auto_lock_enabled { netuid, enabled } => by_root(
            netuid,
            OWNER_CUT_AUTO_LOCK_ENABLED.change((netuid,), &enabled),
        )
        .in_window()
        .limited(None)
        .not_on_root(),
        _ if Layout::of(state) == Layout::Oct2026 => return october(state, call),
        _ => return None,
    })
}

/// The same of those that only October's owners set.
fn october(state: &State, call: &Call) -> Option<Setting> {
    Some(match *call {
        Call::sudo_set_liquid_alpha_consensus_mode { netuid, ref mode } => by_owner(
            netuid,
            Hyperparameter::LiquidAlphaConsensusMode,
            LIQUID_ALPHA_CONSENSUS_MODE.change((netuid,), mode),
        )
        .existing_or_not()
        .says(Event::LiquidAlphaConsensusModeSet(netuid, mode.clone())),
        // Null is not played: see `oct2026`.
        Call::sudo_set_epoch_consensus {
            netuid,
            mode: ref mode @ EpochConsensus::Yuma,
        } => by_owner(
            netuid,
            Hyperparameter::EpochConsensus,
            SUBNET_EPOCH_CONSENSUS.change((netuid,), mode),
        )
        .existing_first()
        .says(Event::EpochConsensusSet(netuid, mode.clone())),
        // Root's subnet is root's, and nobody registers there by work.
        Call::sudo_set_network_registration_allowed {
            netuid,
            registration_allowed: value,
        } if netuid != ROOT => by_owner(
            netuid,
            Hyperparameter::BurnRegistrationAllowed,
            NETWORK_REGISTRATION_ALLOWED.change((netuid,), &value),
        )
        .existing_first()
        .bounded(
            value || oct2026::pow_registration_allowed(state, netuid),
            Error::InvalidValue,
        )
        .says(Event::RegistrationAllowed(netuid, value)),
        Call::sudo_set_network_pow_registration_allowed {
            netuid,
            registration_allowed: value,
        } => by_owner(
            netuid,
            Hyperparameter::PowRegistrationAllowed,
            NETWORK_POW_REGISTRATION_ALLOWED.change((netuid,), &value),
        )
        .not_on_root()
        .bounded(
            value || NETWORK_REGISTRATION_ALLOWED.get(state, (netuid,)),
            Error::InvalidValue,
        )
        .says(Event::PowRegistrationAllowed(netuid, value)),
        Call::sudo_set_collateral_lock_share {
            netuid,
            lock_share: value,
        } => by_owner(
            netuid,
            Hyperparameter::CollateralLockShare,
            COLLATERAL_LOCK_SHARE.change((netuid,), &value),
        )
        .not_on_root()
        .bounded(value <= MAX_LOCK_SHARE, Error::CollateralLockShareTooHigh)
        .notes(AdminEvent::CollateralLockShareSet {
            netuid,
            lock_share: value,
        }),
        Call::sudo_set_collateral_drain_ratio {
            netuid,
            drain_ratio: value,
        } => by_owner(
            netuid,
            Hyperparameter::CollateralDrainRatio,
            COLLATERAL_DRAIN_RATIO.change((netuid,), &value),
        )
        .not_on_root()
        .bounded(
            (1..=10 * ONE).contains(&value.bits),
            Error::CollateralDrainRatioOutOfBounds,
        )
        .notes(AdminEvent::CollateralDrainRatioSet {
            netuid,
            drain_ratio: value,
        }),
        _ => return None,
    })
}
