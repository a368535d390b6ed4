//! The price of a registration: it falls in every block and rises with every registration.

use super::{
    BURN, BURN_HALF_LIFE, BURN_INCREASE_MULT, MAX_BURN, MIN_BURN, NETWORKS_ADDED,
    REGISTRATIONS_THIS_BLOCK,
};
use crate::state::State;

/// 1 with 32 fraction bits.
const ONE: u64 = 1 << 32;
/// 1 with 64 fraction bits.
const ONE_64: u128 = 1 << 64;

/// What a block's start does to the prices and the counters of all subnets but root.
pub(crate) fn update(state: &mut State, block: u64) {
    for ((netuid,), _) in NETWORKS_ADDED.iter(state) {
        if netuid == 0 {
            continue;
        }
        let price = BURN.get(state, (netuid,));
        let next = clamp(state, netuid, decayed(state, netuid, price, block));
        if next != price {
            BURN.put(state, (netuid,), next);
        }
        if REGISTRATIONS_THIS_BLOCK.get(state, (netuid,)) != 0 {
            REGISTRATIONS_THIS_BLOCK.put(state, (netuid,), 0);
        }
    }
}

fn decayed(state: &State, netuid: u16, price: u64, block: u64) -> u64 {
    let half_life = BURN_HALF_LIFE.get(state, (netuid,));
    // The factor costs some time to find, and at the floor nothing depends on it.
    if half_life == 0 || block <= 1 || price <= MIN_BURN.get(state, (netuid,)) {
        return price;
    }
    times(price, decay_factor(half_life))
}

/// Raises a subnet's price after a registration.
pub(crate) fn raise(state: &mut State, netuid: u16) {
    let factor = BURN_INCREASE_MULT.get(state, (netuid,)).bits.max(ONE_64);
    let price = BURN.get(state, (netuid,));
    let raised = mul_shift_64(price, factor);
    let next = clamp(state, netuid, raised);
    BURN.put(state, (netuid,), next);
}

fn clamp(state: &State, netuid: u16, price: u64) -> u64 {
    let least = MIN_BURN.get(state, (netuid,));
    let greatest = MAX_BURN.get(state, (netuid,));
    // Not `clamp`: a floor above the ceiling gives the ceiling.
    price.max(least).min(greatest)
}

/// Product with a factor of 32 fraction bits.
fn times(value: u64, factor: u64) -> u64 {
    let product = (u128::from(value) * u128::from(factor)) >> 32;
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// Product with a factor of 64 fraction bits; like the fixed-point type's, it stops at 2^64.
fn mul_shift_64(value: u64, factor: u128) -> u64 {
    let (whole, fraction) = (factor >> 64, factor & (ONE_64 - 1));
    let value = u128::from(value);
    let product = value
        .saturating_mul(whole)
        .saturating_add((value * fraction) >> 64);
    u64::try_from(product).unwrap_or(u64::MAX)
}

fn power(base: u64, exponent: u16) -> u64 {
    let (mut result, mut factor, mut left) = (ONE, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = times(result, factor);
        }
        left >>= 1;
        if left > 0 {
            factor = times(factor, factor);
        }
    }
    result
}

/// The greatest factor, 32 fraction bits, whose `half_life`th power is at most one half.
fn decay_factor(half_life: u16) -> u64 {
    let (mut low, mut high) = (0, ONE);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if power(middle, half_life) > ONE / 2 {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::U64F64;

    const TAO: u64 = 1_000_000_000;

    fn subnet(price: u64) -> State {
        let mut state = State::default();
        for netuid in [0, 1] {
            NETWORKS_ADDED.put(&mut state, (netuid,), true);
            BURN.put(&mut state, (netuid,), price);
        }
        state
    }

    #[test]
    fn the_price_halves_in_its_half_life_and_roots_stays() {
        let mut state = subnet(8 * TAO);
        for block in 2..362 {
            update(&mut state, block);
        }
        let price = BURN.get(&state, (1,));
        // Rounded down in every block.
        assert!((4 * TAO - 10_000..=4 * TAO).contains(&price), "{price}");
        assert_eq!(BURN.get(&state, (0,)), 8 * TAO);
    }

    #[test]
    fn the_price_ends_at_its_floor_and_nothing_is_written_there() {
        let mut state = subnet(510_000);
        for block in 2..50 {
            update(&mut state, block);
        }
        assert_eq!(BURN.get(&state, (1,)), 500_000);
        let settled = state.clone();
        update(&mut state, 50);
        assert!(state.changes_since(&settled).next().is_none());
    }

    #[test]
    fn a_registration_raises_the_price_by_a_quarter_and_a_bit_up_to_the_ceiling() {
        let mut state = subnet(500_000);
        raise(&mut state, 1);
        assert_eq!(BURN.get(&state, (1,)), 630_000);
        MAX_BURN.put(&mut state, (1,), 700_000);
        raise(&mut state, 1);
        assert_eq!(BURN.get(&state, (1,)), 700_000);
        let half = U64F64 { bits: 1 << 63 };
        BURN_INCREASE_MULT.put(&mut state, (1,), half);
        raise(&mut state, 1);
        assert_eq!(BURN.get(&state, (1,)), 700_000);
    }

    #[test]
    fn a_new_block_counts_its_registrations_from_none() {
        let mut state = subnet(500_000);
        REGISTRATIONS_THIS_BLOCK.put(&mut state, (1,), 3);
        update(&mut state, 9);
        assert_eq!(REGISTRATIONS_THIS_BLOCK.get(&state, (1,)), 0);
    }

    proptest! {
        #[test]
        fn the_factor_is_the_greatest_whose_power_is_at_most_one_half(half_life in 1u16..) {
            let factor = decay_factor(half_life);
            prop_assert!(power(factor, half_life) <= ONE / 2);
            prop_assert!(power(factor + 1, half_life) > ONE / 2);
        }

        #[test]
        fn a_price_never_leaves_its_bounds(
            price: u64,
            least: u64,
            greatest: u64,
            half_life: u16,
            bits: u128,
        ) {
            let mut state = subnet(price);
            MIN_BURN.put(&mut state, (1,), least);
            MAX_BURN.put(&mut state, (1,), greatest);
            BURN_HALF_LIFE.put(&mut state, (1,), half_life);
            BURN_INCREASE_MULT.put(&mut state, (1,), U64F64 { bits });
            update(&mut state, 5);
            let decayed = BURN.get(&state, (1,));
            prop_assert!(decayed <= price.max(least) && decayed <= greatest);
            prop_assert!(decayed >= least.min(greatest));
            raise(&mut state, 1);
            let raised = BURN.get(&state, (1,));
            prop_assert!(raised >= decayed && raised <= greatest);
        }
    }
}
