//! Finding extrinsics again: by looking into blocks, never by waiting to be told.

use std::collections::{BTreeMap, HashMap};

use pylon_chain::{Chain, Heads, Outcome, ReadError};
use pylon_models::{BlockHash, BlockNumber, BlockRef, ExtrinsicHash};
use pylon_storage::Job;

/// An extrinsic may stand in one of so many blocks after the one that it is valid from.
const ERA: u32 = 63;

/// The last attempt at a job, as long as it is not settled.
pub(super) struct Unsettled {
    pub(super) n: u32,
    pub(super) call: String,
    pub(super) nonce: u32,
    pub(super) extrinsic: ExtrinsicHash,
    pub(super) bytes: Vec<u8>,
    pub(super) valid_until: BlockNumber,
    /// The block that held it when it was looked for last.
    included: Option<BlockRef>,
}

impl Unsettled {
    /// Of a job; none where the last attempt failed or stays.
    pub(super) fn of(job: &Job) -> Option<Self> {
        let (attempt, record) = (job.receipt.attempts.last()?, job.attempts.last()?);
        if attempt.error.is_some() || attempt.finalized_block.is_some() {
            return None;
        }
        let included = attempt.included_block.zip(record.included_hash);
        let digits = record.bytes.strip_prefix("0x").unwrap_or(&record.bytes);
        Some(Self {
            n: attempt.n,
            call: attempt.call.clone(),
            nonce: attempt.nonce,
            extrinsic: attempt.extrinsic,
            bytes: hex::decode(digits).unwrap_or_default(),
            valid_until: record.valid_until,
            included: included.map(|(number, hash)| BlockRef { number, hash }),
        })
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
        match self.look(chain, heads, attempt).await? {
            Some((block, Outcome::Succeeded)) if stays(block) => {
                return Ok(Whereabouts::Final(block));
            }
            Some((block, Outcome::Succeeded)) => return Ok(Whereabouts::Included(block)),
            Some((block, Outcome::Failed { error })) if stays(block) => {
                return Ok(Whereabouts::Failed(error));
            }
            Some((_, Outcome::Failed { .. })) => return Ok(Whereabouts::Failing),
            None => {}
        }
        let finalized = heads.finalized.block();
        let is_over = finalized.number >= attempt.valid_until;
        // Another program may have used the nonce.
        if is_over || chain.nonce(account, finalized).await? > attempt.nonce {
            return Ok(Whereabouts::Lost);
        }
        Ok(Whereabouts::OnItsWay)
    }

    /// Looks into each block that could hold the extrinsic and was not looked into, from the head down.
    async fn look(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        attempt: &Unsettled,
    ) -> Result<Option<(BlockRef, Outcome)>, ReadError> {
        let first = attempt
            .valid_until
            .get()
            .saturating_sub(ERA)
            .saturating_add(1);
        let seen = self.0.entry(attempt.extrinsic).or_default();
        let mut block = heads.best.block();
        if block.number > attempt.valid_until {
            let hash = chain.block_hash(attempt.valid_until).await?;
            block = BlockRef {
                number: attempt.valid_until,
                hash: hash.ok_or(ReadError::UnknownBlock(block.hash))?,
            };
        }
        let mut without = Vec::new();
        while block.number.get() >= first && seen.get(&block.number) != Some(&block.hash) {
            let outcomes = chain.outcomes(block, &[attempt.extrinsic]).await?;
            if let Some(outcome) = outcomes.into_iter().flatten().next() {
                return Ok(Some((block, outcome)));
            }
            without.push((block.number, block.hash));
            block = BlockRef {
                number: BlockNumber::new(block.number.get().saturating_sub(1)),
                hash: chain.block(block.hash).await?.parent,
            };
        }
        // Only now: a block that is kept here stands for all below it.
        seen.extend(without);
        Ok(None)
    }
}
