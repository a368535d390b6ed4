//! Traces, as a collector takes them: OTLP over HTTP, in protobuf
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData,
    SpanExporter, TracerProviderBuilder,
};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

use super::Asked;
use super::destination::{Destination, WAITING};
use crate::config::{Collector, Otel, Resource};

/// How many spans one request holds.
const BATCH: usize = 256;
/// How long spans gather before they are sent.
const GATHER: Duration = Duration::from_millis(500);

/// Makes spans; who calls decides whether their trace is recorded.
pub(super) fn provider() -> TracerProviderBuilder {
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_resource(opentelemetry_sdk::Resource::builder_empty().build())
}

/// Sends the spans that it makes.
pub(super) fn sent(
    provider: TracerProviderBuilder,
    to: Arc<Destination>,
    otel: &Otel,
) -> Result<TracerProviderBuilder, ExporterBuildError> {
    let posting = Posting {
        to: Arc::clone(&to),
        collector: otel.collector.clone(),
        runtime: Handle::current(),
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(posting)
        // Where it is posted is known to the client alone.
        .with_endpoint(otel.collector.to_string())
        .with_protocol(Protocol::HttpBinary)
        .with_retry_policy(RetryPolicy::disabled())
        .build()?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(GATHER)
        .build();
    let processor = BatchSpanProcessor::builder(Counted { exporter, to })
        .with_batch_config(batches)
        .build();
    Ok(provider
        .with_resource(of(&otel.resource))
        .with_span_processor(processor))
}

/// Turns our spans into its.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let scope = InstrumentationScope::builder("pylon-service")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build();
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer_with_scope(scope))
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
}

/// Makes a request part of its caller's trace, if that names one, and tells what happens within it of it.
pub(super) fn follow(span: &Span, traceparent: Option<&str>, asked: Asked) {
    let caller = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &Caller(traceparent))
        .with_value(asked);
    // Refused by spans that nobody records.
    let _ = span.set_parent(caller);
}

/// The one header that is looked at.
struct Caller<'a>(Option<&'a str>);

impl Extractor for Caller<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.filter(|_| key == "traceparent")
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

fn of(resource: &Resource) -> opentelemetry_sdk::Resource {
    let attributes = [
        ("service.namespace", &resource.service_namespace),
        ("service.name", &resource.service_name),
        ("service.version", &resource.service_version),
        ("service.instance.id", &resource.service_instance_id),
        (
            "deployment.environment.name",
            &resource.deployment_environment,
        ),
    ];
    let attributes = attributes.map(|(name, value)| KeyValue::new(name, value.clone()));
    opentelemetry_sdk::Resource::builder_empty()
        .with_attributes(attributes)
        .build()
}

/// Exports, and counts what was not taken.
#[derive(Debug)]
struct Counted {
    exporter: opentelemetry_otlp::SpanExporter,
    to: Arc<Destination>,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let exported = self.exporter.export(batch).await;
        if exported.is_err() {
            self.to.lose(count);
        }
        exported
    }

    fn set_resource(&mut self, resource: &opentelemetry_sdk::Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Posts what the exporter writes. The exporter's thread is none of the runtime's, where the client runs.
#[derive(Debug)]
struct Posting {
    to: Arc<Destination>,
    collector: Collector,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Posting {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let request = self.to.request(&self.collector.traces());
        let request = request.headers(head.headers).body(body);
        let to = Arc::clone(&self.to);
        let posted = self.runtime.spawn(async move { to.post(request).await });
        let answer = posted.await?.ok_or("there is no answer")?;
        // What a collector says beside the status is not looked at.
        let answer = Response::builder().status(answer.status());
        Ok(answer.body(Bytes::new())?)
    }
}
