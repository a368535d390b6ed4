use diesel::prelude::*;
use diesel::result::Error as Diesel;
use pylon_models::{BlockNumber, BlockRef, CommitMode, JobError, JobId, JobState, Timestamp};

use super::row;
use super::supersede::supersede;
use super::untold::mark_untold;
use super::waiting::{newer, waiting};
use super::{Booked, Job, NewAttempt, Plan, unread};
use crate::audit::{self, Signature};
use crate::connection::AnyConnection;
use crate::constants::Queued;
use crate::error::{StorageError, WriteError};
use crate::schema::{attempts, jobs};
use crate::storage::Storage;

/// Why a job is not moved on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// There is no such job.
    #[error("there is no job {0}")]
    Missing(JobId),
    /// It is in a state from which there is no such way.
    #[error("a job that is {from} cannot become {to}")]
    Edge {
        /// Where it is.
        from: JobState,
        /// Where it was to go.
        to: JobState,
    },
    /// There is no such attempt.
    #[error("job {id} has no attempt {n}")]
    NoAttempt {
        /// The job.
        id: JobId,
        /// The attempt.
        n: u32,
    },
    /// The database refuses.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<Diesel> for AdvanceError {
    fn from(error: Diesel) -> Self {
        Self::Storage(error.into())
    }
}

impl WriteError for AdvanceError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a job is not taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// It was sent already, or is over.
    #[error("the job is {0}")]
    Late(JobState),
    /// Any other reason.
    #[error(transparent)]
    Advance(#[from] AdvanceError),
}

/// What became of a job whose extrinsic is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requeued {
    /// It waits to be sent again.
    Queued,
    /// A newer one waits already, or was sent meanwhile: that one counts.
    SupersededBy(JobId),
}

/// Changes one attempt, which has to be there.
macro_rules! mark {
    ($connection:expr, $id:expr, $n:expr, $changes:expr) => {{
        let n = i32::try_from($n).map_err(unread)?;
        let marked = diesel::update(attempts::table.find(($id.as_str(), n)))
            .set($changes)
            .execute($connection)?;
        if marked == 0 {
            return Err(AdvanceError::NoAttempt {
                id: $id.clone(),
                n: $n,
            });
        }
    }};
}

impl Storage {
    /// Keeps how a waiting job is going to be done.
    ///
    /// # Errors
    /// When it no longer waits.
    pub async fn plan(&self, id: JobId, plan: Plan) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            if job.state() != JobState::Queued {
                return Err(AdvanceError::Edge {
                    from: job.state(),
                    to: JobState::Queued,
                });
            }
            write_plan(connection, &id, &plan)?;
            load(connection, &id)
        })
        .await
    }

    /// Keeps an extrinsic, and that it was signed, before it is sent: `queued` becomes `submitted`. For a final
    /// commit this is its reveal, and the state stays.
    ///
    /// # Errors
    /// When the job is in another state.
    pub async fn attempt(&self, id: JobId, attempt: NewAttempt) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            let reveals = job.state() == JobState::Finalized && !job.is_over();
            if !reveals {
                step(connection, &job, JobState::Submitted)?;
            }
            let n = job.receipt.attempts.len().saturating_add(1);
            diesel::insert_into(attempts::table)
                .values((
                    attempts::job.eq(id.as_str()),
                    attempts::n.eq(i32::try_from(n).map_err(unread)?),
                    attempts::call.eq(&attempt.call),
                    attempts::nonce.eq(i64::from(attempt.nonce)),
                    attempts::extrinsic.eq(attempt.extrinsic.to_string()),
                    attempts::bytes.eq(row::hex_of(&attempt.bytes)),
                    attempts::valid_until.eq(i64::from(attempt.valid_until.get())),
                    attempts::submitted_block.eq(i64::from(attempt.submitted_block.get())),
                ))
                .execute(connection)?;
            let signature = Signature {
                at: Timestamp::now(),
                identity: job.receipt.identity.clone(),
                hotkey: job.hotkey,
                purpose: attempt.call.clone(),
                digest: attempt.extrinsic.to_string(),
                job: Some(id.clone()),
            };
            audit::record(connection, &signature)?;
            load(connection, &id)
        })
        .await
    }

    /// A block holds the extrinsic and it succeeded: `submitted` becomes `included`. Of a reveal only the attempt is marked.
    ///
    /// # Errors
    /// When the job or the attempt is not there or in another state.
    pub async fn included(&self, id: JobId, n: u32, block: BlockRef) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            if job.state() != JobState::Finalized {
                step(connection, &job, JobState::Included)?;
            }
            mark!(
                connection,
                id,
                n,
                (
                    attempts::included_block.eq(i64::from(block.number.get())),
                    attempts::included_hash.eq(block.hash.to_string()),
                )
            );
            load(connection, &id)
        })
        .await
    }

    /// The block that held the extrinsic left the chain: `included` becomes `submitted`.
    ///
    /// # Errors
    /// When the job is in another state.
    pub async fn reorganised(&self, id: JobId, n: u32) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            if job.state() != JobState::Finalized {
                step(connection, &job, JobState::Submitted)?;
            }
            mark!(
                connection,
                id,
                n,
                (
                    attempts::included_block.eq(None::<i64>),
                    attempts::included_hash.eq(None::<String>),
                )
            );
            load(connection, &id)
        })
        .await
    }

    /// The block with the extrinsic is final: `included` becomes `finalized`, and of a commit it is known when it is
    /// revealed.
    ///
    /// # Errors
    /// When the job is in another state.
    pub async fn finalized(
        &self,
        id: JobId,
        n: u32,
        block: BlockNumber,
        booked: Option<Booked>,
    ) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            if job.state() != JobState::Finalized {
                step(connection, &job, JobState::Finalized)?;
            }
            mark!(
                connection,
                id,
                n,
                attempts::finalized_block.eq(i64::from(block.get()))
            );
            if let Some(booked) = booked {
                write_booked(connection, &id, booked)?;
            }
            load(connection, &id)
        })
        .await
    }

    /// The reveal of a commit moved to another block.
    ///
    /// # Errors
    /// When the job does not wait for a reveal.
    pub async fn reschedule(&self, id: JobId, booked: Booked) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            check(&job, JobState::Revealed)?;
            write_booked(connection, &id, booked)?;
            load(connection, &id)
        })
        .await
    }

    /// The commit is open on chain.
    ///
    /// # Errors
    /// When the job is in another state.
    pub async fn revealed(&self, id: JobId, block: BlockNumber) -> Result<Job, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            step(connection, &job, JobState::Revealed)?;
            diesel::update(jobs::table.find(id.as_str()))
                .set(jobs::reveal_block.eq(i64::from(block.get())))
                .execute(connection)?;
            load(connection, &id)
        })
        .await
    }

    /// An attempt came to nothing: refused by the chain, or its time is over. The job waits again, unless a newer one for
    /// the same waits already, is on its way or has come on chain.
    ///
    /// # Errors
    /// When the job is in another state.
    pub async fn requeue(
        &self,
        id: JobId,
        n: u32,
        error: Option<String>,
        next_allowed: Option<BlockNumber>,
    ) -> Result<Requeued, AdvanceError> {
        self.write(move |connection| {
            let job = load(connection, &id)?;
            let next = next_allowed.map(|block| i64::from(block.get()));
            mark!(
                connection,
                id,
                n,
                (
                    attempts::error.eq(&error),
                    attempts::next_allowed_block.eq(next),
                )
            );
            if job.state() == JobState::Finalized {
                return Ok(Requeued::Queued);
            }
            check(&job, JobState::Queued)?;
            if let Some(newer) = newer(connection, &job.receipt)? {
                // Through `queued` and on, in one step: of each there is at most one that waits.
                let ended = supersede(connection, id.as_str(), job.state(), &newer)?;
                ensure_unmoved(connection, &id, usize::from(ended), JobState::Superseded)?;
                let newer = JobId::try_from(newer).map_err(unread)?;
                return Ok(Requeued::SupersededBy(newer));
            }
            if let Some(older) = waiting(connection, &job.receipt)? {
                supersede(connection, &older, JobState::Queued, id.as_str())?;
            }
            step(connection, &job, JobState::Queued)?;
            diesel::update(jobs::table.find(id.as_str()))
                .set(jobs::earliest_block.eq(next))
                .execute(connection)?;
            Ok(Requeued::Queued)
        })
        .await
    }

    /// The chain refuses an attempt, and would refuse every other one: the job is `failed`.
    ///
    /// # Errors
    /// When there is no way from its state to that one.
    pub async fn refuse(&self, id: JobId, n: u32, error: JobError) -> Result<Job, AdvanceError> {
        let keeps_untold = self.keeps_untold();
        self.write(move |connection| {
            let job = load(connection, &id)?;
            step(connection, &job, JobState::Failed)?;
            mark!(connection, id, n, attempts::error.eq(&error.name));
            write_error(connection, &id, &error)?;
            if keeps_untold {
                mark_untold(connection, &id, JobState::Failed)?;
            }
            load(connection, &id)
        })
        .await
    }

    /// The job is over without success.
    ///
    /// # Errors
    /// When there is no way from its state to that one.
    pub async fn end(
        &self,
        id: JobId,
        state: JobState,
        error: Option<JobError>,
    ) -> Result<Job, AdvanceError> {
        let keeps_untold = self.keeps_untold();
        self.write(move |connection| {
            let job = load(connection, &id)?;
            step(connection, &job, state)?;
            if let Some(error) = &error {
                write_error(connection, &id, error)?;
            }
            if keeps_untold {
                mark_untold(connection, &id, state)?;
            }
            load(connection, &id)
        })
        .await
    }

    /// Takes a job back that nothing was sent for.
    ///
    /// # Errors
    /// When it was sent or is over.
    pub async fn cancel(&self, id: JobId) -> Result<Job, CancelError> {
        match self.end(id, JobState::Cancelled, None).await {
            Err(AdvanceError::Edge { from, .. }) => Err(CancelError::Late(from)),
            ended => Ok(ended?),
        }
    }
}

pub(super) fn load(connection: &mut AnyConnection, id: &JobId) -> Result<Job, AdvanceError> {
    row::find(connection, id.as_str())?.ok_or_else(|| AdvanceError::Missing(id.clone()))
}

fn check(job: &Job, to: JobState) -> Result<(), AdvanceError> {
    let from = job.state();
    if from.may_become(to) {
        Ok(())
    } else {
        Err(AdvanceError::Edge { from, to })
    }
}

fn step(connection: &mut AnyConnection, job: &Job, to: JobState) -> Result<(), AdvanceError> {
    check(job, to)?;
    put_state(connection, job, to)
}

/// Another process may have moved it since it was loaded: then nothing is changed.
fn put_state(connection: &mut AnyConnection, job: &Job, to: JobState) -> Result<(), AdvanceError> {
    let from = job.state();
    let is_open = i32::from(!to.is_terminal(job.receipt.mode));
    let moved = diesel::update(
        jobs::table
            .find(job.id().as_str())
            .filter(jobs::state.eq(from.as_str())),
    )
    .set((
        jobs::state.eq(to.as_str()),
        jobs::is_open.eq(is_open),
        jobs::updated_at.eq(Timestamp::now().unix_millis()),
    ))
    .execute(connection)?;
    ensure_unmoved(connection, job.id(), moved, to)
}

/// Refuses to go on where no row was changed: the job has left the state that the change was for.
pub(super) fn ensure_unmoved(
    connection: &mut AnyConnection,
    id: &JobId,
    changed: usize,
    to: JobState,
) -> Result<(), AdvanceError> {
    if changed == 1 {
        return Ok(());
    }
    let from = load(connection, id)?.state();
    Err(AdvanceError::Edge { from, to })
}

fn write_error(
    connection: &mut AnyConnection,
    id: &JobId,
    error: &JobError,
) -> Result<(), AdvanceError> {
    diesel::update(jobs::table.find(id.as_str()))
        .set((
            jobs::error_name.eq(&error.name),
            jobs::error_message.eq(&error.message),
        ))
        .execute(connection)?;
    Ok(())
}

fn write_booked(
    connection: &mut AnyConnection,
    id: &JobId,
    booked: Booked,
) -> Result<(), AdvanceError> {
    let expected = booked.expected_block.map(|block| i64::from(block.get()));
    let final_ = jobs::state.eq(JobState::Finalized.as_str());
    let changed = diesel::update(jobs::table.find(id.as_str()).filter(final_))
        .set((
            jobs::epoch.eq(i64::try_from(booked.epoch).map_err(unread)?),
            jobs::reveal_expected_block.eq(expected),
            jobs::updated_at.eq(Timestamp::now().unix_millis()),
        ))
        .execute(connection)?;
    ensure_unmoved(connection, id, changed, JobState::Revealed)
}

fn write_plan(connection: &mut AnyConnection, id: &JobId, plan: &Plan) -> Result<(), AdvanceError> {
    let block = |block: Option<BlockNumber>| block.map(|block| i64::from(block.get()));
    let number = |value: Option<u64>| value.map(i64::try_from).transpose().map_err(unread);
    let waits = jobs::state.eq(Queued);
    let changed = diesel::update(jobs::table.find(id.as_str()).filter(waits))
        .set((
            jobs::mode.eq(plan.mode.map(CommitMode::as_str)),
            jobs::epoch.eq(number(plan.epoch)?),
            jobs::earliest_block.eq(block(plan.earliest_block)),
            jobs::reveal_round.eq(number(plan.reveal_round)?),
            jobs::reveal_expected_block.eq(block(plan.reveal_expected_block)),
            jobs::dropped.eq(serde_json::to_string(&plan.dropped).map_err(unread)?),
            jobs::plan.eq(&plan.sent),
            jobs::updated_at.eq(Timestamp::now().unix_millis()),
        ))
        .execute(connection)?;
    ensure_unmoved(connection, id, changed, JobState::Queued)
}
