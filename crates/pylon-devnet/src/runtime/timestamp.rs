//! Pallet Timestamp (2).

use codec::Compact;

use crate::scale::scale_enum;

crate::storage::storage! { "Timestamp";
    "The block's time, milliseconds since 1970." NOW = "Now": [] => default u64 = 0;
    "Whether the block's time was set." DID_UPDATE = "DidUpdate": [] => default bool = false;
}

scale_enum! {
    /// Calls; `set` is an inherent.
    "pallet_timestamp::pallet" Call {
        0 set { now: Compact<u64> },
    }
}

/// Least milliseconds between two blocks.
pub(crate) const MINIMUM_PERIOD: u64 = 6_000;
