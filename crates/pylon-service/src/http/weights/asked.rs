//! What a request for weights says.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use pylon_models::wire::{DryRunBody, ScheduledBody};
use pylon_models::{Hotkey, Violation};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::committer::WeightsRequest;
use crate::http::body::{self, violation};
use crate::http::error::ApiError;
use crate::http::jobs::{idempotency_key, parameter};
use crate::http::path;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Beside the weights.
pub(super) struct Asked {
    pub(super) is_dry_run: bool,
    /// How long the answer may wait for the end.
    pub(super) wait: Option<Duration>,
}

impl Asked {
    pub(super) fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let is_dry_run = match path::query(request, "dry_run")?.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = "neither true nor false";
                return Err(ApiError::invalid(request, "query", "dry_run", message));
            }
        };
        Ok(Self {
            is_dry_run,
            wait: wait(request.headers()),
        })
    }
}

/// `wait=N` among the preferences (RFC 7240); one that cannot be read is ignored, as that RFC wants it.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all(&PREFER)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|preference| preference.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
        .find_map(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok())
        .map(Duration::from_secs)
}

/// The weights of a body. What is wrong with them is told all at once, in the original's words where it has some.
pub(super) fn weights(request: &HttpRequest, body: &[u8]) -> Result<WeightsRequest, ApiError> {
    let members = body::object(request, body)?;
    read(&members).map_err(|violations| body::refused(request, violations))
}

fn read(body: &Map<String, Value>) -> Result<WeightsRequest, Vec<Violation>> {
    let weights = by_hotkey(body);
    let key = body.get("version_key").filter(|key| !key.is_null());
    let version_key = key.and_then(Value::as_u64);
    let mut violations = Vec::new();
    if key.is_some() && version_key.is_none() {
        let message = "Input should be an integer from 0 to 18446744073709551615";
        violations.push(violation(Some("version_key".to_owned()), message));
    }
    match weights {
        Ok(_) if !violations.is_empty() => Err(violations),
        Ok(weights) if weights.values().all(|weight| *weight == 0.0) => {
            Err(of_weights("Value error, All weights are zero"))
        }
        Ok(weights) => Ok(WeightsRequest {
            weights,
            version_key,
        }),
        Err(mut wrong) => {
            wrong.append(&mut violations);
            Err(wrong)
        }
    }
}

fn of_weights(message: &str) -> Vec<Violation> {
    vec![violation(Some("weights".to_owned()), message)]
}

/// The member `weights` of a body: at least one weight by hotkey.
pub(in crate::http) fn by_hotkey(
    body: &Map<String, Value>,
) -> Result<BTreeMap<Hotkey, f64>, Vec<Violation>> {
    let Some(given) = body.get("weights") else {
        return Err(of_weights("Field required"));
    };
    let Some(given) = given.as_object() else {
        return Err(of_weights("Input should be a valid dictionary"));
    };
    if given.is_empty() {
        return Err(of_weights("Value error, No weights provided"));
    }
    let mut violations = Vec::new();
    let mut weights = BTreeMap::new();
    for (name, given) in given {
        match (hotkey(name), weight(given)) {
            (Ok(hotkey), Ok(weight)) => {
                weights.insert(hotkey, weight);
            }
            (hotkey, weight) => {
                let key = Some(format!("weights.{name}"));
                let wrong = [hotkey.err(), weight.err()];
                let wrong = wrong.into_iter().flatten();
                violations.extend(wrong.map(|message| violation(key.clone(), message)));
            }
        }
    }
    if violations.is_empty() {
        Ok(weights)
    } else {
        Err(violations)
    }
}

/// A hotkey as a body names it.
pub(in crate::http) fn hotkey(name: &str) -> Result<Hotkey, String> {
    if name.is_empty() {
        return Err("Value error, Invalid hotkey: '' must be a non-empty string".to_owned());
    }
    name.parse()
        .map_err(|error| format!("Value error, Invalid hotkey: '{name}' {error}"))
}

/// A weight as a body gives it.
pub(in crate::http) fn weight(weight: &Value) -> Result<f64, String> {
    let weight = match weight {
        Value::Number(weight) => weight.as_f64(),
        _ => None,
    };
    let weight = weight.ok_or("Input should be a valid number")?;
    if weight.is_finite() && weight >= 0.0 {
        Ok(weight)
    } else {
        Err("Value error, a weight is finite and not negative".to_owned())
    }
}

impl IntoParams for Asked {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        vec![
            parameter(
                "dry_run",
                ParameterIn::Query,
                ObjectBuilder::new().schema_type(Type::Boolean),
                "Whether to keep nothing and tell what would be sent",
            ),
            idempotency_key(),
            parameter(
                "Prefer",
                ParameterIn::Header,
                text().examples(["wait=30"]),
                "`wait=N`: the answer is the receipt, when the job is final or after N seconds",
            ),
        ]
    }
}

/// That weights are kept; or, where it was asked for, their receipt or what would be sent.
pub(super) struct SetWeightsAnswer;

impl PartialSchema for SetWeightsAnswer {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(ScheduledBody::name()))
            .item(Ref::from_schema_name(DryRunBody::name()))
            .item(Ref::from_schema_name(pylon_models::Receipt::name()))
            .into()
    }
}

impl ToSchema for SetWeightsAnswer {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ScheduledBody::name().into_owned(), ScheduledBody::schema()));
        ScheduledBody::schemas(schemas);
        schemas.push((DryRunBody::name().into_owned(), DryRunBody::schema()));
        DryRunBody::schemas(schemas);
    }
}
