//! The identities that this service serves.

use actix_web::http::header::{ContentType, SET_COOKIE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use pylon_models::NetUid;
use pylon_models::v1::IdentitiesBody;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credentials::session_cookie;
use super::error::ApiError;
use super::openapi::LoginProblems;
use super::path;
use crate::app::App;

/// Which subnet each identity serves.
#[utoipa::path(tag = "identities", responses((status = 200, body = IdentitiesBody)))]
#[get("/identities")]
pub(super) async fn identities(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(app.identities.clone())
}

/// What clients up to 1.9 send to log in.
#[derive(Deserialize, ToSchema)]
pub(super) struct LoginBody {
    /// The identity's token.
    token: String,
}

/// What clients up to 1.9 read when they log in.
#[derive(Serialize, ToSchema)]
pub(super) struct LoginAnswer {
    /// The subnet that the identity serves.
    #[schema(value_type = u16)]
    netuid: NetUid,
    /// The identity.
    identity_name: String,
}

/// Checks an identity's token and tells its subnet, as clients up to 1.9 ask before anything else. They send no token
/// later: the cookie that they get here opens what the token does.
#[utoipa::path(
    tag = "identities",
    params(("identity_name" = String, Path, description = "The identity", example = "dev")),
    request_body = LoginBody,
    responses((status = 200, body = LoginAnswer), LoginProblems)
)]
#[post("/login/identity/{identity_name}")]
pub(super) async fn login(
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let name = path::segment(&request, "identity_name");
    let login = read(&request, &body)?;
    let identity = app
        .gates
        .identities
        .get(name)
        .ok_or_else(|| ApiError::IdentityNotFound(name.to_owned()))?;
    if identity.gate.is_closed() {
        return Err(ApiError::IdentityClosed(name.to_owned()));
    }
    let pass = identity.gate.admits(&login.token);
    let pass = pass.ok_or(ApiError::TokenWrong)?;
    pass.take().map_err(ApiError::TokenLimited)?;
    Ok(HttpResponse::Ok()
        .insert_header((SET_COOKIE, session_cookie(name, &pass.session())))
        .json(LoginAnswer {
            netuid: identity.netuid,
            identity_name: name.to_owned(),
        }))
}

fn read(request: &HttpRequest, body: &[u8]) -> Result<LoginBody, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::invalid(request, "body", "token", error))
}
