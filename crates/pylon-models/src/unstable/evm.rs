use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BlockRef, EvmAddress, EvmAssociation, Hotkey};

/// The EVM addresses of a subnet's neurons at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EvmAssociationsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// By hotkey.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, EvmAssociationBody>))]
    pub evm_associations: BTreeMap<Hotkey, EvmAssociationBody>,
}

/// An EVM address that a neuron proved to own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EvmAssociationBody {
    /// The neuron.
    pub hotkey: Hotkey,
    /// The address.
    pub evm_address: EvmAddress,
    /// The block of the last proof.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_210))]
    pub last_block_where_ownership_was_proven: u64,
}

impl From<&EvmAssociation> for EvmAssociationBody {
    fn from(association: &EvmAssociation) -> Self {
        Self {
            hotkey: association.hotkey,
            evm_address: association.address,
            last_block_where_ownership_was_proven: association.proven_at,
        }
    }
}
