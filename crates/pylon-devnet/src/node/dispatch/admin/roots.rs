//! What root alone sets, of subnets and of the chain. Calls whose effect is more than a stored value
//! are not among them.

use super::{Setting, by_root, chain_wide, mechanisms::MOST_MECHANISMS};
use crate::{
    runtime::{
        admin_utils::{Call, Error, Event as AdminEvent},
        subtensor::{
            ADJUSTMENT_INTERVAL, ADMIN_FREEZE_WINDOW, CK_BURN, COLDKEY_SWAP_ANNOUNCEMENT_DELAY,
            COLDKEY_SWAP_REANNOUNCEMENT_DELAY, COMMIT_REVEAL_WEIGHTS_VERSION, DIFFICULTY,
            DISSOLVE_NETWORK_SCHEDULE_DURATION, EMA_PRICE_HALVING_BLOCKS, Error as SubtensorError,
            Event, KAPPA, MAX_ALLOWED_UIDS, MAX_ALLOWED_VALIDATORS, MAX_DELEGATE_TAKE,
            MAX_EPOCHS_PER_BLOCK, MAX_MECHANISM_COUNT, MAX_REGISTRATIONS_PER_BLOCK,
            MIN_ALLOWED_UIDS, MIN_DELEGATE_TAKE, MIN_DIFFICULTY, MIN_NON_IMMUNE_UIDS,
            NETWORK_IMMUNITY_PERIOD, NETWORK_LOCK_REDUCTION_INTERVAL, NETWORK_MIN_LOCK_COST,
            NETWORK_RATE_LIMIT, NETWORK_REGISTRATION_ALLOWED, OWNER_HYPERPARAM_RATE_LIMIT,
            RAO_RECYCLED_FOR_REGISTRATION, STAKE_THRESHOLD, START_CALL_DELAY,
            SUBNET_EMISSION_ENABLED, SUBNET_LIMIT, SUBNET_MOVING_ALPHA, SUBNET_OWNER_CUT,
            SUBNETWORK_N, SUBTOKEN_ENABLED, TARGET_REGISTRATIONS_PER_INTERVAL,
            TX_DELEGATE_TAKE_RATE_LIMIT, TX_RATE_LIMIT, WEIGHTS_SET_RATE_LIMIT,
        },
    },
    state::State,
};

/// What a call sets, if it is one of these.
pub(super) fn setting(state: &State, call: &Call) -> Option<Setting> {
    Some(match *call {
        Call::sudo_set_min_difficulty {
            netuid,
            min_difficulty: value,
        } => by_root(netuid, MIN_DIFFICULTY.change((netuid,), &value))
            .in_window()
            .says(Event::MinDifficultySet(netuid, value)),
        Call::sudo_set_weights_set_rate_limit {
            netuid,
            weights_set_rate_limit: value,
        } => by_root(netuid, WEIGHTS_SET_RATE_LIMIT.change((netuid,), &value))
            .says(Event::WeightsSetRateLimitSet(netuid, value)),
        Call::sudo_set_adjustment_interval {
            netuid,
            adjustment_interval: value,
        } => by_root(netuid, ADJUSTMENT_INTERVAL.change((netuid,), &value))
            .says(Event::AdjustmentIntervalSet(netuid, value)),
        Call::sudo_set_kappa {
            netuid,
            kappa: value,
        } => by_root(netuid, KAPPA.change((netuid,), &value)).says(Event::KappaSet(netuid, value)),
        Call::sudo_set_network_registration_allowed {
            netuid,
            registration_allowed: value,
        } => by_root(
            netuid,
            NETWORK_REGISTRATION_ALLOWED.change((netuid,), &value),
        )
        .existing_or_not()
        .says(Event::RegistrationAllowed(netuid, value)),
        Call::sudo_set_target_registrations_per_interval {
            netuid,
            target_registrations_per_interval: value,
        } => by_root(
            netuid,
            TARGET_REGISTRATIONS_PER_INTERVAL.change((netuid,), &value),
        )
        .in_window()
        .says(Event::RegistrationPerIntervalSet(netuid, value)),
        Call::sudo_set_difficulty {
            netuid,
            difficulty: value,
        } => by_root(netuid, DIFFICULTY.change((netuid,), &value))
            .in_window()
            .says(Event::DifficultySet(netuid, value)),
        Call::sudo_set_max_allowed_validators {
            netuid,
            max_allowed_validators: value,
        } => by_root(netuid, MAX_ALLOWED_VALIDATORS.change((netuid,), &value))
            .in_window()
            .bounded(
                value <= MAX_ALLOWED_UIDS.get(state, (netuid,)),
                Error::MaxValidatorsLargerThanMaxUIds,
            )
            .says(Event::MaxAllowedValidatorsSet(netuid, value)),
        Call::sudo_set_max_registrations_per_block {
            netuid,
            max_registrations_per_block: value,
        } => by_root(
            netuid,
            MAX_REGISTRATIONS_PER_BLOCK.change((netuid,), &value),
        )
        .in_window()
        .says(Event::MaxRegistrationsPerBlockSet(netuid, value)),
        Call::sudo_set_rao_recycled {
            netuid,
            rao_recycled: value,
        } => by_root(
            netuid,
            RAO_RECYCLED_FOR_REGISTRATION.change((netuid,), &value),
        )
        .says(Event::RAORecycledForRegistrationSet(netuid, value)),
        Call::sudo_set_ema_price_halving_period {
            netuid,
            ema_halving: value,
        } => by_root(netuid, EMA_PRICE_HALVING_BLOCKS.change((netuid,), &value)).existing_or_not(),
        Call::sudo_set_subtoken_enabled {
            netuid,
            subtoken_enabled: value,
        } => by_root(netuid, SUBTOKEN_ENABLED.change((netuid,), &value))
            .in_window()
            .existing_or_not(),
        Call::sudo_set_min_allowed_uids {
            netuid,
            min_allowed_uids: value,
        } => by_root(netuid, MIN_ALLOWED_UIDS.change((netuid,), &value))
            .in_window()
            .bounded(
                value < MAX_ALLOWED_UIDS.get(state, (netuid,)),
                Error::MinAllowedUidsGreaterThanMaxAllowedUids,
            )
            .bounded(
                value < SUBNETWORK_N.get(state, (netuid,)),
                Error::MinAllowedUidsGreaterThanCurrentUids,
            )
            .says(Event::MinAllowedUidsSet(netuid, value)),
        Call::sudo_set_min_non_immune_uids { netuid, min: value } => {
            by_root(netuid, MIN_NON_IMMUNE_UIDS.change((netuid,), &value))
                .existing_or_not()
                .says(Event::MinNonImmuneUidsSet(netuid, value))
        }
        Call::sudo_set_subnet_emission_enabled { netuid, enabled } => {
            by_root(netuid, SUBNET_EMISSION_ENABLED.change((netuid,), &enabled))
                .not_on_root()
                .notes(AdminEvent::SubnetEmissionEnabledSet { netuid, enabled })
        }
        Call::sudo_set_default_take {
            default_take: value,
        } => {
            chain_wide(MAX_DELEGATE_TAKE.change((), &value)).says(Event::MaxDelegateTakeSet(value))
        }
        Call::sudo_set_tx_rate_limit {
            tx_rate_limit: value,
        } => chain_wide(TX_RATE_LIMIT.change((), &value)).says(Event::TxRateLimitSet(value)),
        Call::sudo_set_subnet_owner_cut {
            subnet_owner_cut: value,
        } => chain_wide(SUBNET_OWNER_CUT.change((), &value)).says(Event::SubnetOwnerCutSet(value)),
        Call::sudo_set_network_rate_limit { rate_limit: value } => {
            chain_wide(NETWORK_RATE_LIMIT.change((), &value))
                .says(Event::NetworkRateLimitSet(value))
        }
        Call::sudo_set_network_immunity_period {
            immunity_period: value,
        } => chain_wide(NETWORK_IMMUNITY_PERIOD.change((), &value))
            .says(Event::NetworkImmunityPeriodSet(value)),
        Call::sudo_set_network_min_lock_cost { lock_cost: value } => {
            chain_wide(NETWORK_MIN_LOCK_COST.change((), &value))
                .says(Event::NetworkMinLockCostSet(value))
        }
        Call::sudo_set_subnet_limit { max_subnets: value } => {
            chain_wide(SUBNET_LIMIT.change((), &value)).says(Event::SubnetLimitSet(value))
        }
        Call::sudo_set_lock_reduction_interval { interval: value } => {
            chain_wide(NETWORK_LOCK_REDUCTION_INTERVAL.change((), &value))
                .says(Event::NetworkLockCostReductionIntervalSet(value))
        }
        Call::sudo_set_stake_threshold { min_stake: value } => {
            chain_wide(STAKE_THRESHOLD.change((), &value)).says(Event::StakeThresholdSet(value))
        }
        Call::sudo_set_tx_delegate_take_rate_limit {
            tx_rate_limit: value,
        } => chain_wide(TX_DELEGATE_TAKE_RATE_LIMIT.change((), &value))
            .says(Event::TxDelegateTakeRateLimitSet(value)),
        Call::sudo_set_min_delegate_take { take: value } => {
            chain_wide(MIN_DELEGATE_TAKE.change((), &value)).says(Event::MinDelegateTakeSet(value))
        }
        Call::sudo_set_dissolve_network_schedule_duration { duration: value } => {
            chain_wide(DISSOLVE_NETWORK_SCHEDULE_DURATION.change((), &value))
                .says(Event::DissolveNetworkScheduleDurationSet(value))
        }
        Call::sudo_set_subnet_moving_alpha { alpha: value } => {
            chain_wide(SUBNET_MOVING_ALPHA.change((), &value))
        }
        Call::sudo_set_commit_reveal_version { version: value } => {
            chain_wide(COMMIT_REVEAL_WEIGHTS_VERSION.change((), &value))
                .says(Event::CommitRevealVersionSet(value))
        }
        Call::sudo_set_ck_burn { burn: value } => chain_wide(CK_BURN.change((), &value)),
        Call::sudo_set_admin_freeze_window { window: value } => {
            chain_wide(ADMIN_FREEZE_WINDOW.change((), &value))
                .says(Event::AdminFreezeWindowSet(value))
        }
        Call::sudo_set_owner_hparam_rate_limit { epochs: value } => {
            chain_wide(OWNER_HYPERPARAM_RATE_LIMIT.change((), &value))
                .says(Event::OwnerHyperparamRateLimitSet(value))
        }
        Call::sudo_set_start_call_delay { delay: value } => {
            chain_wide(START_CALL_DELAY.change((), &value)).says(Event::StartCallDelaySet(value))
        }
        Call::sudo_set_coldkey_swap_announcement_delay { duration: value } => {
            chain_wide(COLDKEY_SWAP_ANNOUNCEMENT_DELAY.change((), &value))
                .says(Event::ColdkeySwapAnnouncementDelaySet(value))
        }
        Call::sudo_set_coldkey_swap_reannouncement_delay { duration: value } => {
            chain_wide(COLDKEY_SWAP_REANNOUNCEMENT_DELAY.change((), &value))
                .says(Event::ColdkeySwapReannouncementDelaySet(value))
        }
        Call::sudo_set_max_mechanism_count {
            max_mechanism_count: value,
        } => chain_wide(MAX_MECHANISM_COUNT.change((), &value)).bounded(
            (1..=MOST_MECHANISMS).contains(&value),
            SubtensorError::InvalidValue,
        ),
        Call::sudo_set_max_epochs_per_block {
            max_epochs_per_block: value,
        } => chain_wide(MAX_EPOCHS_PER_BLOCK.change((), &value))
            .bounded(value >= 1, Error::ValueNotInBounds)
            .says(Event::MaxEpochsPerBlockSet(value)),
        _ => return None,
    })
}
