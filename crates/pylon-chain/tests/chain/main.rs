//! The chain layer: its readers against recorded answers, and the whole of it over a real socket against a
//! devnet, with what happens when the socket goes away.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it fails, in its helpers too"
)]

mod answers;
mod archives;
mod branches;
mod childkeys;
mod commitments;
mod devnet;
mod extrinsics;
mod failover;
mod faults;
mod golden;
mod heads;
mod kept;
mod outages;
mod proxy;
mod reads;
mod refusals;
mod stage;
mod submit;
mod terms;
mod wallets;
mod world;
