//! Bodies of requests that existing clients send: what is wrong with one is told in the original's shape.

mod place;

use actix_web::HttpRequest;
use pylon_models::Violation;
use serde_json::{Map, Value};

use super::error::ApiError;

/// The members of an object.
pub(super) fn object(request: &HttpRequest, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(refused(request, vec![violation(None, "Expected `object`")])),
        Err(error) => Err(refused(request, vec![unreadable(body, &error)])),
    }
}

/// What is no JSON. A number that has no place in it is told with its key.
fn unreadable(body: &[u8], error: &serde_json::Error) -> Violation {
    let offset = place::offset(body, error);
    if place::is_beyond_numbers(body, offset) {
        let key = place::key(body, offset);
        return violation(key, "Input should be a finite number");
    }
    violation(None, error)
}

/// One member does not say what it should.
pub(super) fn invalid(request: &HttpRequest, key: &str, message: impl ToString) -> ApiError {
    refused(request, vec![violation(Some(key.to_owned()), message)])
}

/// All that is wrong with a body.
pub(super) fn refused(request: &HttpRequest, violations: Vec<Violation>) -> ApiError {
    ApiError::Validation {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        violations,
    }
}

/// One thing that is wrong with a body.
pub(super) fn violation(key: Option<String>, message: impl ToString) -> Violation {
    Violation {
        message: message.to_string(),
        key,
        source: Some("body".to_owned()),
    }
}
