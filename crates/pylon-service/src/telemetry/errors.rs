//! Errors, as Sentry takes them.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TraceContextExt;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use sentry::client_report::Reason;
use sentry::protocol::{Envelope, Event, TraceContext};
use sentry::transports::{RateLimiter, TokioTransportThread, TokioTransportThreadOptions};
use sentry::types::ParseDsnError;
use sentry::{Client, ClientOptions, Transport, TransportFactory, TransportOptions};

use super::Asked;
use super::destination::{Destination, WAITING};
use crate::config::Sentry;

/// What Sentry calls this program.
const RELEASE: &str = concat!("pylon-service@", env!("CARGO_PKG_VERSION"));

/// Sends errors until it is closed.
pub(super) fn client(to: Arc<Destination>, sentry: &Sentry) -> Result<Client, ParseDsnError> {
    let mut options = told(ClientOptions::new())
        .environment(sentry.environment.clone())
        .transport(Sends(to));
    options.dsn = Some(sentry.dsn.expose().parse()?);
    Ok(Client::with_options(options))
}

/// What is told of an error.
pub(super) fn told(options: ClientOptions) -> ClientOptions {
    options
        .release(RELEASE)
        .before_send(|event| Some(within_request(event)))
}

/// The request and the span that it happened in.
fn within_request(mut event: Event<'static>) -> Event<'static> {
    opentelemetry::Context::map_current(|context| {
        if let Some(asked) = context.get::<Asked>() {
            event.tags.insert("request.id".to_owned(), asked.id.clone());
            event.transaction = Some(asked.name.clone());
        }
        let span = context.span();
        let span = span.span_context();
        if span.is_valid() {
            let trace = TraceContext {
                trace_id: span.trace_id().to_bytes().into(),
                span_id: span.span_id().to_bytes().into(),
                ..TraceContext::default()
            };
            event.contexts.insert("trace".to_owned(), trace.into());
        }
    });
    event
}

/// Makes what sends. The crate's own does not tell whether errors are taken, and cannot be hurried.
struct Sends(Arc<Destination>);

/// Sends from a thread of its own.
struct Sending(TokioTransportThread);

impl TransportFactory for Sends {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let to = Arc::clone(&self.0);
        let url = options.dsn.envelope_api_url().to_string();
        let key = options.dsn.to_auth(Some(&options.user_agent)).to_string();
        let report = options.client_report_recorder;
        let lost = report.clone();
        let send = move |envelope: Envelope, mut limits: RateLimiter| {
            let mut body = Vec::new();
            let written = envelope.to_writer(&mut body);
            let request = to
                .request(&url)
                .header("x-sentry-auth", &key)
                .header(CONTENT_TYPE, "application/x-sentry-envelope")
                .body(body);
            let (to, lost) = (Arc::clone(&to), lost.clone());
            async move {
                let reason = if written.is_err() {
                    Some(Reason::InternalError)
                } else if let Some(answer) = to.post(request).await {
                    limit(&mut limits, &answer);
                    let status = answer.status();
                    // What is too much is counted by Sentry itself.
                    let is_counted = status.is_success() || status == StatusCode::TOO_MANY_REQUESTS;
                    (!is_counted).then_some(Reason::SendError)
                } else {
                    Some(Reason::NetworkError)
                };
                if let Some(reason) = reason {
                    lost.record_lost_data(&envelope, reason);
                    to.lose(1);
                }
                limits
            }
        };
        let thread = TokioTransportThreadOptions::new(send)
            .with_client_report_recorder(report)
            .with_channel_capacity(WAITING)
            .spawn_thread();
        Arc::new(Sending(thread))
    }
}

impl Transport for Sending {
    fn send_envelope(&self, envelope: Envelope) {
        self.0.send(envelope);
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.0.flush(timeout)
    }
}

/// Sends less where Sentry says so.
fn limit(limits: &mut RateLimiter, answer: &reqwest::Response) {
    let header = |name: &str| answer.headers().get(name)?.to_str().ok();
    if let Some(says) = header("x-sentry-rate-limits") {
        limits.update_from_sentry_header(says);
    } else if let Some(after) = header(RETRY_AFTER.as_str()) {
        limits.update_from_retry_after(after);
    } else if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        limits.update_from_429();
    }
}
