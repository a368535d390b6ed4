//! The API as one OpenAPI 3.1 document, made of the handlers' own annotations.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use pylon_models::Problem;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, Tag};
use utoipa::{IntoResponses, PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;

use super::routes;

/// The document, one for the process.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    // A document that is made of constants either always serialises or never; a test sees to it.
    document()
        .to_pretty_json()
        .map(|text| Bytes::from(text + "\n"))
        .unwrap_or_default()
});

/// The document as JSON, as `docs/openapi.json` has it.
pub(crate) fn json() -> Bytes {
    DOCUMENT.clone()
}

/// What any route may answer instead: a bad `X-Pylon-Timeout`, no chain yet, no answer in time.
pub(super) struct Problems;

/// What a guarded read of the chain may answer instead.
pub(super) struct ReadProblems;

/// What `/metrics` may answer instead.
pub(super) struct ScrapeProblems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "A header or the body cannot be read"),
            ("503", "The service cannot answer yet"),
            ("504", "The answer did not come in time"),
        ])
    }
}

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = Problems::responses();
        responses.extend(problems(&[
            ("401", "No token, or none that can be read"),
            ("403", "The token does not open this"),
            ("404", "No such identity, subnet or block"),
            ("502", "The chain could not be read"),
        ]));
        responses
    }
}

impl IntoResponses for ScrapeProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "A header cannot be read"),
            ("403", "No token, or not the right one"),
        ])
    }
}

fn problems(statuses: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let response = |description: &str| {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(Problem::name())))
            .build();
        ResponseBuilder::new()
            .description(description)
            .content("application/json", content)
            .build()
    };
    statuses
        .iter()
        .map(|(status, text)| ((*status).to_owned(), RefOr::T(response(text))))
        .collect()
}

fn document() -> OpenApi {
    let (_, mut api) = actix_web::App::new()
        .into_utoipa_app()
        .configure(routes::routes)
        .split_for_parts();
    api.info = InfoBuilder::new()
        .title("Pylon")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Reads a Bittensor chain and serves it. Tokens are sent as `Authorization: Bearer <token>`."))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
        .build();
    api.tags = Some(
        [
            ("blocks", "Blocks"),
            ("identities", "Who this service acts for"),
            ("neurons", "The neurons of a subnet"),
            ("validators", "The validators of a subnet"),
            ("operations", "For whoever runs it"),
        ]
        .map(|(name, text)| {
            let mut tag = Tag::new(name);
            tag.description = Some(text.to_owned());
            tag
        })
        .to_vec(),
    );
    let components = api.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components
        .security_schemes
        .insert("token".to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for (path, item) in &mut api.paths.paths {
        for operation in operations(item) {
            complete(path, operation);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

/// A handler is annotated once and stands at several paths: each gets its own id and the parameters of
/// the scopes around it.
fn complete(path: &str, operation: &mut Operation) {
    let surface = [("/_unstable/", "unstable"), ("/api/v1/", "v1")]
        .iter()
        .find(|(part, _)| path.contains(part));
    let caller = [("/identity/{", "identity"), ("/openaccess/", "openaccess")]
        .iter()
        .find(|(part, _)| path.contains(part));
    let parts = [surface, caller]
        .into_iter()
        .flatten()
        .map(|(_, name)| *name);
    let own = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(parts.chain([own.as_str()]).collect::<Vec<_>>().join("_"));

    let parameters = operation.parameters.get_or_insert_default();
    let names = path.split(['{', '}']).skip(1).step_by(2);
    for name in names {
        let declared = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(declared) if declared.name == name);
        if !parameters.iter().any(declared) {
            parameters.push(RefOr::T(path_parameter(name)));
        }
    }
    if path.contains("/identity/{") && path.contains("/subnet/") {
        let mut moved = Response::new("The identity belongs to another subnet: `Location` has it");
        moved.content = problems(&[("308", "")])
            .into_values()
            .find_map(|response| {
                if let RefOr::T(response) = response {
                    Some(response.content)
                } else {
                    None
                }
            })
            .unwrap_or_default();
        operation
            .responses
            .responses
            .insert("308".to_owned(), RefOr::T(moved));
    }
}

fn path_parameter(name: &str) -> Parameter {
    let number = |maximum: u32, format| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(format)))
            .minimum(Some(0))
            .maximum(Some(maximum))
    };
    let (schema, text) = match name {
        "netuid" => (number(u16::MAX.into(), KnownFormat::Int32), "The subnet"),
        "block_number" => (number(u32::MAX, KnownFormat::Int64), "The block's height"),
        "identity_name" => (
            ObjectBuilder::new().schema_type(Type::String),
            "The identity",
        ),
        _ => (ObjectBuilder::new().schema_type(Type::String), ""),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(text))
        .schema(Some(Schema::Object(schema.build())))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_id_of_its_own_and_declares_every_parameter_of_its_path() {
        let mut api = document();
        let mut ids = std::collections::BTreeSet::new();
        for (path, item) in &mut api.paths.paths {
            for operation in operations(item) {
                let id = operation.operation_id.clone().unwrap();
                assert!(ids.insert(id.clone()), "{id} stands twice");
                let declared = operation.parameters.iter().flatten().filter(
                    |parameter| matches!(parameter, RefOr::T(own) if own.parameter_in == ParameterIn::Path),
                );
                assert_eq!(declared.count(), path.matches('{').count(), "{path}");
            }
        }
        assert!(ids.len() > 25);
    }
}
