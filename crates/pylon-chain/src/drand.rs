//! Rounds of the drand beacon that the chain has stored.

use pylon_models::BlockRef;

use crate::chain::Chain;
use crate::error::ReadError;
use crate::pinned::Entry;

const LAST_STORED: Entry = Entry {
    pallet: "Drand",
    name: "LastStoredRound",
};

impl Chain {
    /// The newest round that the chain knows the pulse of at a block; 0 where it knows none.
    pub async fn last_drand_round(&self, block: BlockRef) -> Result<u64, ReadError> {
        self.pinned(block, "the last drand round", |pinned| async move {
            let round: Option<u64> = pinned.find(LAST_STORED, LAST_STORED.key()).await?;
            Ok(round.unwrap_or_default())
        })
        .await
    }
}
