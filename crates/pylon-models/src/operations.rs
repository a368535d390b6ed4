//! What the service says of itself.

use serde::{Deserialize, Serialize};

/// The answer to `GET /health/live` and `GET /health/ready`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Health {
    /// In one word.
    pub status: HealthStatus,
    /// Why it is not ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "utoipa", schema(example = json!(["no block has been read"])))]
    pub reasons: Vec<String>,
}

/// Whether requests can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum HealthStatus {
    /// They can.
    Ok,
    /// Reads of the present cannot.
    NotReady,
}

impl Health {
    /// Alive, or ready.
    pub const OK: Self = Self {
        status: HealthStatus::Ok,
        reasons: Vec::new(),
    };

    /// Ready if there is no reason not to be.
    pub fn of(reasons: Vec<String>) -> Self {
        let status = if reasons.is_empty() {
            HealthStatus::Ok
        } else {
            HealthStatus::NotReady
        };
        Self { status, reasons }
    }

    /// Whether requests can be answered.
    pub const fn is_ok(&self) -> bool {
        matches!(self.status, HealthStatus::Ok)
    }
}

/// The answer to `GET /version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Version {
    /// The name of the program.
    #[cfg_attr(feature = "utoipa", schema(example = "pylon-service"))]
    pub name: String,
    /// Its version.
    #[cfg_attr(feature = "utoipa", schema(example = "0.1.0"))]
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_names_reasons_only_where_there_are_some() {
        let json = |health: &Health| serde_json::to_string(health).unwrap();
        assert_eq!(json(&Health::OK), r#"{"status":"ok"}"#);
        let health = Health::of(vec!["no block has been read".to_owned()]);
        assert_eq!(
            json(&health),
            r#"{"status":"not_ready","reasons":["no block has been read"]}"#
        );
        assert!(!health.is_ok());
        assert_eq!(Health::of(Vec::new()), Health::OK);
    }
}
