//! `SwapRuntimeApi`: prices, and what a swap would give.
//!
//! A pool of alpha and TAO, weighted by its balancer; a subnet without the dynamic mechanism swaps
//! one for one.

mod offer;

use super::{Error, FEE_RATE, SWAP_BALANCER};
use crate::{
    runtime::{
        U64F64,
        subtensor::{NETWORKS_ADDED, SUBNET_ALPHA_IN, SUBNET_MECHANISM, SUBNET_TAO, subnets},
    },
    scale::scale_struct,
    state::State,
};

pub(crate) use offer::{Offer, Order, Swap};

use offer::Pool;

scale_struct! {
    /// What a swap would give, rao.
    "pallet_subtensor_swap_runtime_api" SimSwapResult {
        tao_amount: u64,
        alpha_amount: u64,
        tao_fee: u64,
        alpha_fee: u64,
        tao_slippage: u64,
        alpha_slippage: u64,
    }
}

scale_struct! {
    /// The price of a subnet's alpha, rao.
    "pallet_subtensor_swap_runtime_api" SubnetPrice { netuid: u16, price: u64 }
}

/// The mechanism whose prices move.
const DYNAMIC: u16 = 1;
/// Rao of a TAO.
const COIN: u64 = 1_000_000_000;

/// TAO for an alpha.
pub(crate) fn price(state: &State, netuid: u16) -> U64F64 {
    let key = (netuid,);
    if !is_dynamic(state, netuid) {
        return U64F64::ONE;
    }
    let tao = U64F64::whole(SUBNET_TAO.get(state, key));
    let alpha = U64F64::whole(SUBNET_ALPHA_IN.get(state, key));
    SWAP_BALANCER.get(state, key).ratio().times(tao.over(alpha))
}

/// `current_alpha_price`, rao.
pub(crate) fn alpha_price(state: &State, netuid: u16) -> u64 {
    price(state, netuid).times(U64F64::whole(COIN)).floor()
}

/// `current_alpha_price_all`.
pub(crate) fn alpha_prices(state: &State) -> Vec<SubnetPrice> {
    subnets::netuids(state)
        .into_iter()
        .map(|netuid| SubnetPrice {
            netuid,
            price: alpha_price(state, netuid),
        })
        .collect()
}

/// What a subnet's pool keeps of what is put in.
pub(crate) fn fee(state: &State, netuid: u16, amount: u64) -> u64 {
    if !is_dynamic(state, netuid) {
        return 0;
    }
    let rate = U64F64::whole(FEE_RATE.get(state, (netuid,)).into());
    let rate = rate.over(U64F64::whole(u16::MAX.into()));
    U64F64::whole(amount).times(rate).floor()
}

/// The most that can be offered for a swap that stops when the price is `limit` TAO rao.
///
/// # Errors
/// The price is that far already.
pub(crate) fn most(state: &State, netuid: u16, order: Order, limit: u64) -> Result<u64, Error> {
    if !is_dynamic(state, netuid) {
        let is_met = match order {
            Order::Buy => limit >= COIN,
            Order::Sell => limit <= COIN,
        };
        return Ok(if is_met { u64::MAX } else { 0 });
    }
    let offer = Offer::new(netuid, order, largest(state, netuid, order));
    let swap = offer.until(limit).swap(state)?;
    Ok(swap.cost())
}

/// The most that a pool takes in one swap.
pub(crate) fn largest(state: &State, netuid: u16, order: Order) -> u64 {
    match is_dynamic(state, netuid) {
        true => Pool::new(state, netuid, order).largest(),
        false => u64::MAX,
    }
}

/// Whether a subnet's price moves.
pub(crate) fn is_dynamic(state: &State, netuid: u16) -> bool {
    SUBNET_MECHANISM.get(state, (netuid,)) == DYNAMIC
}

const NOTHING: SimSwapResult = SimSwapResult {
    tao_amount: 0,
    alpha_amount: 0,
    tao_fee: 0,
    alpha_fee: 0,
    tao_slippage: 0,
    alpha_slippage: 0,
};

/// What a runtime API says of a swap: nothing where there is no such subnet.
fn told(state: &State, netuid: u16, amount: u64, order: Order) -> Option<Swap> {
    let exists = NETWORKS_ADDED.get(state, (netuid,)) || is_dynamic(state, netuid);
    let swap = Offer::new(netuid, order, amount).swap(state).ok()?;
    exists.then_some(swap)
}

/// `sim_swap_tao_for_alpha`: all zeros where the pool would refuse.
pub(crate) fn buy(state: &State, netuid: u16, tao: u64) -> SimSwapResult {
    let at_the_price = U64F64::whole(tao).over(price(state, netuid)).floor();
    told(state, netuid, tao, Order::Buy).map_or(NOTHING, |swap| SimSwapResult {
        tao_amount: swap.paid_in,
        alpha_amount: swap.paid_out,
        tao_fee: swap.fee,
        alpha_slippage: at_the_price.saturating_sub(swap.paid_out),
        ..NOTHING
    })
}

/// `sim_swap_alpha_for_tao`: all zeros where the pool would refuse.
pub(crate) fn sell(state: &State, netuid: u16, alpha: u64) -> SimSwapResult {
    let at_the_price = U64F64::whole(alpha).times(price(state, netuid)).floor();
    told(state, netuid, alpha, Order::Sell).map_or(NOTHING, |swap| SimSwapResult {
        alpha_amount: swap.paid_in,
        tao_amount: swap.paid_out,
        alpha_fee: swap.fee,
        tao_slippage: at_the_price.saturating_sub(swap.paid_out),
        ..NOTHING
    })
}

#[cfg(test)]
mod tests {
    use sp_runtime::Perquintill;

    use super::*;
    use crate::runtime::swap::Balancer;

    /// A pool of 1000 TAO and 10,000 alpha.
    fn pool() -> State {
        let mut state = State::default();
        NETWORKS_ADDED.put(&mut state, (1,), true);
        SUBNET_MECHANISM.put(&mut state, (1,), DYNAMIC);
        SUBNET_TAO.put(&mut state, (1,), 1_000 * COIN);
        SUBNET_ALPHA_IN.put(&mut state, (1,), 10_000 * COIN);
        state
    }

    #[test]
    fn the_price_is_that_of_the_reserves_and_their_weights() {
        let mut state = pool();
        assert_eq!(alpha_price(&state, 1), COIN / 10 - 1);
        let quote = Perquintill::from_percent(40);
        SWAP_BALANCER.put(&mut state, (1,), Balancer { quote });
        assert_eq!(alpha_price(&state, 1), COIN * 15 / 100 - 1);
        SUBNET_ALPHA_IN.put(&mut state, (1,), 0);
        assert_eq!(alpha_price(&state, 1), 0);
        assert_eq!(alpha_price(&state, 0), COIN);
    }

    #[test]
    fn a_swap_pays_the_fee_and_moves_along_the_curve() {
        let state = pool();
        let bought = buy(&state, 1, 100 * COIN);
        assert_eq!(bought.tao_fee, 50_354_772);
        assert_eq!(bought.tao_amount + bought.tao_fee, 100 * COIN);
        let product = |tao: u64, alpha: u64| u128::from(tao) * u128::from(alpha);
        let after = product(
            1_000 * COIN + bought.tao_amount,
            10_000 * COIN - bought.alpha_amount,
        );
        let before = product(1_000 * COIN, 10_000 * COIN);
        assert!(after.abs_diff(before) < before / 1_000_000_000);
        assert_eq!(bought.alpha_amount + bought.alpha_slippage, 1_000 * COIN);
        let sold = sell(&state, 1, 1_000 * COIN);
        assert!(sold.tao_amount < 100 * COIN && sold.tao_amount > 90 * COIN);
        assert!(sold.tao_slippage > 0 && sold.alpha_fee > 0 && sold.tao_fee == 0);
    }

    #[test]
    fn a_pool_of_other_weights_swaps_along_its_own_curve() {
        let mut state = pool();
        let quote = Perquintill::from_percent(40);
        SWAP_BALANCER.put(&mut state, (1,), Balancer { quote });
        FEE_RATE.put(&mut state, (1,), 0);
        // 10,000 * (1 - (1000 / 1100) ^ (2 / 3)) alpha.
        let bought = buy(&state, 1, 100 * COIN).alpha_amount;
        assert!(bought.abs_diff(615_635_314_033) < 10, "{bought}");
    }

    #[test]
    fn what_a_pool_refuses_gives_nothing_and_a_stable_subnet_one_for_one() {
        let mut state = pool();
        assert_eq!(buy(&state, 1, 2_000_000 * COIN), NOTHING);
        SUBNET_MECHANISM.put(&mut state, (1,), 0);
        assert_eq!(buy(&state, 1, 7).alpha_amount, 7);
        assert_eq!(sell(&state, 1, 7).tao_amount, 7);
        assert_eq!(sell(&state, 9, 7).tao_amount, 0);
    }

    #[test]
    fn a_limit_stops_a_swap_at_its_price_or_refuses_it() {
        let state = pool();
        // From 0.1 to 0.4 TAO the TAO reserve doubles and the other one halves.
        let limit = COIN * 4 / 10;
        let offer = |order, amount| Offer::new(1, order, amount);
        let swap = |offer: Offer| offer.swap(&state);
        let bought = swap(offer(Order::Buy, 500_000 * COIN).until(limit)).unwrap();
        assert!(bought.paid_in.abs_diff(1_000 * COIN) < 100, "{bought:?}");
        assert!(bought.paid_out.abs_diff(5_000 * COIN) < 1_000, "{bought:?}");
        assert_eq!(most(&state, 1, Order::Buy, limit), Ok(bought.cost()));
        let little = offer(Order::Buy, COIN);
        assert_eq!(swap(little.until(limit)), swap(little));
        let sold = swap(offer(Order::Sell, 500_000 * COIN).until(COIN / 40)).unwrap();
        assert!(sold.paid_in.abs_diff(10_000 * COIN) < 1_000, "{sold:?}");
        assert!(sold.paid_out.abs_diff(500 * COIN) < 100, "{sold:?}");
        let refused = Err(Error::PriceLimitExceeded);
        assert_eq!(swap(offer(Order::Buy, 1).until(COIN / 11)), refused);
        assert_eq!(swap(offer(Order::Sell, 1).until(COIN / 9)), refused);
        let too_much = swap(offer(Order::Buy, 2_000_000 * COIN));
        assert_eq!(too_much, Err(Error::SwapInputTooLarge));
        let free = swap(little.free_if(true)).unwrap();
        assert_eq!((free.paid_in, free.fee), (COIN, 0));
    }

    #[test]
    fn a_stable_subnet_has_one_price() {
        let state = State::default();
        let most = |order, limit| most(&state, 0, order, limit);
        assert_eq!(most(Order::Buy, COIN), Ok(u64::MAX));
        assert_eq!(most(Order::Buy, COIN - 1), Ok(0));
        assert_eq!(most(Order::Sell, COIN), Ok(u64::MAX));
        assert_eq!(most(Order::Sell, COIN + 1), Ok(0));
    }
}
