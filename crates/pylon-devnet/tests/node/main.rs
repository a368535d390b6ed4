//! The node over its socket, as clients meet it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

mod archive;
mod blocks;
mod calls;
mod evm;
mod faults;
mod forks;
mod happened;
mod heads;
mod layouts;
mod losses;
mod owners;
mod proxies;
mod refusals;
mod replay;
mod sealed;
mod storage;
mod through_subxt;
mod time;
mod weights;
mod wire;
