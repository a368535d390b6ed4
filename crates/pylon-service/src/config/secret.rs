//! Bearer tokens as they are configured.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// A bearer token that is not empty. It has no way to be shown but [`Token::expose`].
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// The token, or `None` for an empty one: that closes what it would open.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(SecretString::from(text.to_owned())))
    }

    /// The token itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Reads a token out of a configuration layer.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Token>, D::Error> {
    Ok(Option::<String>::deserialize(from)?
        .as_deref()
        .and_then(Token::new))
}
