//! What a request about jobs names.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use pylon_models::{JobId, JobKind, JobState, UnknownName};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::http::error::ApiError;
use crate::http::path;

/// Receipts of a page, unless asked for more or fewer.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

/// `{job_id}` of a path.
pub(in crate::http) struct JobSegment(pub(in crate::http) JobId);

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
pub(in crate::http) struct JobsPage {
    pub(super) state: Option<JobState>,
    pub(super) before: Option<JobId>,
    pub(super) limit: u32,
}

/// Of which kind, or of any.
pub(in crate::http) struct KindOfJobs(pub(super) Option<JobKind>);

impl FromRequest for KindOfJobs {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(named(request, "kind").map(Self))
    }
}

/// A name out of a closed list.
fn named<T: std::str::FromStr<Err = UnknownName>>(
    request: &HttpRequest,
    key: &'static str,
) -> Result<Option<T>, ApiError> {
    let named = path::query(request, key)?.map(|text| text.parse());
    named
        .transpose()
        .map_err(|error| ApiError::invalid(request, "query", key, error))
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
    let state = named(request, "state")?;
    let before =
        path::query(request, "cursor")?.map(|text| text.parse().map_err(|_| ApiError::BadCursor));
    let limit = path::query(request, "limit")?.map(|text| {
        let limit = text.parse().ok();
        limit
            .filter(|limit| (1..=LARGEST_PAGE).contains(limit))
            .ok_or_else(|| invalid("limit", format!("not a number from 1 to {LARGEST_PAGE}")))
    });
    Ok(JobsPage {
        state,
        before: before.transpose()?,
        limit: limit.transpose()?.unwrap_or(PAGE),
    })
}

pub(in crate::http) fn parameter(
    name: &str,
    place: ParameterIn,
    schema: ObjectBuilder,
    text: &str,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(Schema::Object(schema.build())))
        .build()
}

impl IntoParams for KindOfJobs {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let kinds = JobKind::ALL.iter().map(|kind| kind.as_str());
        vec![parameter(
            "kind",
            ParameterIn::Query,
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(kinds)),
            "Only jobs of this kind",
        )]
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
