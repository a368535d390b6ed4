//! Pallet Swap (28).

pub(crate) mod market;

use std::num::NonZeroU64;

use sp_runtime::Perquintill;

use crate::scale::{scale_enum, scale_struct};

crate::storage::storage! { "Swap";
    "Fee of a subnet's pool, /65535." FEE_RATE = "FeeRate": [Twox64Concat u16] => default u16 = 33;
    "Weights of a subnet's pool." SWAP_BALANCER = "SwapBalancer": [Twox64Concat u16] => default Balancer = Balancer { quote: Perquintill::from_percent(50) };
    "Whether a subnet's pool was set up." PAL_SWAP_INITIALIZED = "PalSwapInitialized": [Twox64Concat u16] => default bool = false;
    "Alpha left over from swaps, rao." SCRAP_RESERVOIR_ALPHA = "ScrapReservoirAlpha": [Twox64Concat u16] => default u64 = 0;
}

scale_struct! {
    /// The part of a pool's value that lies in TAO.
    #[derive(Copy)]
    "pallet_subtensor_swap::pallet::balancer" Balancer { quote: Perquintill }
}

scale_enum! {
    /// Events.
    "pallet_subtensor_swap::pallet::pallet" Event {
        0 FeeRateSet { netuid: u16, rate: u16 },
    }
}

scale_enum! {
    /// Errors.
    "pallet_subtensor_swap::pallet::pallet" Error {
        0 FeeRateTooHigh,
        1 InsufficientInputAmount,
        2 InsufficientLiquidity,
        3 PriceLimitExceeded,
        4 InsufficientBalance,
        5 InvalidTickRange,
        6 InvalidLiquidityValue,
        7 ReservesTooLow,
        8 MechanismDoesNotExist,
        9 SubtokenDisabled,
        10 ReservesOutOfBalance,
        11 SwapInputTooLarge,
        12 Deprecated,
    }
}

/// Greatest fee, /65535.
pub(crate) const MAX_FEE_RATE: u16 = 10_000;
/// Least liquidity of a pool.
pub(crate) const MINIMUM_LIQUIDITY: u64 = 1_000;
/// Least reserve of a pool, rao.
pub(crate) const MINIMUM_RESERVE: NonZeroU64 = match NonZeroU64::new(1_000_000) {
    Some(reserve) => reserve,
    None => NonZeroU64::MIN,
};
