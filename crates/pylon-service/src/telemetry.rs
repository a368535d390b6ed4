//! Errors to Sentry and traces to OpenTelemetry, where the operator asks for them. They go out beside the
//! requests, through bounded queues: a destination that is slow or dead costs what was meant for it, and
//! nothing else.

#[cfg(feature = "telemetry")]
mod destination;
#[cfg(feature = "telemetry")]
mod errors;
#[cfg(feature = "telemetry")]
mod sending;
#[cfg(feature = "telemetry")]
mod traces;

use tracing::Span;

#[cfg(feature = "telemetry")]
pub(crate) use self::sending::Telemetry;

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
    /// It looks like what Sentry gives, and is not.
    #[cfg(feature = "telemetry")]
    #[error("sentry.dsn cannot be used")]
    Dsn(#[source] sentry::types::ParseDsnError),
    /// Traces cannot be written.
    #[cfg(feature = "telemetry")]
    #[error("traces cannot be sent")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
}

/// A request, as what happens within it is told of it.
#[cfg_attr(
    not(feature = "telemetry"),
    expect(dead_code, reason = "nobody is told of it")
)]
pub(crate) struct Asked {
    /// Its id.
    pub(crate) id: String,
    /// Its method and the template of its path.
    pub(crate) name: String,
}

/// Makes a request part of its caller's trace, if that names one.
#[cfg(feature = "telemetry")]
pub(crate) fn follow(span: &Span, traceparent: Option<&str>, asked: Asked) {
    traces::follow(span, traceparent, asked);
}

/// No span is recorded.
#[cfg(not(feature = "telemetry"))]
pub(crate) fn follow(_: &Span, _: Option<&str>, _: Asked) {}

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
