//! Pallet Sudo (12).

use sp_runtime::DispatchError;

use super::{AccountId, Address, RuntimeCall, system::Weight};
use crate::scale::scale_enum;

crate::storage::storage! { "Sudo";
    "The account that may make calls as root." KEY = "Key": [] => optional AccountId;
}

scale_enum! {
    /// Calls.
    "pallet_sudo::pallet" Call {
        0 sudo { call: Box<RuntimeCall> },
        1 sudo_unchecked_weight { call: Box<RuntimeCall>, weight: Weight },
        2 set_key { new: Address },
    }
}

scale_enum! {
    /// Events.
    "pallet_sudo::pallet" Event {
        0 Sudid { sudo_result: Result<(), DispatchError> },
        1 KeyChanged { old: Option<AccountId>, new: AccountId },
        2 KeyRemoved,
        3 SudoAsDone { sudo_result: Result<(), DispatchError> },
    }
}

scale_enum! {
    /// Errors.
    "pallet_sudo::pallet" Error {
        0 RequireSudo,
    }
}
