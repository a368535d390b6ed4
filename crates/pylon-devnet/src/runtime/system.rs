//! Pallet System (0).

use std::borrow::Cow;

use codec::{Compact, Decode, Encode};
use scale_info::{Path, Type, TypeInfo, TypeParameter, build::Fields, meta_type};
use sp_runtime::{Digest, DispatchError};

use super::{AccountId, Hash, RuntimeEvent, balances::AccountData};
use crate::scale::{scale_enum, scale_struct};

crate::storage::storage! { "System";
    "An account's nonce, references and balance." ACCOUNT = "Account": [Blake2_128Concat AccountId] => default AccountInfo = AccountInfo::default();
    "Extrinsics of the block so far." EXTRINSIC_COUNT = "ExtrinsicCount": [] => optional u32;
    "Hashes of past blocks." BLOCK_HASH = "BlockHash": [Twox64Concat u32] => default Hash = Hash::zero();
    "The block's number." NUMBER = "Number": [] => default u32 = 0;
    "Hash of the block before." PARENT_HASH = "ParentHash": [] => default Hash = Hash::zero();
    "The block's digest." DIGEST = "Digest": [] => default Digest = Digest::default();
    "The block's events." EVENTS = "Events": [] => default Vec<EventRecord> = Vec::new();
    "Number of the block's events." EVENT_COUNT = "EventCount": [] => default u32 = 0;
    "The runtime that made the last block." LAST_RUNTIME_UPGRADE = "LastRuntimeUpgrade": [] => optional LastRuntimeUpgradeInfo;
}

scale_struct! {
    /// What the chain keeps of an account.
    #[derive(Default)]
    "frame_system" AccountInfo { nonce: u32, consumers: u32, providers: u32, sufficients: u32, data: AccountData }
}

/// An event and where in the block it happened.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct EventRecord {
    pub(crate) phase: Phase,
    pub(crate) event: RuntimeEvent,
    pub(crate) topics: Vec<Hash>,
}

impl TypeInfo for EventRecord {
    type Identity = Self;
    /// polkadot.js finds the type of events in the first parameter.
    fn type_info() -> Type {
        Type::builder()
            .path(Path::new("EventRecord", "frame_system"))
            .type_params([
                TypeParameter::new("E", Some(meta_type::<RuntimeEvent>())),
                TypeParameter::new("T", Some(meta_type::<Hash>())),
            ])
            .composite(
                Fields::named()
                    .field(|f| f.ty::<Phase>().name("phase").type_name("Phase"))
                    .field(|f| f.ty::<RuntimeEvent>().name("event").type_name("E"))
                    .field(|f| f.ty::<Vec<Hash>>().name("topics").type_name("Vec<T>")),
            )
    }
}

scale_struct! {
    /// A runtime's version and name.
    "frame_system" LastRuntimeUpgradeInfo { spec_version: Compact<u32>, spec_name: Cow<'static, str> }
}

scale_enum! {
    /// A step of a block's making.
    "frame_system" Phase {
        0 ApplyExtrinsic(u32),
        1 Finalization,
        2 Initialization,
    }
}

scale_enum! {
    /// Calls.
    "frame_system::pallet" Call {
        0 remark { remark: Vec<u8> },
        7 remark_with_event { remark: Vec<u8> },
    }
}

scale_enum! {
    /// Events.
    "frame_system::pallet" Event {
        0 ExtrinsicSuccess { dispatch_info: DispatchEventInfo },
        1 ExtrinsicFailed { dispatch_error: DispatchError, dispatch_info: DispatchEventInfo },
        2 CodeUpdated,
        3 NewAccount { account: AccountId },
        4 KilledAccount { account: AccountId },
        5 Remarked { sender: AccountId, hash: Hash },
    }
}

scale_enum! {
    /// Errors.
    "frame_system::pallet" Error {
        0 InvalidSpecName,
        1 SpecVersionNeedsToIncrease,
        2 FailedToExtractRuntimeVersion,
        3 NonDefaultComposite,
        4 NonZeroRefCount,
        5 CallFiltered,
        6 MultiBlockMigrationsOngoing,
        7 NothingAuthorized,
        8 Unauthorized,
    }
}

scale_struct! {
    /// Weight, class and fee mode of a dispatched call.
    "frame_system" DispatchEventInfo { weight: Weight, class: DispatchClass, pays_fee: Pays }
}

scale_struct! {
    /// Computation time in picoseconds and proof size in bytes.
    "sp_weights::weight_v2" Weight { ref_time: Compact<u64>, proof_size: Compact<u64> }
}

scale_enum! {
    /// Class of a call.
    "frame_support::dispatch" DispatchClass {
        0 Normal,
        1 Operational,
        2 Mandatory,
    }
}

scale_enum! {
    /// Whether a call pays a fee.
    "frame_support::dispatch" Pays {
        0 Yes,
        1 No,
    }
}

/// Blocks whose hash the chain keeps, so the longest era of an extrinsic.
pub(crate) const BLOCK_HASH_COUNT: u32 = 2_400;
/// Prefix of ss58 addresses.
pub(crate) const SS58_PREFIX: u16 = 42;
