//! Logs: to stderr, as text or as one JSON object a line.

use std::io;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{Log, LogFormat};
use crate::telemetry::SPANS;

/// Log settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("PYLON_LOG has a directive that cannot be read")]
pub(crate) struct LogError(#[from] tracing_subscriber::filter::ParseError);

/// Where another crate prints the URL of the node, credentials and all, once it logs at `debug`.
const TELLS_URLS: &str = "jsonrpsee-client";

/// Whatever the filter lets through, that is not among it.
fn keeps_secrets(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !metadata.target().starts_with(TELLS_URLS)
}

/// Spans of traces are not for the log.
fn is_no_trace(metadata: &Metadata<'_>) -> bool {
    metadata.target() != SPANS
}

/// Starts logging for the process, with a layer beside it that listens too. A second start changes nothing.
pub(crate) fn start<L>(log: &Log, beside: Option<L>) -> Result<(), LogError>
where
    L: Layer<Registry> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.filter)?
        .and(filter_fn(keeps_secrets))
        .and(filter_fn(is_no_trace));
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = if log.format == LogFormat::Json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .boxed()
    };
    // Fails only where logging has been started before.
    let _ = tracing_subscriber::registry()
        .with(beside)
        .with(lines.with_filter(filter))
        .try_init();
    Ok(())
}
