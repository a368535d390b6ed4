//! The API document and the page that shows it, every asset of which is in this program.

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, get};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::openapi;

/// This API as an OpenAPI 3.1 document.
#[utoipa::path(tag = "operations", responses((status = 200, description = "The document", body = Object)))]
#[get("/openapi.json")]
pub(super) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(openapi::json())
}

/// Where the pages are, and where the original had them.
pub(super) fn pages(config: &mut ServiceConfig) {
    // The page would otherwise send the document to a validator on the internet.
    let page = Config::from("/openapi.json")
        .validator_url("none")
        .use_base_layout();
    for path in ["/docs", "/schema/swagger", "/schema/swagger/"] {
        config.route(path, web::get().to(to_the_page));
    }
    config.service(SwaggerUi::new("/docs/{_:.*}").config(page));
}

async fn to_the_page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}
