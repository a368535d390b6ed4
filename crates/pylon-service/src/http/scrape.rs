//! The metrics, for Prometheus.

use std::sync::atomic::Ordering;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use prometheus_client::metrics::counter::Counter;
use pylon_chain::{Chain, EndpointState};

use super::access::Scraper;
use super::error::ApiError;
use super::openapi::ScrapeProblems;
use crate::app::App;
use crate::metrics::{EndpointLabels, EndpointStateLabels, MethodLabels, Metrics};

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
    if let Some(chain) = app.link.chain() {
        tell_requests(&app.metrics, &chain);
        tell_endpoints(&app.metrics, &chain);
    }
    Ok(HttpResponse::Ok()
        .content_type(Metrics::CONTENT_TYPE)
        .body(app.metrics.exposition()))
}

/// What the chain counts by itself.
fn tell_requests(told: &Metrics, chain: &Chain) {
    let stats = chain.stats();
    for (method, counted) in stats.methods {
        let labels = MethodLabels { method };
        set(
            &told.chain_requests.get_or_create(&labels),
            counted.requests,
        );
        set(
            &told.chain_request_failures.get_or_create(&labels),
            counted.failures,
        );
        let waited = u64::try_from(counted.waited.as_millis()).unwrap_or(u64::MAX);
        set(&told.chain_request_time.get_or_create(&labels), waited);
    }
    set(&told.chain_reconnects, stats.reconnects);
    // What is read elsewhere counts by itself.
    set(&told.fallbacks_of("other"), chain.fallbacks());
}

fn tell_endpoints(told: &Metrics, chain: &Chain) {
    for health in chain.endpoints() {
        let endpoint = health.endpoint.to_string();
        for (state, name) in [
            (EndpointState::Active, "active"),
            (EndpointState::Ready, "ready"),
            (EndpointState::Resting, "resting"),
        ] {
            let labels = EndpointStateLabels {
                endpoint: endpoint.clone(),
                state: name,
            };
            told.endpoint_state
                .get_or_create(&labels)
                .set((health.state == state).into());
        }
        let failures = told
            .endpoint_failures
            .get_or_create_owned(&EndpointLabels { endpoint });
        set(&failures, health.failures);
    }
}

/// A counter that others count.
fn set(counter: &Counter, value: u64) {
    counter.inner().fetch_max(value, Ordering::Relaxed);
}
