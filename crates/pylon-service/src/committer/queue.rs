//! The serial queue of one key.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pylon_chain::HotkeyPair;
use pylon_chain::{Again, Call, Chain, Heads, SignError, SubmitError};
use pylon_models::{BlockNumber, BlockRef, CommitMode, JobError, JobId, JobKind, JobState};
use pylon_storage::{Job, NewAttempt, Plan, Requeued, StorageError};
use tokio::sync::Notify;

use super::next::Next;
use super::reveal::Reveals;
use super::track::{Scans, Unsettled, Whereabouts};
use super::trouble::StepError;
use super::{Committer, crash_point, drift};
use crate::metrics::OutcomeLabels;
use crate::tasks::{TaskError, chain_of, is_worth_telling};

/// How often the queue looks without being woken: jobs that another process accepted, times that run out.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After so many blocks without it, an extrinsic is sent once more: the node may have lost it.
const SEND_AGAIN_AFTER: u32 = 4;

/// The queue of one key.
pub(super) struct Queue {
    pub(super) committer: Committer,
    pub(super) key: Arc<HotkeyPair>,
    wake: Arc<Notify>,
    pub(super) scans: Scans,
    pub(super) reveals: Reveals,
    /// The head at which this process last sent the extrinsic of a job.
    sent: HashMap<JobId, BlockNumber>,
    failures: u64,
    paused: bool,
}

impl Queue {
    pub(super) fn new(committer: Committer, key: Arc<HotkeyPair>, wake: Arc<Notify>) -> Self {
        Self {
            committer,
            key,
            wake,
            scans: Scans::default(),
            reveals: Reveals::default(),
            sent: HashMap::new(),
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
        for job in self.open().await?.into_iter() {
            if job.state() != JobState::Queued {
                continue;
            }
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
        let error = JobError {
            name: "Expired".to_owned(),
            message,
        };
        self.end(job, JobState::Expired, error).await
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

    fn over(&self, job: &Job, error: &JobError) {
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
        inner.alerts.tell(&job.receipt);
        self.committer.changed();
    }

    /// Sends a job that waits, if the chain takes it in the next block. Whether something was sent.
    async fn send(&mut self, chain: &Chain, heads: &Heads, job: Job) -> Result<bool, StepError> {
        let head = heads.best.block();
        let receipt = &job.receipt;
        if let Some(earliest) = receipt.earliest_block
            && earliest.get() > head.number.get().saturating_add(1)
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
        inner.metrics.clock_drift.set(drift);
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
                epoch.map(|epoch| {
                    let next = epoch.saturating_add(1);
                    BlockNumber::new(u32::try_from(next).unwrap_or(u32::MAX))
                })
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
        self.submit(chain, heads, job, attempt).await?;
        Ok(true)
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
                let error = JobError {
                    name: "CallUnsupported".to_owned(),
                    message: error.to_string(),
                };
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
            bytes: format!("0x{}", hex::encode(&signed.bytes)),
            submitted_block: best.number,
            valid_until: signed.valid_until,
        }))
    }

    /// Keeps an extrinsic, then sends it. What the node refuses here was never sent before, so it is not on its way.
    pub(super) async fn submit(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
        attempt: NewAttempt,
    ) -> Result<(), StepError> {
        let Committer(inner) = self.committer.clone();
        let job = inner.storage.attempt(job.id().clone(), attempt).await?;
        let Some(attempt) = Unsettled::of(&job) else {
            return Ok(());
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
        if job.receipt.kind == JobKind::Weights {
            inner
                .metrics
                .weights_attempt_duration
                .get_or_create(&OutcomeLabels { outcome })
                .observe(began.elapsed().as_secs_f64());
        }
        crash_point!("job.sent");
        match answer {
            Ok(()) => Ok(()),
            Err(SubmitError::Refused(refusal)) if refusal.again() != Again::Unknown => {
                self.refused(chain, heads, &job, &refusal.name, refusal.again())
                    .await
            }
            // Whether it arrived is seen in the blocks.
            Err(error) => {
                tracing::warn!(job.id = %job.id(), error = %chain_of(&error), "the node did not say whether it took an extrinsic");
                Ok(())
            }
        }
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
        let for_good = again == Again::Never || attempts >= most;
        if for_good && job.state() != JobState::Finalized {
            let message = if again == Again::Never {
                format!("the chain refuses it: {name}")
            } else {
                format!("the chain refused it {attempts} times, at last because of {name}")
            };
            let error = JobError {
                name: name.to_owned(),
                message,
            };
            let job = inner
                .storage
                .refuse(job.id().clone(), n, error.clone())
                .await?;
            self.over(&job, &error);
            return Ok(());
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
                self.refused(chain, heads, &job, "Lost", Again::NextBlock)
                    .await?;
            }
            Whereabouts::OnItsWay => {
                self.send_again(chain, heads, &job, &attempt).await;
                return Ok(());
            }
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
                self.booked(chain, job, block).await?
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

/// Whether it is not known yet what became of the last extrinsic of a job.
fn is_on_its_way(job: &Job) -> bool {
    match job.state() {
        JobState::Submitted => true,
        JobState::Finalized => Unsettled::of(job).is_some(),
        _ => false,
    }
}

/// Whether a job that waits for a block is looked at before it: the schedule may have moved.
fn is_check_due(head: BlockNumber, earliest: BlockNumber) -> bool {
    const EVERY: u32 = 20;
    head.get().is_multiple_of(EVERY) || earliest.get().saturating_sub(head.get()) <= 2
}
