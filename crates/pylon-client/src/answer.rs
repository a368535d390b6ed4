//! One request, and what its answer means.

use std::time::Duration;

use pylon_models::{BlockNumber, ErrorCode, Problem};
use reqwest::StatusCode;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
    RETRY_AFTER,
};
use serde::de::DeserializeOwned;

use crate::call::Question;
use crate::client::Inner;
use crate::error::{ApiError, Error};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TIMEOUT: HeaderName = HeaderName::from_static("x-pylon-timeout");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const BLOCK: HeaderName = HeaderName::from_static("x-pylon-block");
const AGE: HeaderName = HeaderName::from_static("x-pylon-age-ms");

/// What the service calls one version of an answer; it changes with the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(HeaderValue);

/// A body and what came beside it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fetched<T> {
    /// The body.
    pub body: T,
    /// For [`Call::if_none_match`](crate::Call::if_none_match).
    pub etag: Option<ETag>,
    /// The block that was read.
    pub block: Option<BlockNumber>,
    /// How long ago the service met that block, where it stands for the present.
    pub age: Option<Duration>,
    /// The id that finds the request in the service's log.
    pub request_id: Option<String>,
}

/// The answer to a call that said which version the caller has.
#[derive(Debug, Clone, PartialEq)]
pub enum Cached<T> {
    /// Another version.
    Changed(Fetched<T>),
    /// The caller's version still holds.
    NotModified,
}

/// An answer as it came.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    /// Sends the request and reads the answer. `left` is the time there is; the caller enforces it.
    pub(crate) async fn to(
        question: &Question,
        inner: &Inner,
        etag: Option<&ETag>,
        left: Duration,
    ) -> Result<Self, Error> {
        let url = format!("{}{}", inner.url, question.path);
        let mut request = inner
            .http
            .request(question.method.clone(), url)
            .header(TIMEOUT, seconds(left));
        if let Some(json) = &question.json {
            request = request.header(CONTENT_TYPE, JSON).body(json.clone());
        }
        for (name, value) in &question.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = &question.token {
            request = request.header(AUTHORIZATION, token);
        }
        if let Some(ETag(etag)) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        // Errors are logged by callers, and where the service is may be nobody's business there.
        let transport = |error: reqwest::Error| Error::Transport(error.without_url());
        let mut response = request.send().await.map_err(transport)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if chunk.len() > inner.max_body.saturating_sub(bytes.len()) {
                return Err(Error::BodyTooLarge {
                    limit: inner.max_body,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            bytes,
        })
    }

    /// The body of a success, or of a status that counts as one here.
    pub(crate) fn read<T: DeserializeOwned>(
        self,
        accepts: Option<StatusCode>,
    ) -> Result<Cached<T>, Error> {
        if self.status == StatusCode::NOT_MODIFIED {
            return Ok(Cached::NotModified);
        }
        if !self.status.is_success() && accepts != Some(self.status) {
            return Err(self.refusal());
        }
        match serde_json::from_slice(&self.bytes) {
            Ok(body) => Ok(Cached::Changed(Fetched {
                body,
                etag: self.headers.get(ETAG).cloned().map(ETag),
                block: self.number(&BLOCK).map(BlockNumber::new),
                age: self.number(&AGE).map(Duration::from_millis),
                request_id: self.request_id(),
            })),
            Err(_) if !self.status.is_success() => Err(self.refusal()),
            Err(source) => Err(Error::Decode {
                source,
                request_id: self.request_id(),
            }),
        }
    }

    fn refusal(self) -> Error {
        if self.status.is_redirection() {
            let location = self.headers.get(LOCATION).map(HeaderValue::as_bytes);
            return Error::Redirected {
                location: String::from_utf8_lossy(location.unwrap_or_default()).into_owned(),
            };
        }
        let status = self.status.as_u16();
        let fitting = ErrorCode::from_status(status);
        let problem: Problem = serde_json::from_slice(&self.bytes).unwrap_or_else(|_| {
            let phrase = self.status.canonical_reason();
            let mut problem = Problem::new(fitting, phrase.unwrap_or("unknown status"));
            problem.status_code = status;
            problem.status = Some(status);
            problem
        });
        Error::Api(Box::new(ApiError {
            status,
            code: problem.code.unwrap_or(fitting),
            request_id: self.request_id().or_else(|| problem.instance.clone()),
            block: self.number(&BLOCK).map(BlockNumber::new),
            // The header's other form, a date, is not one that the service sends.
            retry_after: self
                .number(&RETRY_AFTER)
                .or(problem.retry_after)
                .map(Duration::from_secs),
            problem: Box::new(problem),
        }))
    }

    fn request_id(&self) -> Option<String> {
        self.text(&REQUEST_ID).map(str::to_owned)
    }

    fn number<N: std::str::FromStr>(&self, name: &HeaderName) -> Option<N> {
        self.text(name)?.trim().parse().ok()
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What the service is told it has: a little less than the caller waits, so that its own answer to having
/// run out of time can still arrive. Never 0, which it would refuse.
fn seconds(left: Duration) -> String {
    let way_back = (left / 10).min(Duration::from_millis(500));
    let told = left.saturating_sub(way_back).max(Duration::from_millis(1));
    format!("{:.3}", told.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use pylon_models::Health;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            bytes: body.as_bytes().to_vec(),
        }
    }

    fn refused(answer: Answer) -> ApiError {
        match answer.read::<Health>(None) {
            Err(Error::Api(error)) => *error,
            other => panic!("not a problem: {other:?}"),
        }
    }

    #[test]
    fn a_problem_keeps_its_code_its_request_and_when_to_come_back() {
        let error = refused(answer(
            503,
            &[
                ("x-request-id", "01J"),
                ("retry-after", "7"),
                ("x-pylon-block", "200"),
            ],
            r#"{"status_code":503,"detail":"old","code":"stale","retry_after":9}"#,
        ));
        assert_eq!((error.status, error.code), (503, ErrorCode::Stale));
        assert_eq!(error.request_id.as_deref(), Some("01J"));
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(error.block, Some(BlockNumber::new(200)));
    }

    #[test]
    fn an_answer_of_somebody_else_gets_the_code_that_fits_its_status() {
        let error = refused(answer(502, &[], "<html>Bad gateway</html>"));
        assert_eq!(
            (error.code, error.problem.detail.as_str()),
            (ErrorCode::ChainError, "Bad Gateway")
        );
        let error = refused(answer(
            418,
            &[("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT")],
            "",
        ));
        assert_eq!(
            (error.code, error.problem.status_code),
            (ErrorCode::Validation, 418)
        );
        assert_eq!(error.retry_after, None);
        let error = refused(answer(
            404,
            &[],
            r#"{"status_code":404,"detail":"Not Found"}"#,
        ));
        assert_eq!(
            (error.code, error.problem.code),
            (ErrorCode::NotFound, None)
        );
    }

    #[test]
    fn a_status_that_a_call_accepts_counts_only_with_the_body_it_asks_for() {
        let unready = r#"{"status":"not_ready","reasons":["no block"]}"#;
        let accepts = Some(StatusCode::SERVICE_UNAVAILABLE);
        let Ok(Cached::Changed(fetched)) = answer(503, &[], unready).read::<Health>(accepts) else {
            panic!("not accepted");
        };
        assert_eq!(fetched.body.reasons, ["no block"]);
        let error = answer(503, &[], "busy")
            .read::<Health>(accepts)
            .unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::NotReady));
    }

    #[test]
    fn the_service_is_told_a_little_less_than_the_caller_waits() {
        assert_eq!(seconds(Duration::from_secs(60)), "59.500");
        assert_eq!(seconds(Duration::from_secs(1)), "0.900");
        assert_eq!(seconds(Duration::ZERO), "0.001");
    }
}
