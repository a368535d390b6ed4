//! The node's legacy methods, in our types.

use std::collections::HashMap;

use codec::Encode;
use pylon_models::{BlockHash, BlockNumber, BlockRef};
use subxt::PolkadotConfig;
use subxt::config::RpcConfigFor;
use subxt::config::substrate::{H256, SubstrateHeader};
use subxt::rpcs::client::RpcSubscription;
use subxt::rpcs::methods::legacy::StorageChangeSet;
use subxt::rpcs::{LegacyRpcMethods, RpcClient};

use crate::connection::Connection;
use crate::error::RpcError;
use crate::storage::StorageKey;

#[derive(Clone)]
pub(crate) struct Rpc {
    methods: LegacyRpcMethods<RpcConfigFor<PolkadotConfig>>,
}

/// What is needed of a header, its hash computed from all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) number: BlockNumber,
    pub(crate) hash: BlockHash,
    pub(crate) parent: BlockHash,
}

impl Header {
    pub(crate) fn block(&self) -> BlockRef {
        BlockRef {
            number: self.number,
            hash: self.hash,
        }
    }
}

impl TryFrom<SubstrateHeader<H256>> for Header {
    type Error = RpcError;

    fn try_from(header: SubstrateHeader<H256>) -> Result<Self, RpcError> {
        let hash = sp_crypto_hashing::blake2_256(&header.encode());
        Ok(Self {
            number: u32::try_from(header.number)
                .map_err(|error| RpcError::Malformed(Box::new(error)))?
                .into(),
            hash: hash.into(),
            parent: header.parent_hash.0.into(),
        })
    }
}

/// A block's extrinsics, each with its length before it, and the hash of the block before it.
pub(crate) struct Body {
    pub(crate) parent: BlockHash,
    pub(crate) extrinsics: Vec<Vec<u8>>,
}

/// Headers as the node sends them.
pub(crate) struct Headers(RpcSubscription<SubstrateHeader<H256>>);

impl Headers {
    /// `None`: the subscription is over.
    pub(crate) async fn next(&mut self) -> Option<Result<Header, RpcError>> {
        let header = self.0.next().await?;
        Some(header.map_err(RpcError::from).and_then(Header::try_from))
    }
}

/// What a node says of each key, nothing where the key has no value.
fn told(sets: Vec<StorageChangeSet<H256>>) -> HashMap<Vec<u8>, Option<Vec<u8>>> {
    sets.into_iter()
        .flat_map(|set| set.changes)
        .map(|(key, value)| (key.0, value.map(|value| value.0)))
        .collect()
}

/// A key that the node says nothing of is not one without a value.
fn untold() -> RpcError {
    RpcError::Malformed("the node left a storage key out".into())
}

fn h256(hash: BlockHash) -> H256 {
    H256(*hash.as_bytes())
}

impl Rpc {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            methods: LegacyRpcMethods::new(RpcClient::new(connection)),
        }
    }

    /// Without a hash: the best head.
    pub(crate) async fn header(&self, hash: Option<BlockHash>) -> Result<Option<Header>, RpcError> {
        let header = self.methods.chain_get_header(hash.map(h256)).await?;
        header.map(Header::try_from).transpose()
    }

    pub(crate) async fn block_hash(
        &self,
        number: BlockNumber,
    ) -> Result<Option<BlockHash>, RpcError> {
        let number = Some(number.get().into());
        let hash = self.methods.chain_get_block_hash(number).await?;
        Ok(hash.map(|hash| hash.0.into()))
    }

    pub(crate) async fn finalized_head(&self) -> Result<BlockHash, RpcError> {
        Ok(self.methods.chain_get_finalized_head().await?.0.into())
    }

    pub(crate) async fn spec_version(&self, at: BlockHash) -> Result<u32, RpcError> {
        let version = self
            .methods
            .state_get_runtime_version(Some(h256(at)))
            .await?;
        Ok(version.spec_version)
    }

    /// What a block holds; `None` where the node has no such block.
    pub(crate) async fn body(&self, block: BlockHash) -> Result<Option<Body>, RpcError> {
        let block = self.methods.chain_get_block(Some(h256(block))).await?;
        Ok(block.map(|block| {
            let extrinsics = block.block.extrinsics.into_iter();
            Body {
                parent: block.block.header.parent_hash.0.into(),
                extrinsics: extrinsics.map(|extrinsic| extrinsic.0).collect(),
            }
        }))
    }

    /// Gives an extrinsic to the node's pool. The error is subxt's, because the pool tells its reason as data.
    pub(crate) async fn submit(&self, extrinsic: &[u8]) -> Result<(), subxt::rpcs::Error> {
        self.methods.author_submit_extrinsic(extrinsic).await?;
        Ok(())
    }

    pub(crate) async fn state_call(
        &self,
        method: &str,
        arguments: &[u8],
        at: BlockHash,
    ) -> Result<Vec<u8>, RpcError> {
        Ok(self
            .methods
            .state_call(method, Some(arguments), Some(h256(at)))
            .await?)
    }

    /// The values of the keys, in the order of the keys, in one request.
    pub(crate) async fn storage<const N: usize>(
        &self,
        keys: &[StorageKey; N],
        at: BlockHash,
    ) -> Result<[Option<Vec<u8>>; N], RpcError> {
        let sets = self
            .methods
            .state_query_storage_at(keys.iter().map(StorageKey::as_bytes), Some(h256(at)))
            .await?;
        let told = told(sets);
        let mut values = [const { None }; N];
        for (key, value) in keys.iter().zip(&mut values) {
            value.clone_from(told.get(key.as_bytes()).ok_or_else(untold)?);
        }
        Ok(values)
    }

    /// Keys under a prefix in their order, up to `count`, from behind `start` on.
    pub(crate) async fn keys_page(
        &self,
        prefix: &StorageKey,
        count: u32,
        start: Option<&[u8]>,
        at: BlockHash,
    ) -> Result<Vec<Vec<u8>>, RpcError> {
        Ok(self
            .methods
            .state_get_keys_paged(prefix.as_bytes(), count, start, Some(h256(at)))
            .await?)
    }

    /// The values of the keys, in the order of the keys, in one request.
    pub(crate) async fn values(
        &self,
        keys: &[Vec<u8>],
        at: BlockHash,
    ) -> Result<Vec<Option<Vec<u8>>>, RpcError> {
        let sets = self
            .methods
            .state_query_storage_at(keys.iter().map(Vec::as_slice), Some(h256(at)))
            .await?;
        let mut told = told(sets);
        keys.iter()
            .map(|key| told.remove(key).ok_or_else(untold))
            .collect()
    }

    pub(crate) async fn best_heads(&self) -> Result<Headers, RpcError> {
        Ok(Headers(self.methods.chain_subscribe_new_heads().await?))
    }

    pub(crate) async fn finalized_heads(&self) -> Result<Headers, RpcError> {
        Ok(Headers(
            self.methods.chain_subscribe_finalized_heads().await?,
        ))
    }
}
