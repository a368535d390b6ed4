//! What is sent, as it happens: spans of requests and round trips, and lines of the log at level `error`.

use std::time::SystemTime;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use super::SPANS;
use super::otlp::{Kind, Span};
use super::outbox::Outbox;
use super::sentry::ErrorEvent;
use crate::tasks::chain_of;

/// Puts what happens where it is sent from.
pub(crate) struct Telling {
    pub(super) errors: Option<Outbox<ErrorEvent>>,
    pub(super) traces: Option<Outbox<Span>>,
}

/// What of all that happens is looked at: our spans, and our errors. What other crates log may hold anything.
pub(crate) struct Ours;

impl<S> Filter<S> for Ours {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        if metadata.is_span() {
            metadata.target() == SPANS
        } else {
            *metadata.level() == Level::ERROR && metadata.target().starts_with("pylon_")
        }
    }
}

/// A span that has not ended.
struct Open {
    trace: u128,
    id: u64,
    parent: Option<u64>,
    sampled: bool,
    began: SystemTime,
    fields: Fields,
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, chain_of(value));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Telling {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            let open = extensions.get::<Open>()?;
            Some((open.trace, open.id, open.sampled))
        });
        let open = Open {
            trace: above.map_or_else(rand::random, |(trace, ..)| trace),
            id: rand::random(),
            parent: above.map(|(_, parent, _)| parent),
            sampled: above.is_none_or(|(.., sampled)| sampled),
            began: SystemTime::now(),
            fields,
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut extensions = span.extensions_mut();
        let Some(open) = extensions.get_mut::<Open>() else {
            return;
        };
        values.record(&mut open.fields);
        if let Some(Value::String(caller)) = open.fields.0.remove("trace.parent")
            && let Some((trace, parent, sampled)) = caller_of(&caller)
        {
            (open.trace, open.parent, open.sampled) = (trace, Some(parent), sampled);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(errors) = &self.errors else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = match fields.0.remove("message") {
            Some(Value::String(message)) => message,
            _ => event.metadata().name().to_owned(),
        };
        let mut trace = None;
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(open) = span.extensions().get::<Open>() {
                trace.get_or_insert((open.trace, open.id));
                for (name, value) in &open.fields.0 {
                    fields.0.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
        errors.put(ErrorEvent {
            time: SystemTime::now(),
            logger: event.metadata().target(),
            message,
            fields: fields.0,
            trace,
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some((span, traces)) = context.span(&id).zip(self.traces.as_ref()) else {
            return;
        };
        let Some(open) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        if open.sampled {
            traces.put(Span {
                trace: open.trace,
                id: open.id,
                parent: open.parent,
                kind: match span.name() {
                    "request" => Kind::Server,
                    "rpc" => Kind::Client,
                    _ => Kind::Internal,
                },
                began: open.began,
                ended: SystemTime::now(),
                fields: open.fields.0,
            });
        }
    }
}

/// The caller's trace and span of a `traceparent` (<https://www.w3.org/TR/trace-context/>), and whether it is
/// recorded.
fn caller_of(header: &str) -> Option<(u128, u64, bool)> {
    let mut parts = header.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let of_length = |text: &str, length| {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(is_hex)
    };
    // Later versions may append; this one does not.
    let fits = of_length(version, 2)
        && version != "ff"
        && of_length(trace, 32)
        && of_length(span, 16)
        && of_length(flags, 2)
        && (version != "00" || parts.next().is_none());
    let (trace, span) = (
        u128::from_str_radix(trace, 16).ok()?,
        u64::from_str_radix(span, 16).ok()?,
    );
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (fits && trace != 0 && span != 0).then_some((trace, span, flags & 1 == 1))
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::telemetry::outbox;

    #[test]
    fn a_traceparent_names_the_callers_trace_and_span() {
        let header =
            |flags| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        let (trace, span) = (
            0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
            0x00f0_67aa_0ba9_02b7,
        );
        assert_eq!(caller_of(&header("01")), Some((trace, span, true)));
        assert_eq!(caller_of(&header("00")), Some((trace, span, false)));
        assert_eq!(
            caller_of(&header("01").replacen("00", "cc", 1)),
            Some((trace, span, true))
        );
        for wrong in [
            String::new(),
            "00-4bf9-00f0-01".to_owned(),
            header("01").replacen("00", "ff", 1),
            header("01").to_uppercase(),
            header("01-more"),
            format!("00-{:032}-00f067aa0ba902b7-01", 0),
            format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{:016}-01", 0),
        ] {
            assert_eq!(caller_of(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_error_within_a_request_carries_its_id_and_its_trace_and_lesser_lines_are_not_sent() {
        let stop = tokio_util::sync::CancellationToken::new();
        let no_post = |_: &[ErrorEvent]| reqwest::Client::new().get("http://127.0.0.1");
        let (errors, worker) = outbox::new("test", 1, stop.clone(), no_post);
        let no_post = |_: &[Span]| reqwest::Client::new().get("http://127.0.0.1");
        let (traces, spans) = outbox::new("test", 1, stop, no_post);
        let layer = Telling {
            errors: Some(errors),
            traces: Some(traces),
        };
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(Ours));
        tracing::subscriber::with_default(subscriber, || {
            let request = tracing::debug_span!(
                target: SPANS, "request", request.id = "abc", trace.parent = tracing::field::Empty
            );
            request.record(
                "trace.parent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            );
            let _in_it = request.enter();
            let rpc = tracing::debug_span!(target: SPANS, "rpc", rpc.method = "chain_getHeader");
            rpc.in_scope(|| tracing::error!(count = 3, "it broke"));
            tracing::warn!("it may break");
            tracing::error!(target: "hyper", "https://user:secret@host");
            tracing::info_span!("other").in_scope(|| ());
        });
        let events = worker.waiting();
        let [event] = events.as_slice() else {
            panic!("{} events", events.len());
        };
        assert_eq!(event.message, "it broke");
        assert_eq!(event.fields["request.id"], "abc");
        assert_eq!(event.fields["count"], 3);
        let spans = spans.waiting();
        let [rpc, request] = spans.as_slice() else {
            panic!("{} spans", spans.len());
        };
        assert_eq!((rpc.kind, request.kind), (Kind::Client, Kind::Server));
        assert_eq!((rpc.trace, rpc.parent), (request.trace, Some(request.id)));
        assert_eq!(event.trace, Some((rpc.trace, rpc.id)));
        assert_eq!(request.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(request.parent, Some(0x00f0_67aa_0ba9_02b7));
    }
}
