//! The client over real sockets, against the server of its feature `testing`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails, in its helpers too"
)]

mod reads;
mod server;
mod sign;
mod weights;
mod wire;
mod writes;

use std::time::Duration;

use pylon_client::testing::Server;
use pylon_client::{ClientBuilder, PylonClient, RetryPolicy};

const HASH: &str = "0x28c0c84d733c64250449e92ed0b79f893d9892d54af6958dba30f8234bbeaa25";

fn builder(server: &Server) -> ClientBuilder {
    PylonClient::builder()
        .url(server.url())
        .token("open")
        .identity("dev", 7, "secret")
        .timeout(Duration::from_secs(10))
        .retry(RetryPolicy {
            first_pause: Duration::from_millis(1),
            ..RetryPolicy::default()
        })
}

fn client(server: &Server) -> PylonClient {
    builder(server).build().unwrap()
}
