//! What the stakers of a subnet that ends get for their alpha.

use std::cmp::Reverse;

use sp_core::U256;

use crate::{
    node::dispatch::{
        Context,
        balances::{self, Preservation::Expendable},
    },
    runtime::{
        AccountId,
        subtensor::{
            ALPHA, ALPHA_V2, SUBNET_TAO, TOTAL_HOTKEY_ALPHA, TOTAL_HOTKEY_SHARES,
            TOTAL_HOTKEY_SHARES_V2, shares, subnets,
        },
    },
    state::State,
};

/// A staker's part of the reserve.
struct Part {
    coldkey: AccountId,
    tao: u64,
    /// What was cut from it, to be compared with what was cut from others'.
    rest: U256,
}

/// Shares the subnet's TAO out by alpha, to the rao, and destroys the alpha.
pub(super) fn pay(context: &mut Context<'_>, netuid: u16) {
    let hotkeys = TOTAL_HOTKEY_ALPHA.iter(context.state).into_iter();
    let hotkeys: Vec<_> = hotkeys
        .filter(|((_, on), _)| *on == netuid)
        .map(|((hotkey, _), _)| hotkey)
        .collect();
    let reserve = SUBNET_TAO.get(context.state, (netuid,));
    let account = subnets::account(netuid);
    for part in parts(context.state, netuid, &hotkeys, reserve) {
        // One that cannot be paid is no reason to stop: the rao stays on the subnet's account.
        let _unpaid = balances::transfer(context, &account, &part.coldkey, part.tao, Expendable);
    }
    for hotkey in hotkeys {
        for coldkey in shares::stakers(context.state, &hotkey, netuid) {
            let key = (hotkey.clone(), coldkey, netuid);
            ALPHA.kill(context.state, key.clone());
            ALPHA_V2.kill(context.state, key);
        }
        let key = (hotkey, netuid);
        TOTAL_HOTKEY_ALPHA.kill(context.state, key.clone());
        TOTAL_HOTKEY_SHARES.kill(context.state, key.clone());
        TOTAL_HOTKEY_SHARES_V2.kill(context.state, key);
    }
}

/// Everyone's part, cut to the rao; what is left goes to those from whom most was cut.
fn parts(state: &State, netuid: u16, hotkeys: &[AccountId], reserve: u64) -> Vec<Part> {
    let mut stakes = Vec::new();
    for hotkey in hotkeys {
        for coldkey in shares::stakers(state, hotkey, netuid) {
            let alpha = shares::stake_with(state, hotkey, &coldkey, netuid);
            stakes.push((coldkey, U256::from(alpha)));
        }
    }
    let all = stakes
        .iter()
        .fold(U256::zero(), |sum, (_, alpha)| sum + alpha);
    if all.is_zero() {
        return Vec::new();
    }
    let mut parts: Vec<_> = stakes
        .into_iter()
        .map(|(coldkey, alpha)| {
            let (tao, rest) = (U256::from(reserve) * alpha).div_mod(all);
            let tao = u64::try_from(tao).unwrap_or(u64::MAX);
            Part { coldkey, tao, rest }
        })
        .collect();
    let paid = parts
        .iter()
        .fold(0u64, |sum, part| sum.saturating_add(part.tao));
    let left = usize::try_from(reserve.saturating_sub(paid)).unwrap_or(usize::MAX);
    parts.sort_by_key(|part| Reverse(part.rest));
    for part in parts.iter_mut().take(left) {
        part.tao = part.tao.saturating_add(1);
    }
    parts.retain(|part| part.tao > 0);
    parts
}
