//! Pallet Commitments (18).

mod data;

use std::collections::BTreeSet;

use sp_runtime::{BoundedVec, traits::ConstU32};

use super::{AccountId, oct2026::RevealFailure};
use crate::scale::{scale_enum, scale_struct};

pub(crate) use data::Data;

crate::storage::storage! { "Commitments";
    "Who has a timelocked field that is not revealed yet." TIMELOCKED_INDEX = "TimelockedIndex": [] => default BTreeSet<(u16, AccountId)> = BTreeSet::new();
    "What a neuron has committed." COMMITMENT_OF = "CommitmentOf": [Identity u16, Twox64Concat AccountId] => optional Registration;
    "Block of a neuron's last commitment." LAST_COMMITMENT = "LastCommitment": [Identity u16, Twox64Concat AccountId] => optional u32;
    "Block at which a neuron last reset its bonds." LAST_BONDS_RESET = "LastBondsReset": [Identity u16, Twox64Concat AccountId] => optional u32;
    "Fields that were timelocked, as (plaintext, block of reveal), the last ten." REVEALED_COMMITMENTS = "RevealedCommitments": [Identity u16, Twox64Concat AccountId] => optional Vec<(Vec<u8>, u64)>;
    "Space that a neuron has used in an epoch." USED_SPACE_OF = "UsedSpaceOf": [Identity u16, Twox64Concat AccountId] => optional UsageTracker;
    "Bytes that a neuron may commit in an epoch." MAX_SPACE = "MaxSpace": [] => default u32 = 3_100;
}

scale_struct! {
    /// A commitment with its deposit, rao, and its block.
    "pallet_commitments::types" Registration { deposit: u64, block: u32, info: CommitmentInfo }
}

scale_struct! {
    /// The fields of a commitment.
    "pallet_commitments::types" CommitmentInfo { fields: BoundedVec<Data, ConstU32<MAX_FIELDS>> }
}

scale_struct! {
    /// Space used in an epoch, bytes.
    "pallet_commitments::types" UsageTracker { last_epoch: u64, used_space: u64 }
}

scale_enum! {
    /// Calls.
    "pallet_commitments::pallet" Call {
        0 set_commitment { netuid: u16, info: Box<CommitmentInfo> },
        2 set_max_space { new_limit: u32 },
    }
}

scale_enum! {
    /// Events.
    "pallet_commitments::pallet" Event {
        0 Commitment { netuid: u16, who: AccountId },
        1 TimelockCommitment { netuid: u16, who: AccountId, reveal_round: u64 },
        2 CommitmentRevealed { netuid: u16, who: AccountId },
    } since Oct2026 {
        3 CommitmentRevealFailed { netuid: u16, who: AccountId, reveal_round: u64, error: RevealFailure },
    }
}

scale_enum! {
    /// Errors.
    "pallet_commitments::pallet" Error {
        0 TooManyFieldsInCommitmentInfo,
        1 AccountNotAllowedCommit,
        2 SpaceLimitExceeded,
        3 UnexpectedUnreserveLeftover,
    } since Oct2026 {
        4 TimelockRevealFailedNotAllowed,
    }
}

/// Most fields of a commitment.
pub(crate) const MAX_FIELDS: u32 = 3;
/// Deposit for a commitment, rao.
pub(crate) const INITIAL_DEPOSIT: u64 = 0;
/// Deposit for each field, rao.
pub(crate) const FIELD_DEPOSIT: u64 = 0;
