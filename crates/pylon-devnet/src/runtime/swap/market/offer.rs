//! Offers to a subnet's pool: what goes in, what comes out, and where a price stops them.

use super::{COIN, fee, is_dynamic, price};
use crate::{
    runtime::{
        U64F64,
        subtensor::{SUBNET_ALPHA_IN, SUBNET_TAO},
        swap::{Balancer, Error, FEE_RATE, MINIMUM_RESERVE, SWAP_BALANCER},
    },
    state::State,
};

/// Most that a swap puts in, in reserves of what it puts in.
const MOST_RESERVES: u64 = 1_000;
/// The whole of a weight.
const WHOLE: u64 = 1_000_000_000_000_000_000;

impl Balancer {
    /// The weight of alpha over that of TAO.
    pub(super) fn ratio(self) -> U64F64 {
        let quote = self.quote.deconstruct();
        let base = WHOLE.saturating_sub(quote);
        U64F64::whole(base).over(U64F64::whole(quote))
    }
}

/// What a swap takes, keeps and gives, rao.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Swap {
    /// What goes into the pool.
    pub(crate) paid_in: u64,
    /// What the pool keeps of what was offered.
    pub(crate) fee: u64,
    /// What comes out of the pool.
    pub(crate) paid_out: u64,
}

impl Swap {
    /// What the swap costs.
    pub(crate) fn cost(self) -> u64 {
        self.paid_in.saturating_add(self.fee)
    }
}

/// One of the two directions of a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// TAO for alpha.
    Buy,
    /// Alpha for TAO.
    Sell,
}

impl Order {
    /// The price in TAO rao beyond which nobody swaps.
    pub(crate) const fn outermost_price(self) -> u64 {
        match self {
            Self::Buy => 1_000_000_000_000_000,
            Self::Sell => 1_000,
        }
    }

    /// Whether the first price is met before the second.
    fn meets_first(self, first: U64F64, second: U64F64) -> bool {
        match self {
            Self::Buy => first.bits < second.bits,
            Self::Sell => first.bits > second.bits,
        }
    }
}

/// A subnet's pool, as an order sees it.
pub(super) struct Pool {
    order: Order,
    /// The reserve that grows.
    into: u64,
    /// The reserve that shrinks.
    out_of: u64,
    balancer: Balancer,
}

impl Pool {
    pub(super) fn new(state: &State, netuid: u16, order: Order) -> Self {
        let key = (netuid,);
        let tao = SUBNET_TAO.get(state, key);
        let alpha = SUBNET_ALPHA_IN.get(state, key);
        let (into, out_of) = match order {
            Order::Buy => (tao, alpha),
            Order::Sell => (alpha, tao),
        };
        Self {
            order,
            into,
            out_of,
            balancer: SWAP_BALANCER.get(state, key),
        }
    }

    /// The most that goes in at once.
    pub(super) fn largest(&self) -> u64 {
        self.into.saturating_mul(MOST_RESERVES)
    }

    /// What comes out for what goes in.
    fn paid_out(&self, paid_in: u64) -> u64 {
        let ratio = self.balancer.ratio();
        let exponent = match self.order {
            Order::Buy => U64F64::ONE.over(ratio),
            Order::Sell => ratio,
        };
        let after = U64F64::whole(self.into.saturating_add(paid_in));
        let kept = U64F64::whole(self.into).over(after).power(exponent);
        let given = U64F64::ONE.minus(kept);
        U64F64::whole(self.out_of).times(given).floor()
    }

    fn price_after(&self, paid_in: u64) -> U64F64 {
        let into = U64F64::whole(self.into.saturating_add(paid_in));
        let out_of = U64F64::whole(self.out_of.saturating_sub(self.paid_out(paid_in)));
        self.balancer.ratio().times(match self.order {
            Order::Buy => into.over(out_of),
            Order::Sell => out_of.over(into),
        })
    }

    /// What has to go in for the price to move that far.
    fn paid_in_between(&self, price: U64F64, limit: U64F64) -> u64 {
        let quote = self.balancer.quote.deconstruct();
        let (ratio, weight) = match self.order {
            Order::Buy => (price.over(limit), WHOLE.saturating_sub(quote)),
            Order::Sell => (limit.over(price), quote),
        };
        let whole = U64F64::whole(WHOLE);
        let growth = U64F64::ONE.over(ratio.power(U64F64::whole(weight).over(whole)));
        // The pallet has it in 18 decimals.
        let growth = U64F64::whole(growth.times(whole).floor()).over(whole);
        U64F64::whole(self.into)
            .times(growth.minus(U64F64::ONE))
            .floor()
    }
}

/// An amount that is offered to a subnet's pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    netuid: u16,
    order: Order,
    amount: u64,
    limit: u64,
    pays_fee: bool,
}

impl Offer {
    /// An offer that pays the fee and that no price stops.
    pub(crate) fn new(netuid: u16, order: Order, amount: u64) -> Self {
        Self {
            netuid,
            order,
            amount,
            limit: order.outermost_price(),
            pays_fee: true,
        }
    }

    /// The same, stopped when the price is `limit` TAO rao.
    pub(crate) fn until(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// The same, without the fee where `condition` holds.
    pub(crate) fn free_if(self, condition: bool) -> Self {
        let pays_fee = self.pays_fee && !condition;
        Self { pays_fee, ..self }
    }

    fn fee(&self, state: &State) -> u64 {
        match self.pays_fee {
            true => fee(state, self.netuid, self.amount),
            false => 0,
        }
    }

    /// The fee of a swap that a limit stopped, from what went in.
    fn fee_upon(&self, state: &State, paid_in: u64) -> u64 {
        if !self.pays_fee {
            return 0;
        }
        let rate = FEE_RATE.get(state, (self.netuid,));
        let rest = U64F64::whole(u16::MAX.saturating_sub(rate).into());
        let rate = U64F64::whole(rate.into()).over(rest);
        U64F64::whole(paid_in).times(rate).floor()
    }

    /// What comes of the offer.
    ///
    /// # Errors
    /// The pool refuses it.
    pub(crate) fn swap(self, state: &State) -> Result<Swap, Error> {
        if !is_dynamic(state, self.netuid) {
            return Ok(Swap {
                paid_in: self.amount,
                fee: 0,
                paid_out: self.amount,
            });
        }
        let pool = Pool::new(state, self.netuid, self.order);
        let price = price(state, self.netuid);
        let limit = U64F64::whole(self.limit).over(U64F64::whole(COIN));
        if pool.out_of < MINIMUM_RESERVE.get() {
            return Err(Error::ReservesTooLow);
        }
        if !self.order.meets_first(price, limit) {
            return Err(Error::PriceLimitExceeded);
        }
        let mut fee = self.fee(state);
        let mut paid_in = self.amount.saturating_sub(fee);
        if paid_in > pool.largest() {
            return Err(Error::SwapInputTooLarge);
        }
        if self.order.meets_first(limit, pool.price_after(paid_in)) {
            paid_in = pool.paid_in_between(price, limit);
            fee = self.fee_upon(state, paid_in);
        }
        let paid_out = pool.paid_out(paid_in);
        if paid_in > 0 && paid_out == 0 {
            return Err(Error::ReservesTooLow);
        }
        Ok(Swap {
            paid_in,
            fee,
            paid_out,
        })
    }
}
