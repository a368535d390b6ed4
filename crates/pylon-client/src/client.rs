//! The client, and its calls that belong to no subnet.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use pylon_models::unstable::{DrandRoundBody, EvmAbiBody, EvmLogsBody, PricesBody};
use pylon_models::v1::IdentitiesBody;
use pylon_models::wire::{AccountBody, SubnetsBody};
use pylon_models::{Coldkey, EvmAddress, Health, IdentityName, NetUid, Version};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use secrecy::SecretString;

use crate::pinned::Scope;
use crate::retry::{Budget, RetryPolicy};
use crate::{Blocks, Call, ClientBuilder, Error, Identity, Pinned, Subnet};

/// A client of one Pylon service. Cloning it is cheap, and clones share connections and the retry budget.
#[derive(Clone)]
pub struct PylonClient {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) open_access: Option<HeaderValue>,
    pub(crate) identities: BTreeMap<IdentityName, Account>,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) max_body: usize,
}

/// What the builder was given of an identity.
pub(crate) struct Account {
    pub(crate) netuid: NetUid,
    pub(crate) token: SecretString,
    /// The same as it stands in a request.
    pub(crate) header: HeaderValue,
}

impl PylonClient {
    /// Starts with the defaults: a service on this machine, no tokens.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use pylon_client::PylonClient;
    ///
    /// let client = PylonClient::builder()
    ///     .url("https://pylon.example.org")
    ///     .token("open-access-token")
    ///     .identity("dev", 1, "token-of-dev")
    ///     .timeout(Duration::from_secs(10))
    ///     .build();
    /// # let _ = client.map(|_| ());
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Where the service is, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// Blocks. No token is needed.
    pub fn blocks(&self) -> Blocks {
        Blocks::new(self)
    }

    /// A subnet, read with the open-access token. Without one the service answers `unauthorized`.
    pub fn subnet(&self, netuid: impl Into<NetUid>) -> Subnet {
        Subnet::new(self, netuid.into())
    }

    /// An identity that the builder was given, and the subnet that it serves.
    ///
    /// # Errors
    /// [`Error::UnknownIdentity`] when the builder was not given it; nothing is sent.
    pub fn identity(&self, name: &str) -> Result<Identity, Error> {
        let unknown = || Error::UnknownIdentity {
            name: name.to_owned(),
        };
        let name: IdentityName = name.parse().map_err(|_| unknown())?;
        let account = self.inner.identities.get(&name).ok_or_else(unknown)?;
        Ok(Identity::new(
            self,
            name,
            account.netuid,
            &account.token,
            account.header.clone(),
        ))
    }

    /// `GET /api/v1/identities`: the identities of the service, and the subnet that each serves. No token
    /// is needed.
    pub fn identities(&self) -> Call<IdentitiesBody> {
        Call::get(self.clone(), "/api/v1/identities", None)
    }

    /// `/api/v1/block/{latest|n}/subnets`: every subnet, root first, with its owner, pool and price. Amounts are in
    /// rao. Read with the open-access token.
    pub fn subnets(&self) -> Pinned<SubnetsBody> {
        Scope::chain(self).pinned("/subnets")
    }

    /// `/api/v1/block/{latest|n}/account/{coldkey}`: what a coldkey has, free and staked, in rao. A key that the chain
    /// has not met has nothing. Read with the open-access token.
    pub fn account(&self, coldkey: &Coldkey) -> Pinned<AccountBody> {
        Scope::chain(self).pinned(format!("/account/{coldkey}"))
    }

    /// `/api/_unstable/openaccess/block/{latest|n}/prices`: what one alpha of each subnet costs, in rao of TAO. Read
    /// with the open-access token.
    pub fn prices(&self) -> Pinned<PricesBody> {
        Scope::chain(self).pinned_unstable("/prices")
    }

    /// `GET /api/_unstable/openaccess/block/latest/drand/last_stored_round`: the newest drand round whose pulse the
    /// chain has; commitments under a timelock of that round or an earlier one can be opened. No token is needed.
    pub fn drand_round(&self) -> Call<DrandRoundBody> {
        Scope::chain(self).get_unstable("/block/latest/drand/last_stored_round")
    }

    /// `POST /api/_unstable/openaccess/evm/contracts/{contract}/logs`: the logs of a contract from one block to another,
    /// both included, that are events of its ABI, decoded. An ABI that cannot be used, and a range that holds too much
    /// for one answer, are `unprocessable`. Read with the open-access token.
    pub fn evm_logs(
        &self,
        contract: &EvmAddress,
        blocks: RangeInclusive<u64>,
        abi: &EvmAbiBody,
    ) -> Call<EvmLogsBody> {
        Scope::chain(self).evm_logs(contract, blocks, abi)
    }

    /// `GET /health/live`: whether the service answers at all.
    pub fn live(&self) -> Call<Health> {
        Call::get(self.clone(), "/health/live", None)
    }

    /// `GET /health/ready`: whether the service can read the present, and if not, why. Not being ready is
    /// an answer, not an error.
    pub fn ready(&self) -> Call<Health> {
        Call::get(self.clone(), "/health/ready", None)
            .also_accepting(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// `GET /version`: which program answers, and its version.
    pub fn version(&self) -> Call<Version> {
        Call::get(self.clone(), "/version", None)
    }
}

impl fmt::Debug for PylonClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PylonClient")
            .field("url", &self.inner.url)
            .finish_non_exhaustive()
    }
}
