//! What is read of one subnet, by open access or as an identity.

use pylon_models::v1::{NeuronsBody, ValidatorsBody};
use pylon_models::{BlockNumber, IdentityName, NetUid};
use reqwest::header::HeaderValue;

use crate::{Call, PylonClient};

/// The path that a subnet's calls begin with, and the token that opens it.
#[derive(Debug, Clone)]
struct Scope {
    client: PylonClient,
    path: String,
    token: Option<HeaderValue>,
}

impl Scope {
    fn get<T>(&self, rest: &str) -> Call<T> {
        Call::get(
            self.client.clone(),
            format!("{}{rest}", self.path),
            self.token.clone(),
        )
    }
}

/// A subnet, read with the open-access token; see [`PylonClient::subnet`].
#[derive(Debug, Clone)]
pub struct Subnet {
    netuid: NetUid,
    scope: Scope,
}

impl Subnet {
    pub(crate) fn new(client: PylonClient, netuid: NetUid, token: Option<HeaderValue>) -> Self {
        let path = format!("/api/v1/subnet/{netuid}");
        Self {
            netuid,
            scope: Scope {
                client,
                path,
                token,
            },
        }
    }

    /// Which one.
    pub fn netuid(&self) -> NetUid {
        self.netuid
    }

    /// Its neurons.
    pub fn neurons(&self) -> Neurons {
        Neurons(self.scope.clone())
    }

    /// Its validators.
    pub fn validators(&self) -> Validators {
        Validators(self.scope.clone())
    }
}

/// An identity of the service and the subnet it serves, used with its token; see [`PylonClient::identity`].
#[derive(Debug, Clone)]
pub struct Identity {
    name: IdentityName,
    netuid: NetUid,
    scope: Scope,
}

impl Identity {
    pub(crate) fn new(
        client: PylonClient,
        name: IdentityName,
        netuid: NetUid,
        token: HeaderValue,
    ) -> Self {
        let path = format!("/api/v1/identity/{name}/subnet/{netuid}");
        Self {
            name,
            netuid,
            scope: Scope {
                client,
                path,
                token: Some(token),
            },
        }
    }

    /// Its name.
    pub fn name(&self) -> &IdentityName {
        &self.name
    }

    /// The subnet that the builder was told it serves. Should the service know better, it sends the
    /// calls on to the right one.
    pub fn netuid(&self) -> NetUid {
        self.netuid
    }

    /// The neurons of its subnet.
    pub fn neurons(&self) -> Neurons {
        Neurons(self.scope.clone())
    }

    /// The validators of its subnet.
    pub fn validators(&self) -> Validators {
        Validators(self.scope.clone())
    }
}

/// Every neuron of a subnet at one block, in the order of their uids.
#[derive(Debug, Clone)]
pub struct Neurons(Scope);

impl Neurons {
    /// `GET …/block/latest/neurons`: at the best head.
    pub fn latest(&self) -> Call<NeuronsBody> {
        self.0.get("/block/latest/neurons")
    }

    /// `GET …/block/recent/neurons`: at the last block that the service read. Answered at once, also while
    /// the chain is out of reach; `stale` once that block is too old.
    pub fn recent(&self) -> Call<NeuronsBody> {
        self.0.get("/block/recent/neurons")
    }

    /// `GET …/block/{number}/neurons`: at a block.
    pub fn at(&self, number: impl Into<BlockNumber>) -> Call<NeuronsBody> {
        self.0.get(&format!("/block/{}/neurons", number.into()))
    }
}

/// The neurons of a subnet that hold a validator permit at one block, the largest total stake first.
#[derive(Debug, Clone)]
pub struct Validators(Scope);

impl Validators {
    /// `GET …/block/latest/validators`: at the best head.
    pub fn latest(&self) -> Call<ValidatorsBody> {
        self.0.get("/block/latest/validators")
    }

    /// `GET …/block/{number}/validators`: at a block.
    pub fn at(&self, number: impl Into<BlockNumber>) -> Call<ValidatorsBody> {
        self.0.get(&format!("/block/{}/validators", number.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_access_and_identities_read_the_same_under_their_own_paths() {
        let client = PylonClient::builder()
            .token("open")
            .identity("dev", 7, "secret")
            .build()
            .unwrap();
        let (subnet, identity) = (client.subnet(12), client.identity("dev").unwrap());
        for (call, path) in [
            (
                subnet.neurons().latest(),
                "/api/v1/subnet/12/block/latest/neurons",
            ),
            (
                subnet.neurons().recent(),
                "/api/v1/subnet/12/block/recent/neurons",
            ),
            (
                subnet.neurons().at(200),
                "/api/v1/subnet/12/block/200/neurons",
            ),
            (
                identity.neurons().latest(),
                "/api/v1/identity/dev/subnet/7/block/latest/neurons",
            ),
        ] {
            assert_eq!(call.path(), path);
        }
        assert_eq!(
            identity.validators().at(u32::MAX).path(),
            "/api/v1/identity/dev/subnet/7/block/4294967295/validators"
        );
        assert_eq!(
            subnet.validators().latest().path(),
            "/api/v1/subnet/12/block/latest/validators"
        );
    }

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
