//! Spans as a collector takes them: OTLP over HTTP, in its JSON form
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::config::{Otel, Resource};

/// How many spans one request holds.
pub(super) const BATCH: usize = 256;

/// What took time.
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) kind: Kind,
    pub(super) began: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) fields: Map<String, Value>,
}

/// On which side of a request it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Internal,
    /// A request that is answered here.
    Server,
    /// A request that is sent to a node.
    Client,
}

pub(super) fn post(client: &reqwest::Client, to: &Otel, spans: &[Span]) -> reqwest::RequestBuilder {
    let spans: Vec<Value> = spans.iter().map(Span::told).collect();
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes": attributes(&of(&to.resource)) },
        "scopeSpans": [{
            "scope": { "name": "pylon-service", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans,
        }],
    }]});
    client.post(to.collector.traces()).json(&body)
}

impl Span {
    /// What the semantic conventions call a field of ours.
    fn told(&self) -> Value {
        let text = |name| self.fields.get(name).and_then(Value::as_str);
        let (name, failed) = match self.kind {
            Kind::Server => {
                let (method, path) = (text("request.method"), text("request.path"));
                let status = self.fields.get("request.status").and_then(Value::as_u64);
                let name = format!("{} {}", method.unwrap_or("?"), path.unwrap_or("?"));
                // Without a status the caller left, or time ran out.
                (name, status.is_some_and(|status| status >= 500))
            }
            _ => (
                text("rpc.method").unwrap_or("read").to_owned(),
                self.fields.contains_key("rpc.failed"),
            ),
        };
        let fields = self.fields.iter().map(|(name, value)| {
            let name = match name.as_str() {
                "request.method" => "http.request.method",
                "request.path" => "http.route",
                "request.status" => "http.response.status_code",
                name => name,
            };
            (name.to_owned(), value.clone())
        });
        let kind = match self.kind {
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
        };
        let parent = self.parent.map(|parent| format!("{parent:016x}"));
        json!({
            "traceId": format!("{:032x}", self.trace),
            "spanId": format!("{:016x}", self.id),
            "parentSpanId": parent.unwrap_or_default(),
            "name": name,
            "kind": kind,
            "startTimeUnixNano": nanoseconds(self.began),
            "endTimeUnixNano": nanoseconds(self.ended),
            "attributes": attributes(&fields.collect()),
            "status": if failed { json!({ "code": 2 }) } else { json!({}) },
        })
    }
}

fn of(resource: &Resource) -> Map<String, Value> {
    [
        ("service.namespace", &resource.service_namespace),
        ("service.name", &resource.service_name),
        ("service.version", &resource.service_version),
        ("service.instance.id", &resource.service_instance_id),
        (
            "deployment.environment.name",
            &resource.deployment_environment,
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.as_str().into()))
    .collect()
}

fn attributes(fields: &Map<String, Value>) -> Vec<Value> {
    let typed = |value: &Value| match value {
        Value::Bool(value) => json!({ "boolValue": value }),
        // OTLP writes integers of 64 bits as texts.
        Value::Number(number) if !number.is_f64() => json!({ "intValue": number.to_string() }),
        Value::Number(number) => json!({ "doubleValue": number }),
        Value::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    };
    fields
        .iter()
        .map(|(name, value)| json!({ "key": name, "value": typed(value) }))
        .collect()
}

fn nanoseconds(time: SystemTime) -> String {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_nanos()
        .to_string()
}
