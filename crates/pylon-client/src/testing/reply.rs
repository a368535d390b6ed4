//! What a request is met with.

use std::time::Duration;

use pylon_models::{ErrorCode, Problem};
use reqwest::StatusCode;
use serde::Serialize;

/// What a request is met with: an answer, or less than one.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(super) after: Duration,
    pub(super) bytes: Vec<u8>,
    pub(super) end: End,
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    /// Nothing more is sent on it.
    Silent,
}

impl Reply {
    /// A status, and a body in JSON.
    ///
    /// # Panics
    /// When the body cannot be put in JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(json) => Self::text(status, &json).header("content-type", "application/json"),
            Err(error) => panic!("the body cannot be put in JSON: {error}"),
        }
    }

    /// A problem as the service writes it, with the status of its code.
    pub fn problem(code: ErrorCode, detail: &str) -> Self {
        Self::json(code.status(), &Problem::new(code, detail))
    }

    /// A status, and a body as it stands.
    pub fn text(status: u16, body: &str) -> Self {
        let code = StatusCode::from_u16(status).ok();
        let phrase = code.and_then(|code| code.canonical_reason()).unwrap_or("");
        let length = body.len();
        Self::raw(format!(
            "HTTP/1.1 {status} {phrase}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    /// These bytes instead of an answer; then the connection is closed.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            after: Duration::ZERO,
            bytes: bytes.into(),
            end: End::Closed,
        }
    }

    /// The connection is closed without an answer.
    pub fn dropped() -> Self {
        Self::raw(Vec::new())
    }

    /// Nothing comes back, and the connection stays open.
    pub fn stalled() -> Self {
        Self::dropped().then_silence()
    }

    /// With one more header.
    ///
    /// # Panics
    /// When there is no answer that could have one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let at = self.body_at();
        let line = format!("{name}: {value}\r\n");
        // Before the empty line that ends the head.
        self.bytes.splice(at - 2..at - 2, line.into_bytes());
        self
    }

    /// This long after the request came.
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    /// Of the body only so many bytes; then the connection is closed.
    ///
    /// # Panics
    /// When there is no answer that could have a body.
    pub fn cut_at(mut self, bytes: usize) -> Self {
        let at = self.body_at();
        self.bytes.truncate(at.saturating_add(bytes));
        self
    }

    /// What there is of the answer, and nothing more on an open connection.
    pub fn then_silence(mut self) -> Self {
        self.end = End::Silent;
        self
    }

    fn body_at(&self) -> usize {
        let head = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        match head {
            Some(at) => at + 4,
            None => panic!("the reply is no answer, so it has neither headers nor a body"),
        }
    }
}
