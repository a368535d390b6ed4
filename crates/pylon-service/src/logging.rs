//! Logs: to stderr, as text or as one JSON object a line.

use std::io;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::{Log, LogFormat};

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

/// Starts logging for the process. A second start changes nothing.
pub(crate) fn start(log: &Log) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&log.filter)?;
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
        .with(filter)
        .with(lines.with_filter(filter_fn(keeps_secrets)))
        .try_init();
    Ok(())
}
