//! The HTTP surface: routes, who may call them, and how answers and errors look.

mod access;
mod accounts;
mod answer;
mod blocks;
mod body;
mod certificates;
mod classic;
mod columns;
mod commitments;
mod credentials;
mod docs;
mod drand;
mod edge;
mod error;
mod evm;
mod health;
mod hyperparameters;
mod identities;
mod jobs;
mod neurons;
pub(crate) mod openapi;
mod pages;
mod path;
mod prices;
mod routes;
mod scrape;
mod sign;
mod subnets;
mod traffic;
mod validators;
mod weights;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, web};
use utoipa_actix_web::AppExt;

use crate::app::App;

/// How much of a request body is read.
const BODY_LIMIT: usize = 64 * 1024;

/// The whole surface over an app; one for each server thread.
pub(crate) fn app(
    app: web::Data<App>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let edge = edge::Edge::new(app.clone().into_inner());
    let has_classic = app.classic.is_some();
    let (routed, _) = actix_web::App::new()
        .into_utoipa_app()
        .configure(|config| routes::routes(config, has_classic))
        .split_for_parts();
    routed
        .app_data(app)
        .app_data(web::PayloadConfig::new(BODY_LIMIT))
        .default_service(web::to(error::unrouted))
        .wrap(edge)
}
