//! What every request passes on its way in and out: its id, its deadline, its path without the last
//! slash, the body of its error, its metrics and its line in the log. Kept thin: an answer that is ready
//! costs nothing here but a clock, an id and two counters.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Path, Service, ServiceRequest, ServiceResponse, Transform, Url};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{StatusCode, Uri};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use tokio::time::Instant;
use tracing::Instrument;
use ulid::Ulid;

use super::error::ApiError;
use super::traffic::{Traffic, Waiting};
use crate::app::{App, Timeouts};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TIMEOUT: HeaderName = HeaderName::from_static("x-pylon-timeout");
const LONGEST_ID: usize = 128;

/// More than this, which no clock can add up to, is as good as this.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What is left of a request's time, at most, for answering that it ran out.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// The last moment to answer of oneself; soon after it the edge does.
#[derive(Clone, Copy)]
struct LastMoment(Instant);

/// Until when a request can wait for something and still answer. Its time runs from when its head was read.
pub(super) fn last_moment(request: &HttpRequest) -> Instant {
    let moment = request.extensions().get::<LastMoment>().copied();
    moment.map_or_else(Instant::now, |moment| moment.0)
}

/// The edge, before it stands around a service.
pub(super) struct Edge {
    app: Arc<App>,
}

/// The edge around a service.
pub(super) struct EdgeService<S> {
    inner: S,
    timeouts: Timeouts,
    traffic: Traffic,
}

impl Edge {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

impl<S> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = EdgeService<S>;
    type InitError = ();
    type Future = Ready<Result<EdgeService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let traffic = Traffic::new(self.app.metrics.clone());
        ready(Ok(EdgeService {
            inner,
            timeouts: self.app.timeouts,
            traffic,
        }))
    }
}

impl<S> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    actix_web::dev::forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        trim_last_slash(&mut request);
        let id = request_id(request.headers());
        let template = || request.request().match_pattern();
        let waiting = self
            .traffic
            .route(request.path(), template)
            .begin(request.method(), id_text(&id));
        waiting.follow(request.headers(), id_text(&id));
        let timeout = match timeout(request.headers(), self.timeouts) {
            Ok(timeout) => timeout,
            Err(error) => {
                let refused = error.respond(id_text(&id), waiting.problem_type());
                let mut response = request.into_response(refused);
                leave(&mut response, id, &waiting);
                return Box::pin(ready(Ok(response)));
            }
        };
        let began = Instant::now();
        let waits = timeout.saturating_sub(TO_ANSWER.min(timeout / 2));
        let last_moment = LastMoment(began + waits);
        request.extensions_mut().insert(last_moment);
        let answer = self.inner.call(request).instrument(waiting.span());
        Box::pin(async move {
            let refused = match tokio::time::timeout_at(began + timeout, answer).await {
                Ok(Ok(response)) => {
                    let mut response = with_error_body(response, id_text(&id), &waiting);
                    leave(&mut response, id, &waiting);
                    return Ok(response);
                }
                Ok(Err(error)) => ApiError::of_framework(&error),
                Err(_) => ApiError::TimedOut,
            };
            waiting.end(refused.status_code(), id_text(&id));
            Err(Refused {
                error: refused,
                id,
                problem_type: waiting.problem_type(),
            }
            .into())
        })
    }
}

/// Gives the answer its id, and counts and logs it.
fn leave(response: &mut ServiceResponse<BoxBody>, id: HeaderValue, waiting: &Waiting) {
    waiting.end(response.status(), id_text(&id));
    response.headers_mut().insert(REQUEST_ID, id);
}

/// A request that was not answered; the service's own request went with the answer that never came.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
struct Refused {
    error: ApiError,
    id: HeaderValue,
    problem_type: &'static str,
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        self.error.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.error.respond(id_text(&self.id), self.problem_type);
        response.headers_mut().insert(REQUEST_ID, self.id.clone());
        response
    }
}

/// An error of ours, or of the framework, gets its body here, where the request's id is known.
fn with_error_body(
    response: ServiceResponse<BoxBody>,
    id: &str,
    waiting: &Waiting,
) -> ServiceResponse<BoxBody> {
    let Some(error) = response.response().error() else {
        return response;
    };
    let problem_type = waiting.problem_type();
    let refused = match error.as_error::<ApiError>() {
        Some(error) => error.respond(id, problem_type),
        None => ApiError::of_framework(error).respond(id, problem_type),
    };
    response.into_response(refused)
}

/// The caller's id if it can stand in a log, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let fits = |id: &&HeaderValue| {
        (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    match headers.get(&REQUEST_ID).filter(fits) {
        Some(id) => id.clone(),
        None => {
            let mut text = [0; ulid::ULID_LEN];
            let text = Ulid::new().array_to_str(&mut text);
            HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("-"))
        }
    }
}

fn id_text(id: &HeaderValue) -> &str {
    id.to_str().unwrap_or_default()
}

fn timeout(headers: &HeaderMap, timeouts: Timeouts) -> Result<Duration, ApiError> {
    let Some(value) = headers.get(&TIMEOUT) else {
        return Ok(timeouts.default.min(LONGEST));
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let seconds: f64 = match text.trim().parse() {
        Ok(seconds) if !f64::is_nan(seconds) => seconds,
        _ => return Err(ApiError::TimeoutUnreadable(text.into_owned())),
    };
    if seconds <= 0.0 {
        return Err(ApiError::TimeoutNotPositive(seconds));
    }
    Ok(Duration::try_from_secs_f64(seconds)
        .unwrap_or(timeouts.max)
        .min(timeouts.max)
        .min(LONGEST))
}

/// A trailing slash is the same route, but for the documentation page, whose assets lie below it.
fn trim_last_slash(request: &mut ServiceRequest) {
    let path = request.path();
    if path.len() < 2 || !path.ends_with('/') || path == "/docs/" {
        return;
    }
    let trimmed = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let query = request.query_string();
    let mark = if query.is_empty() { "" } else { "?" };
    let mut parts = request.uri().clone().into_parts();
    let Ok(path) = PathAndQuery::try_from(format!("{trimmed}{mark}{query}")) else {
        return;
    };
    parts.path_and_query = Some(path);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.match_info_mut() = Path::new(Url::new(uri.clone()));
        request.head_mut().uri = uri;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: Timeouts = Timeouts {
        default: Duration::from_secs(60),
        max: Duration::from_secs(300),
    };

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        headers
    }

    #[test]
    fn a_timeout_is_a_positive_number_of_seconds_up_to_the_cap() {
        for (value, seconds) in [
            ("1", 1.0),
            ("0.5", 0.5),
            (" 2.25 ", 2.25),
            ("301", 300.0),
            ("inf", 300.0),
            ("1e300", 300.0),
        ] {
            let timeout = timeout(&with("x-pylon-timeout", value), TIMEOUTS).unwrap();
            assert_eq!(timeout, Duration::from_secs_f64(seconds), "{value}");
        }
        assert_eq!(
            timeout(&HeaderMap::new(), TIMEOUTS).unwrap(),
            TIMEOUTS.default
        );
    }

    #[test]
    fn a_timeout_that_is_none_is_refused_in_the_originals_words() {
        for (value, text) in [
            ("abc", "Invalid X-Pylon-Timeout header value: abc"),
            ("", "Invalid X-Pylon-Timeout header value: "),
            ("nan", "Invalid X-Pylon-Timeout header value: nan"),
            (
                "-1",
                "X-Pylon-Timeout header value must be positive, got -1.0",
            ),
            (
                "0",
                "X-Pylon-Timeout header value must be positive, got 0.0",
            ),
        ] {
            assert_eq!(
                timeout(&with("x-pylon-timeout", value), TIMEOUTS)
                    .unwrap_err()
                    .to_string(),
                text
            );
        }
    }

    #[test]
    fn a_callers_id_is_kept_unless_it_would_spoil_the_log() {
        assert_eq!(
            id_text(&request_id(&with("x-request-id", "abc-1"))),
            "abc-1"
        );
        for spoiled in ["", "two words", "tab\tbed"] {
            assert_eq!(
                id_text(&request_id(&with("x-request-id", spoiled))).len(),
                ulid::ULID_LEN
            );
        }
    }
}
