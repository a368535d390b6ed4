//! Identities: the names under which a service signs for its users' hotkeys.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of an identity: 1 to 64 ASCII letters, digits, `-` and `_`, case kept as the config gives it.
///
/// It stands in paths and, upper-cased, in names of environment variables: hence the small alphabet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "utoipa",
    derive(utoipa::ToSchema),
    schema(value_type = String, pattern = "^[A-Za-z0-9_-]{1,64}$", example = "dev")
)]
pub struct IdentityName(String);

impl IdentityName {
    /// How long a name can be.
    pub const MAX_LEN: usize = 64;

    /// The bare text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text cannot name an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdentityNameError {
    /// It is empty or too long.
    #[error("an identity name has 1 to {max} characters, this one has {found}", max = IdentityName::MAX_LEN)]
    Length {
        /// Its length in bytes.
        found: usize,
    },
    /// It has a character outside the alphabet.
    #[error("an identity name has only letters, digits, '-' and '_', this one has {found:?}")]
    Character {
        /// The first such character.
        found: char,
    },
}

impl TryFrom<String> for IdentityName {
    type Error = ParseIdentityNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if let Some(found) = name
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
        {
            return Err(ParseIdentityNameError::Character { found });
        }
        if name.is_empty() || name.len() > Self::MAX_LEN {
            return Err(ParseIdentityNameError::Length { found: name.len() });
        }
        Ok(Self(name))
    }
}

impl FromStr for IdentityName {
    type Err = ParseIdentityNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.to_owned().try_into()
    }
}

impl From<IdentityName> for String {
    fn from(name: IdentityName) -> Self {
        name.0
    }
}

impl fmt::Display for IdentityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_case_and_stays_within_its_alphabet() {
        assert_eq!(
            "Sn1_main-2".parse::<IdentityName>().unwrap().as_str(),
            "Sn1_main-2"
        );
        assert_eq!(
            "".parse::<IdentityName>(),
            Err(ParseIdentityNameError::Length { found: 0 })
        );
        assert_eq!(
            "x".repeat(65).parse::<IdentityName>(),
            Err(ParseIdentityNameError::Length { found: 65 })
        );
        for (bad, found) in [("a/b", '/'), ("a b", ' '), ("é", 'é'), ("..", '.')] {
            assert_eq!(
                bad.parse::<IdentityName>(),
                Err(ParseIdentityNameError::Character { found })
            );
        }
        assert!(serde_json::from_str::<IdentityName>("\"../metrics\"").is_err());
    }
}
