//! Staking and unstaking: TAO for a share of a hotkey's stake on a subnet, and back.

mod checks;
pub(super) mod claims;
pub(super) mod exchange;
#[cfg(test)]
mod tests;
mod transit;

use sp_runtime::DispatchResult;

use self::checks::Bound;
use super::{Context, children};
use crate::{
    runtime::{
        AccountId,
        subtensor::{Call, DELEGATES, OWNER, ROOT, SUBTOKEN_ENABLED, shares, subnets},
        swap::market::{self, Offer, Order},
    },
    state::State,
};

/// Whose stake it is, with which hotkey and on which subnet.
#[derive(Clone, Copy)]
struct Position<'a> {
    hotkey: &'a AccountId,
    coldkey: &'a AccountId,
    netuid: u16,
}

impl Position<'_> {
    /// Its alpha, rao.
    fn stake(self, state: &State) -> u64 {
        shares::stake_with(state, self.hotkey, self.coldkey, self.netuid)
    }
}

/// How much is to be swapped, and how far the price may go.
#[derive(Clone, Copy)]
struct Limited {
    amount: u64,
    price: u64,
    allow_partial: bool,
}

/// A call of a coldkey.
pub(super) fn call(context: &mut Context<'_>, coldkey: &AccountId, call: &Call) -> DispatchResult {
    let at = |hotkey, netuid| Position {
        hotkey,
        coldkey,
        netuid,
    };
    match call {
        Call::add_stake {
            hotkey,
            netuid,
            amount_staked,
        } => add(context, at(hotkey, *netuid), *amount_staked),
        Call::add_stake_limit {
            hotkey,
            netuid,
            amount_staked: amount,
            limit_price: price,
            allow_partial,
        } => {
            let (amount, price, allow_partial) = (*amount, *price, *allow_partial);
            let limited = Limited {
                amount,
                price,
                allow_partial,
            };
            add_limited(context, at(hotkey, *netuid), limited)
        }
        Call::remove_stake {
            hotkey,
            netuid,
            amount_unstaked,
        } => remove(context, at(hotkey, *netuid), *amount_unstaked),
        Call::remove_stake_limit {
            hotkey,
            netuid,
            amount_unstaked: amount,
            limit_price: price,
            allow_partial,
        } => {
            let (amount, price, allow_partial) = (*amount, *price, *allow_partial);
            let limited = Limited {
                amount,
                price,
                allow_partial,
            };
            remove_limited(context, at(hotkey, *netuid), limited)
        }
        Call::remove_stake_full_limit {
            hotkey,
            netuid,
            limit_price,
        } => remove_all(context, at(hotkey, *netuid), *limit_price),
        Call::unstake_all { hotkey } => unstake_all(context, coldkey, hotkey),
        Call::unstake_all_alpha { hotkey } => unstake_all_alpha(context, coldkey, hotkey),
        _ => transit::call(context, coldkey, call),
    }
}

fn add(context: &mut Context<'_>, position: Position<'_>, tao: u64) -> DispatchResult {
    let netuid = position.netuid;
    checks::ensure_swappable(context.state, netuid, Order::Buy, tao)?;
    checks::before_adding(context.state, position, tao, Bound::all(tao))?;
    exchange::stake_into(context, position, tao, |tao| {
        Offer::new(netuid, Order::Buy, tao)
    })
}

fn add_limited(
    context: &mut Context<'_>,
    position: Position<'_>,
    limited: Limited,
) -> DispatchResult {
    let netuid = position.netuid;
    checks::ensure_swappable(context.state, netuid, Order::Buy, limited.amount)?;
    let bound = Bound {
        most: market::most(context.state, netuid, Order::Buy, limited.price)?,
        allow_partial: limited.allow_partial,
    };
    checks::before_adding(context.state, position, limited.amount, bound)?;
    delegate(context.state, position);
    let tao = limited.amount.min(bound.most);
    exchange::stake_into(context, position, tao, |tao| {
        Offer::new(netuid, Order::Buy, tao).until(limited.price)
    })
}

/// Makes a delegate of a hotkey that another than its owner stakes to.
fn delegate(state: &mut State, position: Position<'_>) {
    let key = (position.hotkey.clone(),);
    let is_own = OWNER.find(state, key.clone()).as_ref() == Some(position.coldkey);
    if !is_own && !DELEGATES.contains(state, key.clone()) {
        let take = DELEGATES.get(state, key.clone());
        DELEGATES.put(state, key, take);
    }
}

fn remove(context: &mut Context<'_>, position: Position<'_>, alpha: u64) -> DispatchResult {
    checks::ensure_open(context.state, position.netuid)?;
    let alpha = alpha.min(position.stake(context.state));
    checks::ensure_swappable(context.state, position.netuid, Order::Sell, alpha)?;
    checks::before_removing(context.state, position, alpha, Bound::all(alpha))?;
    let offer = Offer::new(position.netuid, Order::Sell, alpha);
    exchange::unstake(context, position, alpha, offer)?;
    after_removing(context, position);
    Ok(())
}

fn remove_limited(
    context: &mut Context<'_>,
    position: Position<'_>,
    limited: Limited,
) -> DispatchResult {
    let netuid = position.netuid;
    checks::ensure_swappable(context.state, netuid, Order::Sell, limited.amount)?;
    let bound = Bound {
        most: market::most(context.state, netuid, Order::Sell, limited.price)?,
        allow_partial: limited.allow_partial,
    };
    checks::before_removing(context.state, position, limited.amount, bound)?;
    let alpha = limited.amount.min(bound.most);
    let offer = Offer::new(netuid, Order::Sell, alpha).until(limited.price);
    exchange::unstake(context, position, alpha, offer)?;
    after_removing(context, position);
    Ok(())
}

fn remove_all(
    context: &mut Context<'_>,
    position: Position<'_>,
    price: Option<u64>,
) -> DispatchResult {
    checks::ensure_subnet(context.state, position.netuid)?;
    let amount = position.stake(context.state);
    let Some(price) = price else {
        return remove(context, position, amount);
    };
    let limited = Limited {
        amount,
        price,
        allow_partial: false,
    };
    remove_limited(context, position, limited)
}

/// What little is left of a nominator's stake goes as well, and with the parent's stake the
/// children that wait.
fn after_removing(context: &mut Context<'_>, position: Position<'_>) {
    clear_small_nomination(context, position);
    children::drop_pending(context.state, position.hotkey);
}

fn clear_small_nomination(context: &mut Context<'_>, position: Position<'_>) {
    if !checks::is_small_nomination(context.state, position) {
        return;
    }
    let alpha = position.stake(context.state);
    let before = (context.state.clone(), context.events.len());
    let offer = Offer::new(position.netuid, Order::Sell, alpha);
    if exchange::unstake(context, position, alpha, offer).is_err() {
        // Too little to be sold is lost.
        *context.state = before.0;
        context.events.truncate(before.1);
        let Position {
            hotkey,
            coldkey,
            netuid,
        } = position;
        shares::take(context.state, hotkey, coldkey, netuid, alpha);
    }
}

/// Unstakes all that can leave one subnet, and returns the TAO.
fn empty(
    context: &mut Context<'_>,
    position: Position<'_>,
) -> Result<u64, sp_runtime::DispatchError> {
    let alpha = position.stake(context.state);
    let is_open = SUBTOKEN_ENABLED.get(context.state, (position.netuid,));
    let bound = Bound::all(alpha);
    if !is_open || checks::before_removing(context.state, position, alpha, bound).is_err() {
        return Ok(0);
    }
    let offer = Offer::new(position.netuid, Order::Sell, alpha);
    let tao = exchange::unstake(context, position, alpha, offer)?;
    clear_small_nomination(context, position);
    Ok(tao)
}

fn unstake_all(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    hotkey: &AccountId,
) -> DispatchResult {
    checks::ensure_hotkey(context.state, hotkey)?;
    for netuid in subnets::netuids(context.state) {
        let position = Position {
            hotkey,
            coldkey,
            netuid,
        };
        empty(context, position)?;
    }
    Ok(())
}

/// Moves all stake to root.
fn unstake_all_alpha(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    hotkey: &AccountId,
) -> DispatchResult {
    checks::ensure_hotkey(context.state, hotkey)?;
    let at = |netuid| Position {
        hotkey,
        coldkey,
        netuid,
    };
    let mut tao = 0u64;
    for netuid in subnets::netuids(context.state) {
        if netuid != ROOT {
            tao = tao.saturating_add(empty(context, at(netuid))?);
        }
    }
    exchange::stake_into(context, at(ROOT), tao, |tao| {
        Offer::new(ROOT, Order::Buy, tao)
    })
}
