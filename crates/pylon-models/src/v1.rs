//! Bodies of `/api/v1`, field for field as existing clients read them: amounts as decimal TAO or alpha,
//! ratios as numbers between 0 and 1.

mod certificates;
mod commitments;
mod extrinsic;
mod neuron;
mod neurons;
mod partial;
mod writes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::certificates::{CertificateBody, CertificatesBody};
pub use self::commitments::{CommitmentBody, CommitmentsBody};
pub use self::extrinsic::{CallArgBody, CallBody, ExtrinsicBody};
pub use self::neuron::{AxonBody, Neuron, StakesBody};
pub use self::neurons::{NeuronsBody, ValidatorsBody};
pub use self::partial::{NeuronField, PartialNeuron, PartialNeuronsBody, PartialValidatorsBody};
pub use self::writes::{
    CertificateKeyBody, DoneBody, GenerateCertificateBody, RevealRoundBody, SetCommitmentBody,
    SetRevealedCommitmentBody,
};
use crate::{BlockHash, BlockNumber, BlockRef, IdentityName, NetUid};

/// The answer to `GET /api/v1/block/latest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct BlockBody {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: BlockHash,
    /// When it was made, in unix seconds.
    #[cfg_attr(feature = "utoipa", schema(example = 1_795_232_412))]
    pub timestamp: u64,
}

impl BlockBody {
    /// The block without its time.
    pub const fn block_ref(&self) -> BlockRef {
        BlockRef {
            number: self.number,
            hash: self.hash,
        }
    }
}

/// The answer to `GET /api/v1/identities`: which subnet each identity serves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct IdentitiesBody {
    /// Netuids by name.
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = BTreeMap<String, u16>, example = json!({"dev": 1}))
    )]
    pub identities: BTreeMap<IdentityName, NetUid>,
}
