//! From the commit to its reveal.

use std::collections::HashMap;

use pylon_chain::timelock::sealed_text;
use pylon_chain::{Again, Call, Chain, Heads, WeightsTerms, dispatch_again};
use pylon_models::{
    BlockNumber, BlockRef, CommitMode, CommitmentField, JobError, JobId, JobKind, JobState, Uid,
};
use pylon_storage::{Booked, Job};

use super::queue::{LOST, OUTCOME_UNKNOWN, Queue, forgotten};
use super::request::{CommitmentRequest, Sent, read};
use super::track::{Unsettled, Whereabouts};
use super::trouble::StepError;
use super::{Committer, crash_point};

/// For each commit the last final block that it was seen waiting in.
#[derive(Default)]
pub(super) struct Reveals(HashMap<JobId, BlockRef>);

impl Reveals {
    /// Forgets commits of other jobs.
    pub(super) fn keep(&mut self, open: &[Job]) {
        self.0.retain(|id, _| open.iter().any(|job| job.id() == id));
    }
}

/// What is known of a commit that is final.
struct Commit {
    /// The block that holds it.
    block: BlockRef,
    /// The epoch that it was booked under.
    epoch: u64,
}

/// The block whose reveal of a hash stays, though the job may not say so yet.
fn opened(job: &Job) -> Option<BlockNumber> {
    let last = job.receipt.attempts.last()?;
    last.finalized_block?;
    last.included_block
        .filter(|_| last.call.starts_with("reveal"))
}

fn committed(job: &Job) -> Option<Commit> {
    let mut attempts = job.receipt.attempts.iter().zip(&job.attempts);
    let (attempt, record) = attempts.find(|(attempt, _)| {
        attempt.finalized_block.is_some() && attempt.call.starts_with("commit")
    })?;
    Some(Commit {
        block: BlockRef {
            number: attempt.included_block?,
            hash: record.included_hash?,
        },
        epoch: job.receipt.epoch?,
    })
}

pub(super) fn missed(message: impl Into<String>) -> JobError {
    JobError::new("RevealMissed", message)
}

impl Queue {
    /// Under which epoch the chain booked a commit, and when that is revealed.
    pub(super) async fn booked(
        &self,
        chain: &Chain,
        job: &Job,
        block: BlockRef,
    ) -> Result<Option<Booked>, StepError> {
        let Some(terms) = self.terms(chain, job, block).await? else {
            return Ok(None);
        };
        let mut epoch = terms.epochs.epoch_of(block.number.into());
        if job.receipt.mode == Some(CommitMode::Timelocked) {
            // A commit in the block of an epoch that was put off may be booked on either side of it.
            for candidate in [epoch, epoch.saturating_add(1), epoch.saturating_sub(1)] {
                if self.waits(chain, job, block, candidate).await? {
                    epoch = candidate;
                    break;
                }
            }
        }
        Ok(Some(Booked {
            epoch,
            expected_block: expected(&terms, block, epoch),
        }))
    }

    /// Whether a timelocked commit waits to be opened.
    async fn waits(
        &self,
        chain: &Chain,
        job: &Job,
        block: BlockRef,
        epoch: u64,
    ) -> Result<bool, StepError> {
        let digest = Sent::read(job.plan.as_deref()).and_then(|sent| sent.commit);
        let (netuid, mechanism) = (job.receipt.netuid, job.receipt.mechanism);
        let waiting = chain
            .waiting_commits(block, netuid, mechanism, epoch)
            .await?;
        let hotkey = self.key.hotkey();
        Ok(waiting
            .iter()
            .any(|commit| commit.hotkey == hotkey && digest.as_ref() == Some(&commit.digest)))
    }

    /// Looks after a final commit. The chain opens a timelocked one itself; a hash is opened by an extrinsic of ours.
    pub(super) async fn watch_reveal(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: Job,
    ) -> Result<(), StepError> {
        if job.receipt.kind == JobKind::Commitment {
            return self.watch_commitment(chain, heads, job).await;
        }
        let Some(commit) = committed(&job) else {
            let message = "the epoch of the commit is not known";
            return self
                .end(&job, JobState::RevealMissed, missed(message))
                .await;
        };
        match job.receipt.mode {
            Some(CommitMode::Hash) => self.watch_hash(chain, heads, job, &commit).await,
            _ => self.watch_timelocked(chain, heads, job, commit).await,
        }
    }

    /// Looks after a timelocked commitment from the block on in which it is due.
    async fn watch_commitment(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: Job,
    ) -> Result<(), StepError> {
        let now = heads.finalized.block();
        let looked = self.reveals.0.insert(job.id().clone(), now);
        let due = job.receipt.reveal.and_then(|reveal| reveal.expected_block);
        let is_due = due.is_none_or(|due| now.number >= due);
        if !is_due || looked.is_some_and(|looked| looked.number >= now.number) {
            return Ok(());
        }
        let (netuid, hotkey) = (job.receipt.netuid, self.key.hotkey());
        let round = job.receipt.reveal.and_then(|reveal| reveal.round);
        let stands = chain.commitment(netuid, hotkey, now).await?;
        let field = stands.iter().flat_map(|kept| &kept.fields).find(|field| {
            matches!(field,
                CommitmentField::TimelockEncrypted { reveal_round, .. }
                | CommitmentField::TimelockRevealFailed { reveal_round, .. }
                    if Some(*reveal_round) == round)
        });
        match field {
            Some(CommitmentField::TimelockEncrypted { .. }) => return Ok(()),
            Some(_) => {
                let message = "the chain could not open the commitment";
                return self
                    .end(&job, JobState::RevealMissed, missed(message))
                    .await;
            }
            None => {}
        }
        let text = match read::<CommitmentRequest>(&job.request) {
            Ok(CommitmentRequest::Timelocked { text, .. }) => sealed_text(&text),
            _ => Vec::new(),
        };
        let since = job.receipt.attempts.last();
        let since = since.and_then(|attempt| attempt.included_block);
        let revealed = chain.revealed_commitments_of(netuid, hotkey, now).await?;
        let opened = revealed.iter().find(|revealed| {
            revealed.data == text
                && since.is_none_or(|since| revealed.block >= u64::from(since.get()))
        });
        if let Some(opened) = opened {
            let block = u32::try_from(opened.block).map_or(now.number, BlockNumber::new);
            return self.revealed(&job, block).await;
        }
        let message = "the commitment left the chain unopened: a newer one took its place, or the neuron is gone";
        self.end(&job, JobState::RevealMissed, missed(message))
            .await
    }

    async fn watch_timelocked(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: Job,
        commit: Commit,
    ) -> Result<(), StepError> {
        let now = heads.finalized.block();
        let waited = self.reveals.0.get(job.id()).copied();
        let waited = waited.unwrap_or(commit.block);
        if now.number <= waited.number {
            return Ok(());
        }
        if self.waits(chain, &job, now, commit.epoch).await? {
            self.reveals.0.insert(job.id().clone(), now);
            let terms = self.check_schedule(chain, &job, now, commit.epoch).await?;
            if terms.is_some_and(|terms| opens_too_late(&terms, &job, commit.epoch)) {
                self.commit_again(&job, now.number).await?;
            }
            return Ok(());
        }
        // Somewhere between it stopped to wait: opened, or dropped. Of blocks whose states no node has any more it is not
        // known whether it waited there; it is looked for behind them.
        let (mut waits, mut gone, mut is_known) = (waited.number, now, true);
        while gone.number.since(waits) > 1 {
            let middle = BlockNumber::new(waits.get() + gone.number.since(waits) / 2);
            match self.waited_at(chain, &job, middle, now, &commit).await {
                Ok((_, true)) => (waits, is_known) = (middle, true),
                Ok((block, false)) => gone = block,
                Err(StepError::Chain(error)) if error.is_state_unavailable() => {
                    (waits, is_known) = (middle, false);
                }
                Err(error) => return Err(error),
            }
        }
        let (netuid, mechanism) = (job.receipt.netuid, job.receipt.mechanism);
        let hotkey = self.key.hotkey();
        let reveals = chain.reveals(gone).await?;
        let opened = reveals.iter().any(|reveal| {
            (reveal.netuid, reveal.mechanism, reveal.hotkey) == (netuid, mechanism, hotkey)
        });
        if opened {
            return self.revealed(&job, gone.number).await;
        }
        let message = if is_known {
            format!(
                "the chain dropped the commit in block {} without opening it",
                gone.number
            )
        } else {
            format!(
                "the commit waited in block {}, was gone in block {}, and no node has the states between",
                waited.number, gone.number
            )
        };
        self.end(&job, JobState::RevealMissed, missed(message))
            .await
    }

    /// A block of the chain below a head, and whether the commit waited in it.
    async fn waited_at(
        &self,
        chain: &Chain,
        job: &Job,
        number: BlockNumber,
        head: BlockRef,
        commit: &Commit,
    ) -> Result<(BlockRef, bool), StepError> {
        let block = chain.block_at(number, head).await?;
        let waited = self.waits(chain, job, block, commit.epoch).await?;
        Ok((block, waited))
    }

    /// Owners may change the tempo between commit and reveal: the receipt is told. Returns what the chain says now.
    async fn check_schedule(
        &self,
        chain: &Chain,
        job: &Job,
        block: BlockRef,
        epoch: u64,
    ) -> Result<Option<WeightsTerms>, StepError> {
        let Some(terms) = self.terms(chain, job, block).await? else {
            return Ok(None);
        };
        let expected = expected(&terms, block, epoch);
        let told = job.receipt.reveal.and_then(|reveal| reveal.expected_block);
        if expected.is_none() || expected == told {
            return Ok(Some(terms));
        }
        let booked = Booked {
            epoch,
            expected_block: expected,
        };
        let Committer(inner) = &self.committer;
        inner.storage.reschedule(job.id().clone(), booked).await?;
        tracing::warn!(
            job.id = %job.id(),
            job.expected_block = expected.map(BlockNumber::get),
            "the schedule of the subnet moved, and with it the reveal of weights"
        );
        self.committer.changed();
        Ok(Some(terms))
    }

    /// Gives weights that the chain will not open to a job of their own, unless they are stale or there are newer ones.
    /// The commit itself ends when the chain drops it.
    async fn commit_again(&self, job: &Job, block: BlockNumber) -> Result<(), StepError> {
        let Committer(inner) = &self.committer;
        if job.receipt.superseded_by.is_some() || self.committer.has_expired(job) {
            return Ok(());
        }
        let again = inner.storage.commit_again(job.id().clone(), block).await?;
        if let Some(again) = again {
            tracing::warn!(
                job.id = %job.id(),
                job.superseded_by = %again.id(),
                "the schedule of the subnet moved, so that weights would not be revealed: they are committed again"
            );
            self.committer.wake(self.key.hotkey());
        }
        Ok(())
    }

    async fn revealed(&self, job: &Job, block: BlockNumber) -> Result<(), StepError> {
        let Committer(inner) = &self.committer;
        crash_point!("job.revealing");
        let job = inner.storage.revealed(job.id().clone(), block).await?;
        crash_point!("job.revealed");
        tracing::info!(job.id = %job.id(), chain.block = %block, "a commit is revealed");
        inner.metrics.job_ended(&job);
        self.committer.changed();
        Ok(())
    }

    /// Where the reveal of a hash is that was sent.
    async fn watch_hash(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: Job,
        commit: &Commit,
    ) -> Result<(), StepError> {
        let Committer(inner) = self.committer.clone();
        if let Some(attempt) = Unsettled::of(&job) {
            let account = self.key.hotkey();
            let (id, n) = (job.id().clone(), attempt.n);
            match self.scans.find(chain, heads, &attempt, &account).await? {
                Whereabouts::Final(block) => {
                    inner.storage.included(id.clone(), n, block).await?;
                    crash_point!("job.finalizing");
                    let seen = heads.finalized.number;
                    inner.storage.finalized(id, n, seen, None).await?;
                    crash_point!("job.finalized");
                    return self.revealed(&job, block.number).await;
                }
                Whereabouts::Included(block) => {
                    if attempt.included != Some(block) {
                        crash_point!("job.including");
                        inner.storage.included(id, n, block).await?;
                        crash_point!("job.included");
                    }
                }
                Whereabouts::Gone => {
                    inner.storage.reorganised(id, n).await?;
                }
                Whereabouts::Failed(error) => {
                    let again = dispatch_again(&error);
                    self.refused(chain, heads, &job, &error, again).await?;
                }
                Whereabouts::Lost => {
                    self.refused(chain, heads, &job, LOST, Again::NextBlock)
                        .await?;
                }
                Whereabouts::Forgotten(block) => {
                    let message = forgotten(block);
                    self.give_up(&job, n, OUTCOME_UNKNOWN, message).await?;
                }
                Whereabouts::OnItsWay => self.send_again(chain, heads, &job, &attempt).await,
                Whereabouts::Failing => {}
            }
            return Ok(());
        }
        if let Some(block) = opened(&job) {
            return self.revealed(&job, block).await;
        }
        let best = heads.best.block();
        let Some(terms) = self.terms_now(chain, heads, &job).await? else {
            let message = "the subnet is gone";
            return self
                .end(&job, JobState::RevealMissed, missed(message))
                .await;
        };
        let due = commit.epoch.saturating_add(terms.reveal_period);
        if terms.epochs.epoch_of_next_block(best.number.into()) > due {
            let message = format!("epoch {due}, in which it was due, went by without the reveal");
            return self
                .end(&job, JobState::RevealMissed, missed(message))
                .await;
        }
        self.check_schedule(chain, &job, best, commit.epoch).await?;
        Ok(())
    }

    /// Sends the reveal of a hash in the one epoch in which the chain takes it. Whether it is on its way.
    pub(super) async fn open_hash(
        &mut self,
        chain: &Chain,
        heads: &Heads,
        job: &Job,
    ) -> Result<bool, StepError> {
        let (Some(CommitMode::Hash), Some(commit)) = (job.receipt.mode, committed(job)) else {
            return Ok(false);
        };
        let best = heads.best.block();
        let Some(terms) = self.terms_now(chain, heads, job).await? else {
            return Ok(false);
        };
        let due = commit.epoch.saturating_add(terms.reveal_period);
        let is_due = terms.epochs.epoch_of_next_block(best.number.into()) == due;
        if !is_due || opened(job).is_some() {
            return Ok(false);
        }
        let Some(sent) = Sent::read(job.plan.as_deref()) else {
            let message = "what was committed is not known any more";
            self.end(job, JobState::RevealMissed, missed(message))
                .await?;
            return Ok(false);
        };
        let call = Call::RevealHash {
            netuid: job.receipt.netuid,
            mechanism: job.receipt.mechanism,
            uids: sent.uids.into_iter().map(Uid::new).collect(),
            values: sent.values,
            salt: sent.salt,
            version_key: sent.version_key,
        };
        let Some(attempt) = self.sign(chain, heads, job, &call).await? else {
            return Ok(false);
        };
        self.submit(chain, heads, job, attempt).await
    }
}

/// Whether the round of a sealed commit comes only after the last block in which the chain would open it, by the schedule
/// as it stands at a block. The chain tries in every block of the one epoch.
fn opens_too_late(terms: &WeightsTerms, job: &Job, epoch: u64) -> bool {
    let round = job.receipt.reveal.and_then(|reveal| reveal.round);
    let (Some(round), Some(beacon)) = (round, &terms.beacon) else {
        return false;
    };
    let head = terms.block.number.into();
    let next = epoch.saturating_add(terms.reveal_period).saturating_add(1);
    // Without epochs nothing is opened, and nothing dropped.
    let Some(over) = terms.epochs.first_block_of(next, head) else {
        return false;
    };
    let left = over.saturating_sub(head);
    let left = left.saturating_mul(terms.block_time_millis);
    beacon.time_of(round) >= terms.timestamp_millis.saturating_add(left)
}

/// The block that opens commits of an epoch, by the schedule as it stands at a block.
fn expected(terms: &WeightsTerms, block: BlockRef, epoch: u64) -> Option<BlockNumber> {
    let due = epoch.saturating_add(terms.reveal_period);
    let first = terms.epochs.first_block_of(due, block.number.into())?;
    Some(BlockNumber::new(u32::try_from(first).ok()?))
}
