//! The Pylon service: configuration, HTTP, snapshots, metrics and the tasks behind them. Its own program
//! and tests import it; other programs talk to the running service through `pylon-client`.

mod app;
mod auth;
mod blocks;
mod classic;
mod cli;
mod committer;
pub mod config;
mod database;
#[cfg(test)]
mod documented;
mod encoding;
mod evm;
mod http;
mod keys;
mod limit;
mod link;
mod load;
mod logging;
mod metrics;
mod node;
mod original;
mod reads;
mod service;
mod signals;
mod signer;
mod snapshots;
mod sockets;
mod tasks;
mod telemetry;
mod tokens;

pub use cli::Cli;
pub use config::Config;
pub use database::DatabaseError;
pub use keys::KeyError;
pub use node::NodeError;
pub use service::{Service, StartError};
pub use tokens::{MadeToken, TokensError};
