//! Bodies of our own surface under `/api/v1`: `block` first, the field's own names, amounts as integers in rao.

mod account;
mod jobs;
mod matrix;
mod paged;
mod setting;
mod sign;
mod subnets;

pub use self::account::{AccountBody, StakePositionBody};
pub use self::jobs::{DryRunBody, JobsBody, ScheduledBody, SetHyperparameterBody, SetWeightsBody};
pub use self::matrix::{BondsBody, RowBody, WeightsBody};
pub use self::paged::Paged;
pub use self::setting::SettingValue;
pub use self::sign::{SignRequestBody, SignedBody, SignedRequestBody};
pub use self::subnets::{EpochBody, HyperparametersBody, SubnetBody, SubnetSummary, SubnetsBody};
