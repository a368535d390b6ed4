//! Options of the commands, in the shape of `pylon.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::config::{Archive, BlockTime, Runtime, World};

/// What `migrate` and `backup` take: where the database is.
#[derive(Debug, Args, Serialize)]
pub(super) struct Place {
    /// dev, finney, test, local, or a ws:// or wss:// URL.
    // Read with the rest: an error of the command line would repeat the text, which may hold credentials.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// Where the service keeps its files.
    #[arg(long, value_name = "PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
}

/// What `serve`, `check` and `healthcheck` take.
#[derive(Debug, Args, Serialize)]
pub(super) struct Node {
    #[command(flatten)]
    #[serde(flatten)]
    place: Place,
    /// Where HTTP is served.
    #[arg(long, value_name = "IP:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    bind: Option<SocketAddr>,
    #[command(flatten)]
    dev: DevOptions,
}

/// The node inside, under `--network dev`.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "With --network dev")]
struct DevOptions {
    /// The runtime layout.
    #[arg(long = "dev-runtime", value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<Runtime>,
    /// What stands at genesis.
    #[arg(long = "dev-world", value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    world: Option<World>,
    /// Time between blocks, or manual.
    #[arg(long = "dev-block-time")]
    #[serde(skip_serializing_if = "Option::is_none")]
    block_time: Option<BlockTime>,
    /// Where the node listens.
    #[arg(id = "dev_bind", long = "dev-bind", value_name = "IP:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    bind: Option<SocketAddr>,
    /// Where its archive endpoint listens: an address, `off`, or `beside` it.
    #[arg(long = "dev-archive", value_name = "IP:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<Archive>,
    /// Neurons of netuid 1.
    #[arg(long = "dev-neurons")]
    #[serde(skip_serializing_if = "Option::is_none")]
    neurons: Option<u16>,
    /// Subnets beside root.
    #[arg(long = "dev-subnets")]
    #[serde(skip_serializing_if = "Option::is_none")]
    subnets: Option<u16>,
    /// What the world is drawn from.
    #[arg(long = "dev-seed")]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// Blocks between the finalized head and the best.
    #[arg(long = "dev-finality-lag")]
    #[serde(skip_serializing_if = "Option::is_none")]
    finality_lag: Option<u32>,
}

/// What `devnet` takes: the same without the prefix.
#[derive(Debug, Args, Serialize)]
pub(super) struct Devnet {
    /// The runtime layout.
    #[arg(long, visible_alias = "layout", value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<Runtime>,
    /// What stands at genesis.
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    world: Option<World>,
    /// Time between blocks, or manual.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    block_time: Option<BlockTime>,
    /// Where the node listens.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:9944")]
    bind: SocketAddr,
    /// Where its archive endpoint listens: an address, `off`, or `beside` it on the next port.
    #[arg(long, value_name = "IP:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<Archive>,
    /// Neurons of netuid 1.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    neurons: Option<u16>,
    /// Subnets beside root.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    subnets: Option<u16>,
    /// What the world is drawn from.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// Blocks between the finalized head and the best.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    finality_lag: Option<u32>,
}

impl Place {
    pub(super) fn settings(&self) -> Value {
        value(self)
    }
}

impl Node {
    pub(super) fn settings(&self) -> Value {
        value(self)
    }
}

#[cfg(feature = "devnet")]
impl Devnet {
    pub(super) fn settings(&self) -> Value {
        serde_json::json!({ "network": "dev", "dev": value(self) })
    }
}

fn value(options: &impl Serialize) -> Value {
    // Names and plain values: there is nothing in them that JSON cannot hold.
    serde_json::to_value(options).unwrap_or_default()
}
