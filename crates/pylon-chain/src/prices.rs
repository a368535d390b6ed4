//! What the alpha of each subnet costs.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use pylon_models::{BlockRef, NetUid, Rao};

use crate::capabilities::{ALL_ALPHA_PRICES, ALPHA_PRICE};
use crate::chain::Chain;
use crate::error::ReadError;
use crate::pinned::Pinned;
use crate::subnets::netuids;

/// How many prices are asked for at a time where each is an answer of its own.
const AT_A_TIME: usize = 16;

impl Chain {
    /// What one alpha of each subnet costs at a block, in rao of TAO. Root's costs one TAO. One request, or one for
    /// each subnet on runtimes before April 2026.
    pub async fn alpha_prices(&self, block: BlockRef) -> Result<BTreeMap<NetUid, Rao>, ReadError> {
        self.pinned(block, "the alpha prices", |pinned| async move {
            if !pinned.has_api(ALL_ALPHA_PRICES) {
                return one_by_one(&pinned).await;
            }
            let prices = pinned.call(ALL_ALPHA_PRICES, ()).await?;
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
            price(&pinned, netuid).await
        })
        .await
    }
}

async fn price(pinned: &Pinned, netuid: NetUid) -> Result<Rao, ReadError> {
    Ok(Rao::new(pinned.call(ALPHA_PRICE, netuid.get()).await?))
}

async fn one_by_one(pinned: &Pinned) -> Result<BTreeMap<NetUid, Rao>, ReadError> {
    stream::iter(netuids(pinned).await?)
        .map(|netuid| async move { Ok((netuid, price(pinned, netuid).await?)) })
        .buffer_unordered(AT_A_TIME)
        .try_collect()
        .await
}
