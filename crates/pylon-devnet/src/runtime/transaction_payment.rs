//! Pallet TransactionPayment (6).

pub(crate) mod fees;

use sp_runtime::FixedU128;

use super::AccountId;
use crate::scale::scale_enum;

crate::storage::storage! { "TransactionPayment";
    "Factor of the weight fee." NEXT_FEE_MULTIPLIER = "NextFeeMultiplier": [] => default FixedU128 = FixedU128::from_u32(1);
    "Version of the pallet's storage." STORAGE_VERSION = "StorageVersion": [] => default Releases = Releases::V1Ancient;
}

scale_enum! {
    /// Versions of the pallet's storage.
    "pallet_transaction_payment" Releases {
        0 V1Ancient,
        1 V2,
    }
}

scale_enum! {
    /// Events.
    "pallet_transaction_payment::pallet" Event {
        0 TransactionFeePaid { who: AccountId, actual_fee: u64, tip: u64 },
    }
}

/// Factor of the priority of operational calls.
pub(crate) const OPERATIONAL_FEE_MULTIPLIER: u8 = 5;
