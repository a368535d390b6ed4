//! The simulated runtime: subtensor of June 2026 (spec 425), and what October 2026 (475) changed.
//!
//! Types, storage, calls, events and errors are declared under the real runtime's names, paths and
//! indices; calls and runtime APIs are functions over [`State`](crate::state::State).

#![allow(
    clippy::cast_possible_truncation,
    reason = "the codec's derive casts the literal indices of variants"
)]

pub(crate) mod admin_utils;
pub(crate) mod api;
pub(crate) mod aura;
pub(crate) mod balances;
pub(crate) mod commitments;
pub(crate) mod drand;
pub(crate) mod extension;
pub(crate) mod extrinsic;
mod fixed;
pub(crate) mod layout;
pub(crate) mod metadata;
pub(crate) mod oct2026;
pub(crate) mod proxy;
pub(crate) mod subtensor;
pub(crate) mod sudo;
pub(crate) mod swap;
pub(crate) mod system;
pub(crate) mod timestamp;
pub(crate) mod transaction_payment;
pub(crate) mod utility;
mod version;

use codec::{Compact, Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, ModuleError};

pub(crate) use metadata::metadata;
pub(crate) use version::{RuntimeVersion, version};

use crate::scale::scale_enum;

/// An account's 32 bytes.
pub(crate) type AccountId = sp_runtime::AccountId32;
/// The address that signs an extrinsic.
pub(crate) type Address = sp_runtime::MultiAddress<AccountId, ()>;
/// A block header.
pub(crate) type Header = sp_runtime::generic::Header<u32, sp_runtime::traits::BlakeTwo256>;
/// A 32-byte hash.
pub(crate) type Hash = sp_core::H256;

/// The account of keys that were never set.
pub(crate) const ZERO_ACCOUNT: AccountId = AccountId::new([0; 32]);

scale_enum! {
    /// A call of any pallet.
    #[allow(clippy::large_enum_variant, reason = "a call lives for the moment of its dispatch")]
    "node_subtensor_runtime" RuntimeCall {
        0 System(system::Call),
        2 Timestamp(timestamp::Call),
        5 Balances(balances::Call),
        7 SubtensorModule(subtensor::Call),
        11 Utility(utility::Call),
        12 Sudo(sudo::Call),
        16 Proxy(proxy::Call),
        18 Commitments(commitments::Call),
        19 AdminUtils(admin_utils::Call),
    }
}

scale_enum! {
    /// An event of any pallet.
    "node_subtensor_runtime" RuntimeEvent {
        0 System(system::Event),
        5 Balances(balances::Event),
        6 TransactionPayment(transaction_payment::Event),
        7 SubtensorModule(subtensor::Event),
        11 Utility(utility::Event),
        12 Sudo(sudo::Event),
        16 Proxy(proxy::Event),
        18 Commitments(commitments::Event),
        19 AdminUtils(admin_utils::Event),
        26 Drand(drand::Event),
        28 Swap(swap::Event),
    }
}

/// Declares the errors of every pallet, and how each becomes the error of a call.
macro_rules! runtime_errors {
    ($($index:literal $pallet:ident($error:ty),)*) => {
        scale_enum! {
            /// An error of any pallet.
            "node_subtensor_runtime" RuntimeError { $($index $pallet($error)),* }
        }

        $(impl From<$error> for DispatchError {
            fn from(error: $error) -> Self {
                let mut number = [0; 4];
                // An error without fields is its index.
                for (to, from) in number.iter_mut().zip(error.encode()) {
                    *to = from;
                }
                Self::Module(ModuleError { index: $index, error: number, message: None })
            }
        })*
    };
}

runtime_errors! {
    0 System(system::Error),
    5 Balances(balances::Error),
    7 SubtensorModule(subtensor::Error),
    11 Utility(utility::Error),
    12 Sudo(sudo::Error),
    16 Proxy(proxy::Error),
    18 Commitments(commitments::Error),
    19 AdminUtils(admin_utils::Error),
    26 Drand(drand::Error),
    28 Swap(swap::Error),
}

/// A fixed-point number with 32 fraction bits, by its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub(crate) struct FixedI128 {
    /// The number times 2^32.
    pub(crate) bits: i128,
}

/// A fixed-point number with 64 fraction bits, by its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub(crate) struct FixedU128 {
    /// The number times 2^64.
    pub(crate) bits: u128,
}

/// A fixed-point number with 32 fraction bits, by its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub(crate) struct FixedI64 {
    /// The number times 2^32.
    pub(crate) bits: i64,
}

/// `I96F32`, as the pallet names it.
pub(crate) type I96F32 = FixedI128;
/// `I64F64`, as the pallet names it: the same bytes with 64 fraction bits.
pub(crate) type I64F64 = FixedI128;
/// `U64F64`, as the pallet names it.
pub(crate) type U64F64 = FixedU128;

/// The compact forms of a list of integers.
pub(crate) fn compact<T>(values: Vec<T>) -> Vec<Compact<T>> {
    values.into_iter().map(Compact).collect()
}
