//! Why a call did not give what it was made for.

use std::fmt;
use std::time::Duration;

use pylon_models::{BlockNumber, ErrorCode, Problem, Retry};

/// Why a call failed. By then the client has already tried again where that made sense.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service answered with a problem.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The connection could not be made, or broke, or what came over it is not HTTP.
    #[error("the service could not be reached")]
    Transport(#[source] reqwest::Error),
    /// The call's time ran out, attempts and pauses together.
    #[error("no answer within {after:?}")]
    Timeout {
        /// The time that the call had.
        after: Duration,
    },
    /// The body of a good answer is not of the expected shape: another version, or not Pylon at all.
    #[error("the answer is not of the expected shape")]
    Decode {
        /// What does not fit.
        #[source]
        source: serde_json::Error,
        /// The id of the request.
        request_id: Option<String>,
    },
    /// The body is larger than this client reads.
    #[error("the answer is larger than {limit} bytes")]
    BodyTooLarge {
        /// The builder's `max_body`.
        limit: usize,
    },
    /// A redirect to another origin, or one of too many. Tokens are sent to the origin that was asked for alone.
    #[error("refused to follow the redirect to {location:?}")]
    Redirected {
        /// Where it points.
        location: String,
    },
    /// The builder was given no identity of this name.
    #[error("no identity {name:?} was given to the builder")]
    UnknownIdentity {
        /// The name that was asked for.
        name: String,
    },
}

impl Error {
    /// Whether and how the same call can succeed later.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Api(error) => error.code.retry(),
            Self::Transport(error) if error.is_builder() || error.is_redirect() => Retry::Never,
            Self::Transport(_) | Self::Timeout { .. } => Retry::Backoff,
            Self::Decode { .. }
            | Self::BodyTooLarge { .. }
            | Self::Redirected { .. }
            | Self::UnknownIdentity { .. } => Retry::Never,
        }
    }

    /// How long the service asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.as_api()?.retry_after
    }

    /// What went wrong in the words of the API, if the service said so.
    pub fn code(&self) -> Option<ErrorCode> {
        Some(self.as_api()?.code)
    }

    /// The id that finds the request in the service's log.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id.as_deref(),
            Self::Decode { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The problem that the service answered with, if it was one.
    pub fn as_api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }
}

/// A problem that the service answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The status of the answer.
    pub status: u16,
    /// What went wrong. Where the answer names no code, or one that this version does not know, the one
    /// that fits its status best.
    pub code: ErrorCode,
    /// The whole body. An answer without one, as from a proxy, gets one made of its status.
    pub problem: Box<Problem>,
    /// The id that finds the request in the service's log.
    pub request_id: Option<String>,
    /// The block that the answer is about.
    pub block: Option<BlockNumber>,
    /// How long to wait before the next try.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.problem.detail.trim_end_matches('.');
        write!(
            f,
            "the service answered {} {}: {detail}",
            self.status, self.code
        )?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(code: ErrorCode) -> Error {
        Error::Api(Box::new(ApiError {
            status: code.status(),
            code,
            problem: Box::new(Problem::new(code, "Block 9 not found.")),
            request_id: Some("01J".to_owned()),
            block: None,
            retry_after: None,
        }))
    }

    #[test]
    fn a_problem_reads_well_in_a_log() {
        assert_eq!(
            api(ErrorCode::BlockNotFound).to_string(),
            "the service answered 404 block_not_found: Block 9 not found (request 01J)"
        );
    }

    #[test]
    fn an_error_of_the_service_is_retried_as_its_code_says() {
        for code in ErrorCode::ALL {
            assert_eq!(api(*code).retry(), code.retry());
            assert_eq!(api(*code).code(), Some(*code));
        }
    }

    #[test]
    fn what_the_caller_must_change_is_never_retried() {
        assert_eq!(Error::BodyTooLarge { limit: 1 }.retry(), Retry::Never);
        assert_eq!(
            Error::UnknownIdentity {
                name: "x".to_owned()
            }
            .retry(),
            Retry::Never
        );
        assert_eq!(
            Error::Timeout {
                after: Duration::ZERO
            }
            .retry(),
            Retry::Backoff
        );
    }
}
