//! The body of every error answer: RFC 9457 members beside the two that existing Pylon clients read.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{BlockNumber, ErrorCode};

/// What a request was answered with instead of what it asked for.
///
/// Members that do not apply are left out. Bodies of other makers (a proxy, the original service) have
/// `status_code` and `detail` alone; a code that this version does not know reads as none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The HTTP status, as existing clients read it.
    #[cfg_attr(feature = "utoipa", schema(example = 404))]
    pub status_code: u16,
    /// What went wrong, in a sentence for people.
    #[cfg_attr(feature = "utoipa", schema(example = "Block 100000 not found."))]
    pub detail: String,
    /// What is wrong with which part of the request, as existing clients read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub extra: Option<Vec<Violation>>,
    /// `about:blank`: the code says what the type would.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false, example = "about:blank"))]
    pub kind: Option<String>,
    /// The reason phrase of the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false, example = "Not Found"))]
    pub title: Option<String>,
    /// The HTTP status, as RFC 9457 names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false, example = 404))]
    pub status: Option<u16>,
    /// The id of the request, which finds it in the service's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "utoipa",
        schema(nullable = false, example = "01JDB3Z6W8K7Q2M5N9P4R0S1TV")
    )]
    pub instance: Option<String>,
    /// What went wrong, for programs.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_code"
    )]
    #[cfg_attr(
        feature = "utoipa",
        schema(nullable = false, example = "block_not_found")
    )]
    pub code: Option<ErrorCode>,
    /// How many seconds to wait before asking again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false, example = 2))]
    pub retry_after: Option<u64>,
    /// The block from which on the chain will accept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub retry_at_block: Option<BlockNumber>,
    /// What is wrong with which part of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub errors: Option<Vec<Violation>>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Violation {
    /// What is wrong.
    #[cfg_attr(
        feature = "utoipa",
        schema(example = "Value error, No weights provided")
    )]
    pub message: String,
    /// Where it stands, as a dotted path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false, example = "weights"))]
    pub key: Option<String>,
    /// Which part of the request that path is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false, example = "body"))]
    pub source: Option<String>,
}

impl Problem {
    /// A problem with every member that follows from its code.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            status_code: code.status(),
            detail: detail.into(),
            extra: None,
            kind: Some("about:blank".to_owned()),
            title: Some(code.title().to_owned()),
            status: Some(code.status()),
            instance: None,
            code: Some(code),
            retry_after: None,
            retry_at_block: None,
            errors: None,
        }
    }
}

/// An unknown code comes from a newer service: its status still tells how to go on.
fn known_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ErrorCode>, D::Error> {
    let code = Option::<String>::deserialize(deserializer)?;
    Ok(code.and_then(|code| {
        ErrorCode::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == code)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_both_worlds_and_no_empty_ones() {
        let mut problem = Problem::new(ErrorCode::BlockNotFound, "Block 100000 not found.");
        problem.instance = Some("01J".to_owned());
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"status_code":404,"detail":"Block 100000 not found.","type":"about:blank","title":"Not Found","status":404,"instance":"01J","code":"block_not_found"}"#
        );
    }

    #[test]
    fn a_body_of_the_original_service_reads_as_a_problem_without_code() {
        let problem: Problem = serde_json::from_str(
            r#"{"status_code":400,"detail":"Validation failed","extra":[{"message":"no","key":"weights","source":"body"},{"message":"alone"}]}"#,
        )
        .unwrap();
        assert_eq!((problem.status_code, problem.code), (400, None));
        assert_eq!(problem.extra.unwrap()[1].key, None);
    }

    #[test]
    fn a_code_of_a_newer_service_does_not_spoil_the_body() {
        let problem: Problem = serde_json::from_str(
            r#"{"status_code":503,"detail":"x","code":"from_the_future","more":1}"#,
        )
        .unwrap();
        assert_eq!((problem.status_code, problem.code), (503, None));
    }
}
