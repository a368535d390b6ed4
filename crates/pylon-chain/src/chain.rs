//! The chain as the rest of Pylon sees it.

use std::sync::Arc;

use codec::Decode;
use pylon_models::{BlockHash, BlockNumber, BlockRef};
use subxt::backend::LegacyBackend;
use subxt::rpcs::RpcClient;
use subxt::{OnlineClient, PolkadotConfig};

use crate::config::{ChainConfig, Endpoint};
use crate::connection::Connection;
use crate::error::{ConnectError, ReadError};
use crate::rpc::{Header, Rpc};
use crate::runtime::Runtime;
use crate::stats::Stats;
use crate::storage::StorageKey;
use crate::versions::Versions;

/// A chain, read through one node. Cheap to clone; the connection ends with the last clone.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    connection: Connection,
    rpc: Rpc,
    versions: Versions,
}

/// A block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: BlockHash,
    /// The hash of the block before it.
    pub parent: BlockHash,
    /// When it was made, in unix seconds; 0 for the genesis.
    pub timestamp: u64,
}

impl Block {
    /// The block by number and hash.
    pub fn block(&self) -> BlockRef {
        BlockRef {
            number: self.number,
            hash: self.hash,
        }
    }
}

impl Chain {
    /// Connects, makes sure that it is the right chain, and reads the metadata of its head.
    ///
    /// A connection that is lost later is opened again by itself; requests wait a few seconds for that.
    pub async fn connect(config: ChainConfig) -> Result<Self, ConnectError> {
        let endpoint = config.endpoint.clone();
        let connection = Connection::open(config).await?;
        let chain = Self(Arc::new(Inner {
            rpc: Rpc::new(connection.clone()),
            connection,
            versions: Versions::default(),
        }));
        let warm = async {
            let head = chain.latest().await?;
            chain.runtime_at(head.hash).await
        };
        warm.await
            .map_err(|source| ConnectError::Read { endpoint, source })?;
        Ok(chain)
    }

    /// The node that is asked, without credentials.
    pub fn endpoint(&self) -> &Endpoint {
        &self.config().endpoint
    }

    /// Whether the connection stands now. A lost one is made anew, and calls wait a while for it.
    pub fn is_connected(&self) -> bool {
        self.0.connection.is_up()
    }

    pub(crate) fn config(&self) -> &ChainConfig {
        self.0.connection.config()
    }

    pub(crate) fn rpc(&self) -> &Rpc {
        &self.0.rpc
    }

    /// The hash of block 0.
    pub fn genesis_hash(&self) -> BlockHash {
        self.0.connection.genesis()
    }

    /// What was asked of the node so far.
    pub fn stats(&self) -> Stats {
        self.0.connection.counters().read()
    }

    /// subxt's own client over the same connection, for what is not read often: it asks more than it must.
    pub async fn online_client(
        &self,
    ) -> Result<OnlineClient<PolkadotConfig>, subxt::error::OnlineClientError> {
        let client = RpcClient::new(self.0.connection.clone());
        let backend = LegacyBackend::builder().build(client);
        OnlineClient::from_backend(Arc::new(backend)).await
    }

    /// The best head.
    pub async fn latest(&self) -> Result<BlockRef, ReadError> {
        Ok(self.best_header().await?.block())
    }

    /// The finalized head.
    pub async fn finalized(&self) -> Result<BlockRef, ReadError> {
        Ok(self.finalized_header().await?.block())
    }

    pub(crate) async fn best_header(&self) -> Result<Header, ReadError> {
        let header = self.rpc().header(None).await?;
        header.ok_or(ReadError::UnknownBlock(self.genesis_hash()))
    }

    pub(crate) async fn finalized_header(&self) -> Result<Header, ReadError> {
        self.header(self.rpc().finalized_head().await?).await
    }

    pub(crate) async fn header(&self, hash: BlockHash) -> Result<Header, ReadError> {
        let header = self
            .rpc()
            .header(Some(hash))
            .await
            .map_err(ReadError::at(hash))?;
        header.ok_or(ReadError::UnknownBlock(hash))
    }

    /// The hash of the block at a height; `None` above the head.
    pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<BlockHash>, ReadError> {
        Ok(self.rpc().block_hash(number).await?)
    }

    /// A block by its hash, with the time at which it was made.
    pub async fn block(&self, hash: BlockHash) -> Result<Block, ReadError> {
        let (header, timestamp) = tokio::try_join!(self.header(hash), self.timestamp(hash))?;
        Ok(Block {
            number: header.number,
            hash,
            parent: header.parent,
            timestamp,
        })
    }

    pub(crate) async fn timestamp(&self, hash: BlockHash) -> Result<u64, ReadError> {
        let [now] = self
            .rpc()
            .storage(&[timestamp_key()], hash)
            .await
            .map_err(ReadError::at(hash))?;
        unix_seconds(now.as_deref(), hash)
    }

    /// The runtime whose code the state of this block is read with.
    pub async fn runtime_at(&self, hash: BlockHash) -> Result<Arc<Runtime>, ReadError> {
        self.0.versions.at(self.rpc(), hash).await
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({})", self.endpoint())
    }
}

pub(crate) fn timestamp_key() -> StorageKey {
    StorageKey::new("Timestamp", "Now")
}

/// `Timestamp.Now` counts milliseconds, in a `u64` on every runtime there was.
pub(crate) fn unix_seconds(now: Option<&[u8]>, block: BlockHash) -> Result<u64, ReadError> {
    let Some(mut now) = now else {
        return Ok(0);
    };
    match u64::decode(&mut now) {
        Ok(milliseconds) => Ok(milliseconds / 1000),
        Err(source) => Err(ReadError::Decode {
            what: "the timestamp",
            block,
            source: source.into(),
        }),
    }
}
