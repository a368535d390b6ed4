//! Which calls a proxy of a type may make.
//!
//! As in the runtime of June; what October's has otherwise is marked. Which calls swap coldkeys or
//! run a leased subnet is known of October's, and taken to be the same in June.

use crate::{
    runtime::{
        RuntimeCall,
        admin_utils::Call as AdminCall,
        balances::Call as BalancesCall,
        layout::Layout,
        proxy::{Call as ProxyCall, ProxyType},
        subtensor::Call as SubtensorCall,
    },
    state::State,
};

/// What a small transfer stays below, rao.
const SMALL_TRANSFER: u64 = 500_000_000;

/// Whether a proxy of that type may make a call.
pub(in super::super) fn allows(state: &State, proxy: &ProxyType, call: &RuntimeCall) -> bool {
    match call {
        // Nobody gets more out of a proxy than it may do itself.
        RuntimeCall::Proxy(
            ProxyCall::add_proxy { proxy_type, .. } | ProxyCall::remove_proxy { proxy_type, .. },
        ) if !includes(proxy, proxy_type) => false,
        RuntimeCall::Proxy(ProxyCall::remove_proxies) if *proxy != ProxyType::Any => false,
        _ => covers(Layout::of(state), proxy, call),
    }
}

/// Whether all that `other` may do is allowed to `proxy` too.
fn includes(proxy: &ProxyType, other: &ProxyType) -> bool {
    use ProxyType::{Any, NonTransfer, SmallTransfer, Transfer};
    match (proxy, other) {
        _ if proxy == other => true,
        (Any, _) => true,
        (_, Any) => false,
        (NonTransfer, other) => !matches!(other, Transfer | SmallTransfer | ProxyType::NonCritical),
        (Transfer, SmallTransfer) => true,
        _ => false,
    }
}

fn covers(layout: Layout, proxy: &ProxyType, call: &RuntimeCall) -> bool {
    let october = layout == Layout::Oct2026;
    match proxy {
        ProxyType::Any => true,
        ProxyType::Owner => {
            runs_subnet(call)
                || matches!(call, RuntimeCall::AdminUtils(call) if !is_owner_key(call))
                || october && sets_tempo(call)
        }
        ProxyType::NonTransfer => {
            !moves_balance(call) && !moves_stake_away(call) && !swaps_coldkey(call)
        }
        ProxyType::NonFungible => {
            !moves_balance(call)
                && !moves_stake_away(call)
                && !stakes(call)
                && !swaps_coldkey(call)
                && !swaps_hotkey(call)
                && !burns_for_place(call)
                && !(october && registers(call))
        }
        ProxyType::NonCritical => {
            !matches!(call, RuntimeCall::Sudo(_))
                && !burns_for_place(call)
                && !ends_subnet(call)
                && !(october && (registers(call) || swaps_coldkey(call)))
        }
        ProxyType::Staking => stakes(call) || !october && claims_type(call),
        ProxyType::Registration => {
            registers(call)
                || matches!(
                    call,
                    RuntimeCall::SubtensorModule(SubtensorCall::burned_register { .. })
                )
        }
        ProxyType::Transfer => moves_balance(call) || moves_stake_away(call),
        ProxyType::SmallTransfer => is_small(call),
        ProxyType::ChildKeys => matches!(
            call,
            RuntimeCall::SubtensorModule(
                SubtensorCall::set_children { .. } | SubtensorCall::set_childkey_take { .. }
            )
        ),
        ProxyType::SwapHotkey => swaps_hotkey(call),
        ProxyType::SubnetLeaseBeneficiary => {
            runs_subnet(call)
                || matches!(
                    call,
                    RuntimeCall::SubtensorModule(SubtensorCall::start_call { .. })
                )
                || matches!(call, RuntimeCall::AdminUtils(call) if !is_owner_key(call))
        }
        ProxyType::RootClaim => {
            matches!(
                call,
                RuntimeCall::SubtensorModule(
                    SubtensorCall::claim_root { .. } | SubtensorCall::claim_root_with_hotkey { .. }
                )
            ) || !october && claims_type(call)
        }
        // Replaces the runtime's code, a call that this node does not have; the rest are retired.
        ProxyType::SudoUncheckedSetCode
        | ProxyType::Senate
        | ProxyType::Triumvirate
        | ProxyType::Governance
        | ProxyType::RootWeights => false,
    }
}

fn is_owner_key(call: &AdminCall) -> bool {
    matches!(
        call,
        AdminCall::sudo_set_sn_owner_hotkey { .. } | AdminCall::sudo_set_subnet_owner_hotkey { .. }
    )
}

fn moves_balance(call: &RuntimeCall) -> bool {
    matches!(call, RuntimeCall::Balances(_))
}

fn is_small(call: &RuntimeCall) -> bool {
    match call {
        RuntimeCall::Balances(
            BalancesCall::transfer_keep_alive { value, .. }
            | BalancesCall::transfer_allow_death { value, .. },
        ) => value.0 < SMALL_TRANSFER,
        RuntimeCall::SubtensorModule(
            SubtensorCall::transfer_stake { alpha_amount, .. }
            | SubtensorCall::transfer_stake_and_hotkey { alpha_amount, .. },
        ) => *alpha_amount < SMALL_TRANSFER,
        _ => false,
    }
}

/// Declares groups of SubtensorModule's calls.
macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident: $($call:ident),*;)*) => {
        $($(#[$doc])* fn $name(call: &RuntimeCall) -> bool {
            matches!(call, RuntimeCall::SubtensorModule($(SubtensorCall::$call { .. })|*))
        })*
    };
}

groups! {
    moves_stake_away: transfer_stake, transfer_stake_and_hotkey;
    stakes: add_stake, add_stake_limit, remove_stake, remove_stake_limit, remove_stake_full_limit,
        unstake_all, unstake_all_alpha, swap_stake, swap_stake_limit, move_stake, move_stake_limit,
        stake_into_basket, add_collateral, set_min_collateral;
    swaps_coldkey: schedule_swap_coldkey, swap_coldkey, announce_coldkey_swap,
        swap_coldkey_announced, clear_coldkey_swap_announcement, dispute_coldkey_swap,
        reset_coldkey_swap;
    swaps_hotkey: swap_hotkey, swap_hotkey_v2;
    registers: register, register_limit;
    burns_for_place: burned_register, root_register;
    ends_subnet: dissolve_network, root_dissolve_network;
    runs_subnet: set_subnet_identity, update_symbol;
    sets_tempo: set_tempo, set_activity_cutoff_factor;
    claims_type: set_root_claim_type;
}
