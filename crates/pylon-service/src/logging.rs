//! Logs: to stderr, as text or as one JSON object a line.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Log, LogFormat};

/// Log settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("PYLON_LOG has a directive that cannot be read")]
pub(crate) struct LogError(#[from] tracing_subscriber::filter::ParseError);

/// Starts logging for the process. A second start changes nothing.
pub(crate) fn start(log: &Log) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&log.filter)?;
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    // Fails only where logging has been started before.
    let _ = if log.format == LogFormat::Json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .try_init()
    };
    Ok(())
}
