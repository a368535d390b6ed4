//! Requests to other neurons, signed with an identity's hotkey.

mod asked;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, post};
use pylon_models::wire::{SignRequestBody, SignedRequestBody};

use super::access::Writer;
use super::error::ApiError;
use super::openapi::OurSignProblems;
use crate::app::App;
use crate::signer::SignError;

/// Signs a request that the caller is about to send to another neuron, and tells which headers make it good. It is signed
/// for one receiver, who is registered on the identity's subnet unless the configuration says otherwise, and good for some
/// seconds. `epistula/2` signs neither method nor path; they are checked alike.
#[utoipa::path(
    tag = "signing",
    security(("token" = [])),
    request_body = SignRequestBody,
    responses((status = 200, body = SignedRequestBody), OurSignProblems)
)]
#[post("/sign/request")]
pub(super) async fn sign_request(
    writer: Writer,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let asked = asked::read(&request, &body)?;
    let signed = app.signer.sign(&writer.identity, asked).await;
    let signed = signed.map_err(|error| refused(error, &writer))?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(signed))
}

fn refused(error: SignError, writer: &Writer) -> ApiError {
    match error {
        SignError::Scheme(scheme) => ApiError::SchemeForbidden {
            identity: writer.identity.to_string(),
            scheme,
        },
        SignError::TooMany(wait) => ApiError::SignLimited(wait),
        SignError::Receiver { receiver, netuids } => {
            ApiError::ReceiverForbidden { receiver, netuids }
        }
        SignError::Load(error) => error.into(),
        SignError::Storage(error) => error.into(),
    }
}
