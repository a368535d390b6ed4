//! An identity of the service, and what is read with its token.

use std::fmt;
use std::ops::{Deref, RangeInclusive};

use pylon_models::unstable::{
    CommitmentBody as TaggedCommitmentBody, EvmAbiBody, EvmLogsBody, RevealedBody,
    WeightsStatusBody,
};
use pylon_models::v1::{CertificateBody, CommitmentBody};
use pylon_models::{BlockNumber, EvmAddress, IdentityName, MechId, NetUid};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::pinned::Scope;
use crate::{Call, PylonClient, Reads};

/// An identity of the service and the subnet it serves, used with its token; see [`PylonClient::identity`]. Its reads
/// are those of [`Reads`], and the identity's own.
#[derive(Clone)]
pub struct Identity {
    name: IdentityName,
    token: SecretString,
    reads: Reads,
}

/// The answer to [`Identity::login`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The subnet that the identity serves.
    pub netuid: NetUid,
    /// The identity.
    pub identity_name: IdentityName,
}

#[derive(Serialize)]
struct Token<'a> {
    token: &'a str,
}

impl Identity {
    pub(crate) fn new(
        client: &PylonClient,
        name: IdentityName,
        netuid: NetUid,
        token: &SecretString,
        header: HeaderValue,
    ) -> Self {
        let scope = Scope::identity(client, &name, netuid, header);
        Self {
            name,
            token: token.clone(),
            reads: Reads::new(netuid, scope),
        }
    }

    /// Its name.
    pub fn name(&self) -> &IdentityName {
        &self.name
    }

    /// `POST /api/v1/login/identity/{name}`: whether the service takes the identity's token, and which subnet it
    /// serves. A wrong token is `forbidden`, an identity that the service does not have `not_found`. No call needs
    /// it: each sends the token along.
    pub fn login(&self) -> Call<Login> {
        let token = Token {
            token: self.token.expose_secret(),
        };
        Call::post(
            self.scope().client().clone(),
            format!("/api/v1/login/identity/{}", self.name),
            None,
            &token,
        )
    }

    /// `…/evm/contracts/{contract}/logs`, unstable: as [`PylonClient::evm_logs`], with the identity's token.
    pub fn evm_logs(
        &self,
        contract: &EvmAddress,
        blocks: RangeInclusive<u64>,
        abi: &EvmAbiBody,
    ) -> Call<EvmLogsBody> {
        self.scope().evm_logs(contract, blocks, abi)
    }

    /// `…/mechanism/{mechanism}/block/{block}/weights/status`: whether the identity's hotkey set or committed weights
    /// for a mechanism in the epoch that holds the block. Of an epoch that goes on, as far as it has come.
    pub fn weights_status(
        &self,
        mechanism: MechId,
        block: impl Into<BlockNumber>,
    ) -> Call<WeightsStatusBody> {
        let block = block.into();
        self.scope().get(format!(
            "/mechanism/{mechanism}/block/{block}/weights/status"
        ))
    }

    /// `…/block/latest/certificates/self`: the certificate of the identity's hotkey; `not_found` where it has none.
    pub fn own_certificate(&self) -> Call<CertificateBody> {
        self.scope().get("/block/latest/certificates/self")
    }

    /// `…/block/latest/commitments/self`: what the identity's hotkey has committed in plain; `not_found` where it has
    /// committed nothing, or nothing plain.
    pub fn own_commitment(&self) -> Call<CommitmentBody> {
        self.scope().get("/block/latest/commitments/self")
    }

    /// `…/block/latest/commitments/self`, unstable: what the identity's hotkey has committed, plain or timelocked;
    /// `not_found` where it has committed nothing.
    pub fn own_tagged_commitment(&self) -> Call<TaggedCommitmentBody> {
        self.scope().get_unstable("/block/latest/commitments/self")
    }

    /// `…/block/latest/commitments/revealed/self`: the timelocked commitments of the identity's hotkey that the chain
    /// has opened, the last ten.
    pub fn own_revealed_commitments(&self) -> Call<RevealedBody> {
        self.scope().get("/block/latest/commitments/revealed/self")
    }
}

impl Deref for Identity {
    type Target = Reads;

    fn deref(&self) -> &Reads {
        &self.reads
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("name", &self.name)
            .field("netuid", &self.netuid())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_that_the_builder_was_not_given_is_an_error_before_anything_is_sent() {
        let client = PylonClient::builder()
            .identity("dev", 7, "secret")
            .build()
            .unwrap();
        for name in ["other", "DEV", "..", ""] {
            let error = client.identity(name).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("no identity {name:?} was given to the builder")
            );
        }
    }
}
