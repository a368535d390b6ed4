//! Finding extrinsics again: by looking into blocks, never by waiting to be told.

use std::collections::{BTreeMap, HashMap};

use pylon_chain::{Chain, Found, Heads, LIFETIME, Outcome, ReadError};
use pylon_models::{BlockHash, BlockNumber, BlockRef, ExtrinsicHash};
use pylon_storage::Job;

/// The last attempt at a job, as long as it is not settled.
pub(super) struct Unsettled {
    pub(super) n: u32,
    pub(super) call: String,
    pub(super) nonce: u32,
    pub(super) extrinsic: ExtrinsicHash,
    pub(super) bytes: Vec<u8>,
    pub(super) valid_until: BlockNumber,
    /// The block that held it when it was looked for last.
    pub(super) included: Option<BlockRef>,
}

impl Unsettled {
    /// Of a job; none where the last attempt failed or stays.
    pub(super) fn of(job: &Job) -> Option<Self> {
        let (attempt, record) = (job.receipt.attempts.last()?, job.attempts.last()?);
        if attempt.error.is_some() || attempt.finalized_block.is_some() {
            return None;
        }
        let included = attempt.included_block.zip(record.included_hash);
        Some(Self {
            n: attempt.n,
            call: attempt.call.clone(),
            nonce: attempt.nonce,
            extrinsic: attempt.extrinsic,
            bytes: record.bytes.clone(),
            valid_until: record.valid_until,
            included: included.map(|(number, hash)| BlockRef { number, hash }),
        })
    }

    /// The first block that could hold it.
    fn first(&self) -> u32 {
        let born = self.valid_until.get().saturating_sub(LIFETIME);
        born.saturating_add(1)
    }
}

/// Where an extrinsic is.
pub(super) enum Whereabouts {
    /// In no block yet.
    OnItsWay,
    /// In a block that may still leave the chain, where it failed.
    Failing,
    /// In a block that may still leave the chain.
    Included(BlockRef),
    /// In a block that stays.
    Final(BlockRef),
    /// The same, but it failed there, for that reason.
    Failed(String),
    /// The block that held it has left the chain.
    Gone,
    /// In no block that stays, and it can come into none any more.
    Lost,
    /// In that block, if it is known, or in one that no node has any more: how it went is not to be learnt.
    Forgotten(Option<BlockNumber>),
}

/// For each extrinsic the blocks without it: down to the first that could hold it.
#[derive(Default)]
pub(super) struct Scans(HashMap<ExtrinsicHash, BTreeMap<BlockNumber, BlockHash>>);

impl Scans {
    /// Forgets extrinsics of other jobs.
    pub(super) fn keep(&mut self, open: &[Job]) {
        self.0.retain(|extrinsic, _| {
            open.iter()
                .filter_map(|job| job.receipt.attempts.last())
                .any(|attempt| attempt.extrinsic == *extrinsic)
        });
    }

    pub(super) async fn find(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        attempt: &Unsettled,
        account: &pylon_models::Hotkey,
    ) -> Result<Whereabouts, ReadError> {
        let stays = |block: BlockRef| block.number <= heads.finalized.number;
        if let Some(block) = attempt.included {
            return Ok(match chain.block_hash(block.number).await? {
                Some(hash) if hash != block.hash => Whereabouts::Gone,
                Some(_) if stays(block) => Whereabouts::Final(block),
                // Or the node that is asked now has not come so far.
                _ => Whereabouts::Included(block),
            });
        }
        let finalized = heads.finalized.block();
        let is_over = finalized.number >= attempt.valid_until;
        let found = match self.look(chain, heads, attempt).await {
            Err(error) if is_over && error.is_state_unavailable() => {
                let is_used = chain.nonce(account, finalized).await? > attempt.nonce;
                return Ok(match is_used {
                    true => Whereabouts::Forgotten(None),
                    false => Whereabouts::Lost,
                });
            }
            found => found?,
        };
        Ok(match found {
            Some((block, Found::Here(Outcome::Succeeded))) if stays(block) => {
                Whereabouts::Final(block)
            }
            Some((block, Found::Here(Outcome::Succeeded))) => Whereabouts::Included(block),
            Some((block, Found::Here(Outcome::Failed { error }))) if stays(block) => {
                Whereabouts::Failed(error)
            }
            Some((block, Found::Forgotten)) if stays(block) => {
                Whereabouts::Forgotten(Some(block.number))
            }
            Some(_) => Whereabouts::Failing,
            None if !self.has_seen_what_stays(heads, attempt) => Whereabouts::OnItsWay,
            // Another program may have used the nonce.
            None if is_over || chain.nonce(account, finalized).await? > attempt.nonce => {
                Whereabouts::Lost
            }
            None => Whereabouts::OnItsWay,
        })
    }

    /// Whether each block that stays and could hold the extrinsic was looked into. The best head may lie on another
    /// branch than the finalized one, or behind it, until the next is heard of.
    fn has_seen_what_stays(&self, heads: &Heads, attempt: &Unsettled) -> bool {
        let finalized = heads.finalized.block();
        if finalized.number > attempt.valid_until {
            return heads.best.number >= attempt.valid_until;
        }
        let seen = self.0.get(&attempt.extrinsic);
        let seen = seen.and_then(|seen| seen.get(&finalized.number));
        finalized.number.get() < attempt.first() || seen == Some(&finalized.hash)
    }

    /// Looks into each block that could hold the extrinsic and was not looked into, from the head down.
    async fn look(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        attempt: &Unsettled,
    ) -> Result<Option<(BlockRef, Found)>, ReadError> {
        let seen = self.0.entry(attempt.extrinsic).or_default();
        let best = heads.best.block();
        let mut block = chain.block_at(attempt.valid_until, best).await?;
        let mut without = Vec::new();
        while block.number.get() >= attempt.first() && seen.get(&block.number) != Some(&block.hash)
        {
            match chain.find(block, attempt.extrinsic).await? {
                Found::Before(parent) => {
                    without.push((block.number, block.hash));
                    block = parent;
                }
                found => return Ok(Some((block, found))),
            }
        }
        // Only now: a block that is kept here stands for all below it.
        seen.extend(without);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use pylon_chain::Head;

    use super::*;

    fn head(number: u32, branch: u8) -> Head {
        let hash = |number: u32| {
            let mut hash = [branch; 32];
            hash[..4].copy_from_slice(&number.to_le_bytes());
            BlockHash::from(hash)
        };
        Head {
            number: BlockNumber::new(number),
            hash: hash(number),
            parent: hash(number - 1),
            timestamp: 0,
            spec_version: 425,
            seen: Instant::now(),
        }
    }

    #[test]
    fn an_extrinsic_is_not_lost_before_the_blocks_that_stay_were_looked_into() {
        let attempt = Unsettled {
            n: 1,
            call: "commit".to_owned(),
            nonce: 7,
            extrinsic: ExtrinsicHash::from([1; 32]),
            bytes: Vec::new(),
            valid_until: BlockNumber::new(163),
            included: None,
        };
        let mut scans = Scans::default();
        let seen = scans.0.entry(attempt.extrinsic).or_default();
        seen.extend((101..=120).map(|number| (head(number, 0).number, head(number, 0).hash)));
        for (best, finalized, has_seen) in [
            (head(120, 0), head(118, 0), true),
            (head(120, 0), head(100, 0), true),
            // Finality is ahead of the best head, or on another branch.
            (head(120, 0), head(121, 0), false),
            (head(120, 0), head(118, 1), false),
            (head(120, 0), head(164, 0), false),
            (head(166, 0), head(164, 0), true),
        ] {
            let heads = Heads {
                best,
                finalized,
                reorganised: None,
            };
            let finalized = heads.finalized.block();
            assert_eq!(
                scans.has_seen_what_stays(&heads, &attempt),
                has_seen,
                "{finalized}"
            );
        }
    }
}
