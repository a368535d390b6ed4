//! Path segments that are values.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use pylon_models::{BlockNumber, NetUid};

use super::error::ApiError;

/// `{block_number}` of a path.
pub(crate) struct Block(pub(crate) BlockNumber);

impl FromRequest for Block {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = segment(request, "block_number");
        ready(match text.parse() {
            Ok(number) => Ok(Self(number)),
            Err(_) if is_number(text) => Err(ApiError::BlockNotFound(text.to_owned())),
            Err(_) => Err(ApiError::NotFound),
        })
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

pub(super) fn segment<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}

/// Digits alone: a number, though it may be larger than there can be of the thing.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
