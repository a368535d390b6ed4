//! How a client is made.

use std::collections::BTreeMap;
use std::time::Duration;

use pylon_models::{IdentityName, NetUid, ParseIdentityNameError};
use reqwest::Url;
use reqwest::header::HeaderValue;
use reqwest::redirect::{Action, Attempt, Policy};
use secrecy::{ExposeSecret, SecretString};

use crate::PylonClient;
use crate::client::{Account, Inner};
use crate::retry::{Budget, RetryPolicy};

/// An identity asked for another subnet is sent on once; a proxy in front may add a hop or two.
const MOST_REDIRECTS: usize = 5;
/// A host that does not take a connection within this is down, however long the call may last.
const CONNECT: Duration = Duration::from_secs(10);

/// Makes a [`PylonClient`]; see [`PylonClient::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    url: String,
    token: Option<SecretString>,
    identities: Vec<(String, NetUid, SecretString)>,
    timeout: Duration,
    retry: RetryPolicy,
    max_body: usize,
    user_agent: String,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The URL is not that of a service.
    #[error("{url:?} is not the url of a service: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The name of an identity is not one.
    #[error("invalid identity name {name:?}")]
    IdentityName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        #[source]
        source: ParseIdentityNameError,
    },
    /// An identity was given twice.
    #[error("identity {name} was given twice")]
    IdentityTwice {
        /// Its name.
        name: IdentityName,
    },
    /// A token is empty, or has characters that cannot stand in a header.
    #[error("the token of {whose} cannot stand in a header")]
    Token {
        /// `open access`, or the name of an identity.
        whose: String,
    },
    /// The HTTP client could not be set up: an invalid user agent, or no TLS roots on this machine.
    #[error("the http client could not be set up")]
    Http(#[source] reqwest::Error),
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8000".to_owned(),
            token: None,
            identities: Vec::new(),
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            max_body: 16 << 20,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl ClientBuilder {
    /// Where the service is: `http://127.0.0.1:8000` unless given. A path is kept as a prefix.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// The open-access token, for [`PylonClient::subnet`].
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// An identity of the service, the subnet that it serves, and its token, for [`PylonClient::identity`].
    pub fn identity(
        mut self,
        name: impl Into<String>,
        netuid: impl Into<NetUid>,
        token: impl Into<SecretString>,
    ) -> Self {
        self.identities
            .push((name.into(), netuid.into(), token.into()));
        self
    }

    /// How long a call may take with all its attempts and pauses: 60 s unless given. The service is told,
    /// and takes 300 s at most. A call can have its own: [`Call::timeout`](crate::Call::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How to ask again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The largest body that is read, once decompressed, in bytes: 16 MiB unless given.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// What the service's log calls this program; `pylon-client/<version>` unless given.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Checks what was given. Nothing is sent.
    ///
    /// # Errors
    /// Whatever cannot be part of a request: see [`BuildError`].
    pub fn build(self) -> Result<PylonClient, BuildError> {
        let url = base(&self.url).map_err(|reason| BuildError::Url {
            url: self.url.clone(),
            reason,
        })?;
        let open_access = self
            .token
            .map(|token| bearer(&token, "open access"))
            .transpose()?;
        let mut identities = BTreeMap::new();
        for (name, netuid, token) in self.identities {
            let header = bearer(&token, &name)?;
            let name = IdentityName::try_from(name.clone())
                .map_err(|source| BuildError::IdentityName { name, source })?;
            let account = Account {
                netuid,
                token,
                header,
            };
            if identities.insert(name.clone(), account).is_some() {
                return Err(BuildError::IdentityTwice { name });
            }
        }
        let mut http = reqwest::Client::builder()
            .user_agent(self.user_agent)
            .connect_timeout(CONNECT)
            .referer(false)
            .redirect(Policy::custom(same_origin));
        if url.scheme() == "http" {
            // TLS cannot come up: no need to look for this machine's roots, which it may not have.
            http = http.tls_certs_only([]);
        }
        Ok(PylonClient::new(Inner {
            http: http.build().map_err(BuildError::Http)?,
            url: url.as_str().trim_end_matches('/').to_owned(),
            open_access,
            identities,
            timeout: self.timeout,
            retry: self.retry,
            budget: Budget::new(self.retry.budget),
            max_body: self.max_body,
        }))
    }
}

fn base(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the scheme is neither http nor https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has credentials, but tokens are given on their own".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it has a query or a fragment".to_owned());
    }
    Ok(url)
}

fn bearer(token: &SecretString, whose: &str) -> Result<HeaderValue, BuildError> {
    let invalid = || BuildError::Token {
        whose: whose.to_owned(),
    };
    let token = token.expose_secret();
    if token.trim().is_empty() {
        return Err(invalid());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| invalid())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Follows within the origin, where reqwest keeps the `Authorization` header; stops at its border.
fn same_origin(attempt: Attempt<'_>) -> Action {
    let previous = attempt.previous();
    let within = previous
        .last()
        .is_some_and(|from| from.origin() == attempt.url().origin());
    if within && previous.len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(builder: ClientBuilder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn a_url_that_is_no_services_is_refused_with_the_reason() {
        for (url, reason) in [
            ("localhost:8000", "neither http nor https"),
            ("/api", "relative URL"),
            ("http://", "empty host"),
            ("http://u:p@host", "credentials"),
            ("http://host/?a=b", "query"),
        ] {
            let error = refused(PylonClient::builder().url(url));
            assert!(error.contains(reason), "{url}: {error}");
        }
    }

    #[test]
    fn a_prefix_in_the_url_is_kept_with_or_without_its_slash() {
        for url in ["https://host/pylon", "https://host/pylon/"] {
            let client = PylonClient::builder().url(url).build().unwrap();
            assert_eq!(client.url(), "https://host/pylon");
        }
    }

    #[test]
    fn a_token_that_opens_nothing_or_cannot_be_sent_is_refused() {
        for token in ["", " ", "a\nb"] {
            let error = refused(PylonClient::builder().identity("dev", 1, token));
            assert_eq!(error, "the token of dev cannot stand in a header");
            assert!(PylonClient::builder().token(token).build().is_err());
        }
    }

    #[test]
    fn an_identity_has_a_name_of_its_own() {
        let twice = PylonClient::builder()
            .identity("dev", 1, "a")
            .identity("dev", 2, "b");
        assert_eq!(refused(twice), "identity dev was given twice");
        let error = refused(PylonClient::builder().identity("../metrics", 1, "a"));
        assert_eq!(error, "invalid identity name \"../metrics\"");
    }

    #[test]
    fn debug_output_has_no_token() {
        let builder = PylonClient::builder()
            .token("hunter2")
            .identity("dev", 1, "hunter3");
        assert!(!format!("{builder:?}").contains("hunter"));
        let client = builder.build().unwrap();
        let text = format!("{client:?} {:?}", client.subnet(1).neurons().latest());
        assert!(!text.contains("hunter"), "{text}");
    }
}
