//! An error as Sentry takes it: an envelope that holds the event
//! (<https://develop.sentry.dev/sdk/data-model/envelopes/>).

use std::time::{Duration, SystemTime};

use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::config::Sentry;

const CLIENT: &str = concat!("pylon-service/", env!("CARGO_PKG_VERSION"));

/// A line of the log at level `error`.
pub(super) struct ErrorEvent {
    pub(super) time: SystemTime,
    pub(super) logger: &'static str,
    pub(super) message: String,
    pub(super) fields: Map<String, Value>,
    /// The trace and span that it happened in.
    pub(super) trace: Option<(u128, u64)>,
}

/// How many events an envelope holds.
pub(super) const BATCH: usize = 1;

pub(super) fn post(
    client: &reqwest::Client,
    to: &Sentry,
    events: &[ErrorEvent],
) -> reqwest::RequestBuilder {
    let body: String = events.iter().map(|event| envelope(to, event)).collect();
    let key = to.dsn.key();
    client
        .post(to.dsn.envelopes())
        .header(
            "x-sentry-auth",
            format!("Sentry sentry_version=7, sentry_client={CLIENT}, sentry_key={key}"),
        )
        .header(CONTENT_TYPE, "application/x-sentry-envelope")
        .body(body)
}

fn envelope(to: &Sentry, event: &ErrorEvent) -> String {
    let id = format!("{:032x}", rand::random::<u128>());
    let since = event.time.duration_since(SystemTime::UNIX_EPOCH);
    let tags: Map<String, Value> = event
        .fields
        .get_key_value("request.id")
        .map(|(name, value)| (name.clone(), value.clone()))
        .into_iter()
        .collect();
    let contexts = event.trace.map_or(json!({}), |(trace, span)| {
        json!({ "trace": { "trace_id": format!("{trace:032x}"), "span_id": format!("{span:016x}") } })
    });
    let body = json!({
        "event_id": id,
        "timestamp": since.unwrap_or(Duration::ZERO).as_secs_f64(),
        "platform": "other",
        "level": "error",
        "logger": event.logger,
        "logentry": { "formatted": event.message },
        "release": format!("pylon-service@{}", env!("CARGO_PKG_VERSION")),
        "environment": to.environment,
        "tags": tags,
        "contexts": contexts,
        "extra": event.fields,
    });
    format!(
        "{}\n{}\n{body}\n",
        json!({ "event_id": id }),
        json!({ "type": "event" })
    )
}
