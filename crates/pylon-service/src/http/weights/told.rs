//! What callers are told of their weights.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse};
use pylon_models::wire::{DryRunBody, ScheduledBody};
use pylon_models::{BlockRef, JobKind, MechId, Reveal};
use pylon_storage::NewJob;
use tokio::time::Instant;

use super::asked::{self, Asked};
use crate::app::App;
use crate::committer::Verdict;
use crate::http::access::Writer;
use crate::http::edge::last_moment;
use crate::http::error::ApiError;
use crate::http::jobs::{accept, is_settled, named, of_subnet, uncached, wait_for};
use crate::load::LoadError;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Keeps the weights, or tells what would be sent.
pub(super) async fn put(
    app: &App,
    request: &HttpRequest,
    writer: Writer,
    mechanism: MechId,
    body: &[u8],
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::read(request)?;
    let weights = asked::weights(request, body)?;
    let count = weights.weights.len();
    let job = NewJob {
        mechanism,
        ..of_subnet(app, writer, JobKind::Weights, &weights)?
    };
    if asked.is_dry_run {
        let heads = app.link.last_heads().ok_or(LoadError::NotConnected)?;
        let block = heads.best.block();
        let verdict = app.committer.dry_run(&job, block).await?;
        return Ok(uncached(StatusCode::OK).json(dry_run(block, verdict)));
    }
    let job = accept(app, job, named(request, body)?).await?;
    let Some(wait) = asked.wait else {
        return Ok(uncached(StatusCode::OK).json(ScheduledBody {
            detail: "weights update scheduled".to_owned(),
            count,
            job_id: job.receipt.id,
        }));
    };
    let until = Instant::now().checked_add(wait);
    let last_moment = last_moment(request);
    let until = until.map_or(last_moment, |until| until.min(last_moment));
    let waited = wait_for(&app.committer, job, until).await?;
    let status = if is_settled(&waited) {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok(uncached(status)
        .insert_header((PREFERENCE_APPLIED, format!("wait={}", wait.as_secs())))
        .json(&waited.receipt))
}

fn dry_run(block: BlockRef, verdict: Verdict) -> DryRunBody {
    let planned = match verdict {
        Verdict::Wait(planned) | Verdict::Send(planned) => planned,
        Verdict::Fail(error) => {
            return DryRunBody {
                block,
                mode: None,
                epoch: None,
                earliest_block: None,
                reveal: None,
                version_key: None,
                uids: Vec::new(),
                values: Vec::new(),
                dropped: Vec::new(),
                error: Some(error),
            };
        }
    };
    DryRunBody {
        block,
        mode: Some(planned.mode),
        epoch: Some(planned.epoch),
        earliest_block: Some(planned.earliest_block),
        reveal: planned.opening.map(|opening| Reveal {
            round: opening.sealed.map(|(round, ..)| round),
            expected_block: Some(opening.expected_block),
            block: None,
        }),
        version_key: Some(planned.version_key),
        uids: planned.weights.uids,
        values: planned.weights.values,
        dropped: planned.dropped,
        error: None,
    }
}
