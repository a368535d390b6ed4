//! The chain over a real socket, against a devnet: reads, heads, and what happens when the socket goes away.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends where it fails, in its helpers too"
)]

#[path = "golden/answers.rs"]
#[allow(dead_code, reason = "shared with the tests of the readers")]
mod answers;
#[path = "golden/devnet.rs"]
mod devnet;
#[path = "node/heads.rs"]
mod heads;
#[path = "node/outages.rs"]
mod outages;
#[path = "node/proxy.rs"]
mod proxy;
#[path = "node/reads.rs"]
mod reads;
#[path = "node/world.rs"]
mod world;
