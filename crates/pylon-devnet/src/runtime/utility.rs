//! Pallet Utility (11).

use sp_runtime::DispatchError;

use super::RuntimeCall;
use crate::scale::scale_enum;

scale_enum! {
    /// Calls.
    "pallet_subtensor_utility::pallet" Call {
        0 batch { calls: Vec<RuntimeCall> },
        2 batch_all { calls: Vec<RuntimeCall> },
        4 force_batch { calls: Vec<RuntimeCall> },
    }
}

scale_enum! {
    /// Events.
    "pallet_subtensor_utility::pallet" Event {
        0 BatchInterrupted { index: u32, error: DispatchError },
        1 BatchCompleted,
        2 BatchCompletedWithErrors,
        3 ItemCompleted,
        4 ItemFailed { error: DispatchError },
        5 DispatchedAs { result: Result<(), DispatchError> },
        6 IfElseMainSuccess,
        7 IfElseFallbackCalled { main_error: DispatchError },
    }
}

scale_enum! {
    /// Errors.
    "pallet_subtensor_utility::pallet" Error {
        0 TooManyCalls,
        1 InvalidDerivedAccount,
    }
}

/// Most calls in a batch.
pub(crate) const BATCHED_CALLS_LIMIT: u32 = 10_922;
