//! Reads that are answered as of one block, and the paths and tokens that they begin with.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use pylon_models::unstable::{EvmAbiBody, EvmLogsBody};
use pylon_models::{BlockNumber, EvmAddress, IdentityName, NetUid};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::Serialize;

use crate::{Call, PylonClient};

/// What the paths of some reads begin with on either surface, and the token that opens them.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    client: PylonClient,
    token: Option<HeaderValue>,
    v1: String,
    unstable: String,
}

impl Scope {
    /// What belongs to no subnet.
    pub(crate) fn chain(client: &PylonClient) -> Self {
        Self {
            client: client.clone(),
            token: client.inner().open_access.clone(),
            v1: "/api/v1".to_owned(),
            unstable: "/api/_unstable/openaccess".to_owned(),
        }
    }

    pub(crate) fn subnet(client: &PylonClient, netuid: NetUid) -> Self {
        let chain = Self::chain(client);
        Self {
            v1: format!("{}/subnet/{netuid}", chain.v1),
            unstable: format!("{}/subnet/{netuid}", chain.unstable),
            ..chain
        }
    }

    pub(crate) fn identity(
        client: &PylonClient,
        name: &IdentityName,
        netuid: NetUid,
        token: HeaderValue,
    ) -> Self {
        Self {
            client: client.clone(),
            token: Some(token),
            v1: format!("/api/v1/identity/{name}/subnet/{netuid}"),
            unstable: format!("/api/_unstable/identity/{name}/subnet/{netuid}"),
        }
    }

    pub(crate) fn client(&self) -> &PylonClient {
        &self.client
    }

    pub(crate) fn get<T>(&self, rest: impl fmt::Display) -> Call<T> {
        self.call(format!("{}{rest}", self.v1))
    }

    pub(crate) fn get_unstable<T>(&self, rest: impl fmt::Display) -> Call<T> {
        self.call(format!("{}{rest}", self.unstable))
    }

    pub(crate) fn post_unstable<T>(
        &self,
        rest: impl fmt::Display,
        body: &impl Serialize,
    ) -> Call<T> {
        let path = format!("{}{rest}", self.unstable);
        Call::post(self.client.clone(), path, self.token.clone(), body)
    }

    pub(crate) fn post<T>(&self, rest: impl fmt::Display, body: &impl Serialize) -> Call<T> {
        let path = format!("{}{rest}", self.v1);
        Call::post(self.client.clone(), path, self.token.clone(), body)
    }

    pub(crate) fn put<T>(&self, rest: impl fmt::Display, body: &impl Serialize) -> Call<T> {
        self.post(rest, body).with_method(Method::PUT)
    }

    /// `POST …/evm/contracts/{contract}/logs`, unstable.
    pub(crate) fn evm_logs(
        &self,
        contract: &EvmAddress,
        blocks: RangeInclusive<u64>,
        abi: &EvmAbiBody,
    ) -> Call<EvmLogsBody> {
        let (from, to) = blocks.into_inner();
        let rest = format!("/evm/contracts/{contract}/logs?from_block={from}&to_block={to}");
        self.post_unstable(rest, abi)
    }

    /// `rest` is what stands after the block.
    pub(crate) fn pinned<T>(&self, rest: impl Into<String>) -> Pinned<T> {
        Pinned::new(self, &self.v1, rest.into())
    }

    pub(crate) fn pinned_unstable<T>(&self, rest: impl Into<String>) -> Pinned<T> {
        Pinned::new(self, &self.unstable, rest.into())
    }

    fn call<T>(&self, path: String) -> Call<T> {
        Call::get(self.client.clone(), path, self.token.clone())
    }
}

/// One thing to read, at the best head or at a block of the past. [`Call::finalized`] asks for the last
/// finalized block instead of the best head.
///
/// Every answer names the block that was read. A block that the chain has not made is `block_not_found`, a subnet
/// that did not exist then `subnet_not_found`; what the runtime of that block cannot tell is
/// `unsupported_by_runtime`, and a state that no node of the service keeps `state_unavailable`.
pub struct Pinned<T> {
    scope: Scope,
    surface: String,
    rest: String,
    body: PhantomData<fn() -> T>,
}

impl<T> Pinned<T> {
    fn new(scope: &Scope, surface: &str, rest: String) -> Self {
        Self {
            scope: scope.clone(),
            surface: surface.to_owned(),
            rest,
            body: PhantomData,
        }
    }

    /// At the best head: `…/block/latest/…`.
    pub fn latest(&self) -> Call<T> {
        self.under("latest")
    }

    /// At a block: `…/block/{number}/…`.
    pub fn at(&self, number: impl Into<BlockNumber>) -> Call<T> {
        self.under(number.into())
    }

    pub(crate) fn under(&self, block: impl fmt::Display) -> Call<T> {
        self.scope
            .call(format!("{}/block/{block}{}", self.surface, self.rest))
    }
}

impl<T> Clone for Pinned<T> {
    fn clone(&self) -> Self {
        Self {
            scope: self.scope.clone(),
            surface: self.surface.clone(),
            rest: self.rest.clone(),
            body: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Pinned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = format!("{}/block/…{}", self.surface, self.rest);
        f.debug_struct("Pinned")
            .field("path", &path)
            .finish_non_exhaustive()
    }
}
