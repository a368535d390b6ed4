//! Jobs are for the chain that they were accepted for, and are sent to no other.

use pylon_models::{BlockNumber, JobError, JobState};
use pylon_storage::{Job, Plan, StorageError, Tie};

use super::Committer;
use crate::tasks::TaskError;

/// The chain, and how what is open stands to it.
pub(super) struct Met {
    best: BlockNumber,
    tie: Tie,
}

fn gone() -> JobError {
    JobError::new(
        "ChainBeganAnew",
        "the simulated chain that held the commit is gone",
    )
}

impl Committer {
    /// Waits for the chain, and for ever where the database is for another one: then nothing may be sent.
    pub(super) async fn meet_chain(&self) -> Result<Met, TaskError> {
        let Self(inner) = self;
        let mut heads = inner.link.heads();
        let best = heads
            .wait_for(Option::is_some)
            .await?
            .map(|heads| heads.best.number)
            .unwrap_or_default();
        let chain = inner.link.chain().ok_or("the chain is not connected")?;
        let genesis = chain.genesis_hash();
        match inner.storage.tie_to(genesis, inner.settings.chain).await {
            Ok(tie) => Ok(Met { best, tie }),
            Err(error @ StorageError::OtherChain { .. }) => {
                tracing::error!(chain.genesis = %genesis, "nothing is accepted or sent: {error}");
                std::future::pending().await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Prepares what is open for a simulated chain that began anew since: what was done on the last one is undone.
    pub(super) async fn begin_anew(&self, met: Met) -> Result<(), TaskError> {
        let Self(inner) = self;
        if met.tie == Tie::Same {
            return Ok(());
        }
        let mut count: u64 = 0;
        for hotkey in inner.wake.keys() {
            for job in inner.storage.open_jobs(*hotkey).await? {
                self.begin_job_anew(job, met.best).await?;
                count += 1;
            }
        }
        inner.storage.tie_anew();
        if count > 0 {
            tracing::info!("the simulated chain began anew, and {count} open jobs with it");
        }
        self.changed();
        Ok(())
    }

    async fn begin_job_anew(&self, job: Job, best: BlockNumber) -> Result<(), TaskError> {
        let Self(inner) = self;
        let id = job.id().clone();
        let n = u32::try_from(job.receipt.attempts.len()).unwrap_or(u32::MAX);
        match job.state() {
            JobState::Submitted | JobState::Included => {
                if job.state() == JobState::Included {
                    inner.storage.reorganised(id.clone(), n).await?;
                }
                let name = gone().name;
                inner.storage.requeue(id, n, Some(name), None).await?;
            }
            JobState::Finalized => {
                inner.storage.commit_again(id.clone(), best).await?;
                let missed = JobState::RevealMissed;
                inner.storage.end(id, missed, Some(gone())).await?;
            }
            _ => {
                // The block that it waited for was another chain's.
                inner.storage.plan(id, Plan::default()).await?;
            }
        }
        Ok(())
    }
}
