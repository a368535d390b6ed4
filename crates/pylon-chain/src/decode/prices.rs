//! `SwapRuntimeApi_current_alpha_price_all`.

use super::wire::wire_struct;

wire_struct! {
    /// `pallet_subtensor_swap_runtime_api::SubnetPrice`: rao of TAO for one alpha.
    struct SubnetPrice {
        netuid: u16,
        price: u64,
    }
}
