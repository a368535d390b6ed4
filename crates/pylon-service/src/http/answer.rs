//! Answers that are pinned to a block: in the form the client wants, or not at all if it has it already.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, VARY, WARNING,
};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::error::ApiError;
use crate::app::App;
use crate::blocks::{At, Holds, Stamp};
use crate::encoding::{Body, Coding};
use crate::reads::{One, Read};

/// Which block the answer is from.
const PYLON_BLOCK: HeaderName = HeaderName::from_static("x-pylon-block");
/// How long ago that block was met, where it stands for the present.
const PYLON_AGE: HeaderName = HeaderName::from_static("x-pylon-age-ms");

/// What a client said about the form of its answer.
pub(crate) struct Wants {
    app: web::Data<App>,
    coding: Coding,
    has: Option<HeaderValue>,
}

impl FromRequest for Wants {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |header| {
            request
                .headers()
                .get(header)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let coding = Coding::negotiate(text(ACCEPT_ENCODING));
        let has = request.headers().get(IF_NONE_MATCH).cloned();
        let app = request.app_data::<web::Data<App>>().cloned();
        ready(
            app.ok_or(ApiError::Internal)
                .map(|app| Self { app, coding, has }),
        )
    }
}

impl Wants {
    /// The service.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The answer with what is read at that block.
    pub(crate) async fn read(&self, read: Read, at: At) -> Result<HttpResponse, ApiError> {
        let (found, holds) = self.app.reads.get(read, at).await?;
        Ok(self.answer(&found.stamp, &found.body, holds).await)
    }

    /// The answer with one part of what is read at that block, or that it is missing.
    pub(crate) async fn read_one(
        &self,
        read: Read,
        at: At,
        one: One,
        missing: ApiError,
    ) -> Result<HttpResponse, ApiError> {
        let (found, holds) = self.app.reads.get(read, at).await?;
        let body = found.one(one).ok_or(missing)?;
        Ok(self.answer(&found.stamp, &body, holds).await)
    }

    /// The answer with that body, or 304.
    pub(crate) async fn answer(&self, stamp: &Stamp, body: &Body, holds: Holds) -> HttpResponse {
        let mut response = if self.has.as_ref().is_some_and(|has| names(has, &stamp.etag)) {
            HttpResponse::new(StatusCode::NOT_MODIFIED)
        } else {
            self.coded(body).await
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, stamp.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(cache_control(holds)),
        );
        headers.insert(PYLON_BLOCK, stamp.block.clone());
        if let Holds::Now(met) | Holds::Late(met) = holds {
            let age = u64::try_from(met.elapsed().as_millis()).unwrap_or(u64::MAX);
            headers.insert(PYLON_AGE, HeaderValue::from(age));
        }
        if let Holds::Late(_) = holds {
            headers.insert(
                WARNING,
                HeaderValue::from_static("110 pylon \"Response is Stale\""),
            );
        }
        response
    }

    /// The answer with a body that is of no one block, and that nobody keeps.
    pub(crate) async fn once(&self, body: Bytes) -> HttpResponse {
        let mut response = self.coded(&Body::new(body)).await;
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn coded(&self, body: &Body) -> HttpResponse {
        let (coding, bytes) = body
            .get(self.coding, &self.app.tasks, &self.app.metrics)
            .await;
        let mut response = HttpResponse::with_body(StatusCode::OK, bytes).map_into_boxed_body();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if coding != Coding::Identity {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        }
        response
    }
}

const fn cache_control(holds: Holds) -> &'static str {
    match holds {
        Holds::Now(_) | Holds::Late(_) | Holds::UntilReorganised => "private",
        Holds::Forever => "private, max-age=31536000, immutable",
    }
}

/// Whether `If-None-Match` names the tag, compared weakly (RFC 9110, 13.1.2).
fn names(has: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(has), Ok(etag)) = (has.to_str(), etag.to_str()) else {
        return false;
    };
    fn opaque(tag: &str) -> &str {
        tag.trim().trim_start_matches("W/")
    }
    has.trim() == "*" || has == etag || has.split(',').any(|tag| opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        let etag = HeaderValue::from_static("W/\"0xab\"");
        for (has, same) in [
            ("W/\"0xab\"", true),
            ("\"0xab\"", true),
            ("\"0x01\", W/\"0xab\"", true),
            ("*", true),
            ("W/\"0xa\"", false),
            ("", false),
            ("0xab", false),
        ] {
            assert_eq!(names(&HeaderValue::from_static(has), &etag), same, "{has}");
        }
    }
}
