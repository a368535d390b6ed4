//! Which requests an answer is for.

use std::fmt;

use super::Received;
use crate::Call;

/// Which requests are meant: those of a method and a path, and of a query where one is given.
///
/// A [`Call`] stands for the request that it makes, query and all, and a text for a `GET` of that path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request(Option<Fit>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fit {
    method: String,
    path: String,
    /// Sorted; `None`: whichever.
    query: Option<Vec<String>>,
}

impl Request {
    /// A `GET` of a path such as `/api/v1/block/latest`, whatever its query. With a query of its own
    /// (`/…?fields=uid&finalized=true`, percent-encoded as it is sent) of that one alone, in any order.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A `POST` of a path.
    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    /// A `PUT` of a path.
    pub fn put(path: &str) -> Self {
        Self::new("PUT", path)
    }

    /// A `DELETE` of a path.
    pub fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    /// Every request.
    pub fn any() -> Self {
        Self(None)
    }

    fn new(method: &str, path: &str) -> Self {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(pairs(query))),
            None => (path, None),
        };
        Self(Some(Fit {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
        }))
    }

    pub(super) fn fits(&self, received: &Received) -> bool {
        self.0.as_ref().is_none_or(|fit| {
            let query = || pairs(&received.query);
            fit.method == received.method
                && fit.path == received.path
                && fit.query.as_ref().is_none_or(|wanted| *wanted == query())
        })
    }
}

fn pairs(query: &str) -> Vec<String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs.map(str::to_owned).collect();
    pairs.sort();
    pairs
}

impl From<&str> for Request {
    fn from(path: &str) -> Self {
        Self::get(path)
    }
}

impl<T> From<&Call<T>> for Request {
    fn from(call: &Call<T>) -> Self {
        let Self(fit) = Self::new(call.method(), call.path());
        Self(fit.map(|fit| Fit {
            query: Some(fit.query.unwrap_or_default()),
            ..fit
        }))
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(fit) = &self.0 else {
            return f.write_str("anything");
        };
        write!(f, "{} {}", fit.method, fit.path)?;
        match fit.query.as_deref() {
            None | Some([]) => Ok(()),
            Some(query) => write!(f, "?{}", query.join("&")),
        }
    }
}
