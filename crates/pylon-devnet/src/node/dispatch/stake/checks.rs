//! What is asked before stake moves, in the pallet's order.

use super::Position;
use crate::{
    node::dispatch::{
        balances::{self, Preservation::Preserve},
        ensure,
    },
    runtime::{
        AccountId, U64F64,
        subtensor::{
            Error, NETWORKS_ADDED, NOMINATOR_MIN_REQUIRED_STAKE, OWNER, SUBTOKEN_ENABLED, shares,
            stakes,
        },
        swap::market::{self, Offer, Order},
    },
    state::State,
};

/// Least stake that is added or taken, TAO rao: `InitialMinStake`.
pub(super) const MIN_STAKE: u64 = 2_000_000;

pub(super) fn ensure_subnet(state: &State, netuid: u16) -> Result<(), Error> {
    ensure(NETWORKS_ADDED.get(state, (netuid,)), Error::SubnetNotExists)
}

pub(super) fn ensure_open(state: &State, netuid: u16) -> Result<(), Error> {
    ensure(
        SUBTOKEN_ENABLED.get(state, (netuid,)),
        Error::SubtokenDisabled,
    )
}

pub(super) fn ensure_hotkey(state: &State, hotkey: &AccountId) -> Result<(), Error> {
    let exists = OWNER.contains(state, (hotkey.clone(),));
    ensure(exists, Error::HotKeyAccountNotExists)
}

/// That a pool takes so much at once.
pub(super) fn ensure_swappable(
    state: &State,
    netuid: u16,
    order: Order,
    amount: u64,
) -> Result<(), Error> {
    let largest = market::largest(state, netuid, order);
    ensure(amount <= largest, Error::InsufficientLiquidity)
}

/// How much of an amount may be swapped: all of it, or as much as the price allows.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    /// As much as the price allows.
    pub(super) most: u64,
    /// Whether less than all will do.
    pub(super) allow_partial: bool,
}

impl Bound {
    /// All of an amount.
    pub(super) fn all(amount: u64) -> Self {
        Self {
            most: amount,
            allow_partial: false,
        }
    }

    pub(super) fn ensure(self, amount: u64) -> Result<(), Error> {
        let is_within = self.allow_partial || amount <= self.most;
        ensure(is_within, Error::SlippageTooHigh)
    }
}

/// Before a coldkey stakes TAO.
pub(super) fn before_adding(
    state: &State,
    position: Position<'_>,
    tao: u64,
    bound: Bound,
) -> Result<(), Error> {
    let Position {
        hotkey,
        coldkey,
        netuid,
    } = position;
    ensure_subnet(state, netuid)?;
    ensure_open(state, netuid)?;
    let least = MIN_STAKE.saturating_add(market::fee(state, netuid, MIN_STAKE));
    ensure(tao >= least, Error::AmountTooLow)?;
    bound.ensure(tao)?;
    let tao = tao.min(bound.most);
    let has_tao = balances::reducible(state, coldkey, Preserve) >= tao;
    ensure(has_tao, Error::NotEnoughBalanceToStake)?;
    ensure_hotkey(state, hotkey)?;
    let swap = Offer::new(netuid, Order::Buy, tao)
        .swap(state)
        .map_err(|_| Error::InsufficientLiquidity)?;
    ensure(swap.paid_in >= MIN_STAKE, Error::AmountTooLow)?;
    let is_worth_shares = shares::is_worth_shares(state, hotkey, netuid, swap.paid_out);
    ensure(
        swap.paid_out > 0 && is_worth_shares,
        Error::InsufficientLiquidity,
    )
}

/// Before a coldkey unstakes alpha.
pub(super) fn before_removing(
    state: &State,
    position: Position<'_>,
    alpha: u64,
    bound: Bound,
) -> Result<(), Error> {
    ensure_subnet(state, position.netuid)?;
    ensure(alpha > 0, Error::AmountTooLow)?;
    let staked = position.stake(state);
    ensure(alpha <= staked, Error::NotEnoughStakeToWithdraw)?;
    let swap = Offer::new(position.netuid, Order::Sell, alpha)
        .swap(state)
        .map_err(|_| Error::InsufficientLiquidity)?;
    // All of a stake may leave, however little it is.
    let is_enough = alpha == staked || swap.paid_out >= MIN_STAKE;
    ensure(is_enough, Error::AmountTooLow)?;
    bound.ensure(alpha)?;
    ensure_hotkey(state, position.hotkey)?;
    ensure_unlocked(state, position, alpha)
}

/// That so much of the coldkey's stake is not locked.
pub(super) fn ensure_unlocked(
    state: &State,
    position: Position<'_>,
    alpha: u64,
) -> Result<(), Error> {
    let may_leave = stakes::may_leave(state, position.coldkey, position.netuid, alpha);
    ensure(may_leave, Error::StakeUnavailable)
}

/// Whether a nominator's stake is too little to be kept.
pub(super) fn is_small_nomination(state: &State, position: Position<'_>) -> bool {
    let owner = OWNER.find(state, (position.hotkey.clone(),));
    if owner.as_ref() == Some(position.coldkey) {
        return false;
    }
    let millionths = u128::from(NOMINATOR_MIN_REQUIRED_STAKE.get(state, ()));
    let least = u128::from(MIN_STAKE).saturating_mul(millionths) / 1_000_000;
    let least = U64F64::whole(u64::try_from(least).unwrap_or(u64::MAX));
    let least = least.over(market::price(state, position.netuid)).floor();
    (1..least).contains(&position.stake(state))
}
