//! The node over its socket, as clients meet it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

mod archive;
mod blocks;
mod faults;
mod forks;
mod golden;
mod heads;
mod refusals;
mod storage;
mod through_subxt;
mod time;
mod wire;
