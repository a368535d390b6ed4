//! Pallet Aura (3).

use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::{BoundedVec, traits::ConstU32};

crate::storage::storage! { "Aura";
    "Keys of the blocks' authors, in turn." AUTHORITIES = "Authorities": [] => default BoundedVec<Public, ConstU32<32>> = BoundedVec::new();
    "The block's slot." CURRENT_SLOT = "CurrentSlot": [] => default Slot = Slot(0);
}

/// Key of a block's author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub(crate) struct Public(pub(crate) [u8; 32]);

/// A stretch of time in which one author may make a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub(crate) struct Slot(pub(crate) u64);

/// How long a slot is, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub(crate) struct SlotDuration(pub(crate) u64);

/// Milliseconds of a slot.
pub(crate) const SLOT_DURATION: u64 = 12_000;
