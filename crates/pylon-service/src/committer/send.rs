//! What is sent for jobs: signed, kept, and only then given to the node.

use std::time::Instant;

use pylon_chain::{Again, Call, Chain, Heads, SignError, SubmitError};
use pylon_models::{BlockNumber, BlockRef, CommitMode, JobError, JobKind, JobState};
use pylon_storage::{Job, NewAttempt, Plan, Requeued};

use super::next::Next;
use super::queue::Queue;
use super::reveal::missed;
use super::track::Unsettled;
use super::trouble::StepError;
use super::{Committer, crash_point, drift};
use crate::metrics::OutcomeLabels;
use crate::tasks::chain_of;

/// After so many blocks without it, an extrinsic is sent once more: the node may have lost it.
const SEND_AGAIN_AFTER: u32 = 4;

impl Queue {
    /// Sends a job that waits, if the chain takes it in the next block. Whether something is on its way.
    pub(super) async fn send(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: Job,
    ) -> Result<bool, StepError> {
        let head = heads.best.block();
        let receipt = &job.receipt;
        if let Some(earliest) = receipt.earliest_block
            && earliest > head.number.next()
            && (receipt.mode.is_some() || receipt.kind != JobKind::Weights)
            && !is_check_due(head.number, earliest)
        {
            return Ok(false);
        }
        match self.next(chain, heads, &job).await? {
            Next::Fail(error) => {
                self.end(&job, JobState::Failed, error).await?;
                Ok(false)
            }
            Next::Wait(plan) => {
                self.wait(&job, plan).await?;
                Ok(false)
            }
            Next::Send(plan, call) => self.sign_and_send(chain, heads, &job, plan, &call).await,
        }
    }

    /// Tells in the receipt when the chain takes it.
    async fn wait(&self, job: &Job, plan: Plan) -> Result<(), StepError> {
        let receipt = &job.receipt;
        let known = (receipt.mode, receipt.epoch, receipt.earliest_block);
        if known != (plan.mode, plan.epoch, plan.earliest_block) {
            self.committer
                .0
                .storage
                .plan(job.id().clone(), plan)
                .await?;
            self.committer.changed();
        }
        Ok(())
    }

    /// Whether commits wait because our clock and the chain's differ: one of them is wrong, and with it the round that
    /// opens a commit.
    pub(super) fn is_paused(&mut self, heads: &Heads, mode: CommitMode) -> bool {
        let Committer(inner) = &self.committer;
        let Some(block_time) = inner.link.block_duration() else {
            return false;
        };
        let drift = drift::of(&heads.best, block_time);
        let Some(most) = inner.settings.max_clock_drift else {
            return false;
        };
        let off = u128::from(drift.unsigned_abs()) > most.as_millis();
        if off != self.paused {
            self.paused = off;
            if off {
                tracing::error!(
                    chain.clock_drift_ms = drift,
                    "commits wait: this machine's clock and the chain's differ by {drift} ms"
                );
            } else {
                tracing::info!(
                    chain.clock_drift_ms = drift,
                    "commits go on: the clocks agree"
                );
            }
        }
        off && mode == CommitMode::Timelocked
    }

    /// From which block on the chain takes what it refused for now.
    async fn later(
        &self,
        chain: &Chain,
        job: &Job,
        head: BlockRef,
    ) -> Result<Option<BlockNumber>, StepError> {
        let netuid = job.receipt.netuid;
        let hotkey = self.key.hotkey();
        Ok(match job.receipt.kind {
            JobKind::Weights => {
                let terms = self.terms(chain, job, head).await?;
                terms.map(|terms| terms.earliest_block)
            }
            // Each epoch has space of its own.
            JobKind::Commitment => {
                let terms = chain.commitment_terms(head, netuid, &hotkey).await?;
                let epoch = terms.and_then(|terms| terms.epochs.next_epoch(head.number.into()));
                epoch.map(|epoch| BlockNumber::saturating(epoch).next())
            }
            JobKind::Certificate => {
                let terms = chain.axon_terms(head, netuid, &hotkey).await?;
                terms.map(|terms| terms.earliest_block)
            }
            JobKind::Hyperparameter => {
                let terms = chain.owner_terms(head, netuid).await?;
                terms.map(|terms| terms.earliest_block)
            }
        })
    }

    async fn sign_and_send(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        plan: Plan,
        call: &Call,
    ) -> Result<bool, StepError> {
        let Committer(inner) = self.committer.clone();
        let Some(attempt) = self.sign(chain, heads, job, call).await? else {
            return Ok(false);
        };
        crash_point!("job.planning");
        inner.storage.plan(job.id().clone(), plan).await?;
        crash_point!("job.planned");
        self.submit(chain, heads, job, attempt).await
    }

    /// An extrinsic for a job, its nonce the one that the best head's state expects. `None`: it cannot be signed, and the
    /// job is over.
    pub(super) async fn sign(
        &self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        call: &Call,
    ) -> Result<Option<NewAttempt>, StepError> {
        let best = heads.best.block();
        let nonce = chain.nonce(&self.key.hotkey(), best).await?;
        // Valid from a block that stays: a reorganisation cannot make it invalid.
        let born = heads.finalized.block();
        let signed = match chain.sign(call, self.key.as_ref(), nonce, born).await {
            Ok(signed) => signed,
            Err(SignError::Read(error)) => return Err(error.into()),
            Err(error) => {
                let error = JobError::new("CallUnsupported", error.to_string());
                let state = match job.state() {
                    JobState::Finalized => JobState::RevealMissed,
                    _ => JobState::Failed,
                };
                self.end(job, state, error).await?;
                return Ok(None);
            }
        };
        Ok(Some(NewAttempt {
            call: signed.call.to_owned(),
            nonce: signed.nonce,
            extrinsic: signed.hash,
            bytes: signed.bytes,
            submitted_block: best.number,
            valid_until: signed.valid_until,
        }))
    }

    /// Keeps an extrinsic, then sends it. Whether it is on its way: what the node refuses here was never sent before.
    pub(super) async fn submit(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        attempt: NewAttempt,
    ) -> Result<bool, StepError> {
        let Committer(inner) = self.committer.clone();
        let job = inner.storage.attempt(job.id().clone(), attempt).await?;
        let Some(attempt) = Unsettled::of(&job) else {
            return Ok(false);
        };
        self.committer.changed();
        crash_point!("job.attempted");
        self.sent.insert(job.id().clone(), heads.best.number);
        tracing::info!(
            job.id = %job.id(),
            job.attempt = attempt.n,
            job.call = %attempt.call,
            "a job's extrinsic is sent"
        );
        let began = Instant::now();
        let answer = chain.submit(&attempt.call, &attempt.bytes).await;
        let outcome = match &answer {
            Ok(()) => "ok",
            Err(SubmitError::Refused(_)) => "refused",
            Err(_) => "unknown",
        };
        inner
            .metrics
            .job_sent(&job, answer.is_ok(), &chain.endpoint(), began);
        if job.receipt.kind == JobKind::Weights {
            inner
                .metrics
                .weights_attempt_duration
                .get_or_create(&OutcomeLabels { outcome })
                .observe(began.elapsed().as_secs_f64());
        }
        crash_point!("job.sent");
        match answer {
            Ok(()) => Ok(true),
            Err(SubmitError::Refused(refusal)) if refusal.again() != Again::Unknown => {
                self.refused(chain, heads, &job, &refusal.name, refusal.again())
                    .await?;
                Ok(false)
            }
            // Whether it arrived is seen in the blocks.
            Err(error) => {
                tracing::warn!(job.id = %job.id(), error = %chain_of(&error), "the node did not say whether it took an extrinsic");
                Ok(true)
            }
        }
    }

    /// The last attempt at a job was the last: the job is over.
    pub(super) async fn give_up(
        &self,
        job: &Job,
        n: u32,
        name: &str,
        message: String,
    ) -> Result<(), StepError> {
        let Committer(inner) = &self.committer;
        let name = name.to_owned();
        if job.state() == JobState::Finalized {
            // It was a reveal.
            let error = missed(format!("the commit was not opened: {message}"));
            inner
                .storage
                .requeue(job.id().clone(), n, Some(name), None)
                .await?;
            return self.end(job, JobState::RevealMissed, error).await;
        }
        let error = JobError { name, message };
        let job = inner
            .storage
            .refuse(job.id().clone(), n, error.clone())
            .await?;
        self.over(&job, &error);
        Ok(())
    }

    /// The last attempt at a job came to nothing, for good: never to be found in a block that stays.
    pub(super) async fn refused(
        &self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        name: &str,
        again: Again,
    ) -> Result<(), StepError> {
        let Committer(inner) = &self.committer;
        let Some(Unsettled { n, .. }) = Unsettled::of(job) else {
            return Ok(());
        };
        let attempts = u32::try_from(job.receipt.attempts.len()).unwrap_or(u32::MAX);
        let most = inner.settings.attempts(job.receipt.kind);
        let message = if again == Again::Never {
            format!("the chain refuses it: {name}")
        } else {
            format!("the chain refused it {attempts} times, at last because of {name}")
        };
        if again == Again::Never || attempts >= most {
            return self.give_up(job, n, name, message).await;
        }
        let head = heads.best.block();
        let next = match again {
            Again::Later => self.later(chain, job, head).await?,
            _ => None,
        };
        let requeued = inner
            .storage
            .requeue(job.id().clone(), n, Some(name.to_owned()), next)
            .await?;
        crash_point!("job.requeued");
        tracing::warn!(
            job.id = %job.id(),
            job.attempt = n,
            job.error = name,
            "an extrinsic was not taken: {name}"
        );
        if let Requeued::SupersededBy(newer) = requeued {
            tracing::info!(job.id = %job.id(), job.superseded_by = %newer, "a newer job takes its place");
        }
        self.committer.changed();
        Ok(())
    }

    /// Sends what is on its way once more, now and then: the node may have lost it.
    pub(super) async fn send_again(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        attempt: &Unsettled,
    ) {
        let best = heads.best.number;
        let last = self.sent.get(job.id());
        let is_due = last.is_none_or(|last| best.since(*last) >= SEND_AGAIN_AFTER);
        if !is_due || best >= attempt.valid_until {
            return;
        }
        self.sent.insert(job.id().clone(), best);
        // Whatever the node says: an earlier one may have it.
        if let Err(error) = chain.submit(&attempt.call, &attempt.bytes).await {
            tracing::debug!(job.id = %job.id(), error = %chain_of(&error), "sent once more");
        }
    }
}

/// Whether a job that waits for a block is looked at before it: the schedule may have moved.
fn is_check_due(head: BlockNumber, earliest: BlockNumber) -> bool {
    const EVERY: u32 = 20;
    head.get().is_multiple_of(EVERY) || earliest.get().saturating_sub(head.get()) <= 2
}
