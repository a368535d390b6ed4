//! Errors to Sentry and traces to OpenTelemetry, where the operator asks for them. They go out beside the
//! requests, through bounded queues: a destination that is slow or dead costs what was meant for it, and
//! nothing else.

#[cfg(feature = "telemetry")]
mod layer;
#[cfg(feature = "telemetry")]
mod otlp;
#[cfg(feature = "telemetry")]
mod outbox;
#[cfg(feature = "telemetry")]
mod sentry;

/// The target of spans that traces are made of. They are in no log.
pub(crate) const SPANS: &str = pylon_chain::SPANS;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TelemetryError {
    /// The program was built without it.
    #[cfg(not(feature = "telemetry"))]
    #[error("{0} is set, and this program was built without the feature `telemetry`")]
    Absent(&'static str),
    /// The HTTP client cannot be made, for want of certificates above all.
    #[cfg(feature = "telemetry")]
    #[error("errors and traces cannot be sent")]
    Client(#[source] reqwest::Error),
}

#[cfg(feature = "telemetry")]
pub(crate) use self::sending::Telemetry;

#[cfg(feature = "telemetry")]
mod sending {
    use std::time::Duration;

    use tokio::task::JoinHandle;
    use tokio_util::sync::CancellationToken;
    use tracing_subscriber::filter::Filtered;
    use tracing_subscriber::{Layer, Registry};

    use super::layer::{Ours, Telling};
    use super::outbox::{self, Outbox};
    use super::{TelemetryError, otlp, sentry};
    use crate::config::Config;

    /// The layer that hears what is sent.
    type Listening = Filtered<Telling, Ours, Registry>;

    /// How long what is left may take to be sent once the service has stopped.
    const FLUSH: Duration = Duration::from_secs(1);
    /// How long one request to a destination may take.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// What is sent, as long as this lives.
    #[derive(Default)]
    pub(crate) struct Telemetry {
        stop: CancellationToken,
        workers: Vec<JoinHandle<()>>,
    }

    impl Telemetry {
        /// Starts what the configuration asks for, and gives the layer that hands it what to send.
        pub(crate) fn start(config: &Config) -> Result<(Self, Option<Listening>), TelemetryError> {
            let mut telemetry = Self::default();
            if config.sentry.is_none() && config.otel.is_none() {
                return Ok((telemetry, None));
            }
            let client = reqwest::Client::builder()
                .timeout(PATIENCE)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .map_err(TelemetryError::Client)?;
            let errors = config.sentry.clone().map(|to| {
                let client = client.clone();
                telemetry.spawn("Sentry", sentry::BATCH, move |events| {
                    sentry::post(&client, &to, events)
                })
            });
            let traces = config.otel.clone().map(|to| {
                let client = client.clone();
                telemetry.spawn("OpenTelemetry", otlp::BATCH, move |spans| {
                    otlp::post(&client, &to, spans)
                })
            });
            let telling = Telling { errors, traces };
            Ok((telemetry, Some(telling.with_filter(Ours))))
        }

        fn spawn<T: Send + 'static>(
            &mut self,
            to: &'static str,
            batch: usize,
            post: impl Fn(&[T]) -> reqwest::RequestBuilder + Send + 'static,
        ) -> Outbox<T> {
            let (outbox, worker) = outbox::new(to, batch, self.stop.clone(), post);
            self.workers.push(tokio::spawn(worker.run()));
            outbox
        }

        /// Sends what is left, within a second.
        pub(crate) async fn end(self) {
            self.stop.cancel();
            let all = futures::future::join_all(self.workers);
            if tokio::time::timeout(FLUSH, all).await.is_err() {
                tracing::warn!("the last errors or traces were not taken in time");
            }
        }
    }
}

/// Nothing is sent.
#[cfg(not(feature = "telemetry"))]
#[derive(Default)]
pub(crate) struct Telemetry;

#[cfg(not(feature = "telemetry"))]
impl Telemetry {
    /// Refuses what cannot be had.
    pub(crate) fn start(
        config: &crate::config::Config,
    ) -> Result<(Self, Option<tracing_subscriber::layer::Identity>), TelemetryError> {
        if config.sentry.is_some() {
            return Err(TelemetryError::Absent("sentry.dsn"));
        }
        if config.otel.is_some() {
            return Err(TelemetryError::Absent("otel.collector_endpoint"));
        }
        Ok((Self, None))
    }

    pub(crate) async fn end(self) {}
}
