//! Requests that their callers name, so that asking twice does it once.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use pylon_storage::IdempotencyKey;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::asked::parameter;
use crate::http::error::ApiError;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// A longer key is no name but a text.
const LONGEST_KEY: usize = 255;

/// What the caller names a request by. Another body under the same key is another request.
pub(in crate::http) fn named(
    request: &HttpRequest,
    body: &[u8],
) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = request.headers().get(&IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let is_name = |key: &&str| {
        !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = value.to_str().ok().filter(is_name);
    let key = key.ok_or(ApiError::IdempotencyKeyInvalid)?.to_owned();
    let digest = Sha256::new()
        .chain_update(request.path())
        .chain_update([0])
        .chain_update(body)
        .finalize();
    let digest = format!("{digest:x}");
    Ok(Some(IdempotencyKey { key, digest }))
}

/// The header, as it is documented.
pub(in crate::http) fn idempotency_key() -> Parameter {
    parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(LONGEST_KEY))
            .pattern(Some("^[!-~]+$")),
        "A name for the request: asked again with it within 24 hours, the answer is the first job's",
    )
}

/// Where that header is the only one.
pub(in crate::http) struct Named;

impl IntoParams for Named {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![idempotency_key()]
    }
}
