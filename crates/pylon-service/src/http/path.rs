//! Path segments and query parameters that are values.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use pylon_models::{BlockNumber, Coldkey, MechId, NetUid};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::error::ApiError;
use crate::blocks::At;

/// The block that a request is about: `{block}`, a number or `latest`, or `{block_number}`; the latest where the
/// path has neither. `?finalized=true` makes the latest the finalized head.
pub(crate) struct Block(pub(crate) At);

/// `{extrinsic_index}` of a path.
pub(crate) struct Index(pub(crate) u32);

/// `{netuid}` of a path that nobody guards.
pub(crate) struct Subnet(pub(crate) NetUid);

/// `{coldkey}` of a path.
pub(crate) struct Account(pub(crate) Coldkey);

/// `{block_number}` of a path.
pub(crate) struct Number(pub(crate) BlockNumber);

/// `{mechanism_id}` of a path.
pub(crate) struct MechanismSegment(pub(crate) MechId);

/// `?mechanism=`, the main one unless given.
pub(crate) struct Mechanism(pub(crate) MechId);

macro_rules! extracted {
    ($($name:ident by $read:path;)+) => {$(
        impl FromRequest for $name {
            type Error = ApiError;
            type Future = Ready<Result<Self, ApiError>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready($read(request).map(Self))
            }
        }
    )+};
}

extracted! {
    Block by block;
    Index by index;
    Subnet by netuid;
    Account by coldkey;
    Mechanism by mechanism;
    MechanismSegment by mechanism_segment;
    Number by number;
}

fn block(request: &HttpRequest) -> Result<At, ApiError> {
    let named = request.match_info();
    match named.get("block").or_else(|| named.get("block_number")) {
        None | Some("latest") => match query(request, "finalized")?.as_deref() {
            None | Some("false") => Ok(At::Best),
            Some("true") => Ok(At::Finalized),
            Some(_) => Err(ApiError::invalid(
                request,
                "query",
                "finalized",
                "neither true nor false",
            )),
        },
        Some(text) => match text.parse() {
            Ok(number) => Ok(At::Number(number)),
            Err(_) if is_number(text) => Err(ApiError::BlockNotFound(text.to_owned())),
            Err(_) => Err(ApiError::NotFound),
        },
    }
}

/// `{netuid}` of a path.
pub(super) fn netuid(request: &HttpRequest) -> Result<NetUid, ApiError> {
    let text = segment(request, "netuid");
    match text.parse() {
        Ok(netuid) => Ok(netuid),
        Err(_) if is_number(text) => Err(ApiError::SubnetNotFound(text.to_owned())),
        Err(_) => Err(ApiError::NotFound),
    }
}

fn index(request: &HttpRequest) -> Result<u32, ApiError> {
    let text = segment(request, "extrinsic_index");
    match text.parse() {
        Ok(index) => Ok(index),
        Err(_) if is_number(text) => Err(ApiError::ExtrinsicNotFound {
            block: segment(request, "block").to_owned(),
            index: text.to_owned(),
        }),
        Err(_) => Err(ApiError::NotFound),
    }
}

fn number(request: &HttpRequest) -> Result<BlockNumber, ApiError> {
    match block(request)? {
        At::Number(number) => Ok(number),
        At::Best | At::Finalized => Err(ApiError::NotFound),
    }
}

fn mechanism_segment(request: &HttpRequest) -> Result<MechId, ApiError> {
    parsed(request, "mechanism_id")
}

fn coldkey(request: &HttpRequest) -> Result<Coldkey, ApiError> {
    parsed(request, "coldkey")
}

fn mechanism(request: &HttpRequest) -> Result<MechId, ApiError> {
    let Some(text) = query(request, "mechanism")? else {
        return Ok(MechId::MAIN);
    };
    text.parse()
        .map_err(|error| ApiError::invalid(request, "query", "mechanism", error))
}

impl IntoParams for Mechanism {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(15));
        let parameter = ParameterBuilder::new()
            .name("mechanism")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some("Which mechanism: the main one, 0, unless given"))
            .schema(Some(Schema::Object(number.build())));
        vec![parameter.build()]
    }
}

/// A segment of the path as what it names, or what is wrong with it.
pub(super) fn parsed<T: FromStr<Err: Display>>(
    request: &HttpRequest,
    name: &str,
) -> Result<T, ApiError> {
    segment(request, name)
        .parse()
        .map_err(|error| ApiError::invalid(request, "path", name, error))
}

/// A parameter of the query; the last where it stands twice.
pub(super) fn query(request: &HttpRequest, name: &str) -> Result<Option<String>, ApiError> {
    let text = request.query_string();
    if text.is_empty() {
        return Ok(None);
    }
    let mut parameters = web::Query::<BTreeMap<String, String>>::from_query(text)
        .map_err(|error| ApiError::invalid(request, "query", name, error))?;
    Ok(parameters.remove(name))
}

pub(super) fn segment<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}

/// Digits alone: a number, though it may be larger than there can be of the thing.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
