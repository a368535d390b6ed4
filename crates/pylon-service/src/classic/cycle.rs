//! Commits what was given in the course of an epoch, once in every few tempos, between its middle and its end.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use pylon_chain::ReadError;
use pylon_models::{Hotkey, JobKind, JobState, MechId};
use pylon_storage::{Job, StorageError};

use super::Classic;
use crate::committer::Committer;
use crate::link::Link;
use crate::load::LoadError;
use crate::snapshots::{Page, Snapshots};
use crate::tasks::{TaskError, chain_of, is_worth_telling};

/// A head that stands still is looked at this often; what failed there may work then.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What commits the weights of an epoch.
///
/// It keeps nothing: when the last commit was, the jobs in the database and the chain tell, also after a restart.
#[derive(Clone)]
pub(crate) struct CommitCycle {
    pub(crate) classic: Classic,
    pub(crate) signer: Hotkey,
    pub(crate) link: Arc<Link>,
    pub(crate) snapshots: Snapshots,
    pub(crate) committer: Committer,
}

/// Why it is not known whether to commit.
#[derive(Debug, thiserror::Error)]
enum CycleError {
    #[error("the chain does not tell when weights were last committed")]
    Load(#[from] LoadError),
    #[error("the database does not tell the weights, or does not take them")]
    Storage(#[from] StorageError),
    #[error("the weights cannot be written as a job")]
    Job(#[from] serde_json::Error),
}

impl From<ReadError> for CycleError {
    fn from(error: ReadError) -> Self {
        Self::Load(error.into())
    }
}

impl CommitCycle {
    /// Looks at every head, while this process is the one that sends.
    pub(crate) async fn run(self) -> Result<(), TaskError> {
        let (mut heads, mut sends) = (self.link.heads(), self.committer.sends());
        let mut failures = 0;
        loop {
            sends.wait_for(|sends| *sends).await?;
            heads.borrow_and_update();
            match self.look().await {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if is_worth_telling(failures) {
                        tracing::warn!(
                            job.identity = %self.classic.identity,
                            failures,
                            error = %chain_of(&error),
                            "the weights of this epoch could not be looked after"
                        );
                    }
                }
            }
            let _ = tokio::time::timeout(LOOK_EVERY, heads.changed()).await;
        }
    }

    /// Commits if it is time to.
    async fn look(&self) -> Result<(), CycleError> {
        let netuid = self.classic.netuid;
        // Without a snapshot there is no epoch to commit for; why there is none is told where it is read.
        let Ok(page) = self.snapshots.last(netuid).await else {
            return Ok(());
        };
        let Some(epoch) = self.open_window(&page) else {
            return Ok(());
        };
        let storage = self.committer.storage();
        let identity = self.classic.identity.clone();
        let job = storage
            .newest_job(identity, netuid, JobKind::Weights, MechId::MAIN)
            .await?;
        if job.is_some_and(|job| is_done(&job, &epoch)) || !self.is_due(&page).await? {
            return Ok(());
        }
        let mut weights = storage
            .epoch_weights(self.classic.epoch(epoch.start))
            .await?;
        weights.retain(|_, weight| *weight > 0.0);
        if weights.is_empty() {
            return Ok(());
        }
        let job = self
            .classic
            .job(self.signer, weights, page.block().number)?;
        if let Ok(job) = self.committer.accept(job, None).await? {
            tracing::info!(
                job.id = %job.id(),
                job.identity = %self.classic.identity,
                chain.block = %page.block(),
                "the weights of this epoch are committed"
            );
        }
        Ok(())
    }

    /// The blocks of the epoch, if this one lies in its commit window.
    fn open_window(&self, page: &Page) -> Option<Range<i64>> {
        let block = i64::from(page.block().number.get());
        let (start, end) = page.snapshot().epochs.bounds(page.block().number.into())?;
        let window = self.classic.window;
        let first = start.saturating_add(window.start_offset.into());
        let behind = end.saturating_sub(window.end_buffer.into());
        (first..behind).contains(&block).then_some(start..end)
    }

    /// Whether enough tempos have passed since the key last set or committed weights, by whatever way.
    async fn is_due(&self, page: &Page) -> Result<bool, CycleError> {
        let (snapshot, block) = (page.snapshot(), page.block());
        let tempo = u64::from(snapshot.epochs.tempo()).max(1);
        let passed = |since: u64| u64::from(block.number).saturating_sub(since) / tempo;
        let cycle = u64::from(self.classic.window.cycle_length);
        let mut neurons = snapshot.neurons.iter();
        let Some(own) = neurons.find(|neuron| neuron.hotkey == self.signer) else {
            return Ok(false);
        };
        if passed(own.last_update) >= cycle {
            return Ok(true);
        }
        // A registration counts as an update there, and is no commit.
        let chain = self.link.chain().ok_or(LoadError::NotConnected)?;
        let netuid = self.classic.netuid;
        let updated = self
            .link
            .in_time(chain.last_update(netuid, MechId::MAIN, self.signer, block))
            .await?;
        Ok(updated.is_none_or(|updated| passed(updated) >= cycle))
    }
}

/// Whether a job is this epoch's commit, or still on its way.
fn is_done(job: &Job, epoch: &Range<i64>) -> bool {
    let is_open = matches!(
        job.state(),
        JobState::Queued | JobState::Submitted | JobState::Included
    );
    let accepted = job.receipt.block_accepted;
    is_open || accepted.is_some_and(|block| epoch.contains(&i64::from(block.get())))
}
