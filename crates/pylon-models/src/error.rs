//! The closed table of error codes: what went wrong in the words of the API, and whether to ask again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether the same request can succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It fails the same way until the caller changes it.
    Never,
    /// Once more: what failed is unknown, and may have been chance.
    Once,
    /// After a pause that grows.
    Backoff,
    /// After the time that `Retry-After` names; after a pause that grows when there is none.
    AsTold,
}

impl Retry {
    /// Whether it is worth asking again at all.
    pub const fn is_worthwhile(self) -> bool {
        !matches!(self, Self::Never)
    }
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $name:tt, $status:literal, $retry:ident;)+) => {
        /// What went wrong. Adding a code is an API change: clients decide by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $code,)+
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The code as it stands in a body.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $name),+ }
            }

            /// The HTTP status it goes with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status),+ }
            }

            /// Whether and how to ask again.
            pub const fn retry(self) -> Retry {
                match self { $(Self::$code => Retry::$retry),+ }
            }
        }
    };
}

error_codes! {
    /// The request says something that cannot be; `errors` tells what.
    Validation = "validation", 400, Never;
    /// A header cannot be read.
    BadHeader = "bad_header", 400, Never;
    /// The cursor is not one that this service gave out.
    BadCursor = "bad_cursor", 400, Never;
    /// No token, or none that can be read.
    Unauthorized = "unauthorized", 401, Never;
    /// The token does not open this.
    Forbidden = "forbidden", 403, Never;
    /// The identity has no validator permit.
    NotAValidator = "not_a_validator", 403, Never;
    /// The identity does not own the subnet.
    NotTheOwner = "not_the_owner", 403, Never;
    /// There is nothing at this path, or nothing by that name.
    NotFound = "not_found", 404, Never;
    /// The chain has no such block.
    BlockNotFound = "block_not_found", 404, Never;
    /// The subnet does not exist at that block.
    SubnetNotFound = "subnet_not_found", 404, Never;
    /// There is no such job.
    JobNotFound = "job_not_found", 404, Never;
    /// The path exists, but not for this method.
    MethodNotAllowed = "method_not_allowed", 405, Never;
    /// The state of the thing does not allow this.
    Conflict = "conflict", 409, Never;
    /// The idempotency key was used with another body.
    IdempotencyMismatch = "idempotency_mismatch", 409, Never;
    /// The body is larger than the service reads.
    BodyTooLarge = "body_too_large", 413, Never;
    /// The body is well-formed but cannot be worked with.
    Unprocessable = "unprocessable", 422, Never;
    /// Too many requests.
    RateLimited = "rate_limited", 429, AsTold;
    /// The service itself failed; the request id finds it in the log.
    Internal = "internal", 500, Once;
    /// The runtime at that block cannot answer this.
    UnsupportedByRuntime = "unsupported_by_runtime", 501, Never;
    /// The chain could not be reached, or answered nonsense.
    ChainError = "chain_error", 502, Backoff;
    /// The nodes that were asked no longer hold the state of that block.
    StateUnavailable = "state_unavailable", 502, Backoff;
    /// The service is starting, or has not read this yet.
    NotReady = "not_ready", 503, AsTold;
    /// What the service has is too old to be given out.
    Stale = "stale", 503, AsTold;
    /// The service is about to end.
    ShuttingDown = "shutting_down", 503, AsTold;
    /// The answer did not come in time. A write may have been accepted: ask for its job first.
    Timeout = "timeout", 504, Backoff;
}

impl ErrorCode {
    /// Whether asking again can help.
    pub const fn retryable(self) -> bool {
        self.retry().is_worthwhile()
    }

    /// The title that its problems carry: the reason phrase of its status.
    pub const fn title(self) -> &'static str {
        match self.status() {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            409 => "Conflict",
            413 => "Content Too Large",
            422 => "Unprocessable Content",
            429 => "Too Many Requests",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => "Internal Server Error",
        }
    }

    /// The code that fits best an answer that names none, as one from a proxy or from the original service.
    pub const fn from_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            409 => Self::Conflict,
            413 => Self::BodyTooLarge,
            422 => Self::Unprocessable,
            429 => Self::RateLimited,
            501 => Self::UnsupportedByRuntime,
            502 => Self::ChainError,
            503 => Self::NotReady,
            504 => Self::Timeout,
            400..=499 => Self::Validation,
            _ => Self::Internal,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_and_prints_the_same_in_text_and_json() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
            assert_eq!(
                serde_json::from_str::<ErrorCode>(&format!("\"{code}\"")).unwrap(),
                *code
            );
        }
    }

    #[test]
    fn a_code_guessed_from_a_status_has_that_status_where_one_has() {
        for code in ErrorCode::ALL {
            let guessed = ErrorCode::from_status(code.status());
            assert_eq!(guessed.status(), code.status());
            assert_eq!(guessed.retryable(), code.retryable());
        }
        assert_eq!(ErrorCode::from_status(418), ErrorCode::Validation);
        assert_eq!(ErrorCode::from_status(599), ErrorCode::Internal);
    }

    #[test]
    fn a_callers_mistake_is_never_worth_a_retry_and_a_failure_of_ours_mostly_is() {
        for code in ErrorCode::ALL {
            let again = matches!(code.status(), 429 | 500 | 502..=504);
            assert_eq!(code.retryable(), again, "{code}");
        }
    }
}
