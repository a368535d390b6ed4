//! HTTP: requests that are too many, and bodies that are no JSON.

use std::{
    future::ready,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use jsonrpsee::{
    core::BoxError,
    server::{HttpBody, HttpRequest, HttpResponse, ws::is_upgrade_request},
};
use tower::Service;

use super::{super::spoil::PAGE, limit::Window};
use crate::faults::{Fault, Kind, board::Board};

const SWITCHING_PROTOCOLS: u16 = 101;
const TOO_MANY_REQUESTS: u16 = 429;

/// The faults that strike HTTP, in front of one connection's service.
#[derive(Clone, Debug)]
pub(super) struct Front<S> {
    pub(super) service: S,
    pub(super) board: Arc<Board>,
    /// The requests of all connections.
    pub(super) requests: Arc<Window>,
    /// Set once the connection carries a websocket.
    pub(super) upgraded: Arc<AtomicBool>,
}

impl<S> Front<S> {
    fn too_many(&self) -> Option<Duration> {
        let Some(Fault::TooManyRequests {
            per_second,
            retry_after,
        }) = self.board.get(Kind::TooManyRequests)
        else {
            return None;
        };
        let refused = !self
            .requests
            .admits(tokio::time::Instant::now(), per_second)
            && self.board.strike(Kind::TooManyRequests).is_some();
        refused.then_some(retry_after)
    }
}

impl<B, S> Service<HttpRequest<B>> for Front<S>
where
    S: Service<HttpRequest<B>, Response = HttpResponse, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        if let Some(retry_after) = self.too_many() {
            return Box::pin(ready(too_many(retry_after)));
        }
        let is_upgrade = is_upgrade_request(&request);
        let spoilt = !is_upgrade && self.board.strike(Kind::NotJson).is_some();
        let upgraded = Arc::clone(&self.upgraded);
        let response = self.service.call(request);
        Box::pin(async move {
            let response = response.await?;
            if response.status() == SWITCHING_PROTOCOLS {
                upgraded.store(true, Ordering::Release);
            }
            Ok(if spoilt { page()? } else { response })
        })
    }
}

fn too_many(retry_after: Duration) -> Result<HttpResponse, BoxError> {
    Ok(HttpResponse::builder()
        .status(TOO_MANY_REQUESTS)
        .header("content-type", "text/plain")
        .header("retry-after", retry_after.as_secs().max(1))
        .body(HttpBody::from("Too Many Requests\n"))?)
}

fn page() -> Result<HttpResponse, BoxError> {
    Ok(HttpResponse::builder()
        .header("content-type", "text/html")
        .body(HttpBody::from(PAGE))?)
}
