//! `SwapRuntimeApi`: prices, and what a swap would give.
//!
//! A pool of alpha and TAO, weighted by its balancer; a subnet without the dynamic mechanism swaps
//! one for one.

use super::{Balancer, FEE_RATE, MINIMUM_RESERVE, SWAP_BALANCER};
use crate::{
    runtime::{
        U64F64,
        subtensor::{NETWORKS_ADDED, SUBNET_ALPHA_IN, SUBNET_MECHANISM, SUBNET_TAO, subnets},
    },
    scale::scale_struct,
    state::State,
};

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
/// Most that a swap puts in, in reserves of what it puts in.
const MOST_RESERVES: u64 = 1_000;

impl Balancer {
    /// The weight of alpha over that of TAO.
    fn ratio(self) -> U64F64 {
        let quote = self.quote.deconstruct();
        let base = WHOLE.saturating_sub(quote);
        U64F64::whole(base).over(U64F64::whole(quote))
    }
}

/// The whole of a weight.
const WHOLE: u64 = 1_000_000_000_000_000_000;

/// TAO for an alpha.
pub(crate) fn price(state: &State, netuid: u16) -> U64F64 {
    let key = (netuid,);
    if SUBNET_MECHANISM.get(state, key) != DYNAMIC {
        return U64F64::ONE;
    }
    let tao = U64F64::whole(SUBNET_TAO.get(state, key));
    let alpha = U64F64::whole(SUBNET_ALPHA_IN.get(state, key));
    SWAP_BALANCER.get(state, key).ratio().times(tao.over(alpha))
}

/// `current_alpha_price`, rao.
pub(crate) fn alpha_price(state: &State, netuid: u16) -> u64 {
    price(state, netuid)
        .times(U64F64::whole(1_000_000_000))
        .floor()
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
    if SUBNET_MECHANISM.get(state, (netuid,)) != DYNAMIC {
        return 0;
    }
    let rate = U64F64::whole(FEE_RATE.get(state, (netuid,)).into());
    let rate = rate.over(U64F64::whole(u16::MAX.into()));
    U64F64::whole(amount).times(rate).floor()
}

/// What a swap takes, keeps and gives.
struct Swap {
    paid_in: u64,
    fee: u64,
    paid_out: u64,
}

/// One of the two directions of a swap.
#[derive(Clone, Copy)]
enum Order {
    Buy,
    Sell,
}

/// What a swap would do; nothing where the pool refuses it.
fn swap(state: &State, netuid: u16, amount: u64, order: Order) -> Option<Swap> {
    let key = (netuid,);
    if SUBNET_MECHANISM.get(state, key) != DYNAMIC {
        let paid = if NETWORKS_ADDED.get(state, key) {
            amount
        } else {
            0
        };
        return Some(Swap {
            paid_in: paid,
            fee: 0,
            paid_out: paid,
        });
    }
    let tao = SUBNET_TAO.get(state, key);
    let alpha = SUBNET_ALPHA_IN.get(state, key);
    let ratio = SWAP_BALANCER.get(state, key).ratio();
    let (into, out_of, exponent) = match order {
        Order::Buy => (tao, alpha, U64F64::ONE.over(ratio)),
        Order::Sell => (alpha, tao, ratio),
    };
    let fee = fee(state, netuid, amount);
    let paid_in = amount.saturating_sub(fee);
    if out_of < MINIMUM_RESERVE.get() || paid_in > into.saturating_mul(MOST_RESERVES) {
        return None;
    }
    let after = U64F64::whole(into.saturating_add(paid_in));
    let kept = U64F64::whole(into).over(after).power(exponent);
    let given = U64F64::ONE.minus(kept);
    let paid_out = U64F64::whole(out_of).times(given).floor();
    (paid_in == 0 || paid_out > 0).then_some(Swap {
        paid_in,
        fee,
        paid_out,
    })
}

const NOTHING: SimSwapResult = SimSwapResult {
    tao_amount: 0,
    alpha_amount: 0,
    tao_fee: 0,
    alpha_fee: 0,
    tao_slippage: 0,
    alpha_slippage: 0,
};

/// `sim_swap_tao_for_alpha`: all zeros where the pool would refuse.
pub(crate) fn buy(state: &State, netuid: u16, tao: u64) -> SimSwapResult {
    let at_the_price = U64F64::whole(tao).over(price(state, netuid)).floor();
    swap(state, netuid, tao, Order::Buy).map_or(NOTHING, |swap| SimSwapResult {
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
    swap(state, netuid, alpha, Order::Sell).map_or(NOTHING, |swap| SimSwapResult {
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

    const COIN: u64 = 1_000_000_000;

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
}
