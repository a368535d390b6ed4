//! What somebody asks to have committed.

use actix_web::HttpRequest;

use crate::committer::CommitmentRequest;
use crate::http::body;
use crate::http::error::ApiError;

/// The most bytes that a commitment holds in the open.
const MOST_BYTES: usize = 512;
/// The most bytes of a text that is sealed: the chain takes 1024 with what sealing adds.
const LONGEST_TEXT: usize = 700;
/// A week.
const MOST_BLOCKS: u64 = 50_400;

/// The bytes, as hex without 0x.
pub(super) fn commitment(request: &HttpRequest, given: &[u8]) -> Result<String, ApiError> {
    let given = body::object(request, given)?;
    let invalid = |message: &str| body::invalid(request, "commitment", message);
    let Some(given) = given.get("commitment") else {
        return Err(invalid("Field required"));
    };
    let Some(text) = given.as_str() else {
        return Err(invalid(
            "Value error, commitment must be bytes or hex string",
        ));
    };
    let bytes = bytes(text)
        .ok_or_else(|| invalid("Value error, passed commitment data is not a valid hex string."))?;
    match bytes.len() {
        0 => Err(invalid("Data should have at least 1 byte")),
        1..=MOST_BYTES => Ok(hex::encode(bytes)),
        _ => Err(invalid("Data should have at most 512 bytes")),
    }
}

/// Hex, with 0x or without.
fn bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// The same, as hex without 0x; `None` where it cannot be committed.
pub(in crate::http) fn committable(text: &str) -> Option<String> {
    let bytes = bytes(text)?;
    (1..=MOST_BYTES)
        .contains(&bytes.len())
        .then(|| hex::encode(bytes))
}

/// A text, and when it is opened.
pub(super) fn text(request: &HttpRequest, given: &[u8]) -> Result<CommitmentRequest, ApiError> {
    let given = body::object(request, given)?;
    let invalid = |key: &str, message: &str| Err(body::invalid(request, key, message));
    let text = match given.get("commitment").map(|text| text.as_str()) {
        None => return invalid("commitment", "Field required"),
        Some(None) => return invalid("commitment", "Input should be a valid string"),
        Some(Some("")) => return invalid("commitment", "String should have at least 1 character"),
        Some(Some(text)) if text.len() > LONGEST_TEXT => {
            return invalid("commitment", "String should have at most 700 bytes");
        }
        Some(Some(text)) => text.to_owned(),
    };
    let blocks = match given
        .get("blocks_until_reveal")
        .map(|blocks| blocks.as_u64())
    {
        None => return invalid("blocks_until_reveal", "Field required"),
        Some(blocks) => blocks.filter(|blocks| (1..=MOST_BLOCKS).contains(blocks)),
    };
    match blocks.and_then(|blocks| u32::try_from(blocks).ok()) {
        Some(blocks_until_reveal) => Ok(CommitmentRequest::Timelocked {
            text,
            blocks_until_reveal,
        }),
        None => invalid(
            "blocks_until_reveal",
            "Input should be an integer from 1 to 50400",
        ),
    }
}
