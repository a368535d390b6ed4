//! JSON-RPC calls: made to wait, refused or spoilt.
//!
//! The methods of `dev_` are exempt: no real node has them, and a test that steers over the same
//! connection has to get through.

use std::sync::Arc;

use jsonrpsee::{
    core::server::{BatchResponseBuilder, MethodResponse, ResponsePayload},
    server::middleware::rpc::{Batch, BatchEntry, Notification, RpcServiceT},
    types::{ErrorObjectOwned, Request},
};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{super::spoil, MAX_BODY, limit::Window};
use crate::faults::{Fault, Kind, board::Board};

/// Calls that may be made to wait at one time.
const MAX_WAITING: usize = 4_096;
/// What jsonrpsee itself answers when it has no room.
const BUSY: (i32, &str) = (-32_009, "Server is busy, try again later");
/// As polkadot-sdk answers above its rate limit.
const LIMITED: (i32, &str) = (-32_999, "RPC rate limit exceeded");

/// Room for calls that wait.
#[derive(Clone, Debug)]
pub(super) struct Busy(Arc<Semaphore>);

impl Default for Busy {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_WAITING)))
    }
}

/// The faults that strike calls, in front of the methods.
#[derive(Clone, Debug)]
pub(super) struct Calls<S> {
    pub(super) service: S,
    pub(super) board: Arc<Board>,
    /// The calls of this connection.
    pub(super) calls: Arc<Window>,
    pub(super) busy: Busy,
}

/// The service whose answers are those of the methods.
pub(super) trait Methods:
    RpcServiceT<
        MethodResponse = MethodResponse,
        BatchResponse = MethodResponse,
        NotificationResponse = MethodResponse,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Methods for S where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

impl<S: Methods> Calls<S> {
    async fn answer(&self, request: Request<'_>) -> MethodResponse {
        if request.method_name().starts_with("dev_") {
            return self.service.call(request).await;
        }
        if let Some(Fault::RateLimit { per_second }) = self.board.get(Kind::RateLimit)
            && !self.calls.admits(tokio::time::Instant::now(), per_second)
            && self.board.strike(Kind::RateLimit).is_some()
        {
            return refusal(&request, LIMITED);
        }
        if let Some(Fault::Delay(time)) = self.board.strike(Kind::Delay) {
            let Ok(_place) = self.busy.0.try_acquire() else {
                return refusal(&request, BUSY);
            };
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                () = self.board.until(Kind::Delay, false) => {}
            }
        }
        let id = request.id.clone().into_owned();
        let response = self.service.call(request).await;
        if !response.is_method_call() || !response.is_success() {
            return response;
        }
        if self.board.strike(Kind::TruncatedHex).is_none() {
            return response;
        }
        let result = serde_json::from_str::<Value>(response.as_ref())
            .ok()
            .and_then(|mut answer| answer.get_mut("result").map(Value::take))
            .map(spoil::cut_hex);
        let size = usize::try_from(MAX_BODY).unwrap_or(usize::MAX);
        MethodResponse::response(id, ResponsePayload::success(result), size)
    }

    async fn answer_all(&self, batch: Batch<'_>) -> MethodResponse {
        let size = usize::try_from(MAX_BODY).unwrap_or(usize::MAX);
        let mut answers = BatchResponseBuilder::new_with_limit(size);
        let mut notified = false;
        for entry in batch {
            let answer = match entry {
                Ok(BatchEntry::Call(request)) => self.answer(request).await,
                Ok(BatchEntry::Notification(notification)) => {
                    notified = true;
                    self.service.notification(notification).await;
                    continue;
                }
                Err(error) => {
                    let (error, id) = error.into_parts();
                    MethodResponse::error(id, error)
                }
            };
            if let Err(too_large) = answers.append(answer) {
                return too_large;
            }
        }
        if answers.is_empty() && notified {
            return MethodResponse::notification();
        }
        MethodResponse::from_batch(answers.finish())
    }
}

impl<S: Methods> RpcServiceT for Calls<S> {
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let calls = self.clone();
        async move { calls.answer(request).await }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let calls = self.clone();
        async move { calls.answer_all(batch).await }
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.service.notification(notification)
    }
}

fn refusal(request: &Request<'_>, (code, message): (i32, &str)) -> MethodResponse {
    let error = ErrorObjectOwned::owned(code, message, None::<()>);
    MethodResponse::error(request.id.clone(), error)
}
