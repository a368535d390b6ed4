use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a job: a ULID, 26 characters of Crockford's base 32, so that jobs sort by when they were made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "utoipa",
    derive(utoipa::ToSchema),
    schema(value_type = String, pattern = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$", example = "01JDB3Z6W8K7Q2M5N9P4R0S1TV")
)]
pub struct JobId(String);

/// The text is not a ULID in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a job id: expected 26 characters of Crockford's base 32, in upper case")]
pub struct ParseJobIdError;

impl JobId {
    /// The bare text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for JobId {
    type Error = ParseJobIdError;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let in_alphabet = |c: u8| matches!(c, b'0'..=b'9' | b'A'..=b'H' | b'J' | b'K' | b'M' | b'N' | b'P'..=b'T' | b'V'..=b'Z');
        // 26 characters hold 130 bits, a ULID has 128.
        let fits = id.bytes().next().is_some_and(|first| first <= b'7');
        if id.len() == 26 && fits && id.bytes().all(in_alphabet) {
            Ok(Self(id))
        } else {
            Err(ParseJobIdError)
        }
    }
}

impl FromStr for JobId {
    type Err = ParseJobIdError;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        id.to_owned().try_into()
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ulid_in_upper_case_names_a_job() {
        let id = "01JDB3Z6W8K7Q2M5N9P4R0S1TV";
        assert_eq!(id.parse::<JobId>().unwrap().as_str(), id);
        for bad in [
            "",
            "01JDB3Z6W8K7Q2M5N9P4R0S1T",
            "01JDB3Z6W8K7Q2M5N9P4R0S1TVV",
            "01jdb3z6w8k7q2m5n9p4r0s1tv",
            "81JDB3Z6W8K7Q2M5N9P4R0S1TV",
            "01JDB3Z6W8K7Q2M5N9P4R0S1TU",
            "01JDB3Z6W8K7Q2M5N9P4R0S1'V",
        ] {
            assert_eq!(bad.parse::<JobId>(), Err(ParseJobIdError), "{bad}");
        }
    }
}
