//! Swapping a hotkey for another of the same coldkey: on one subnet or on all.

mod subnet;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use sp_runtime::DispatchResult;

use super::{
    Context,
    balances::{self, Preservation::Preserve},
    ensure, ensure_owned,
};
use crate::{
    runtime::{
        AccountId, RuntimeEvent, oct2026,
        subtensor::{
            ALPHA, ALPHA_V2, CHILD_KEYS, Call, DELEGATES, Error, Event, IS_NETWORK_MEMBER,
            LAST_HOTKEY_SWAP_ON_NETUID, LAST_RATE_LIMITED_BLOCK, NETWORKS_ADDED, OWNED_HOTKEYS,
            OWNER, ROOT, ROOT_CLAIMABLE, RateLimitKey, STAKING_HOTKEYS, TOTAL_HOTKEY_ALPHA,
            TOTAL_ISSUANCE, TX_RATE_LIMIT, subnets,
        },
    },
    state::State,
};

/// Price of a swap on all subnets, rao: `KeySwapCost`.
const COST: u64 = 100_000_000;
/// Price of a swap on one subnet, rao: `KeySwapOnSubnetCost`.
const COST_ON_SUBNET: u64 = 1_000_000;
/// Blocks between two swaps of a coldkey on a subnet: `HotkeySwapOnSubnetInterval`.
const INTERVAL: u64 = 7_200;

/// A swap that was asked for.
struct Swap<'a> {
    coldkey: &'a AccountId,
    old: &'a AccountId,
    new: &'a AccountId,
    /// None is all.
    netuid: Option<u16>,
    /// Whether the stake stays with the old hotkey.
    keeps_stake: bool,
}

/// `swap_hotkey` and `swap_hotkey_v2`.
pub(super) fn call(context: &mut Context<'_>, coldkey: &AccountId, call: &Call) -> DispatchResult {
    let (old, new, netuid, keeps_stake) = match call {
        Call::swap_hotkey {
            hotkey,
            new_hotkey,
            netuid,
        } => (hotkey, new_hotkey, *netuid, false),
        Call::swap_hotkey_v2 {
            hotkey,
            new_hotkey,
            netuid,
            keep_stake,
        } => (hotkey, new_hotkey, *netuid, *keep_stake),
        _ => return Ok(()),
    };
    let swap = Swap {
        coldkey,
        old,
        new,
        netuid,
        keeps_stake,
    };
    swap.check(context.state, context.block())?;
    swap.run(context)
}

/// The account's last limited calls, by kind.
fn limited(account: &AccountId) -> [RateLimitKey; 3] {
    let account = || account.clone();
    [
        RateLimitKey::LastTxBlock(account()),
        RateLimitKey::LastTxBlockDelegateTake(account()),
        RateLimitKey::LastTxBlockChildKeyTake(account()),
    ]
}

impl Swap<'_> {
    fn check(&self, state: &State, now: u64) -> Result<(), Error> {
        let by_subnet = oct2026::limits_swaps_by_subnet(state);
        if let Some(netuid) = self.netuid
            && by_subnet
        {
            ensure(NETWORKS_ADDED.get(state, (netuid,)), Error::SubnetNotExists)?;
        }
        ensure_owned(state, self.coldkey, self.old)?;
        if OWNER.contains(state, (self.new.clone(),)) {
            ensure_owned(state, self.coldkey, self.new)?;
        }
        ensure(self.old != self.new, Error::NewHotKeyIsSameWithOld)?;
        if !by_subnet {
            self.check_rate(state, now)?;
        }
        let is_registered = match self.netuid {
            Some(netuid) => IS_NETWORK_MEMBER.get(state, (self.new.clone(), netuid)),
            None => IS_NETWORK_MEMBER
                .under(state, (self.new.clone(),))
                .into_iter()
                .any(|(_, is_member)| is_member),
        };
        ensure(!is_registered, Error::HotKeyAlreadyRegisteredInSubNet)?;
        if self.netuid.is_none_or(|netuid| netuid == ROOT) {
            let on_root = TOTAL_HOTKEY_ALPHA.get(state, (self.new.clone(), ROOT));
            let claimable = ROOT_CLAIMABLE.get(state, (self.new.clone(),));
            let is_clean = on_root == 0 && claimable.is_empty();
            ensure(is_clean, Error::NewHotKeyNotCleanForRootSwap)?;
        }
        Ok(())
    }

    /// June lets a coldkey swap seldom, wherever that is.
    fn check_rate(&self, state: &State, now: u64) -> Result<(), Error> {
        let key = RateLimitKey::LastTxBlock(self.coldkey.clone());
        let last = LAST_RATE_LIMITED_BLOCK.get(state, (key,));
        let limit = TX_RATE_LIMIT.get(state, ());
        let is_due = limit == 0 || last == 0 || now.saturating_sub(last) > limit;
        ensure(is_due, Error::HotKeySetTxRateLimitExceeded)
    }

    fn run(&self, context: &mut Context<'_>) -> DispatchResult {
        let now = context.block();
        let until = now.saturating_add(INTERVAL);
        let staked = self.staked(context.state);
        for netuid in &staked {
            let may = oct2026::may_swap_stake(context.state, *netuid, self.old, now);
            ensure(may, Error::HotKeySwapOnSubnetIntervalNotPassed)?;
        }
        for (old, new) in limited(self.old).into_iter().zip(limited(self.new)) {
            let block = LAST_RATE_LIMITED_BLOCK.get(context.state, (old,));
            LAST_RATE_LIMITED_BLOCK.put(context.state, (new,), block);
        }
        let waiting = self.waiting(context.state);
        for netuid in &waiting {
            let key = (*netuid, self.coldkey.clone());
            let last = LAST_HOTKEY_SWAP_ON_NETUID.get(context.state, key);
            let is_due = last == 0 || last.saturating_add(INTERVAL) < now;
            ensure(is_due, Error::HotKeySwapOnSubnetIntervalNotPassed)?;
        }
        self.pay(context)?;
        match self.netuid {
            Some(netuid) => self.run_on(context, netuid)?,
            None => self.run_everywhere(context)?,
        }
        for netuid in &staked {
            oct2026::note_stake_swapped(context.state, *netuid, self.new, until);
        }
        for netuid in &waiting {
            let key = (*netuid, self.coldkey.clone());
            LAST_HOTKEY_SWAP_ON_NETUID.put(context.state, key, now);
            oct2026::note_successor(context.state, *netuid, self.old, self.new);
        }
        if !oct2026::limits_swaps_by_subnet(context.state) {
            let key = RateLimitKey::LastTxBlock(self.coldkey.clone());
            LAST_RATE_LIMITED_BLOCK.put(context.state, (key,), now);
        }
        for hotkey in [self.new, self.old] {
            oct2026::note_stake_gone(context.state, hotkey);
        }
        context.deposit(RuntimeEvent::SubtensorModule(self.event()));
        Ok(())
    }

    fn event(&self) -> Event {
        let coldkey = self.coldkey.clone();
        let (old_hotkey, new_hotkey) = (self.old.clone(), self.new.clone());
        match self.netuid {
            Some(netuid) => Event::HotkeySwappedOnSubnet {
                coldkey,
                old_hotkey,
                new_hotkey,
                netuid,
            },
            None => Event::HotkeySwapped {
                coldkey,
                old_hotkey,
                new_hotkey,
            },
        }
    }

    /// Subnets on which stake moves.
    fn staked(&self, state: &State) -> Vec<u16> {
        let mut netuids = subnets::netuids(state);
        netuids.retain(|netuid| {
            let stake = TOTAL_HOTKEY_ALPHA.get(state, (self.old.clone(), *netuid));
            let is_meant = self.netuid.is_none_or(|only| only == *netuid);
            is_meant && stake > 0 && !self.keeps_stake
        });
        netuids
    }

    /// Subnets on which the coldkey has to wait before its next swap.
    fn waiting(&self, state: &State) -> Vec<u16> {
        if let Some(netuid) = self.netuid {
            return vec![netuid];
        }
        if !oct2026::limits_swaps_by_subnet(state) {
            return Vec::new();
        }
        let mut netuids = subnets::netuids(state);
        netuids.retain(|netuid| {
            let key = || (self.old.clone(), *netuid);
            let has_children = !CHILD_KEYS.get(state, key()).is_empty();
            has_children || IS_NETWORK_MEMBER.get(state, key())
        });
        netuids
    }

    /// Destroys the price.
    fn pay(&self, context: &mut Context<'_>) -> DispatchResult {
        let cost = match self.netuid {
            Some(_) => COST_ON_SUBNET,
            None => COST,
        };
        let can_pay = balances::reducible(context.state, self.coldkey, Preserve) >= cost;
        ensure(can_pay, Error::NotEnoughBalanceToPaySwapHotKey)?;
        balances::burn(context, self.coldkey, cost);
        TOTAL_ISSUANCE.mutate(context.state, (), |issuance| {
            *issuance = issuance.saturating_sub(cost);
        });
        Ok(())
    }

    /// The old hotkey lives on where it was not swapped.
    fn run_on(&self, context: &mut Context<'_>, netuid: u16) -> DispatchResult {
        let state = &mut *context.state;
        OWNER.put(state, (self.new.clone(),), self.coldkey.clone());
        let mut owned = OWNED_HOTKEYS.get(state, (self.coldkey.clone(),));
        if !owned.contains(self.new) {
            owned.push(self.new.clone());
            OWNED_HOTKEYS.put(state, (self.coldkey.clone(),), owned);
        }
        subnet::swap(state, self, netuid)?;
        Ok(())
    }

    /// The old hotkey is gone, unless its stake stays.
    fn run_everywhere(&self, context: &mut Context<'_>) -> DispatchResult {
        let state = &mut *context.state;
        let stakers = self.stakers(state);
        if !self.keeps_stake {
            OWNER.kill(state, (self.old.clone(),));
        }
        OWNER.put(state, (self.new.clone(),), self.coldkey.clone());
        OWNED_HOTKEYS.mutate(state, (self.coldkey.clone(),), |owned| {
            if !owned.contains(self.new) {
                owned.push(self.new.clone());
            }
            owned.retain(|hotkey| self.keeps_stake || hotkey != self.old);
        });
        for netuid in subnets::netuids(state) {
            subnet::swap(state, self, netuid)?;
        }
        for key in limited(self.old) {
            LAST_RATE_LIMITED_BLOCK.kill(state, (key,));
        }
        if let Some(take) = DELEGATES.find(state, (self.old.clone(),)) {
            DELEGATES.kill(state, (self.old.clone(),));
            DELEGATES.put(state, (self.new.clone(),), take);
        }
        if self.keeps_stake {
            return Ok(());
        }
        for coldkey in stakers {
            let mut hotkeys = STAKING_HOTKEYS.get(state, (coldkey.clone(),));
            if hotkeys.contains(self.old) {
                hotkeys.retain(|hotkey| hotkey != self.old && hotkey != self.new);
                hotkeys.push(self.new.clone());
                STAKING_HOTKEYS.put(state, (coldkey,), hotkeys);
            }
        }
        Ok(())
    }

    /// Coldkeys with stake on any subnet.
    fn stakers(&self, state: &State) -> BTreeSet<AccountId> {
        let of_hotkey = (self.old.clone(),);
        let older = ALPHA.under(state, of_hotkey.clone()).into_iter();
        let newer = ALPHA_V2.under(state, of_hotkey).into_iter();
        let older = older.map(|((_, coldkey, _), _)| coldkey);
        older
            .chain(newer.map(|((_, coldkey, _), _)| coldkey))
            .collect()
    }
}
