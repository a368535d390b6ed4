//! The API as one OpenAPI 3.1 document, made of the handlers' own annotations.

mod answers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bytes::Bytes;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, RefOr, Required, Tag};
use utoipa_actix_web::AppExt;

pub(super) use self::answers::{
    ClassicProblems, LogProblems, LoginProblems, NeuronsAnswer, OpenReadProblems, OurJobProblems,
    OurReadProblems, OurSignProblems, OurWriteProblems, ReadProblems, ScrapeProblems,
    ValidatorsAnswer, WriteProblems,
};
use super::routes;

/// Whose address stands as an example.
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// The document, one for the process.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    // A document that is made of constants either always serialises or never; a test sees to it.
    document()
        .to_pretty_json()
        .map(|text| Bytes::from(text + "\n"))
        .unwrap_or_default()
});

/// The methods of each path, as `Allow` lists them.
static METHODS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let paths = document().paths.paths.into_iter();
    paths
        .map(|(path, mut item)| (path, allowed(&mut item)))
        .collect()
});

/// The paths whose problems have a media type of their own.
static OURS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let paths = document().paths.paths.into_iter();
    let is_ours = |item: &mut PathItem| operations(item).any(|operation| is_ours(operation));
    paths
        .filter_map(|(path, mut item)| is_ours(&mut item).then_some(path))
        .collect()
});

/// The media type of problems at a path template, as the document has it.
pub(super) fn problem_type(path: &str) -> &'static str {
    if OURS.contains(path) {
        answers::PROBLEM
    } else {
        answers::JSON
    }
}

fn is_ours(operation: &Operation) -> bool {
    let mut responses = operation.responses.responses.values();
    responses.any(|response| {
        matches!(response, RefOr::T(response) if response.content.contains_key(answers::PROBLEM))
    })
}

/// The methods that a path template has; those that are not in the document are pages.
pub(super) fn methods(path: &str) -> &'static str {
    METHODS.get(path).map_or("GET", String::as_str)
}

fn allowed(item: &mut PathItem) -> String {
    let methods = ["GET", "PUT", "POST", "DELETE", "PATCH"];
    let present = slots(item)
        .into_iter()
        .zip(methods)
        .filter(|(operation, _)| operation.is_some());
    present
        .map(|(_, method)| method)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The document as JSON, as `docs/openapi.json` has it.
pub(crate) fn json() -> Bytes {
    DOCUMENT.clone()
}

fn document() -> OpenApi {
    let (_, mut api) = actix_web::App::new()
        .into_utoipa_app()
        .configure(|config| routes::routes(config, true))
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
            ("certificates", "The TLS keys that neurons serve with"),
            ("commitments", "What neurons commit beside weights"),
            ("subnets", "Subnets and their rules"),
            (
                "jobs",
                "What identities write, from the request to the block",
            ),
            ("prices", "What alpha costs"),
            (
                "weights",
                "The weights of identities, and the jobs that bring them on chain",
            ),
            (
                "signing",
                "Requests to other neurons, signed for identities",
            ),
            ("accounts", "What coldkeys have"),
            ("evm", "Neurons on the chain's EVM"),
            (
                "classic",
                "What the first Pylon had, for one identity; 404 where none is named",
            ),
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
    components.schemas.extend(answers::schemas());
    for (path, item) in &mut api.paths.paths {
        for operation in operations(item) {
            complete(path, operation);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    slots(item).into_iter().flatten()
}

fn slots(item: &mut PathItem) -> [&mut Option<Operation>; 5] {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
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
    if path.contains("/block/{block}/") || path.contains("/block/latest") {
        parameters.push(RefOr::T(finalized_parameter()));
    }
    if path.starts_with("/api/") {
        parameters.push(RefOr::T(timeout_parameter()));
    }
    // Everything behind a token but the metrics, whose token has no limit; and the login, which shows one.
    let shows_token = operation.security.is_some() || path.contains("/login/");
    let mut common = answers::common();
    if shows_token && path != "/metrics" {
        common.extend(answers::limited());
    }
    if is_ours(operation) {
        common = answers::ours(common);
    }
    let responses = &mut operation.responses.responses;
    for (status, response) in common {
        responses.entry(status).or_insert(response);
    }
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "What was asked for".to_owned();
        }
    }
    if path.contains("/identity/{") && path.contains("/subnet/") {
        operation
            .responses
            .responses
            .insert("308".to_owned(), RefOr::T(answers::moved()));
    }
}

fn finalized_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("finalized")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(
            "Whether the latest block is the finalized head, not the best one",
        ))
        .schema(Some(Schema::Object(
            ObjectBuilder::new().schema_type(Type::Boolean).build(),
        )))
        .build()
}

fn timeout_parameter() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Number)
        .exclusive_minimum(Some(0));
    ParameterBuilder::new()
        .name("X-Pylon-Timeout")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "How many seconds the answer may take: 60 unless given, 300 at most",
        ))
        .schema(Some(Schema::Object(schema.build())))
        .build()
}

fn path_parameter(name: &str) -> Parameter {
    let number = |maximum: u32, format| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(format)))
            .minimum(Some(0))
            .maximum(Some(maximum))
    };
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let (schema, text) = match name {
        "block" => (
            text()
                .pattern(Some("^(latest|[0-9]+)$"))
                .examples(["latest"]),
            "The block's height, or `latest`",
        ),
        "extrinsic_index" => (
            number(u32::MAX, KnownFormat::Int64),
            "Its place in the block",
        ),
        "hotkey" => (
            text().examples([ALICE]),
            "The neuron's hotkey as ss58 text, or `self` where an identity asks",
        ),
        "contract_address" => (
            text().examples(["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"]),
            "The contract's address in hex, in any case",
        ),
        "coldkey" => (text().examples([ALICE]), "The coldkey as ss58 text"),
        "mechanism_id" => (number(15, KnownFormat::Int32), "The mechanism"),
        "netuid" => (number(u16::MAX.into(), KnownFormat::Int32), "The subnet"),
        "block_number" => (number(u32::MAX, KnownFormat::Int64), "The block's height"),
        "identity_name" => (text(), "The identity"),
        "job_id" => (
            text().examples(["01JDB3Z6W8K7Q2M5N9P4R0S1TV"]),
            "The job, as the answer to `PUT` names it",
        ),
        _ => (text(), ""),
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
