//! The serial queue of one key.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use pylon_chain::KeyPair;
use pylon_chain::{Again, Chain, Heads};
use pylon_models::{BlockNumber, BlockRef, JobError, JobId, JobKind, JobState};
use pylon_storage::{Job, StorageError};
use tokio::sync::Notify;

use super::reveal::Reveals;
use super::terms::Known;
use super::track::{Scans, Unsettled, Whereabouts};
use super::trouble::StepError;
use super::{Committer, crash_point};
use crate::tasks::{TaskError, chain_of, is_worth_telling};

/// How often the queue looks without being woken: jobs that another process accepted, times that run out.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The queue of one key.
pub(super) struct Queue {
    pub(super) committer: Committer,
    pub(super) key: Arc<KeyPair>,
    wake: Arc<Notify>,
    pub(super) scans: Scans,
    pub(super) reveals: Reveals,
    /// The head at which this process last sent the extrinsic of a job.
    pub(super) sent: HashMap<JobId, BlockNumber>,
    pub(super) known: Known,
    failures: u64,
    pub(super) paused: bool,
}

/// Nodes keep the states of at least so many blocks below the head, by their defaults of twice that.
const STATES_KEPT: u32 = 128;
/// How an extrinsic went cannot be learnt any more.
pub(super) const OUTCOME_UNKNOWN: &str = "OutcomeUnknown";
/// An extrinsic is in no block, and can come into none any more.
pub(super) const LOST: &str = "Lost";

impl Queue {
    pub(super) fn new(committer: Committer, key: Arc<KeyPair>, wake: Arc<Notify>) -> Self {
        Self {
            committer,
            key,
            wake,
            scans: Scans::default(),
            reveals: Reveals::default(),
            sent: HashMap::new(),
            known: Known::default(),
            failures: 0,
            paused: false,
        }
    }

    /// Looks at its jobs at every head, and when there is a new one.
    pub(super) async fn run(mut self) -> Result<Infallible, TaskError> {
        let mut heads = self.committer.0.link.heads();
        loop {
            let now = *heads.borrow_and_update();
            if let (Some(heads), Some(chain)) = (now, self.committer.0.link.chain()) {
                // Ahead of what others read: a block that is missed here is weights that come late.
                match self.step(&chain.urgent(), &heads).await {
                    Ok(()) => self.failures = 0,
                    Err(error) => self.tell(&error),
                }
            }
            tokio::select! {
                changed = heads.changed() => changed?,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    fn tell(&mut self, error: &StepError) {
        if error.is_overtaken() {
            return;
        }
        self.failures += 1;
        if is_worth_telling(self.failures) {
            tracing::warn!(
                job.hotkey = %self.key.hotkey(),
                job.failures = self.failures,
                error = %chain_of(error),
                "jobs wait: {error}"
            );
        }
    }

    async fn open(&self) -> Result<Vec<Job>, StorageError> {
        let hotkey = self.key.hotkey();
        self.committer.0.storage.open_jobs(hotkey).await
    }

    async fn step(&mut self, chain: &Chain, heads: &Heads) -> Result<(), StepError> {
        let open = self.open().await?;
        self.sent
            .retain(|id, _| open.iter().any(|job| job.id() == id));
        self.scans.keep(&open);
        self.reveals.keep(&open);
        if open.is_empty() {
            return Ok(());
        }
        // One job's trouble with the chain is not the others'.
        let mut trouble = None;
        for job in open {
            let done = match job.state() {
                JobState::Submitted | JobState::Included => self.track(chain, heads, job).await,
                JobState::Finalized => self.watch_reveal(chain, heads, job).await,
                _ => Ok(()),
            };
            trouble = done.err().or(trouble);
        }
        let open = self.open().await?;
        for job in open.iter().filter(|job| job.state() == JobState::Queued) {
            self.expire(job).await?;
        }
        // The next nonce is known when what was sent before is in a block.
        if open.iter().any(is_on_its_way) {
            return trouble.map_or(Ok(()), Err);
        }
        for job in open {
            let sent = match job.state() {
                // A commit that is not opened in time is lost.
                JobState::Finalized => self.open_hash(chain, heads, &job).await,
                _ => Ok(false),
            };
            match sent {
                Ok(true) => return trouble.map_or(Ok(()), Err),
                Ok(false) => {}
                Err(error) => trouble = Some(error),
            }
        }
        let mut queued = self.open().await?;
        queued.retain(|job| job.state() == JobState::Queued);
        // What was refused before comes after what was not tried yet: nobody waits behind it for long.
        queued.sort_by_key(|job| {
            let last = job.receipt.attempts.last();
            last.map(|attempt| attempt.submitted_block)
        });
        for job in queued {
            match self.send(chain, heads, job).await {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => trouble = Some(error),
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    /// Ends a job that has waited too long.
    async fn expire(&self, job: &Job) -> Result<(), StepError> {
        if !self.committer.has_expired(job) {
            return Ok(());
        }
        let last = job
            .receipt
            .attempts
            .last()
            .and_then(|last| last.error.as_deref());
        let message = match last {
            Some(name) => format!("the chain did not take it in time, at last because of {name}"),
            None => "the chain did not take it in time".to_owned(),
        };
        self.end(job, JobState::Expired, JobError::new("Expired", message))
            .await
    }

    /// A job is over, and not as its owner hoped.
    pub(super) async fn end(
        &self,
        job: &Job,
        state: JobState,
        error: JobError,
    ) -> Result<(), StepError> {
        let Committer(inner) = &self.committer;
        let job = inner
            .storage
            .end(job.id().clone(), state, Some(error.clone()))
            .await?;
        self.over(&job, &error);
        Ok(())
    }

    pub(super) fn over(&self, job: &Job, error: &JobError) {
        let Committer(inner) = &self.committer;
        tracing::error!(
            job.id = %job.id(),
            job.identity = %job.receipt.identity,
            job.kind = %job.receipt.kind,
            job.netuid = %job.receipt.netuid,
            job.state = %job.state(),
            job.error = %error.name,
            "a job ended as {}: {}",
            job.state(),
            error.message
        );
        inner.metrics.job_ended(job);
        inner.ended_badly.notify_one();
        self.committer.changed();
    }

    /// Where the last attempt at a job is, and what follows.
    async fn track(&mut self, chain: &Chain, heads: &Heads, job: Job) -> Result<(), StepError> {
        let Committer(inner) = self.committer.clone();
        let Some(attempt) = Unsettled::of(&job) else {
            return Ok(());
        };
        let (id, n) = (job.id().clone(), attempt.n);
        let account = self.key.hotkey();
        match self.scans.find(chain, heads, &attempt, &account).await? {
            Whereabouts::Included(block) if job.state() == JobState::Submitted => {
                crash_point!("job.including");
                inner.storage.included(id, n, block).await?;
                crash_point!("job.included");
                tracing::info!(job.id = %job.id(), chain.block = %block, "a job's extrinsic is in a block");
            }
            Whereabouts::Included(_) | Whereabouts::Failing => return Ok(()),
            Whereabouts::Final(block) => {
                if job.state() == JobState::Submitted {
                    inner.storage.included(id.clone(), n, block).await?;
                }
                crash_point!("job.finalizing");
                self.finalized(chain, heads, &job, n, block).await?;
                crash_point!("job.finalized");
            }
            Whereabouts::Failed(error) => {
                let again = again(job.receipt.kind, &error);
                self.refused(chain, heads, &job, &error, again).await?;
            }
            Whereabouts::Gone => {
                inner.storage.reorganised(id, n).await?;
                tracing::warn!(job.id = %job.id(), "the block with a job's extrinsic left the chain");
            }
            Whereabouts::Lost => {
                self.refused(chain, heads, &job, LOST, Again::NextBlock)
                    .await?;
            }
            Whereabouts::Forgotten(block) => {
                let message = forgotten(block);
                self.give_up(&job, n, OUTCOME_UNKNOWN, message).await?;
            }
            Whereabouts::OnItsWay => {
                self.send_again(chain, heads, &job, &attempt).await;
                return Ok(());
            }
        }
        self.committer.changed();
        Ok(())
    }

    /// The block that holds the job's extrinsic stays.
    async fn finalized(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        n: u32,
        block: BlockRef,
    ) -> Result<(), StepError> {
        let Committer(inner) = &self.committer;
        let booked = match (job.receipt.kind, job.receipt.mode) {
            (JobKind::Weights, Some(mode)) if mode.is_revealed_later() => {
                match self.booked(chain, job, block).await {
                    // It stays with what was planned.
                    Err(StepError::Chain(error))
                        if error.is_state_unavailable()
                            && heads.best.number.since(block.number) > STATES_KEPT =>
                    {
                        None
                    }
                    booked => booked?,
                }
            }
            _ => None,
        };
        let job = inner
            .storage
            .finalized(job.id().clone(), n, heads.finalized.number, booked)
            .await?;
        tracing::info!(job.id = %job.id(), chain.block = %block, "a job is final");
        if job.is_over() {
            inner.metrics.job_ended(&job);
        }
        Ok(())
    }
}

/// What can come of the same call once more after an error in a block. What is not known to pass later is tried again where
/// trying costs nothing; owners pay a fee, and wait hours for a change after another.
fn again(kind: JobKind, error: &str) -> Again {
    match (kind, pylon_chain::dispatch_again(error)) {
        (JobKind::Weights, again) => again,
        (_, Again::Unknown) => Again::Never,
        (JobKind::Hyperparameter, Again::Later) if error == "TxRateLimitExceeded" => Again::Never,
        (_, again) => again,
    }
}

/// What a job is told of that may have taken effect, or not.
pub(super) fn forgotten(block: Option<BlockNumber>) -> String {
    match block {
        Some(block) => {
            format!("it is in block {block}, and no node has the state of that block any more")
        }
        None => {
            "its nonce is used, and no node has the blocks any more that it may be in".to_owned()
        }
    }
}

/// Whether it is not known yet what became of the last extrinsic of a job.
fn is_on_its_way(job: &Job) -> bool {
    match job.state() {
        JobState::Submitted => true,
        JobState::Finalized => Unsettled::of(job).is_some(),
        _ => false,
    }
}
