//! What a request to sign one says.

use std::fmt::Display;
use std::str::FromStr;

use actix_web::HttpRequest;
use pylon_models::Violation;
use pylon_scoring::request::Request;
use serde_json::{Map, Value};

use crate::http::body::{self, violation};
use crate::http::error::ApiError;
use crate::signer::ToSign;

const MEMBERS: [&str; 5] = ["scheme", "method", "path", "body_sha256", "receiver"];

/// The request that is to be signed, or all that is wrong with it, member by member.
pub(super) fn read(request: &HttpRequest, body: &[u8]) -> Result<ToSign, ApiError> {
    let members = Members::of(body::object(request, body)?);
    let read = members.read();
    read.map_err(|violations| body::refused(request, violations))
}

/// The members of a body, and what was found wrong with them so far.
struct Members {
    body: Map<String, Value>,
    violations: Vec<Violation>,
}

impl Members {
    fn of(body: Map<String, Value>) -> Self {
        let unknown = body.keys().filter(|key| !MEMBERS.contains(&key.as_str()));
        let message = format!("is unknown: there are {}", MEMBERS.join(", "));
        Self {
            violations: unknown
                .map(|key| violation(Some(key.clone()), &message))
                .collect(),
            body,
        }
    }

    fn read(mut self) -> Result<ToSign, Vec<Violation>> {
        let (scheme, method) = (self.member("scheme"), self.member("method"));
        let (target, body) = (self.member("path"), self.member("body_sha256"));
        let receiver = self.member("receiver");
        match (scheme, method, target, body, receiver) {
            (Some(scheme), Some(method), Some(target), Some(body), Some(receiver))
                if self.violations.is_empty() =>
            {
                Ok(ToSign {
                    scheme,
                    request: Request {
                        method,
                        target,
                        body,
                    },
                    receiver,
                })
            }
            _ => Err(self.violations),
        }
    }

    fn member<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let read = match self.body.get(key) {
            None => Err("is missing".to_owned()),
            Some(Value::String(text)) => text.parse().map_err(|error: T::Err| error.to_string()),
            Some(_) => Err("is not a text".to_owned()),
        };
        read.map_err(|message| {
            self.violations
                .push(violation(Some(key.to_owned()), message))
        })
        .ok()
    }
}
