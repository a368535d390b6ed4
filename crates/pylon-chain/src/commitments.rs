//! What the hotkeys of a subnet have committed.

use pylon_models::{BlockHash, Commitment, Hotkey, NetUid};
use sp_crypto_hashing::twox_64;

use crate::chain::Chain;
use crate::decode::DecodeError;
use crate::error::ReadError;
use crate::storage::StorageKey;

/// Keys that a node gives in one answer at most.
const PAGE: u16 = 1_000;

impl Chain {
    /// What the hotkeys of a subnet have committed at a block, in the order of the chain's keys: a request
    /// for each thousand of them, and one for all that they hold. What was timelocked and is revealed by
    /// now stands elsewhere.
    pub async fn commitments(
        &self,
        netuid: NetUid,
        block: BlockHash,
    ) -> Result<Vec<Commitment>, ReadError> {
        let runtime = self.runtime_at(block).await?;
        if !runtime.has_commitments() {
            return Err(ReadError::Unsupported {
                spec_version: runtime.spec_version(),
                what: "commitments",
            });
        }
        let unreadable = |source| ReadError::Decode {
            what: "the commitments",
            block,
            source,
        };
        let prefix = StorageKey::new("Commitments", "CommitmentOf").identity(&netuid.get());
        let keys = self.all_keys(&prefix, block).await?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let values = self
            .rpc()
            .values(&keys, block)
            .await
            .map_err(ReadError::at(block))?;
        values
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .map(|(key, value)| runtime.commitment(who(&prefix, &key)?, &value))
            .collect::<Result<_, _>>()
            .map_err(unreadable)
    }

    async fn all_keys(
        &self,
        prefix: &StorageKey,
        block: BlockHash,
    ) -> Result<Vec<Vec<u8>>, ReadError> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let page = self
                .rpc()
                .keys_page(prefix, PAGE.into(), keys.last().map(Vec::as_slice), block)
                .await
                .map_err(ReadError::at(block))?;
            // A node that gave the same page again would be asked for ever.
            if page.first().is_some_and(|first| keys.last() >= Some(first)) {
                return Err(ReadError::Decode {
                    what: "the list of keys",
                    block,
                    source: DecodeError::Inconsistent("the keys are not in their order"),
                });
            }
            let last = page.len() < usize::from(PAGE);
            keys.extend(page);
            if last {
                return Ok(keys);
            }
        }
    }
}

/// The hotkey at the end of a key, behind its hash.
fn who(prefix: &StorageKey, key: &[u8]) -> Result<Hotkey, DecodeError> {
    let (hash, hotkey) = key
        .strip_prefix(prefix.as_bytes())
        .and_then(|rest| rest.split_first_chunk::<8>())
        .ok_or(DecodeError::MissingField("CommitmentOf"))?;
    match <[u8; 32]>::try_from(hotkey) {
        Ok(hotkey) if twox_64(&hotkey) == *hash => Ok(Hotkey::from_bytes(hotkey)),
        _ => Err(DecodeError::Inconsistent(
            "a key is not of the map that was asked for",
        )),
    }
}
