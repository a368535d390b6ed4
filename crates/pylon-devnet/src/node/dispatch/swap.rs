//! Buying alpha from a subnet's pool, after pallet Swap.

use sp_core::U256;

use crate::{
    runtime::{
        subtensor::{SUBNET_ALPHA_IN, SUBNET_MECHANISM, SUBNET_TAO},
        swap::{Error, FEE_RATE, MINIMUM_RESERVE, SWAP_BALANCER},
    },
    state::State,
};

/// What an amount of TAO buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purchase {
    /// Alpha, rao.
    pub(super) alpha: u64,
    /// What the pool keeps out of its reserve, for the block's author, rao.
    pub(super) fee: u64,
}

/// Quotes a purchase of alpha for `tao` rao; the price is 1 where alpha is not traded.
///
/// With reserves of equal weight this is the real pool's curve; with others it has the same slope
/// where it starts.
pub(super) fn quote(state: &State, netuid: u16, tao: u64) -> Result<Purchase, Error> {
    if SUBNET_MECHANISM.get(state, (netuid,)) != 1 {
        return Ok(Purchase { alpha: tao, fee: 0 });
    }
    let reserve = SUBNET_ALPHA_IN.get(state, (netuid,));
    if reserve < MINIMUM_RESERVE.get() {
        return Err(Error::ReservesTooLow);
    }
    let rate = FEE_RATE.get(state, (netuid,));
    let fee = u128::from(tao) * u128::from(rate) / u128::from(u16::MAX);
    let fee = u64::try_from(fee).unwrap_or(tao);
    let weight = SWAP_BALANCER.get(state, (netuid,)).quote.deconstruct();
    let whole = sp_runtime::Perquintill::one().deconstruct();
    // At most 188 of 256 bits.
    let paid = U256::from(tao.saturating_sub(fee)) * U256::from(weight);
    let held =
        U256::from(SUBNET_TAO.get(state, (netuid,))) * U256::from(whole.saturating_sub(weight));
    let alpha = (U256::from(reserve) * paid)
        .checked_div(held + paid)
        .and_then(|alpha| u64::try_from(alpha).ok())
        .ok_or(Error::ReservesTooLow)?;
    Ok(Purchase { alpha, fee })
}

#[cfg(test)]
mod tests {
    use sp_runtime::Perquintill;

    use super::*;
    use crate::runtime::swap::Balancer;

    const TAO: u64 = 1_000_000_000;

    fn pool() -> State {
        let mut state = State::default();
        SUBNET_MECHANISM.put(&mut state, (1,), 1);
        SUBNET_TAO.put(&mut state, (1,), 1_000 * TAO);
        SUBNET_ALPHA_IN.put(&mut state, (1,), 2_000 * TAO);
        state
    }

    #[test]
    fn the_product_of_the_reserves_stays() {
        let mut state = pool();
        FEE_RATE.put(&mut state, (1,), 0);
        let bought = quote(&state, 1, 1_000 * TAO).unwrap();
        assert_eq!((bought.alpha, bought.fee), (1_000 * TAO, 0));
    }

    #[test]
    fn the_fee_is_taken_before_the_swap() {
        let fee = quote(&pool(), 1, 65_535).unwrap().fee;
        assert_eq!(fee, 33);
    }

    #[test]
    fn the_weights_of_the_reserves_move_the_price() {
        let mut state = pool();
        FEE_RATE.put(&mut state, (1,), 0);
        let quote_weight = Perquintill::from_percent(80);
        SWAP_BALANCER.put(
            &mut state,
            (1,),
            Balancer {
                quote: quote_weight,
            },
        );
        // (1 - 0.8) / 0.8 * 1000 / 2000: an eighth of a TAO for an alpha.
        assert_eq!(quote(&state, 1, 1_000).unwrap().alpha, 7_999);
    }

    #[test]
    fn an_empty_pool_sells_nothing_and_root_sells_at_one() {
        let mut state = pool();
        SUBNET_ALPHA_IN.put(&mut state, (1,), 10);
        assert_eq!(quote(&state, 1, 5), Err(Error::ReservesTooLow));
        assert_eq!(quote(&state, 0, 5), Ok(Purchase { alpha: 5, fee: 0 }));
    }
}
