//! Whether the service lives, whether it can answer, and which version it is.

use std::time::Duration;

use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use pylon_models::{Health, Version};

use crate::app::App;

/// A head this many blocks old stands still.
const STILL_BLOCKS: u32 = 10;
/// Never sooner than this: fast development chains stutter.
const STILL_AT_LEAST: Duration = Duration::from_secs(15);

/// Whether the process answers at all.
#[utoipa::path(tag = "operations", responses((status = 200, body = Health)))]
#[get("/live")]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health::OK)
}

/// Whether reads of the present can be answered and jobs be accepted, and why not.
#[utoipa::path(tag = "operations", responses((status = 200, body = Health), (status = 503, body = Health)))]
#[get("/ready")]
pub(super) async fn ready(app: Data<App>) -> HttpResponse {
    answer_ready(&app).await
}

pub(super) async fn answer_ready(app: &App) -> HttpResponse {
    let health = Health::of(reasons(app).await);
    if health.is_ok() {
        return HttpResponse::Ok().json(health);
    }
    HttpResponse::ServiceUnavailable()
        .insert_header((RETRY_AFTER, 1))
        .json(health)
}

/// The running version.
#[utoipa::path(tag = "operations", responses((status = 200, body = Version)))]
#[get("/version")]
pub(super) async fn version() -> HttpResponse {
    HttpResponse::Ok().json(Version {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

async fn reasons(app: &App) -> Vec<String> {
    let mut reasons = Vec::new();
    if app.tasks.are_ending() {
        reasons.push("the service is shutting down".to_owned());
    }
    if app.storage.ping().await.is_err() {
        reasons.push("the database does not answer".to_owned());
    }
    if app.storage.is_of_another_chain() {
        reasons.push("the database belongs to another chain".to_owned());
    }
    if !app.link.is_connected() {
        reasons.push("the chain is not connected".to_owned());
    }
    match app.link.last_heads() {
        None => reasons.push("no block has been read".to_owned()),
        Some(heads) => {
            let age = heads.best.seen.elapsed();
            let still = app
                .block_duration
                .map(|time| (time * STILL_BLOCKS).max(STILL_AT_LEAST));
            if still.is_some_and(|still| age > still) {
                reasons.push(format!("no new block for {} s", age.as_secs()));
            }
        }
    }
    let unread = app.snapshots.unread();
    if !unread.is_empty() {
        let netuids: Vec<String> = unread.iter().map(ToString::to_string).collect();
        reasons.push(format!("subnets not read yet: {}", netuids.join(", ")));
    }
    reasons
}
