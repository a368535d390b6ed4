//! The one place where HTTP knows errors: what the caller is told, under which code, and what is logged.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use pylon_chain::{AbiError, EvmError, ReadError, RpcError};
use pylon_models::{
    AuthScheme, BlockNumber, Coldkey, ErrorCode, Hotkey, HyperparameterError, IdentityName, JobId,
    NetUid, Problem, Violation,
};
use pylon_storage::{AdvanceError, CancelError, StorageError};
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi;
use crate::load::LoadError;
use crate::tasks::chain_of;

/// Names the job behind an answer.
pub(super) const JOB: HeaderName = HeaderName::from_static("x-pylon-job");

/// Why a request is not answered with what it asks for. The texts are what callers read in `detail`;
/// existing clients match some of them word for word.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("Authorization header is required")]
    AuthorizationMissing,
    #[error("Invalid Authorization header format. Expected: Bearer <token>")]
    AuthorizationMalformed,
    #[error("Invalid authorization token")]
    TokenWrong,
    /// A token that was shown more often than its limit allows.
    #[error("Too many requests with this token")]
    TokenLimited(Duration),
    /// Requests to other neurons are signed only so often.
    #[error("Too many requests signed for this identity")]
    SignLimited(Duration),
    #[error("Identity '{identity}' is not configured to sign requests by {scheme}")]
    SchemeForbidden {
        identity: String,
        scheme: AuthScheme,
    },
    #[error("Receiver {receiver} is not registered on {}", subnets(.netuids))]
    ReceiverForbidden {
        receiver: Hotkey,
        netuids: Vec<NetUid>,
    },
    #[error("Open access is not configured")]
    OpenAccessClosed,
    #[error("Metrics endpoint is not configured")]
    MetricsClosed,
    /// `/metrics` answers every failure to authorize with 403.
    #[error("{0}")]
    MetricsForbidden(Box<ApiError>),
    #[error("Identity '{0}' has no token configured")]
    IdentityClosed(String),
    #[error("Identity '{0}' not found")]
    IdentityNotFound(String),
    /// An identity was asked for another subnet than its own.
    #[error("Identity '{name}' belongs to subnet {netuid}")]
    OtherSubnet {
        name: String,
        netuid: NetUid,
        location: String,
    },
    #[error("Not Found")]
    NotFound,
    #[error("Method Not Allowed")]
    MethodNotAllowed { allowed: &'static str },
    #[error("Block {0} not found.")]
    BlockNotFound(String),
    #[error("Subnet {0} not found.")]
    SubnetNotFound(String),
    #[error("Invalid X-Pylon-Timeout header value: {0}")]
    TimeoutUnreadable(String),
    #[error("X-Pylon-Timeout header value must be positive, got {0:?}")]
    TimeoutNotPositive(f64),
    #[error("Validation failed for {method} {path}")]
    Validation {
        method: String,
        path: String,
        violations: Vec<Violation>,
    },
    #[error("Request body is too large")]
    BodyTooLarge,
    #[error("Recent neurons data is not available. Try again later.")]
    RecentMissing(#[source] LoadError),
    #[error(
        "Recent neurons data is stale. It is {blocks} blocks old, and at most {limit} are allowed."
    )]
    RecentStale { blocks: u64, limit: u32 },
    #[error("Request timed out")]
    TimedOut,
    #[error("{}", told(.0))]
    Load(#[from] LoadError),
    #[error("Certificate not found or error fetching.")]
    CertificateNotFound,
    #[error("Commitment not found.")]
    CommitmentNotFound,
    /// What the first Pylon said of the same.
    #[error("Commitment not found or error fetching.")]
    NothingCommitted,
    /// What the first Pylon said of a part of a body that is not there, or not what it should be.
    #[error("{0}")]
    Incomplete(&'static str),
    #[error("Endpoint available for validators only.")]
    ValidatorsOnly,
    #[error("Hyperparameters are not available. Try again later.")]
    HyperparametersMissing(#[source] LoadError),
    #[error("Subnet {0} runs no epochs.")]
    NoEpochs(pylon_models::NetUid),
    #[error("Epoch weights not found")]
    NoEpochWeights,
    #[error("Could not retrieve weights from db to commit")]
    NothingToCommit,
    #[error("The cursor is not one of this list, or its block is gone: begin anew without it.")]
    BadCursor,
    #[error("Invalid contract address: {0}")]
    ContractInvalid(String),
    #[error("Malformed ABI event entry: {0}")]
    AbiMalformed(#[from] AbiError),
    #[error("Extrinsic {block}-{index} not found.")]
    ExtrinsicNotFound { block: String, index: String },
    #[error("Identity '{0}' has no hotkey configured")]
    HotkeyUnknown(String),
    #[error("Job {0} not found.")]
    JobNotFound(String),
    #[error("{}", sentence(.0))]
    Hyperparameter(#[from] HyperparameterError),
    #[error("Identity '{0}' has no key of its subnet's owner configured.")]
    OwnerUnknown(IdentityName),
    #[error("Subnet {netuid} is owned by {owner}, whose key is not the configured one.")]
    NotTheOwner { netuid: NetUid, owner: Coldkey },
    /// The chain did not do what was asked for. Its receipt tells more.
    #[error("{message}")]
    JobFailed { id: JobId, message: String },
    #[error("Could not generate certificate pair.")]
    CertificateFailed(#[source] Box<ApiError>),
    #[error("A newer request took the place of this one, or it was taken back.")]
    Overtaken(JobId),
    /// The caller's time is over. The job goes on, or waits for a block, unless it was taken back for want of time.
    #[error("Request timed out")]
    Unfinished {
        id: JobId,
        earliest: Option<BlockNumber>,
    },
    #[error("The job is {0} and cannot be taken back any more.")]
    JobLate(pylon_models::JobState),
    #[error("Invalid Idempotency-Key header value: expected 1 to 255 visible ASCII characters")]
    IdempotencyKeyInvalid,
    #[error("The Idempotency-Key was used before, with another request")]
    IdempotencyMismatch,
    #[error("{}", told_storage(.0))]
    Storage(#[source] StorageError),
    /// What was asked for cannot be written down as a job.
    #[error("Internal Server Error")]
    Unwritable(#[source] serde_json::Error),
    #[error("Internal Server Error")]
    Internal,
}

/// Subnets by their numbers.
fn subnets(netuids: &[NetUid]) -> String {
    match netuids {
        [] => "any subnet that is allowed".to_owned(),
        [netuid] => format!("subnet {netuid}"),
        netuids => {
            let netuids: Vec<_> = netuids.iter().map(NetUid::to_string).collect();
            format!("any of the subnets {}", netuids.join(", "))
        }
    }
}

/// What callers are told of what could not be read: never where the chain is.
fn told(error: &LoadError) -> String {
    match error {
        LoadError::NotConnected => "The chain is not connected yet.".to_owned(),
        LoadError::NoSuchBlock(number) => format!("Block {number} not found."),
        LoadError::NoSuchSubnet(netuid) => format!("Subnet {netuid} not found."),
        LoadError::NoSuchExtrinsic(block, index) => {
            format!("Extrinsic {block}-{index} not found.")
        }
        LoadError::Unsupported(what) => format!("The runtime of that block has no {what}."),
        LoadError::Chain(source) => match source.as_ref() {
            ReadError::Unsupported { what, .. } => {
                format!(
                    "The runtime of that block has no {}.",
                    what.trim_start_matches("the ")
                )
            }
            source => failed(told_code(source)).to_owned(),
        },
        LoadError::Evm(source) => failed(evm_code(source)).to_owned(),
        LoadError::TimedOut(_) => "The chain did not answer in time.".to_owned(),
        LoadError::Encode(_) => "Internal Server Error".to_owned(),
        LoadError::Ending => "The service is shutting down.".to_owned(),
    }
}

/// A message as the texts of answers are written, but for a name at its head: names stay as they are.
fn sentence(error: &HyperparameterError) -> String {
    let message = error.to_string();
    if matches!(error, HyperparameterError::Value { .. }) {
        return message;
    }
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What callers are told of a database that fails: never where it is.
fn told_storage(error: &StorageError) -> &'static str {
    match (error, storage_code(error)) {
        (StorageError::Full(_), _) => "The disk of the database is full; nothing was kept.",
        (StorageError::Disk(_), _) => {
            "The disk of the database is full, keeps its file from growing, or fails; nothing was kept."
        }
        (StorageError::OtherChain { .. }, _) => {
            "The database belongs to another chain; nothing was kept."
        }
        (StorageError::UnknownOutcome(_), _) => {
            "The connection to the database was lost in a commit: it is not known whether this was kept."
        }
        (_, ErrorCode::NotReady) => "The database cannot be used for now; nothing was kept.",
        _ => "Internal Server Error",
    }
}

/// Under which code a failure of the database is told.
fn storage_code(error: &StorageError) -> ErrorCode {
    match error {
        StorageError::Full(_)
        | StorageError::Disk(_)
        | StorageError::Locked(_)
        | StorageError::Unreachable(_)
        | StorageError::NoConnection(_)
        | StorageError::OtherChain { .. }
        | StorageError::Busy => ErrorCode::NotReady,
        StorageError::Closed => ErrorCode::ShuttingDown,
        // Its caller may ask again once, where asking twice does no harm.
        StorageError::UnknownOutcome(_) => ErrorCode::Internal,
        _ => ErrorCode::Internal,
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<CancelError> for ApiError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Late(state) => Self::JobLate(state),
            CancelError::Advance(AdvanceError::Missing(id)) => Self::JobNotFound(id.to_string()),
            CancelError::Advance(AdvanceError::Storage(error)) => Self::Storage(error),
            _ => Self::Internal,
        }
    }
}

/// How a failed read of a node is told.
fn failed(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotReady => "The chain takes no more requests for now.",
        ErrorCode::Timeout => "The chain did not answer in time.",
        ErrorCode::StateUnavailable => "The state of that block is no longer available.",
        ErrorCode::Unprocessable => {
            "That range holds too many blocks or logs for one answer: ask for a narrower one."
        }
        _ => "The chain could not be read.",
    }
}

/// Under which code a request that a node did not answer is told.
fn rpc_code(error: &RpcError) -> ErrorCode {
    match error {
        RpcError::Busy { .. } | RpcError::RateLimited => ErrorCode::NotReady,
        RpcError::Timeout(_) => ErrorCode::Timeout,
        _ => ErrorCode::ChainError,
    }
}

/// The same of a read of the chain's EVM.
fn evm_code(error: &EvmError) -> ErrorCode {
    match error {
        EvmError::TooMuch => ErrorCode::Unprocessable,
        EvmError::Rpc(error) => rpc_code(error),
        _ => ErrorCode::ChainError,
    }
}

/// The same of a read of the chain.
fn told_code(error: &ReadError) -> ErrorCode {
    match error {
        ReadError::Unsupported { .. } => ErrorCode::UnsupportedByRuntime,
        ReadError::Rpc(error) => rpc_code(error),
        error if error.is_state_unavailable() => ErrorCode::StateUnavailable,
        _ => ErrorCode::ChainError,
    }
}

impl ApiError {
    /// A part of the request that does not say what it should.
    pub(super) fn invalid(
        request: &HttpRequest,
        source: &str,
        key: &str,
        message: impl std::fmt::Display,
    ) -> Self {
        Self::Validation {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            violations: vec![Violation {
                message: message.to_string(),
                key: Some(key.to_owned()),
                source: Some(source.to_owned()),
            }],
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::AuthorizationMissing | Self::AuthorizationMalformed => ErrorCode::Unauthorized,
            Self::TokenWrong
            | Self::OpenAccessClosed
            | Self::MetricsClosed
            | Self::MetricsForbidden(_)
            | Self::SchemeForbidden { .. }
            | Self::ReceiverForbidden { .. }
            | Self::IdentityClosed(_) => ErrorCode::Forbidden,
            Self::IdentityNotFound(_)
            | Self::OtherSubnet { .. }
            | Self::NotFound
            | Self::CertificateNotFound
            | Self::CommitmentNotFound
            | Self::NothingCommitted
            | Self::NoEpochs(_)
            | Self::NoEpochWeights
            | Self::NothingToCommit
            | Self::ExtrinsicNotFound { .. }
            | Self::HotkeyUnknown(_) => ErrorCode::NotFound,
            Self::TokenLimited(_) | Self::SignLimited(_) => ErrorCode::RateLimited,
            Self::MethodNotAllowed { .. } => ErrorCode::MethodNotAllowed,
            Self::BlockNotFound(_) => ErrorCode::BlockNotFound,
            Self::SubnetNotFound(_) => ErrorCode::SubnetNotFound,
            Self::TimeoutUnreadable(_)
            | Self::TimeoutNotPositive(_)
            | Self::IdempotencyKeyInvalid => ErrorCode::BadHeader,
            Self::JobNotFound(_) => ErrorCode::JobNotFound,
            Self::JobLate(_) | Self::Overtaken(_) => ErrorCode::Conflict,
            Self::JobFailed { .. } | Self::CertificateFailed(_) => ErrorCode::ChainError,
            Self::Hyperparameter(HyperparameterError::RootOnly(_))
            | Self::OwnerUnknown(_)
            | Self::NotTheOwner { .. } => ErrorCode::NotTheOwner,
            Self::Hyperparameter(_) => ErrorCode::Validation,
            Self::IdempotencyMismatch => ErrorCode::IdempotencyMismatch,
            Self::Storage(error) => storage_code(error),
            Self::Validation { .. } | Self::ContractInvalid(_) | Self::Incomplete(_) => {
                ErrorCode::Validation
            }
            Self::ValidatorsOnly => ErrorCode::NotAValidator,
            Self::BadCursor => ErrorCode::BadCursor,
            Self::AbiMalformed(_) => ErrorCode::Unprocessable,
            Self::BodyTooLarge => ErrorCode::BodyTooLarge,
            Self::RecentMissing(_) | Self::HyperparametersMissing(_) => ErrorCode::NotReady,
            Self::RecentStale { .. } => ErrorCode::Stale,
            Self::TimedOut | Self::Unfinished { .. } => ErrorCode::Timeout,
            Self::Unwritable(_) | Self::Internal => ErrorCode::Internal,
            Self::Load(error) => match error {
                LoadError::NotConnected => ErrorCode::NotReady,
                LoadError::NoSuchBlock(_) => ErrorCode::BlockNotFound,
                LoadError::NoSuchSubnet(_) => ErrorCode::SubnetNotFound,
                LoadError::NoSuchExtrinsic(..) => ErrorCode::NotFound,
                LoadError::Unsupported(_) => ErrorCode::UnsupportedByRuntime,
                LoadError::Chain(source) => told_code(source),
                LoadError::Evm(source) => evm_code(source),
                LoadError::TimedOut(_) => ErrorCode::Timeout,
                LoadError::Encode(_) => ErrorCode::Internal,
                LoadError::Ending => ErrorCode::ShuttingDown,
            },
        }
    }

    /// The job that tells the rest.
    fn job(&self) -> Option<&JobId> {
        match self {
            Self::JobFailed { id, .. } | Self::Overtaken(id) | Self::Unfinished { id, .. } => {
                Some(id)
            }
            Self::CertificateFailed(error) => error.job(),
            _ => None,
        }
    }

    /// The block from which on the chain takes what was asked for.
    fn retry_at_block(&self) -> Option<BlockNumber> {
        match self {
            Self::Unfinished { earliest, .. } => *earliest,
            _ => None,
        }
    }

    /// Seconds until it is worth asking again.
    fn retry_after(&self) -> Option<u64> {
        if let Self::Load(LoadError::Chain(source)) = self
            && let Some(time) = source.retry_after()
        {
            return Some(time.as_secs().saturating_add(1));
        }
        if let Self::TokenLimited(wait) | Self::SignLimited(wait) = self {
            return Some(wait.as_secs().saturating_add(1));
        }
        match self.code() {
            ErrorCode::RateLimited | ErrorCode::NotReady | ErrorCode::Timeout => Some(1),
            ErrorCode::ShuttingDown => Some(5),
            ErrorCode::Stale => Some(12),
            _ => None,
        }
    }

    /// The answer. The cause of a failure that is neither the caller's nor a matter of time goes to the
    /// log, where the request's id finds it.
    pub(super) fn respond(&self, request_id: &str, problem_type: &'static str) -> HttpResponse {
        if let Self::OtherSubnet { location, .. } = self {
            return self.redirect(location);
        }
        let code = self.code();
        let mut problem = Problem::new(code, self.to_string());
        problem.instance = Some(request_id.to_owned());
        problem.retry_after = self.retry_after();
        problem.retry_at_block = self.retry_at_block();
        if let Self::Validation { violations, .. } = self {
            problem.extra = Some(violations.clone());
            problem.errors = Some(violations.clone());
        }
        match code {
            ErrorCode::Internal => {
                tracing::error!(request.id = request_id, error = %chain_of(self), "request failed");
            }
            ErrorCode::ChainError | ErrorCode::StateUnavailable => {
                tracing::warn!(request.id = request_id, error = %chain_of(self), "request failed");
            }
            _ if matches!(self, Self::Storage(_)) => {
                tracing::error!(request.id = request_id, error = %chain_of(self), "request failed");
            }
            _ => {
                tracing::debug!(request.id = request_id, error = %chain_of(self), "request refused")
            }
        }
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::MethodNotAllowed { allowed } => response.insert_header((ALLOW, *allowed)),
            _ if code == ErrorCode::Unauthorized => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer"))
            }
            _ => &mut response,
        };
        if let Some(job) = self.job() {
            response.insert_header((JOB, job.as_str()));
        }
        if let Some(seconds) = problem.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.content_type(problem_type).json(problem)
    }

    /// The same path with the identity's own netuid. The status has no error code: nothing failed.
    fn redirect(&self, location: &str) -> HttpResponse {
        HttpResponse::PermanentRedirect()
            .insert_header((LOCATION, location))
            .json(Moved {
                status_code: 308,
                detail: self.to_string(),
            })
    }

    /// What an error of the framework means here.
    pub(super) fn of_framework(error: &actix_web::Error) -> Self {
        match error.as_response_error().status_code() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::NOT_FOUND => Self::NotFound,
            status if status.is_client_error() => Self::Validation {
                method: String::new(),
                path: String::new(),
                violations: vec![Violation {
                    message: error.to_string(),
                    key: None,
                    source: None,
                }],
            },
            _ => Self::Internal,
        }
    }
}

/// The body of a redirect, as existing clients read it.
#[derive(Serialize, ToSchema)]
pub(super) struct Moved {
    #[schema(example = 308)]
    status_code: u16,
    #[schema(example = "Identity 'dev' belongs to subnet 1")]
    detail: String,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::OtherSubnet { .. } => StatusCode::PERMANENT_REDIRECT,
            _ => StatusCode::from_u16(self.code().status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Bare: the edge, which knows the request's id, writes the body.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// What no route answers: another method's path, or nobody's.
pub(super) async fn unrouted(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.match_pattern().ok_or(ApiError::NotFound)?;
    Err(ApiError::MethodNotAllowed {
        allowed: openapi::methods(&path),
    })
}
