//! What the chain says of the weights of jobs.

use std::collections::HashMap;

use pylon_chain::{Chain, Heads, WeightsTerms};
use pylon_models::{BlockHash, BlockRef, MechId, NetUid};
use pylon_storage::Job;

use super::queue::Queue;
use super::trouble::StepError;

/// What the chain says at one head. It is asked once, however many jobs for the same thing come in a block.
#[derive(Default)]
pub(super) struct Known {
    head: Option<BlockHash>,
    terms: HashMap<(NetUid, MechId), WeightsTerms>,
}

impl Queue {
    /// At the best head.
    pub(super) async fn terms_now(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
    ) -> Result<Option<WeightsTerms>, StepError> {
        let best = heads.best.block();
        if self.known.head.replace(best.hash) != Some(best.hash) {
            self.known.terms.clear();
        }
        let target = (job.receipt.netuid, job.receipt.mechanism);
        if let Some(terms) = self.known.terms.get(&target) {
            return Ok(Some(terms.clone()));
        }
        let terms = self.terms(chain, job, best).await?;
        if let Some(terms) = &terms {
            self.known.terms.insert(target, terms.clone());
        }
        Ok(terms)
    }

    /// At any block.
    pub(super) async fn terms(
        &self,
        chain: &Chain,
        job: &Job,
        block: BlockRef,
    ) -> Result<Option<WeightsTerms>, StepError> {
        let target = (job.receipt.netuid, job.receipt.mechanism);
        let hotkey = self.key.hotkey();
        Ok(self.committer.terms(chain, block, target, &hotkey).await?)
    }
}
