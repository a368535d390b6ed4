//! What a request for weights says.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest};
use pylon_models::wire::{DryRunBody, ScheduledBody};
use pylon_models::{Hotkey, JobId, JobState, Violation};
use serde_json::Value;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr, Required};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::committer::WeightsRequest;
use crate::http::error::ApiError;
use crate::http::path;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// A longer key is no name but a text.
const LONGEST_KEY: usize = 255;
/// Receipts of a page, unless asked for more or fewer.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

/// Beside the weights.
pub(super) struct Asked {
    pub(super) is_dry_run: bool,
    /// What the caller names the request by.
    pub(super) key: Option<String>,
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
            key: key(request.headers())?,
            wait: wait(request.headers()),
        })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(&IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let is_name = |key: &&str| {
        !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match value.to_str().ok().filter(is_name) {
        Some(key) => Ok(Some(key.to_owned())),
        None => Err(ApiError::IdempotencyKeyInvalid),
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
    let violations = match serde_json::from_slice(body) {
        Ok(body) => match read(&body) {
            Ok(weights) => return Ok(weights),
            Err(violations) => violations,
        },
        Err(error) => vec![violation(None, error)],
    };
    Err(ApiError::Validation {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        violations,
    })
}

fn violation(key: Option<String>, message: impl ToString) -> Violation {
    Violation {
        message: message.to_string(),
        key,
        source: Some("body".to_owned()),
    }
}

fn read(body: &Value) -> Result<WeightsRequest, Vec<Violation>> {
    let of_weights = |message: &str| vec![violation(Some("weights".to_owned()), message)];
    let Some(body) = body.as_object() else {
        return Err(vec![violation(None, "Expected `object`")]);
    };
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
    for (name, weight) in given {
        match (hotkey(name), number(weight)) {
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
    let version_key = match body.get("version_key") {
        None | Some(Value::Null) => None,
        Some(value) => {
            if value.as_u64().is_none() {
                let message = "Input should be an integer from 0 to 18446744073709551615";
                violations.push(violation(Some("version_key".to_owned()), message));
            }
            value.as_u64()
        }
    };
    if violations.is_empty() && weights.values().all(|weight| *weight == 0.0) {
        violations = of_weights("Value error, All weights are zero");
    }
    if violations.is_empty() {
        Ok(WeightsRequest {
            weights,
            version_key,
        })
    } else {
        Err(violations)
    }
}

fn hotkey(name: &str) -> Result<Hotkey, String> {
    if name.is_empty() {
        return Err("Value error, Invalid hotkey: '' must be a non-empty string".to_owned());
    }
    name.parse()
        .map_err(|error| format!("Value error, Invalid hotkey: '{name}' {error}"))
}

fn number(weight: &Value) -> Result<f64, String> {
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

/// `{job_id}` of a path.
pub(super) struct JobSegment(pub(super) JobId);

impl FromRequest for JobSegment {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = path::segment(request, "job_id");
        ready(
            text.parse()
                .map(Self)
                .map_err(|_| ApiError::JobNotFound(text.to_owned())),
        )
    }
}

/// Which jobs are listed.
pub(super) struct JobsPage {
    pub(super) state: Option<JobState>,
    pub(super) before: Option<JobId>,
    pub(super) limit: u32,
}

impl FromRequest for JobsPage {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(page(request))
    }
}

fn page(request: &HttpRequest) -> Result<JobsPage, ApiError> {
    let invalid = |key, message: String| ApiError::invalid(request, "query", key, message);
    let state = path::query(request, "state")?.map(|text| {
        text.parse()
            .map_err(|error: pylon_models::UnknownName| invalid("state", error.to_string()))
    });
    let before =
        path::query(request, "cursor")?.map(|text| text.parse().map_err(|_| ApiError::BadCursor));
    let limit = path::query(request, "limit")?.map(|text| {
        let limit = text.parse().ok();
        limit
            .filter(|limit| (1..=LARGEST_PAGE).contains(limit))
            .ok_or_else(|| invalid("limit", format!("not a number from 1 to {LARGEST_PAGE}")))
    });
    Ok(JobsPage {
        state: state.transpose()?,
        before: before.transpose()?,
        limit: limit.transpose()?.unwrap_or(PAGE),
    })
}

fn parameter(name: &str, place: ParameterIn, schema: ObjectBuilder, text: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(Schema::Object(schema.build())))
        .build()
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
            parameter(
                "Idempotency-Key",
                ParameterIn::Header,
                text()
                    .max_length(Some(LONGEST_KEY))
                    .pattern(Some("^[!-~]+$")),
                "A name for the request: asked again with it within 24 hours, the answer is the first job's",
            ),
            parameter(
                "Prefer",
                ParameterIn::Header,
                text().examples(["wait=30"]),
                "`wait=N`: the answer is the receipt, when the job is final or after N seconds",
            ),
        ]
    }
}

impl IntoParams for JobsPage {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let states = JobState::ALL.iter().map(|state| state.as_str());
        vec![
            parameter(
                "state",
                ParameterIn::Query,
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(states)),
                "Only jobs in this state",
            ),
            parameter(
                "limit",
                ParameterIn::Query,
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .minimum(Some(1))
                    .maximum(Some(LARGEST_PAGE)),
                "Jobs of a page: 100 unless given",
            ),
            parameter(
                "cursor",
                ParameterIn::Query,
                ObjectBuilder::new().schema_type(Type::String),
                "`next_cursor` of the page before",
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
