//! Weights that are given one by one in the course of an epoch.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use pylon_models::Uid;
use pylon_models::classic::{
    CommittedWeightsBody, SetWeightBody, SetWeightsBody, UpdateWeightBody, WeightBody, WeightsBody,
    WeightsSetBody,
};
use serde::Serialize;

use super::access::{Reader, Validator};
use super::{asked, at};
use crate::app::App;
use crate::blocks::At;
use crate::http::answer::Wants;
use crate::http::error::ApiError;
use crate::http::jobs;
use crate::http::openapi::{ClassicProblems, ReadProblems};
use crate::load::LoadError;

/// Gives a hotkey a weight for the epoch that is under way.
#[utoipa::path(tag = "classic", security(("token" = []), ()), request_body = SetWeightBody, responses((status = 200, body = WeightBody), ClassicProblems))]
#[put("/set_weight")]
pub(in crate::http) async fn set_weight(
    validator: Validator,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let (hotkey, weight) = asked::set_weight(&request, &body)?;
    let epoch = validator.epoch.start;
    let weights = [(hotkey, weight)].into();
    app.storage
        .set_epoch_weights(validator.epoch, weights)
        .await?;
    Ok(kept(&WeightBody {
        hotkey,
        weight,
        epoch,
    }))
}

/// Adds to the weight that a hotkey has for the epoch that is under way, at first 0. However many do it at once, none is
/// lost.
#[utoipa::path(tag = "classic", security(("token" = []), ()), request_body = UpdateWeightBody, responses((status = 200, body = WeightBody), ClassicProblems))]
#[put("/update_weight")]
pub(in crate::http) async fn update_weight(
    validator: Validator,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let (hotkey, delta) = asked::update_weight(&request, &body)?;
    let epoch = validator.epoch.start;
    let added = app.storage.add_epoch_weight(validator.epoch, hotkey, delta);
    let weight = added
        .await?
        .map_err(|error| ApiError::invalid(&request, "body", "weight_delta", error))?;
    Ok(kept(&WeightBody {
        hotkey,
        weight,
        epoch,
    }))
}

/// Gives several hotkeys their weights for the epoch that is under way; all of them or none.
#[utoipa::path(tag = "classic", security(("token" = []), ()), request_body = SetWeightsBody, responses((status = 200, body = WeightsSetBody), ClassicProblems))]
#[put("")]
pub(in crate::http) async fn set_weights(
    validator: Validator,
    request: HttpRequest,
    app: Data<App>,
    body: Bytes,
) -> Result<HttpResponse, ApiError> {
    let weights = asked::set_weights(&request, &body)?;
    let epoch = validator.epoch.start;
    app.storage
        .set_epoch_weights(validator.epoch, weights.clone())
        .await?;
    Ok(kept(&WeightsSetBody {
        count: weights.len(),
        weights,
        epoch,
    }))
}

/// The weights that are kept for an epoch: the one that is under way, or the one that holds a block.
#[utoipa::path(
    tag = "classic",
    security(("token" = []), ()),
    params(("epoch" = Option<u32>, Query, description = "Any block of the epoch: the latest unless given")),
    responses((status = 200, body = WeightsBody), ReadProblems)
)]
#[get("/raw_weights")]
pub(in crate::http) async fn raw_weights(
    reader: Reader,
    request: HttpRequest,
    wants: Wants,
) -> Result<HttpResponse, ApiError> {
    let at = at(&request, "epoch")?;
    answer_weights(reader, at, &wants).await
}

/// Commits the weights of the epoch that is under way now, whatever the commit window. They are a job from then on, as
/// weights that are set on v1.
#[utoipa::path(tag = "classic", security(("token" = []), ()), responses((status = 200, body = CommittedWeightsBody), ClassicProblems))]
#[post("/force_commit_weights")]
pub(in crate::http) async fn force_commit_weights(
    validator: Validator,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    Ok(kept(&commit(&app, validator).await?))
}

/// Keeps the weights of the epoch as a job, and tells what it brings on chain.
async fn commit(app: &App, validator: Validator) -> Result<CommittedWeightsBody, ApiError> {
    let classic = app.classic.as_ref().ok_or(ApiError::NotFound)?;
    let unknown = || ApiError::HotkeyUnknown(classic.identity.to_string());
    let signer = app.committer.hotkey(&classic.identity);
    let signer = signer.ok_or_else(unknown)?;
    let weights = app.storage.epoch_weights(validator.epoch).await?;
    let snapshot = validator.page.snapshot();
    let neurons = snapshot.neurons.iter();
    let committed_weights: BTreeMap<Uid, f64> = neurons
        .filter_map(|neuron| Some((neuron.uid, *weights.get(&neuron.hotkey)?)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    if committed_weights.is_empty() {
        return Err(ApiError::NothingToCommit);
    }
    let block = snapshot.block.number;
    let job = classic.job(signer, weights, block);
    let job = job.map_err(ApiError::Unwritable)?;
    let job = jobs::accept(app, job, None).await?;
    Ok(CommittedWeightsBody {
        block,
        committed_weights,
        job_id: job.receipt.id,
    })
}

pub(super) async fn answer_weights(
    reader: Reader,
    at: At,
    wants: &Wants,
) -> Result<HttpResponse, ApiError> {
    let app = wants.app();
    let classic = app.classic.as_ref().ok_or(ApiError::NotFound)?;
    let (page, _) = app.snapshots.get(reader.netuid, at).await?;
    let bounds = page.snapshot().epochs.bounds(page.block().number.into());
    let (epoch, _) = bounds.ok_or(ApiError::NoEpochs(reader.netuid))?;
    let weights = app.storage.epoch_weights(classic.epoch(epoch)).await?;
    if weights.is_empty() {
        return Err(ApiError::NoEpochWeights);
    }
    let body = serde_json::to_vec(&WeightsBody { epoch, weights });
    let body = body.map_err(LoadError::from)?;
    Ok(wants.once(body.into()).await)
}

fn kept(body: &impl Serialize) -> HttpResponse {
    jobs::uncached(StatusCode::OK).json(body)
}
