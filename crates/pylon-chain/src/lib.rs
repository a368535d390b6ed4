//! Talks to subtensor over subxt: pinned reads of a subnet, blocks, and the heads as they come. The service and
//! tools that need the chain itself import it; whoever can do with a running Pylon imports `pylon-client`.
//!
//! Every read names the block that it is of. [`Chain`] holds one connection, which it opens again when it is lost;
//! [`Follower`] tells the best and the finalized head, and gives every best head in order to those who must not
//! miss one.
//!
//! ```no_run
//! use pylon_chain::{Chain, ChainConfig};
//! use pylon_models::NetUid;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let chain = Chain::connect(ChainConfig::new("finney".parse()?)).await?;
//! let head = chain.latest().await?;
//! if let Some(snapshot) = chain.snapshot(NetUid::from(1), head).await? {
//!     println!("{} neurons at block {}", snapshot.neurons.len(), snapshot.block);
//! }
//! # Ok(())
//! # }
//! ```

mod archive;
mod backoff;
mod balances;
mod capabilities;
mod certificates;
mod chain;
mod childkeys;
mod commitments;
mod commits;
mod config;
mod connection;
mod decode;
mod drand;
mod epochs;
mod error;
mod evm;
mod extrinsic;
mod follow;
mod matrix;
mod pinned;
mod prices;
mod rpc;
mod runtime;
mod snapshot;
mod standing;
mod stats;
pub mod storage;
mod submit;
mod subnets;
mod terms;
pub mod timelock;
mod versions;
mod wallet;

pub use capabilities::{Capability, Reading, Report};
pub use certificates::{AxonTerms, CertificateKey, ServedAxon};
pub use chain::{Block, Chain};
pub use commits::WaitingCommit;
pub use config::{ChainConfig, Endpoint, EndpointError};
pub use connection::{EndpointHealth, EndpointState};
pub use decode::DecodeError;
pub use epochs::EpochSpan;
pub use error::{ConnectError, ReadError, RpcError, SignError, SubmitError};
pub use evm::{AbiError, Evm, EvmAbi, EvmConfig, EvmEndpoint, EvmEndpointError, EvmError, EvmLog};
pub use follow::{Follower, Head, HeadStream, Heads, Reorganisation};
pub use matrix::{Row, storage_index};
pub use runtime::{NeuronsAnswer, Runtime, RuntimeError};
pub use snapshot::{Snapshot, validators};
pub use standing::{CommitmentTerms, OwnerTerms};
pub use stats::{MethodStats, Stats};
pub use submit::{
    Again, Call, Found, LIFETIME, Outcome, PoolRefusal, Signed, WeightsReveal, dispatch_again,
};
pub use terms::WeightsTerms;
pub use wallet::{KeyPair, WalletError, WalletFolder};

/// The target of the spans that are round trips to a node, at level `debug`: for traces, not for logs. A span is
/// named `rpc` and has `rpc.method` and, where it ended in an error, `rpc.failed`.
pub const SPANS: &str = "pylon_trace";
