use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BlockRef, EvmAddress, EvmAssociation, EvmHash, EvmValue, Hotkey};

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

/// What the logs of a contract are decoded with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EvmAbiBody {
    /// The contract's ABI, as compilers write it. Of its entries the events count.
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = Vec<Object>, example = json!([{
            "type": "event", "name": "Transfer", "anonymous": false,
            "inputs": [
                {"name": "from", "type": "address", "indexed": true},
                {"name": "to", "type": "address", "indexed": true},
                {"name": "value", "type": "uint256", "indexed": false},
            ],
        }]))
    )]
    pub abi: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// The logs of a contract in a range of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EvmLogsBody {
    /// Those that are events of the ABI, in the order of the chain.
    pub logs: Vec<EvmLogBody>,
    /// The first block of the range.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_000))]
    pub from_block: u64,
    /// The last block of the range.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_210))]
    pub to_block: u64,
}

/// One log, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EvmLogBody {
    /// The event's name.
    #[cfg_attr(feature = "utoipa", schema(example = "Transfer"))]
    pub event: String,
    /// Its arguments by name, the indexed ones first. An indexed one that takes more than a word is the hash that the
    /// log has of it.
    #[serde(with = "crate::ordered")]
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = BTreeMap<String, EvmValue>, example = json!({
            "from": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "to": "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "value": 1_500_000_000,
        }))
    )]
    pub args: Vec<(String, EvmValue)>,
    /// The contract, with the checksum of EIP-55.
    #[serde(serialize_with = "EvmAddress::serialize_checksummed")]
    #[cfg_attr(
        feature = "utoipa",
        schema(value_type = String, example = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    )]
    pub address: EvmAddress,
    /// The block.
    #[cfg_attr(feature = "utoipa", schema(example = 6_543_100))]
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: EvmHash,
    /// Its place among the EVM's transactions of the block.
    #[cfg_attr(feature = "utoipa", schema(example = 0))]
    pub transaction_index: u64,
    /// The log's place among those of the block.
    #[cfg_attr(feature = "utoipa", schema(example = 2))]
    pub log_index: u64,
}
