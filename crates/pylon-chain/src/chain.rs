//! The chain as the rest of Pylon sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use codec::Decode;
use pylon_models::{BlockHash, BlockNumber, BlockRef};
use subxt::backend::LegacyBackend;
use subxt::rpcs::RpcClient;
use subxt::{OnlineClient, PolkadotConfig};

use crate::archive::Archive;
use crate::capabilities::NOW;
use crate::config::{ChainConfig, Endpoint};
use crate::connection::{Connection, EndpointHealth, Urgency};
use crate::error::{ConnectError, ReadError, RpcError};
use crate::rpc::{Header, Rpc};
use crate::runtime::Runtime;
use crate::stats::Stats;
use crate::storage::StorageKey;
use crate::versions::Versions;

/// A chain, read through one node at a time. Cheap to clone; its connections end with the last clone.
#[derive(Clone)]
pub struct Chain {
    shared: Arc<Shared>,
    connection: Connection,
    rpc: Rpc,
    /// Reads through this one that turned to an archive node.
    fallbacks: Arc<AtomicU64>,
}

struct Shared {
    config: ChainConfig,
    versions: Versions,
    archive: Archive,
    /// The greatest height that was met, by which old blocks are known.
    height: AtomicU32,
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
    /// Connects to the first node that can be, makes sure that it is the right chain, and reads the metadata of
    /// its head. Archive nodes are connected to when a block is old enough to need them.
    ///
    /// A connection that is lost later is opened again by itself; requests wait a few seconds for that.
    pub async fn connect(mut config: ChainConfig) -> Result<Self, ConnectError> {
        config.tell_apart();
        let connection = Connection::open(config.clone(), &config.endpoints).await?;
        let chain = Self {
            rpc: Rpc::new(connection.clone()),
            shared: Arc::new(Shared {
                archive: Archive::new(&config, connection.genesis()),
                config,
                versions: Versions::default(),
                height: AtomicU32::new(0),
            }),
            connection,
            fallbacks: Arc::default(),
        };
        let warm = async {
            let head = chain.latest().await?;
            chain.runtime_here(head.hash).await
        };
        warm.await.map_err(|source| ConnectError::Read {
            endpoint: chain.endpoint(),
            source,
        })?;
        Ok(chain)
    }

    /// The same chain for what cannot wait: the requests of others give way to its own where a node takes only
    /// so many.
    #[must_use]
    pub fn urgent(&self) -> Self {
        let connection = self.connection.with(Urgency::Urgent);
        Self {
            shared: Arc::clone(&self.shared),
            rpc: Rpc::new(connection.clone()),
            connection,
            fallbacks: Arc::clone(&self.fallbacks),
        }
    }

    /// The same chain, with a count of its own of the reads that turn to an archive node.
    #[must_use]
    pub fn counting(&self) -> Self {
        Self {
            fallbacks: Arc::default(),
            ..self.clone()
        }
    }

    /// How many reads turned to an archive node because another one no longer had the state, since this one counts.
    pub fn fallbacks(&self) -> u64 {
        self.fallbacks.load(Ordering::Relaxed)
    }

    /// The node that is asked, without credentials.
    pub fn endpoint(&self) -> Endpoint {
        self.connection.endpoint()
    }

    /// How each endpoint does, archives after the others.
    pub fn endpoints(&self) -> Vec<EndpointHealth> {
        let mut endpoints = self.connection.health();
        endpoints.extend(self.shared.archive.health());
        endpoints
    }

    /// Whether the connection stands now. A lost one is made anew, and calls wait a while for it.
    pub fn is_connected(&self) -> bool {
        self.connection.is_up()
    }

    pub(crate) fn config(&self) -> &ChainConfig {
        &self.shared.config
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The hash of block 0.
    pub fn genesis_hash(&self) -> BlockHash {
        self.connection.genesis()
    }

    /// What was asked of the nodes so far, archives included.
    pub fn stats(&self) -> Stats {
        let mut stats = self.connection.counters().read();
        stats.add(self.shared.archive.stats());
        stats
    }

    /// subxt's own client over the same connection, for what is not read often: it asks more than it must.
    pub async fn online_client(
        &self,
    ) -> Result<OnlineClient<PolkadotConfig>, subxt::error::OnlineClientError> {
        let client = RpcClient::new(self.connection.clone());
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
        let header = header.ok_or(ReadError::UnknownBlock(self.genesis_hash()))?;
        self.met(header.number);
        Ok(header)
    }

    /// A block of that height was met.
    pub(crate) fn met(&self, number: BlockNumber) {
        self.shared
            .height
            .fetch_max(number.get(), Ordering::Relaxed);
    }

    /// Reads at a block: from an archive node where the block is old and one can be reached, else from the present one, and from an
    /// archive node once more where that no longer has the block's state.
    pub(crate) async fn routed<T, F>(
        &self,
        block: BlockRef,
        read: impl Fn(Self) -> F,
    ) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        let head = BlockNumber::new(self.shared.height.load(Ordering::Relaxed));
        let old = head.since(block.number) > self.shared.config.archive_cutoff;
        let has_archive = self.shared.archive.is_configured();
        if old && has_archive {
            return self.archive_first(block.hash, read).await;
        }
        self.falling_back(block.hash, read).await
    }

    /// Reads on an archive node, and on the present one where none can be reached: it may be one itself.
    async fn archive_first<T, F>(
        &self,
        block: BlockHash,
        read: impl Fn(Self) -> F,
    ) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        let answer = match self.on_archive().await {
            Ok(archive) => read(archive).await,
            Err(error) => Err(error),
        };
        let Err(unreachable @ ReadError::Rpc(RpcError::Disconnected)) = answer else {
            return answer;
        };
        tracing::debug!(chain.block = %block, "no archive node, turned to the main one");
        match read(self.clone()).await {
            // What it lacks an archive node may have, once one is back.
            Err(error) if error.is_state_unavailable() => Err(unreachable),
            answer => answer,
        }
    }

    /// Reads at a block, and from an archive node once more where the present one lacks the block or its state.
    pub(crate) async fn falling_back<T, F>(
        &self,
        block: BlockHash,
        read: impl Fn(Self) -> F,
    ) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, ReadError>>,
    {
        match read(self.clone()).await {
            Err(error) if error.is_state_unavailable() && self.shared.archive.is_configured() => {
                tracing::debug!(chain.block = %block, "turned to an archive node");
                self.shared.archive.count_fallback();
                self.fallbacks.fetch_add(1, Ordering::Relaxed);
                read(self.on_archive().await?).await
            }
            answer => answer,
        }
    }

    /// The same chain as archive nodes have it.
    async fn on_archive(&self) -> Result<Self, ReadError> {
        let connection = self.shared.archive.connection().await?;
        Ok(Self {
            shared: Arc::clone(&self.shared),
            rpc: Rpc::new(connection.clone()),
            connection,
            fallbacks: Arc::clone(&self.fallbacks),
        })
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
        let hash = self.rpc().block_hash(number).await?;
        let head = self.shared.height.load(Ordering::Relaxed);
        // A node that did not download the chain from its start knows no old hashes.
        if hash.is_none() && number.get() < head && self.shared.archive.is_configured() {
            let archive = self.on_archive().await?;
            return Ok(archive.rpc().block_hash(number).await?);
        }
        Ok(hash)
    }

    /// The block at a height that is not above the head; the head itself where it is.
    pub async fn block_at(
        &self,
        number: BlockNumber,
        head: BlockRef,
    ) -> Result<BlockRef, ReadError> {
        if number >= head.number {
            return Ok(head);
        }
        let hash = self.block_hash(number).await?;
        let hash = hash.ok_or(ReadError::NoBlock(number))?;
        Ok(BlockRef { number, hash })
    }

    /// A block by its hash, with the time at which it was made.
    pub async fn block(&self, hash: BlockHash) -> Result<Block, ReadError> {
        self.falling_back(hash, |chain| async move { chain.block_here(hash).await })
            .await
    }

    async fn block_here(&self, hash: BlockHash) -> Result<Block, ReadError> {
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
        self.falling_back(hash, |chain| async move { chain.runtime_here(hash).await })
            .await
    }

    /// The same, of a block that the node that is asked is to have.
    pub(crate) async fn runtime_here(&self, hash: BlockHash) -> Result<Arc<Runtime>, ReadError> {
        self.shared.versions.at(self.rpc(), hash).await
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({})", self.endpoint())
    }
}

pub(crate) fn timestamp_key() -> StorageKey {
    NOW.key()
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
