//! What the alpha of each subnet costs.

use std::collections::BTreeMap;

use pylon_models::{BlockHash, NetUid, Rao};

use crate::chain::Chain;
use crate::error::ReadError;

impl Chain {
    /// What one alpha of each subnet costs at a block, in rao of TAO, in one request. Root's costs one TAO.
    pub async fn alpha_prices(&self, block: BlockHash) -> Result<BTreeMap<NetUid, Rao>, ReadError> {
        let runtime = self.runtime_at(block).await?;
        if !runtime.has_alpha_prices() {
            return Err(ReadError::Unsupported {
                spec_version: runtime.spec_version(),
                what: "list of alpha prices",
            });
        }
        let answer = self
            .rpc()
            .state_call("SwapRuntimeApi_current_alpha_price_all", &[], block)
            .await
            .map_err(ReadError::at(block))?;
        runtime
            .alpha_prices(&answer)
            .map_err(|source| ReadError::Decode {
                what: "the alpha prices",
                block,
                source,
            })
    }
}
