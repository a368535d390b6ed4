//! The simulated runtime: subtensor of June 2026 (spec 425).
//!
//! Types, storage, calls, events and errors are declared under the real runtime's names, paths and
//! indices; calls and runtime APIs are functions over [`State`](crate::state::State).

#![allow(
    clippy::cast_possible_truncation,
    reason = "the codec's derive casts the literal indices of variants"
)]

pub(crate) mod api;
pub(crate) mod balances;
pub(crate) mod extension;
pub(crate) mod metadata;
pub(crate) mod subtensor;
pub(crate) mod system;
pub(crate) mod timestamp;
mod version;

use codec::{Compact, Decode, Encode};
use scale_info::TypeInfo;

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
    "node_subtensor_runtime" RuntimeCall {
        0 System(system::Call),
        2 Timestamp(timestamp::Call),
        5 Balances(balances::Call),
    }
}

scale_enum! {
    /// An event of any pallet.
    "node_subtensor_runtime" RuntimeEvent {
        0 System(system::Event),
        5 Balances(balances::Event),
        7 SubtensorModule(subtensor::Event),
    }
}

scale_enum! {
    /// An error of any pallet.
    "node_subtensor_runtime" RuntimeError {
        0 System(system::Error),
        5 Balances(balances::Error),
        7 SubtensorModule(subtensor::Error),
    }
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
/// `U64F64`, as the pallet names it.
pub(crate) type U64F64 = FixedU128;

/// The compact forms of a list of integers.
pub(crate) fn compact<T>(values: Vec<T>) -> Vec<Compact<T>> {
    values.into_iter().map(Compact).collect()
}
