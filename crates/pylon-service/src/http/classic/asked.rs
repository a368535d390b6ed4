//! What a request to the classic surface says.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use pylon_models::Hotkey;
use serde_json::Value;

use crate::http::body;
use crate::http::commitments::committable;
use crate::http::error::ApiError;
use crate::http::weights::{by_hotkey, hotkey, weight};

/// The body of `/set_weight`.
pub(super) fn set_weight(request: &HttpRequest, body: &[u8]) -> Result<(Hotkey, f64), ApiError> {
    let mut body = body::object(request, body)?;
    let hotkey = whose(request, body.remove("hotkey"))?;
    let given = present(body.remove("weight"), "Missing weight")?;
    let given = weight(&given).map_err(|wrong| body::invalid(request, "weight", wrong))?;
    Ok((hotkey, given))
}

/// The body of `/update_weight`.
pub(super) fn update_weight(request: &HttpRequest, body: &[u8]) -> Result<(Hotkey, f64), ApiError> {
    let mut body = body::object(request, body)?;
    let hotkey = whose(request, body.remove("hotkey"))?;
    let delta = present(body.remove("weight_delta"), "Missing weight_delta")?;
    let number = match &delta {
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    let delta = number.filter(|delta| delta.is_finite());
    let delta = delta
        .ok_or_else(|| body::invalid(request, "weight_delta", "Input should be a valid number"))?;
    Ok((hotkey, delta))
}

/// The body of `/set_weights`.
pub(super) fn set_weights(
    request: &HttpRequest,
    body: &[u8],
) -> Result<BTreeMap<Hotkey, f64>, ApiError> {
    let members = body::object(request, body)?;
    by_hotkey(&members).map_err(|violations| body::refused(request, violations))
}

/// The body of `/set_commitment`: the bytes as hex.
pub(super) fn set_commitment(request: &HttpRequest, body: &[u8]) -> Result<String, ApiError> {
    let mut body = body::object(request, body)?;
    let missing = "Missing 'data_hex' in request body";
    let given = present(body.remove("data_hex"), missing)?;
    let data = match given.as_str() {
        Some("") => return Err(ApiError::Incomplete(missing)),
        Some(text) => committable(text),
        None => None,
    };
    data.ok_or(ApiError::Incomplete("Invalid 'data_hex' in request body"))
}

/// The body of `/set_hyperparam`.
pub(super) fn set_hyperparam(
    request: &HttpRequest,
    body: &[u8],
) -> Result<(String, Value), ApiError> {
    let mut body = body::object(request, body)?;
    let missing = "Missing hyperparameter name";
    let name = present(body.remove("name"), missing)?;
    let name = match name.as_str() {
        Some("") => return Err(ApiError::Incomplete(missing)),
        Some(name) => name.to_owned(),
        None => {
            let wrong = "Input should be a valid string";
            return Err(body::invalid(request, "name", wrong));
        }
    };
    let value = present(body.remove("value"), "Missing hyperparameter value")?;
    Ok((name, value))
}

fn whose(request: &HttpRequest, given: Option<Value>) -> Result<Hotkey, ApiError> {
    let given = present(given, "Missing hotkey")?;
    let Some(name) = given.as_str() else {
        return Err(body::invalid(
            request,
            "hotkey",
            "Input should be a valid string",
        ));
    };
    if name.is_empty() {
        return Err(ApiError::Incomplete("Missing hotkey"));
    }
    hotkey(name).map_err(|wrong| body::invalid(request, "hotkey", wrong))
}

/// What is null is not there.
fn present(given: Option<Value>, missing: &'static str) -> Result<Value, ApiError> {
    given
        .filter(|given| !given.is_null())
        .ok_or(ApiError::Incomplete(missing))
}
