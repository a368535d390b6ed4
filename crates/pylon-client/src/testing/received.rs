//! A request that came.

use std::fmt;

use serde::de::DeserializeOwned;

/// A request that the server met.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// In capitals.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What follows the question mark, as it was sent; empty without one.
    pub query: String,
    /// Names in lower case, with their values, in the order of the request.
    pub headers: Vec<(String, String)>,
    /// The bare body; empty without one.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header, named in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(named, _)| named == name)?;
        Some(value)
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// It is not of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match self.query.as_str() {
            "" => Ok(()),
            query => write!(f, "?{query}"),
        }
    }
}

/// Without headers and body, which hold tokens.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({self})")
    }
}
