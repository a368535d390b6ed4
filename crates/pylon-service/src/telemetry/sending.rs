//! What is sent from the start of the service to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use super::destination::Destination;
use super::{SPANS, TelemetryError, errors, traces};
use crate::config::Config;

/// What listens to spans and events.
type Listening = Box<dyn Layer<Registry> + Send + Sync>;

/// How long what is left may take to be sent once the service has stopped.
const FLUSH: Duration = Duration::from_secs(1);

/// What is sent, as long as this lives.
#[derive(Default)]
pub(crate) struct Telemetry {
    stop: CancellationToken,
    /// What ends the threads that send, and waits for them.
    ends: Vec<Box<dyn FnOnce() + Send>>,
}

impl Telemetry {
    /// Starts what the configuration asks for, and gives the layer that hands it what to send.
    pub(crate) fn start(config: &Config) -> Result<(Self, Option<Listening>), TelemetryError> {
        let mut telemetry = Self::default();
        if config.sentry.is_none() && config.otel.is_none() {
            return Ok((telemetry, None));
        }
        // Spans are made for errors alone too, which say what they happened in.
        let mut provider = traces::provider();
        if let Some(otel) = &config.otel {
            let to = telemetry.destination("OpenTelemetry")?;
            provider = traces::sent(provider, to, otel).map_err(TelemetryError::Exporter)?;
        }
        let provider = provider.build();
        let mut layer = spans(&provider).boxed();
        telemetry.ends.push(Box::new(move || {
            // Where it fails there was nothing to end, or no time left.
            let _ = provider.shutdown_with_timeout(FLUSH * 2);
        }));
        if let Some(sentry) = &config.sentry {
            let to = telemetry.destination("Sentry")?;
            let client = Arc::new(errors::client(to, sentry).map_err(TelemetryError::Dsn)?);
            sentry::Hub::main().bind_client(Some(Arc::clone(&client)));
            layer = layer.and_then(errors()).boxed();
            telemetry.ends.push(Box::new(move || {
                client.close(Some(FLUSH * 2));
            }));
        }
        Ok((telemetry, Some(layer)))
    }

    fn destination(&self, name: &'static str) -> Result<Arc<Destination>, TelemetryError> {
        Destination::new(name, self.stop.clone())
            .map(Arc::new)
            .map_err(TelemetryError::Client)
    }

    /// Sends what is left, within a second.
    pub(crate) async fn end(self) {
        let mut ended = futures::future::join_all(self.ends.into_iter().map(spawn_blocking));
        if tokio::time::timeout(FLUSH, &mut ended).await.is_err() {
            self.stop.cancel();
            ended.await;
            tracing::warn!("the last errors or traces were not taken in time");
        }
    }
}

/// Our spans; what other crates tell may hold anything.
fn spans<S>(provider: &opentelemetry_sdk::trace::SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let ours = |metadata: &Metadata<'_>| metadata.is_span() && metadata.target() == SPANS;
    traces::layer(provider).with_filter(filter_fn(ours))
}

/// Our errors.
fn errors<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let ours = |metadata: &Metadata<'_>| {
        metadata.is_event()
            && *metadata.level() == Level::ERROR
            && metadata.target().starts_with("pylon_")
    };
    sentry::integrations::tracing::ErrorLayer::new().with_filter(filter_fn(ours))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use opentelemetry::trace::SpanKind;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{SpanData, SpanExporter};
    use sentry::protocol::{Context, Envelope, EnvelopeItem, Value};
    use sentry::{Client, ClientOptions, Hub, Transport};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::telemetry::Asked;

    #[derive(Clone, Debug, Default)]
    struct Spans(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Spans {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    #[derive(Default)]
    struct Envelopes(Mutex<Vec<Envelope>>);

    impl Transport for Envelopes {
        fn send_envelope(&self, envelope: Envelope) {
            self.0.lock().unwrap().push(envelope);
        }
    }

    #[test]
    fn an_error_within_a_request_carries_its_id_and_its_trace_and_lesser_lines_are_not_sent() {
        let (spans_sent, sent) = (Spans::default(), Arc::new(Envelopes::default()));
        let provider = traces::provider()
            .with_simple_exporter(spans_sent.clone())
            .build();
        let mut options = errors::told(ClientOptions::new()).transport(Arc::clone(&sent));
        options.dsn = Some("http://abc@127.0.0.1/1".parse().unwrap());
        let hub = Hub::new(
            Some(Arc::new(Client::with_options(options))),
            Arc::default(),
        );
        let subscriber = tracing_subscriber::registry()
            .with(spans(&provider))
            .with(errors());
        Hub::run(Arc::new(hub), || {
            tracing::subscriber::with_default(subscriber, || {
                let request = tracing::debug_span!(
                    target: SPANS, "request", otel.name = "GET /x", otel.kind = "server"
                );
                let asked = Asked {
                    id: "abc".to_owned(),
                    name: "GET /x".to_owned(),
                };
                let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
                crate::telemetry::follow(&request, Some(caller), asked);
                let _in_it = request.enter();
                let rpc = tracing::debug_span!(target: SPANS, "rpc", otel.kind = "client");
                rpc.in_scope(|| tracing::error!(count = 3, "it broke"));
                tracing::warn!("it may break");
                tracing::error!(target: "hyper", "https://user:secret@host");
                tracing::info_span!("other").in_scope(|| ());
            });
        });

        let spans = spans_sent.0.lock().unwrap();
        let [rpc, request] = spans.as_slice() else {
            panic!("{spans:?}");
        };
        assert_eq!(
            (&rpc.span_kind, &request.span_kind),
            (&SpanKind::Client, &SpanKind::Server)
        );
        let trace = rpc.span_context.trace_id().to_string();
        assert_eq!(trace, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(request.span_context.trace_id().to_string(), trace);
        assert_eq!(rpc.parent_span_id, request.span_context.span_id());
        assert_eq!(request.parent_span_id.to_string(), "00f067aa0ba902b7");

        let sent = sent.0.lock().unwrap();
        let [envelope] = sent.as_slice() else {
            panic!("{sent:?}");
        };
        let items: Vec<_> = envelope.items().collect();
        let [EnvelopeItem::Event(event)] = items.as_slice() else {
            panic!("{items:?}");
        };
        assert_eq!(event.message.as_deref(), Some("it broke"));
        assert_eq!(event.tags["request.id"], "abc");
        assert_eq!(event.transaction.as_deref(), Some("GET /x"));
        let Context::Other(fields) = &event.contexts["Rust Tracing Fields"] else {
            panic!("{:?}", event.contexts);
        };
        assert_eq!(fields["count"], Value::from(3));
        let Context::Trace(within) = &event.contexts["trace"] else {
            panic!("{:?}", event.contexts);
        };
        assert_eq!(within.trace_id.to_string(), trace);
        assert_eq!(
            within.span_id.to_string(),
            rpc.span_context.span_id().to_string()
        );
    }
}
