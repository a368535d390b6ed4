use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Certificate, Hotkey};

/// The certificates of a subnet's neurons, by hotkey.
pub type CertificatesBody = BTreeMap<Hotkey, CertificateBody>;

/// A neuron's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CertificateBody {
    /// Which kind of key it is; 1 is Ed25519.
    #[cfg_attr(feature = "utoipa", schema(example = 1))]
    pub algorithm: u8,
    /// The public key, in hex without 0x.
    #[cfg_attr(
        feature = "utoipa",
        schema(example = "7a629e65bd2708d24f1645259a908afe0d681879faf3bfd20b040fb3c5a0fc87")
    )]
    pub public_key: String,
}

impl From<&Certificate> for CertificateBody {
    fn from(certificate: &Certificate) -> Self {
        Self {
            algorithm: certificate.algorithm,
            public_key: hex::encode(&certificate.public_key),
        }
    }
}
