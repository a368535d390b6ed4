//! Jobs: writes that outlive the request which asked for them, and the names of such requests.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use pylon_models::wire::JobsBody;
use pylon_models::{JobId, JobKind, JobState, Receipt};
use reqwest::Method;
use tokio::time::Instant;

use crate::{Call, Error, Identity};

/// How often [`Identity::wait_until`] asks, at first and at last.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LAST_LOOK: Duration = Duration::from_secs(12);
/// What the look at the end has, at least.
const TO_LOOK: Duration = Duration::from_millis(250);

impl Identity {
    /// `GET …/jobs`: the identity's jobs of every kind, the newest first; in [pages](Call::pages) or the newest 100.
    ///
    /// ```no_run
    /// # async fn run(identity: pylon_client::Identity) -> Result<(), pylon_client::Error> {
    /// use pylon_client::{JobKind, JobState};
    ///
    /// let failed = identity.jobs().of(JobKind::Weights).in_state(JobState::Failed);
    /// for job in failed.await?.jobs {
    ///     println!("{}: {:?}", job.id, job.error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs(&self) -> Call<JobsBody> {
        self.scope().get("/jobs")
    }

    /// `GET …/weights/jobs`: the same, of weights alone.
    pub fn weights_jobs(&self) -> Call<JobsBody> {
        self.scope().get("/weights/jobs")
    }

    /// `GET …/jobs/{id}`: how far a job has come, and every attempt at it. `job_not_found` where the identity has no
    /// such job.
    pub fn job(&self, id: &JobId) -> Call<Receipt> {
        self.scope().get(format!("/jobs/{id}"))
    }

    /// `DELETE …/jobs/{id}`: takes a job back; `conflict` once something was sent for it.
    pub fn cancel_job(&self, id: &JobId) -> Call<Receipt> {
        let call = self.scope().get(format!("/jobs/{id}"));
        // Repeated after an answer that got lost it would find the job cancelled already.
        call.with_method(Method::DELETE).retries(0)
    }

    /// Waits until a job has come as far as `state`, or can never come there: `failed` where `finalized` is waited for.
    /// The receipt says which. Where the time runs out first, the receipt is the last one that came.
    ///
    /// # Errors
    /// What [`Identity::job`] fails with, where that can never change or no receipt came within the time.
    pub async fn wait_until(
        &self,
        id: &JobId,
        state: JobState,
        timeout: Duration,
    ) -> Result<Receipt, Error> {
        let deadline = Instant::now().checked_add(timeout);
        let left = || match deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        };
        let mut so_far = Err(Error::Timeout { after: timeout });
        let mut pause = FIRST_LOOK;
        loop {
            match self.job(id).within(left()).await {
                Ok(receipt) if receipt.has_come_to(state) => return Ok(receipt),
                Ok(receipt) => so_far = Ok(receipt),
                Err(error) if !error.retry().is_worthwhile() => return Err(error),
                // A receipt says more than that a later look failed.
                Err(error) => so_far = so_far.or(Err(error)),
            }
            let idle = left().saturating_sub(TO_LOOK);
            if idle.is_zero() {
                return so_far;
            }
            tokio::time::sleep(pause.min(idle)).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
    }
}

impl Call<JobsBody> {
    /// Asks for the jobs of one kind alone: `?kind=`. A list of one kind takes no notice of it.
    pub fn of(self, kind: JobKind) -> Self {
        self.query("kind", kind.as_str())
    }

    /// Asks for the jobs in one state alone: `?state=`.
    pub fn in_state(self, state: JobState) -> Self {
        self.query("state", state.as_str())
    }
}

impl<T> Call<T> {
    /// Names the request, instead of by the name that the client makes for it: asked again under the same name within 24
    /// hours, by whomever, it is the same job. With another body that is `idempotency_mismatch`. It says nothing to calls
    /// that make no job, nor to one that is never repeated.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.with_header("idempotency-key", key.into())
    }
}

/// A name that nobody else uses; it is no secret.
pub(crate) fn unique() -> String {
    let random = || RandomState::new().hash_one(std::time::SystemTime::now());
    format!("{:016x}{:016x}", random(), random())
}
