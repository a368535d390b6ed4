//! Weights of an identity: given, brought on chain, looked after.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use pylon_models::wire::{DryRunBody, ScheduledBody, SetWeightsBody};
use pylon_models::{Hotkey, MechId, Receipt};

use crate::jobs::unique;
use crate::pinned::Scope;
use crate::{Call, Error, Identity};

/// How long the service may take to answer after it has waited.
const TO_ANSWER: Duration = Duration::from_secs(5);

/// Weights that are ready to be given to the service; see [`Identity::set_weights`].
#[derive(Clone)]
#[must_use = "weights are given when they are awaited"]
pub struct SetWeights {
    scope: Scope,
    mechanism: MechId,
    body: SetWeightsBody,
    key: String,
}

impl Identity {
    /// `PUT …/weights`: what each hotkey gets, in any unit. Awaited, it gives the job that brings them on chain; by then
    /// they are kept, and neither a crash of the service nor of the caller loses them. They take the place of weights of
    /// the same mechanism that still wait.
    ///
    /// The request carries a name of its own, so that it is safe to repeat, and is repeated like a read.
    ///
    /// ```no_run
    /// # async fn run(identity: pylon_client::Identity, miner: pylon_client::models::Hotkey) -> Result<(), pylon_client::Error> {
    /// use std::time::Duration;
    ///
    /// use pylon_client::JobState;
    ///
    /// let job = identity.set_weights([(miner, 1.0)]).await?.job_id;
    /// let receipt = identity
    ///     .wait_until(&job, JobState::Finalized, Duration::from_secs(600))
    ///     .await?;
    /// println!("{}: {:?}", receipt.state, receipt.error);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_weights(&self, weights: impl IntoIterator<Item = (Hotkey, f64)>) -> SetWeights {
        SetWeights {
            scope: self.scope().clone(),
            mechanism: MechId::MAIN,
            body: SetWeightsBody {
                weights: weights.into_iter().collect::<BTreeMap<_, _>>(),
                version_key: None,
            },
            key: unique(),
        }
    }
}

impl SetWeights {
    /// For another of the subnet's mechanisms than the main one: `PUT …/mechanism/{mechanism}/weights`.
    pub fn mechanism(mut self, mechanism: MechId) -> Self {
        self.mechanism = mechanism;
        self
    }

    /// With the version of the subnet's code that the validator runs, instead of the one that the subnet asks for.
    pub fn version_key(mut self, version_key: u64) -> Self {
        self.body.version_key = Some(version_key);
        self
    }

    /// Names the request: asked again under the same name within 24 hours, by whomever, it is the same job. With other
    /// weights that is `idempotency_mismatch`.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Asks for the receipt once the weights are final, or after that time: its state says which.
    pub fn wait(self, time: Duration) -> Call<Receipt> {
        let seconds = time.as_secs().max(1);
        let call = self.call::<Receipt>("");
        call.with_header("prefer", format!("wait={seconds}"))
            .timeout(Duration::from_secs(seconds).saturating_add(TO_ANSWER))
    }

    /// Asks what would be sent, and keeps nothing.
    pub fn dry_run(self) -> Call<DryRunBody> {
        self.call("?dry_run=true")
    }

    /// The call that gives the weights to the service.
    pub fn into_call(self) -> Call<ScheduledBody> {
        self.call("")
    }

    fn call<T>(self, query: &str) -> Call<T> {
        let path = match self.mechanism {
            MechId::MAIN => format!("/weights{query}"),
            mechanism => format!("/mechanism/{mechanism}/weights{query}"),
        };
        self.scope.put(path, &self.body).idempotency_key(self.key)
    }
}

impl IntoFuture for SetWeights {
    type Output = Result<ScheduledBody, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.into_call().into_future()
    }
}

impl fmt::Debug for SetWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetWeights")
            .field("mechanism", &self.mechanism)
            .field("weights", &self.body.weights.len())
            .finish_non_exhaustive()
    }
}
