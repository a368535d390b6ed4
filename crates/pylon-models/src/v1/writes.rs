use serde::{Deserialize, Serialize};

/// The body of `POST …/commitments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SetCommitmentBody {
    /// 1 to 512 bytes in hex, with 0x or without.
    #[cfg_attr(
        feature = "utoipa",
        schema(
            pattern = "^(0x)?([0-9a-fA-F]{2}){1,512}$",
            example = "0x6d6f64656c2d7632"
        )
    )]
    pub commitment: String,
}

/// The body of `POST …/commitments/revealed`: a text that the chain opens itself later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SetRevealedCommitmentBody {
    /// The text, up to 700 bytes of UTF-8.
    #[cfg_attr(
        feature = "utoipa",
        schema(min_length = 1, max_length = 700, example = "model-v2")
    )]
    pub commitment: String,
    /// How many blocks after it is sent it is opened.
    #[cfg_attr(
        feature = "utoipa",
        schema(minimum = 1, maximum = 50_400, example = 300)
    )]
    pub blocks_until_reveal: u32,
}

/// The body of `POST …/certificates/self`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct GenerateCertificateBody {
    /// Which kind of key: 1, EdDSA with Ed25519, is the only one.
    #[cfg_attr(feature = "utoipa", schema(minimum = 1, maximum = 1, example = 1))]
    pub algorithm: u8,
}

/// What was done, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct DoneBody {
    /// In a sentence.
    #[cfg_attr(feature = "utoipa", schema(example = "Commitment set successfully."))]
    pub detail: String,
}

/// The round of the beacon that opens what was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RevealRoundBody {
    /// The round.
    #[cfg_attr(feature = "utoipa", schema(example = 26_430_112))]
    pub reveal_round: u64,
}

/// A key pair that is served from now on. Its private half is told here and kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CertificateKeyBody {
    /// Which kind of key it is; 1 is Ed25519.
    #[cfg_attr(feature = "utoipa", schema(example = 1))]
    pub algorithm: u8,
    /// The public key, in hex without 0x.
    #[cfg_attr(
        feature = "utoipa",
        schema(example = "7a629e65bd2708d24f1645259a908afe0d681879faf3bfd20b040fb3c5a0fc87")
    )]
    pub public_key: String,
    /// The private key's seed, in hex without 0x.
    #[cfg_attr(feature = "utoipa", schema(pattern = "^[0-9a-f]{64}$"))]
    pub private_key: String,
}

impl std::fmt::Debug for CertificateKeyBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateKeyBody")
            .field("algorithm", &self.algorithm)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}
