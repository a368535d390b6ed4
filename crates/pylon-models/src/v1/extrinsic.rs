use serde::{Deserialize, Serialize};

use crate::{BlockNumber, CallHash, ExtrinsicHash, ScaleValue};

/// An extrinsic, decoded with the metadata of its block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ExtrinsicBody {
    /// The height of the block that holds it.
    pub block_number: BlockNumber,
    /// Its place in the block.
    #[cfg_attr(feature = "utoipa", schema(example = 0))]
    pub extrinsic_index: u32,
    /// Its hash.
    pub extrinsic_hash: ExtrinsicHash,
    /// Its length in bytes, without the length that stands before it.
    #[cfg_attr(feature = "utoipa", schema(example = 10))]
    pub extrinsic_length: u32,
    /// The ss58 address of who signed it; null for one that nobody signed.
    #[cfg_attr(feature = "utoipa", schema(example = json!(null)))]
    pub address: Option<String>,
    /// What it does.
    pub call: CallBody,
}

/// A call. A call within a call is an object of the same form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CallBody {
    /// The pallet.
    #[cfg_attr(feature = "utoipa", schema(example = "Timestamp"))]
    pub call_module: String,
    /// The call's name in the pallet.
    #[cfg_attr(feature = "utoipa", schema(example = "set"))]
    pub call_function: String,
    /// The arguments, in the order of the declaration.
    pub call_args: Vec<CallArgBody>,
    /// The numbers of pallet and call, in hex.
    #[cfg_attr(feature = "utoipa", schema(example = "0x0200"))]
    pub call_index: String,
    /// The hash of the call's bytes.
    pub call_hash: CallHash,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CallArgBody {
    /// Its name.
    #[cfg_attr(feature = "utoipa", schema(example = "now"))]
    pub name: String,
    /// The name of its type in the pallet's source.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "utoipa", schema(example = "Moment"))]
    pub type_name: String,
    /// Its value.
    #[cfg_attr(feature = "utoipa", schema(example = json!(1_795_232_412_000_u64)))]
    pub value: ScaleValue,
}
