//! What jobs hold, in JSON: what was asked for, and what was decided to be sent.

use std::collections::BTreeMap;

use pylon_models::{Hotkey, JobError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The weights that somebody asks for, as they are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WeightsRequest {
    /// What each hotkey gets, in any unit.
    pub(crate) weights: BTreeMap<Hotkey, f64>,
    /// The version of the subnet's code that the caller runs; the subnet's own unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version_key: Option<u64>,
}

/// The commitment that somebody asks for, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CommitmentRequest {
    /// Bytes in the open, hex.
    Data(String),
    /// A text that the chain opens so many blocks after it is sent.
    Timelocked {
        text: String,
        blocks_until_reveal: u32,
    },
}

/// The TLS key that somebody serves, as it is kept. Its private half was given to them alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CertificateRequest {
    pub(crate) algorithm: u8,
    /// Hex.
    pub(crate) public_key: String,
}

/// The hyperparameter that somebody sets, as it is kept; its name stands beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HyperparameterRequest {
    pub(crate) value: Value,
}

/// What was kept; a job that holds something else is of another version of this program.
pub(super) fn read<T: DeserializeOwned>(kept: &str) -> Result<T, JobError> {
    serde_json::from_str(kept).map_err(|error| unreadable(&error))
}

pub(super) fn unreadable(error: &dyn std::fmt::Display) -> JobError {
    let message = format!("what was asked for cannot be read back: {error}");
    JobError::new("RequestUnreadable", message)
}

/// What was decided to be sent, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) uids: Vec<u16>,
    pub(super) values: Vec<u16>,
    pub(super) version_key: u64,
    /// What a hash was made with; its reveal needs the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) salt: Vec<u16>,
    /// The hash of a sealed commit, by which it is known among others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
}

impl Sent {
    /// As it is kept. A commit that is sent without it could not be opened.
    pub(super) fn write(&self) -> Result<String, JobError> {
        serde_json::to_string(self).map_err(|error| {
            JobError::new(
                "PlanUnwritable",
                format!("what is sent cannot be kept: {error}"),
            )
        })
    }

    pub(super) fn read(kept: Option<&str>) -> Option<Self> {
        serde_json::from_str(kept?).ok()
    }
}
