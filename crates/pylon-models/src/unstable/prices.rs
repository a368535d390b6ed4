use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BlockRef, NetUid, Rao};

/// What one alpha costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PriceValue {
    /// In rao of TAO.
    pub value: Rao,
}

/// What one alpha of each subnet costs at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PricesBody {
    /// The block that was read.
    pub block: BlockRef,
    /// By netuid.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, PriceValue>))]
    pub prices: BTreeMap<NetUid, PriceValue>,
}

/// What one alpha of a subnet costs at one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PriceBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Which subnet.
    pub netuid: NetUid,
    /// Its price.
    pub price: PriceValue,
}

/// The newest drand round that the chain knows the pulse of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct DrandRoundBody {
    /// The round; 0 where it knows none.
    #[cfg_attr(feature = "utoipa", schema(example = 34_142_000))]
    pub last_stored_round: u64,
}
