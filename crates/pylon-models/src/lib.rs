//! The words of the field: ids, accounts, blocks, amounts, neurons, epochs, errors and the bodies that
//! go over the wire. Everything in Pylon may import this crate; it does no I/O and pulls in little, so a
//! program that only wants the types can depend on it alone.
//!
//! Amounts are integers ([`Rao`], [`Ratio`], [`Proportion`], [`Take`]) everywhere but in [`v1`], whose
//! contract asks for decimals. Every newtype has one validating constructor, so a value that exists is legal.
//!
//! ```
//! use pylon_models::{Hotkey, NetUid, Rao};
//!
//! let hotkey: Hotkey = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY".parse()?;
//! let netuid: NetUid = "1".parse()?;
//! assert_eq!(hotkey.as_bytes()[0], 0xd4);
//! assert_eq!(Rao::new(1_500_000_000).to_tao(), 1.5);
//! # let _ = netuid;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `utoipa` every type that reaches the wire is a `utoipa::ToSchema`.

mod account;
mod amount;
mod balance;
mod block;
mod by_hotkey;
mod certificate;
mod childkey;
pub mod classic;
mod commitment;
mod epoch;
mod error;
mod evm;
mod hash;
mod hyperparameter;
mod id;
mod identity;
mod job;
mod names;
mod neuron;
mod operations;
mod ordered;
mod problem;
mod request;
mod scale_value;
mod stake;
mod subnet;
mod timestamp;
pub mod unstable;
pub mod v1;
pub mod wire;

pub use account::{Coldkey, Hotkey, Ss58Error};
pub use amount::{Proportion, Rao, Ratio, Take};
pub use balance::{Balance, StakePosition};
pub use block::{BlockNumber, BlockRef};
pub use certificate::Certificate;
pub use childkey::{Children, Parents, PendingChildren};
pub use commitment::{Commitment, CommitmentField, RevealedCommitment};
pub use epoch::{EpochSchedule, Epochs, FixedEpochSchedule, RevealTarget, SafetyNet};
pub use error::{ErrorCode, Retry};
pub use evm::{
    EvmAddress, EvmAssociation, EvmInteger, EvmValue, ParseEvmAddressError, ParseEvmIntegerError,
};
pub use hash::{BlockHash, CallHash, EvmHash, ExtrinsicHash, ParseHashError};
pub use hyperparameter::{
    Hyperparameter, HyperparameterError, HyperparameterValue, NewHyperparameter,
    SettableHyperparameter,
};
pub use id::{MechId, MechIdOutOfRange, NetUid, ParseMechIdError, Uid};
pub use identity::{IdentityName, ParseIdentityNameError};
pub use job::{
    Attempt, CommitMode, DropReason, Dropped, JobError, JobId, JobKind, JobState, ParseJobIdError,
    Receipt, Reveal,
};
pub use names::UnknownName;
pub use neuron::{Axon, Neuron, Stakes};
pub use operations::{Health, HealthStatus, Version};
pub use problem::{Problem, Violation};
pub use request::AuthScheme;
pub use scale_value::ScaleValue;
pub use stake::{inherited_stake, stake_weight};
pub use subnet::Subnet;
pub use timestamp::{ParseTimestampError, Timestamp, TimestampOutOfRange};
