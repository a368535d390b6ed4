//! What a request shows to be let in: a bearer token, as every client but the oldest sends it; the session
//! that a client up to 1.9 got when it logged in; or the token as the password of the URL it was given.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, COOKIE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::ApiError;
use crate::auth::{Gate, Pass};

/// Opens the gate with what stands in the `Authorization` header.
pub(super) fn present(gate: &Gate, request: &HttpRequest) -> Result<(), ApiError> {
    shown(gate, request)?.take().map_err(ApiError::TokenLimited)
}

/// The token that stands there.
fn shown<'gate>(gate: &'gate Gate, request: &HttpRequest) -> Result<&'gate Pass, ApiError> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .ok_or(ApiError::AuthorizationMissing)?;
    let (scheme, shown) = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().split_once(' '))
        .ok_or(ApiError::AuthorizationMalformed)?;
    let shown = shown.trim();
    // A client that knows no token takes it from `http://:TOKEN@host`. What does not open the gate in that
    // way is no attempt at it, but a scheme that is not asked for.
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(pass) = password(shown).and_then(|password| gate.admits(&password))
    {
        return Ok(pass);
    }
    if !scheme.eq_ignore_ascii_case("bearer") || shown.is_empty() || shown.contains(' ') {
        return Err(ApiError::AuthorizationMalformed);
    }
    gate.admits(shown).ok_or(ApiError::TokenWrong)
}

/// What stands behind the user's name.
fn password(encoded: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    text.split_once(':')
        .map(|(_, password)| password.to_owned())
}

/// Opens the gate with the session of that identity; whether the request carries one.
pub(super) fn is_logged_in(
    name: &str,
    gate: &Gate,
    request: &HttpRequest,
) -> Result<bool, ApiError> {
    let cookie = cookie_name(name);
    let pass = request
        .headers()
        .get_all(COOKIE)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie)
        .find_map(|(_, value)| gate.admits_session(value));
    match pass {
        Some(pass) => pass.take().map(|()| true).map_err(ApiError::TokenLimited),
        None => Ok(false),
    }
}

/// The cookie that keeps an identity logged in for as long as its token is the same. No page of another site
/// makes a browser send it, and no script reads it.
pub(super) fn session_cookie(name: &str, session: &str) -> String {
    format!(
        "{}={session}; Path=/api; HttpOnly; SameSite=Strict",
        cookie_name(name)
    )
}

fn cookie_name(identity: &str) -> String {
    format!("pylon-{identity}")
}
