//! What the alpha of each subnet costs.

use std::collections::BTreeMap;

use pylon_models::{BlockRef, NetUid, Rao};

use crate::chain::Chain;
use crate::decode::SubnetPrice;
use crate::error::ReadError;

const API: &str = "SwapRuntimeApi";

impl Chain {
    /// What one alpha of each subnet costs at a block, in rao of TAO, in one request. Root's costs one TAO.
    pub async fn alpha_prices(&self, block: BlockRef) -> Result<BTreeMap<NetUid, Rao>, ReadError> {
        self.pinned(block, "the alpha prices", |pinned| async move {
            let prices: Vec<SubnetPrice> = pinned.call(API, "current_alpha_price_all", ()).await?;
            Ok(prices
                .into_iter()
                .map(|price| (NetUid::new(price.netuid), Rao::new(price.price)))
                .collect())
        })
        .await
    }

    /// What one alpha of a subnet costs at a block, in rao of TAO; 0 where there is no such subnet.
    pub async fn alpha_price(&self, netuid: NetUid, block: BlockRef) -> Result<Rao, ReadError> {
        self.pinned(block, "the alpha price", |pinned| async move {
            let price = pinned
                .call(API, "current_alpha_price", netuid.get())
                .await?;
            Ok(Rao::new(price))
        })
        .await
    }
}
