//! Hyperparameters, set by the key of the subnet's owner.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, put};
use pylon_models::wire::SetHyperparameterBody;
use pylon_models::{JobKind, Receipt, SettableHyperparameter};
use pylon_storage::{Job, NewJob};
use serde_json::Value;

use super::access::Writer;
use super::body;
use super::error::ApiError;
use super::jobs;
use super::openapi::OurWriteProblems;
use super::path;
use crate::app::App;
use crate::committer::HyperparameterRequest;

/// Sets a hyperparameter with the key of the subnet's owner that is configured for the identity, and answers with the
/// receipt when that is final. The chain takes one change of each in two epochs, and none in the last blocks of an epoch.
#[utoipa::path(
    tag = "hyperparameters",
    security(("token" = [])),
    params(jobs::Named),
    request_body = SetHyperparameterBody,
    responses((status = 200, body = Receipt, description = "It is final"), OurWriteProblems)
)]
#[put("/hyperparams/{hyperparameter}")]
pub(super) async fn set_hyperparameter(
    writer: Writer,
    request: HttpRequest,
    app: Data<App>,
    given: Bytes,
) -> Result<HttpResponse, ApiError> {
    let value = value(&request, &given)?;
    let name = path::segment(&request, "hyperparameter").to_owned();
    let job = set(&app, &request, &given, writer, &name, value).await?;
    Ok(jobs::receipt(&job))
}

fn value(request: &HttpRequest, given: &[u8]) -> Result<Value, ApiError> {
    let mut members = body::object(request, given)?;
    let value = members.remove("value");
    if let Some((unknown, _)) = members.into_iter().next() {
        return Err(body::invalid(request, &unknown, "Unknown field"));
    }
    value.ok_or_else(|| body::invalid(request, "value", "Field required"))
}

/// Sets a hyperparameter of an identity's subnet, and returns when that is final. What can be known before is told before
/// anything is kept.
pub(super) async fn set(
    app: &App,
    request: &HttpRequest,
    given: &[u8],
    writer: Writer,
    name: &str,
    value: Value,
) -> Result<Job, ApiError> {
    let parameter: SettableHyperparameter = name.parse()?;
    parameter.value(&value)?;
    let netuid = writer.netuid;
    let Some(acting) = app.committer.owner(&writer.identity) else {
        return Err(ApiError::OwnerUnknown(writer.identity));
    };
    let best = app.link.last_heads().map(|heads| heads.best.block());
    if let (Some(chain), Some(best)) = (app.link.chain(), best) {
        let terms = app.link.in_time(chain.owner_terms(best, netuid)).await?;
        let owner = terms
            .ok_or_else(|| ApiError::SubnetNotFound(netuid.to_string()))?
            .owner;
        if owner != acting.owner() {
            return Err(ApiError::NotTheOwner { netuid, owner });
        }
    }
    let asked = HyperparameterRequest { value };
    let job = NewJob {
        hotkey: acting.key.hotkey(),
        hyperparameter: Some(parameter.to_string()),
        ..jobs::of_subnet(app, writer, JobKind::Hyperparameter, &asked)?
    };
    jobs::carry_out(app, request, given, job).await
}
