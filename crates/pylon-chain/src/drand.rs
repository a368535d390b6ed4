//! Rounds of the drand beacon that the chain has stored.

use pylon_models::BlockRef;

use crate::capabilities::LAST_STORED_ROUND;
use crate::chain::Chain;
use crate::error::ReadError;

impl Chain {
    /// The newest round that the chain knows the pulse of at a block; 0 where it knows none.
    pub async fn last_drand_round(&self, block: BlockRef) -> Result<u64, ReadError> {
        self.pinned(block, "the last drand round", |pinned| async move {
            let key = LAST_STORED_ROUND.key();
            let round = pinned.find(LAST_STORED_ROUND, key).await?;
            Ok(round.unwrap_or_default())
        })
        .await
    }
}
