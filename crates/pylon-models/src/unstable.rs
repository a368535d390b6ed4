//! Bodies of `/api/_unstable`, field for field as existing clients read them. The reads that clients ask for on both
//! surfaces with one body stand here too.

mod commitments;
mod evm;
mod prices;
mod weights;

pub use self::commitments::{
    CommitmentBody, CommitmentKind, CommitmentsBody, RevealedBody, RevealedCommitmentBody,
    RevealedCommitmentsBody, TaggedCommitment,
};
pub use self::evm::{EvmAbiBody, EvmAssociationBody, EvmAssociationsBody, EvmLogBody, EvmLogsBody};
pub use self::prices::{DrandRoundBody, PriceBody, PriceValue, PricesBody};
pub use self::weights::WeightsStatusBody;
