//! A simulated subtensor node: its chain, its runtime and its JSON-RPC, in one process.
//! Tests and `--network dev` start it; nothing that talks to a real chain should import it.
//!
//! Everything is a function over one ordered map of raw keys to bytes, so any state of the real
//! chain can be laid down in it and compared byte for byte.
//!
//! ```
//! use pylon_devnet::{BlockTime, Devnet, World};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let devnet = Devnet::builder()
//!     .world(World::Empty)
//!     .block_time(BlockTime::Manual)
//!     .start()
//!     .await?;
//! devnet.new_blocks(3).await?;
//! assert_eq!(devnet.best().0, 3);
//! println!("a node at {}", devnet.ws_url());
//! devnet.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! What is not as in the real node:
//! - State roots are not trie roots: each is the parent's hashed with what the block changed. They
//!   tell states apart and cost little; read proofs do not exist.
//! - Headers carry an Aura slot but no seal, and nobody earns the fees. The chain forks only when a
//!   test says so, and finality is nothing but a distance from the best block.
//! - Every call is declared that a validator or a miner makes; those that do nothing here yet are
//!   refused with `System.CallFiltered`, as a real runtime's base filter does.
//! - Weights of calls are near the real ones, and so are the fees that follow from them. An
//!   extrinsic that nobody signed weighs nothing where its fee is asked for.
//! - Simulated swaps know no limit of the price; those of pools with unequal weights may be a rao
//!   off, as may locked stake, whose decay no recorded answer shows.
//! - Blocks give subnets alpha for their epochs, and pools nothing; root's dividends are claimed by
//!   nobody, and no epoch locks an owner's cut.
//! - Drand's pulses are the devnet's own, by a key that follows from the world's seed. A block that
//!   a clock makes stores those of its time at its end, without a transaction.
//! - Headers and bodies of all blocks are kept, and with an archive endpoint all states: one block
//!   of the dev world costs some 16 KiB. Left branches are kept as long as states of their height.
//! - No contract runs: logs of the EVM are put there by a test, and the roots in Ethereum headers
//!   are not trie roots either.
//! - The rate limit refuses at once, where a real node lets a call wait and try again ten times.

mod beacon;
mod clock;
mod devnet;
mod evm;
mod faults;
mod node;
mod rpc;
mod runtime;
mod scale;
mod state;
mod storage;
mod timelock;
mod world;

pub use clock::{BlockTime, BlockTimeError};
pub use devnet::{Builder, Devnet, HeadError, StartError, WorkerDied};
pub use evm::{EvmLog, LogsError};
pub use faults::{Fault, FaultError, Faults, Spell};
pub use node::{PulseError, ReorganiseError};
pub use runtime::layout::{Layout, UnknownLayout};
pub use world::{World, WorldError};
