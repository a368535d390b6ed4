//! Where errors and traces are sent.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// Errors to Sentry.
#[derive(Clone, Debug)]
pub struct Sentry {
    /// Where, and with which key.
    pub dsn: Dsn,
    /// The deployment that they come from.
    pub environment: String,
}

/// Traces to a collector of OpenTelemetry.
#[derive(Clone, Debug)]
pub struct Otel {
    /// Which collector.
    pub collector: Collector,
    /// Who sends them.
    pub resource: Resource,
}

/// Who sends traces, in OpenTelemetry's attributes.
#[derive(Clone, Debug, Serialize)]
pub struct Resource {
    /// `service.namespace`.
    pub service_namespace: String,
    /// `service.name`.
    pub service_name: String,
    /// `service.version`.
    pub service_version: String,
    /// `service.instance.id`.
    pub service_instance_id: String,
    /// `deployment.environment.name`.
    pub deployment_environment: String,
}

/// What Sentry gives a project: `https://KEY@HOST/PROJECT`.
#[derive(Clone, Debug)]
pub struct Dsn(SecretString);

/// The base URL of a collector; it may hold credentials.
#[derive(Clone)]
pub struct Collector(SecretString);

/// An address that nothing can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an address to send to")]
pub struct AddressError;

impl Dsn {
    /// The text, with its key.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for Dsn {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = web(text)?;
        let (key, place) = rest.split_once('@').ok_or(AddressError)?;
        // An old DSN has a second, secret key, which is no longer sent.
        let key = key.split_once(':').map_or(key, |(key, _)| key);
        let place = place.trim_end_matches('/');
        let (before, project) = place.rsplit_once('/').ok_or(AddressError)?;
        let is_project = !project.is_empty() && project.bytes().all(|byte| byte.is_ascii_digit());
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if before.is_empty() || !is_project || !is_key {
            return Err(AddressError);
        }
        let text = format!("{scheme}://{key}@{place}");
        Ok(Self(SecretString::from(text)))
    }
}

impl Collector {
    /// Where traces are posted.
    #[must_use]
    pub fn traces(&self) -> String {
        format!("{}/v1/traces", self.0.expose_secret())
    }
}

impl FromStr for Collector {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_end_matches('/');
        let (_, rest) = web(text)?;
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        if host.is_empty() || host.starts_with('/') {
            return Err(AddressError);
        }
        Ok(Self(SecretString::from(text.to_owned())))
    }
}

impl fmt::Display for Collector {
    /// Scheme, host and port alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = web(self.0.expose_secret()).unwrap_or(("http", ""));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        write!(f, "{scheme}://{host}")
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Collector({self})")
    }
}

fn web(text: &str) -> Result<(&str, &str), AddressError> {
    text.split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        .ok_or(AddressError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_is_taken_without_its_old_secret_and_shows_no_key() {
        for (text, taken) in [
            (
                "https://abc123@o1.ingest.sentry.io/42",
                "https://abc123@o1.ingest.sentry.io/42",
            ),
            (
                "http://abc123:old@127.0.0.1:9000/sub/42/",
                "http://abc123@127.0.0.1:9000/sub/42",
            ),
        ] {
            let dsn: Dsn = text.parse().unwrap();
            assert_eq!(dsn.expose(), taken);
            assert!(!format!("{dsn:?}").contains("abc123"));
        }
        for wrong in [
            "",
            "abc",
            "https://host/42",
            "https://k@host",
            "https://k@host/x",
            "ftp://k@host/1",
            "https://@host/1",
        ] {
            assert_eq!(wrong.parse::<Dsn>().unwrap_err(), AddressError, "{wrong}");
        }
    }

    #[test]
    fn a_collector_is_shown_without_credentials() {
        let collector: Collector = " https://user:secret@host:4318/otlp/ ".parse().unwrap();
        assert_eq!(
            collector.traces(),
            "https://user:secret@host:4318/otlp/v1/traces"
        );
        assert_eq!(collector.to_string(), "https://host:4318");
        for wrong in ["", "host:4318", "grpc://host", "http://", "http:///x"] {
            assert!(wrong.parse::<Collector>().is_err(), "{wrong}");
        }
    }
}
