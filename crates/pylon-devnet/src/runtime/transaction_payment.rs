//! Pallet TransactionPayment (6).

use codec::Compact;
use sp_runtime::FixedU128;

use super::{
    AccountId,
    extrinsic::UncheckedExtrinsic,
    system::{DispatchClass, Weight},
};
use crate::{
    node::{dispatch::fee, extrinsic::Extrinsic},
    scale::{scale_enum, scale_struct},
    state::State,
};

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

scale_struct! {
    /// What an extrinsic weighs and pays.
    "pallet_transaction_payment::types" RuntimeDispatchInfo { weight: Weight, class: DispatchClass, partial_fee: u64 }
}

/// What an extrinsic of this length weighs and pays without its tip; nothing where nobody signed.
pub(crate) fn query_info(
    _: &State,
    UncheckedExtrinsic(extrinsic): UncheckedExtrinsic,
    length: u32,
) -> RuntimeDispatchInfo {
    match extrinsic {
        Extrinsic::Signed(transaction) => {
            let weight = transaction.weight();
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            RuntimeDispatchInfo {
                partial_fee: fee::fee(&weight, length, 0),
                weight: weight.weight,
                class: weight.class,
            }
        }
        Extrinsic::Unsigned(..) => RuntimeDispatchInfo {
            weight: Weight {
                ref_time: Compact(0),
                proof_size: Compact(0),
            },
            class: DispatchClass::Mandatory,
            partial_fee: 0,
        },
    }
}
