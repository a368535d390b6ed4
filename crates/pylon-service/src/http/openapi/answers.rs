//! What routes answer beside what they are asked for.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use pylon_models::Problem;
use pylon_models::v1::{NeuronsBody, PartialNeuronsBody, PartialValidatorsBody, ValidatorsBody};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, Schema};
use utoipa::openapi::{ContentBuilder, Ref, RefOr};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::http::error::Moved;

/// What problems are on the surfaces that existing clients know.
pub(super) const JSON: &str = "application/json";

/// What they are on ours.
pub(super) const PROBLEM: &str = "application/problem+json";

/// Where one block of the chain is read: nothing new, nothing there, a chain that fails or is not there yet.
pub(in crate::http) struct OpenReadProblems;

/// The same behind a guard.
pub(in crate::http) struct ReadProblems;

/// Problems where no existing client asks: of the media type that RFC 9457 gave them.
pub(in crate::http) struct Ours<P>(PhantomData<P>);

pub(in crate::http) type OurReadProblems = Ours<ReadProblems>;
pub(in crate::http) type OurWriteProblems = Ours<WriteProblems>;
pub(in crate::http) type OurJobProblems = Ours<JobProblems>;
pub(in crate::http) type OurSignProblems = Ours<SignProblems>;

macro_rules! with_columns {
    ($($(#[$doc:meta])+ $name:ident: $whole:ident or $part:ident;)+) => {$(
        $(#[$doc])+
        pub(in crate::http) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                AnyOfBuilder::new()
                    .item(Ref::from_schema_name($whole::name()))
                    .item(Ref::from_schema_name($part::name()))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push(($whole::name().into_owned(), $whole::schema()));
                $whole::schemas(schemas);
                schemas.push(($part::name().into_owned(), $part::schema()));
                $part::schemas(schemas);
            }
        }
    )+};
}

with_columns! {
    /// Neurons, whole or with the columns of `?fields=`.
    NeuronsAnswer: NeuronsBody or PartialNeuronsBody;
    /// Validators, whole or with the columns of `?fields=`.
    ValidatorsAnswer: ValidatorsBody or PartialValidatorsBody;
}

/// Where logs of the EVM are read.
pub(in crate::http) struct LogProblems;

/// Where something is written for an identity.
pub(in crate::http) struct WriteProblems;

/// Where the classic surface is written to.
pub(in crate::http) struct ClassicProblems;

/// Where jobs are looked after.
pub(in crate::http) struct JobProblems;

/// Where requests to other neurons are signed.
pub(in crate::http) struct SignProblems;

/// Where clients up to 1.9 log in.
pub(in crate::http) struct LoginProblems;

/// Where metrics are scraped.
pub(in crate::http) struct ScrapeProblems;

pub(super) type Responses = BTreeMap<String, RefOr<Response>>;

impl IntoResponses for ReadProblems {
    fn responses() -> Responses {
        let mut responses = OpenReadProblems::responses();
        responses.extend(problems(&[
            ("401", "No token, or none that can be read"),
            ("403", "The token does not open this"),
        ]));
        responses
    }
}

impl<P: IntoResponses> IntoResponses for Ours<P> {
    fn responses() -> Responses {
        ours(P::responses())
    }
}

impl IntoResponses for OpenReadProblems {
    fn responses() -> Responses {
        let mut responses = problems(&[
            (
                "404",
                "Nothing there: no such identity, subnet, block or part of it",
            ),
            ("501", "The runtime of that block has no such thing"),
            ("502", "The chain could not be read"),
            ("503", "The service cannot answer yet"),
        ]);
        let same = Response::new("`If-None-Match` names this block");
        responses.insert("304".to_owned(), RefOr::T(same));
        responses
    }
}

impl IntoResponses for LogProblems {
    fn responses() -> Responses {
        problems(&[
            ("401", "No token, or none that can be read"),
            ("403", "The token does not open this"),
            ("404", "No such identity or subnet"),
            ("413", "The body is too large"),
            (
                "422",
                "The ABI cannot be used, or the range holds too much for one answer",
            ),
            ("502", "The EVM could not be read"),
            ("503", "The EVM takes no more requests for now"),
        ])
    }
}

impl IntoResponses for WriteProblems {
    fn responses() -> Responses {
        problems(&[
            ("401", "No token, or none that can be read"),
            ("403", "The token does not open this"),
            (
                "404",
                "No such identity or subnet, or an identity without a hotkey",
            ),
            (
                "409",
                "The key was used before, with another request, or a newer write took the place of this one",
            ),
            ("413", "The body is too large"),
            ("501", "The runtime has no such thing"),
            (
                "502",
                "The chain could not be read, or refuses what would be written",
            ),
            ("503", "Nothing can be kept for now"),
        ])
    }
}

impl IntoResponses for ClassicProblems {
    fn responses() -> Responses {
        problems(&[
            ("401", "No token, or none that can be read"),
            (
                "403",
                "The token does not open this, or the identity is no validator",
            ),
            (
                "404",
                "The surface is not served, or there is nothing to commit",
            ),
            ("413", "The body is too large"),
            ("501", "The runtime has no such thing"),
            ("502", "The chain could not be read"),
            ("503", "Nothing can be kept for now"),
        ])
    }
}

impl IntoResponses for JobProblems {
    fn responses() -> Responses {
        problems(&[
            ("401", "No token, or none that can be read"),
            ("403", "The token does not open this"),
            ("404", "No such identity, subnet or job"),
            ("409", "The job was sent already, or is over"),
            ("503", "The database cannot be used for now"),
        ])
    }
}

impl IntoResponses for SignProblems {
    fn responses() -> Responses {
        problems(&[
            ("401", "No token, or none that can be read"),
            (
                "403",
                "The token does not open this, or the identity signs nothing by that scheme or for that receiver",
            ),
            (
                "404",
                "No such identity or subnet, or an identity without a hotkey",
            ),
            ("413", "The body is too large"),
            ("501", "The runtime has no such thing"),
            ("502", "The chain could not be read"),
            ("503", "It cannot be looked up or recorded for now"),
        ])
    }
}

impl IntoResponses for LoginProblems {
    fn responses() -> Responses {
        problems(&[
            ("403", "The token is not the identity's"),
            ("404", "No such identity"),
            ("413", "The body is too large"),
        ])
    }
}

impl IntoResponses for ScrapeProblems {
    fn responses() -> Responses {
        problems(&[("403", "No token, or not the right one")])
    }
}

/// The answer to an identity that asks for another subnet.
pub(super) fn moved() -> Response {
    json(
        "The identity belongs to another subnet: `Location` has it",
        &Moved::name(),
    )
}

/// What every route may answer: a header that cannot be read, a failure of ours, no answer in time.
pub(super) fn common() -> Responses {
    problems(&[
        ("400", "The body or a header cannot be read"),
        ("500", "The service failed"),
        ("504", "The answer did not come in time"),
    ])
}

/// What a route answers that is limited, or whose token is.
pub(super) fn limited() -> Responses {
    problems(&[(
        "429",
        "Asked too often: `Retry-After` says when to try again",
    )])
}

/// The schemas that these answers refer to.
pub(super) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![
        (Problem::name().into_owned(), Problem::schema()),
        (Moved::name().into_owned(), Moved::schema()),
    ];
    Problem::schemas(&mut schemas);
    schemas
}

/// The same answers where their problems have a type of their own.
pub(super) fn ours(mut responses: Responses) -> Responses {
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && let Some(content) = response.content.shift_remove(JSON)
        {
            response.content.insert(PROBLEM.to_owned(), content);
        }
    }
    responses
}

fn problems(statuses: &[(&str, &str)]) -> Responses {
    let problem = |(status, text): &(&str, &str)| {
        ((*status).to_owned(), RefOr::T(json(text, &Problem::name())))
    };
    statuses.iter().map(problem).collect()
}

fn json(description: &str, schema: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(schema)))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content(JSON, content)
        .build()
}
