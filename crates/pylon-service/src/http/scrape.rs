//! The metrics, for Prometheus.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use super::access::Scraper;
use super::error::ApiError;
use super::openapi::ScrapeProblems;
use crate::app::App;
use crate::metrics::Metrics;

/// Every metric in the OpenMetrics text format.
#[utoipa::path(
    tag = "operations",
    security(("token" = [])),
    responses((status = 200, body = String, content_type = "application/openmetrics-text"), ScrapeProblems)
)]
#[get("/metrics")]
pub(super) async fn metrics(_scraper: Scraper, app: Data<App>) -> Result<HttpResponse, ApiError> {
    app.metrics
        .chain_connected
        .set(app.link.is_connected().into());
    if let Some(heads) = app.link.last_heads() {
        let age = heads.best.seen.elapsed().as_millis();
        app.metrics
            .head_age
            .set(i64::try_from(age).unwrap_or(i64::MAX));
    }
    Ok(HttpResponse::Ok()
        .content_type(Metrics::CONTENT_TYPE)
        .body(app.metrics.exposition()))
}
