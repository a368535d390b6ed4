use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AuthScheme, BlockRef, Hotkey};

/// The body of `POST …/sign/request`: a request that will be sent to another neuron.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SignRequestBody {
    /// How it is signed.
    pub scheme: AuthScheme,
    /// Its method: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`.
    #[cfg_attr(
        feature = "utoipa",
        schema(
            example = "POST",
            pattern = "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$"
        )
    )]
    pub method: String,
    /// Its target just as it will be sent: the path, and the query where there is one.
    #[cfg_attr(
        feature = "utoipa",
        schema(
            example = "/v1/submissions?netuid=25",
            pattern = "^/",
            max_length = 8192
        )
    )]
    pub path: String,
    /// The SHA-256 of its body, as 64 lower-case hex digits; of nothing, where it has none.
    #[cfg_attr(
        feature = "utoipa",
        schema(
            example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            pattern = "^[0-9a-f]{64}$"
        )
    )]
    pub body_sha256: String,
    /// The hotkey that it is for.
    #[cfg_attr(feature = "utoipa", schema(value_type = String, example = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"))]
    pub receiver: Hotkey,
}

/// The answer to `POST …/sign/request`. The request is good for some seconds, and once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SignedRequestBody {
    /// The block at which the receiver was found registered; null where any receiver is allowed.
    pub block: Option<BlockRef>,
    /// How it is signed.
    pub scheme: AuthScheme,
    /// The headers to send as they are, beside the request's own.
    #[cfg_attr(
        feature = "utoipa",
        schema(example = json!({"X-Bittensor-Version": "1", "X-Bittensor-Nonce": "1763668800000000000"}))
    )]
    pub headers: BTreeMap<String, String>,
    /// What was signed beside the request.
    pub signed: SignedBody,
}

/// What was signed beside the request itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SignedBody {
    /// The identity's hotkey.
    #[cfg_attr(feature = "utoipa", schema(value_type = String))]
    pub sender: Hotkey,
    /// The hotkey that it is for.
    #[cfg_attr(feature = "utoipa", schema(value_type = String))]
    pub receiver: Hotkey,
    /// When, in nanoseconds since 1970, and no other request has the same: `btauth/1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "utoipa",
        schema(nullable = false, example = 1_763_668_800_000_000_000_u64)
    )]
    pub nonce: Option<u64>,
    /// When, in milliseconds since 1970: `epistula/2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "utoipa",
        schema(nullable = false, example = 1_763_668_800_000_u64)
    )]
    pub timestamp: Option<u64>,
    /// What tells the request from others: `epistula/2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "utoipa",
        schema(nullable = false, example = "3f2b8c1e-7a4d-4c55-9a0e-5d6f7a8b9c0d")
    )]
    pub uuid: Option<String>,
    /// The SHA-256 of the bytes that were signed, 0x hex, by which the service's record of signatures finds it.
    pub digest: String,
}
