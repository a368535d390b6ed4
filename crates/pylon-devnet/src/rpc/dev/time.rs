//! When blocks are made, and when they are final.

use std::time::Duration;

use jsonrpsee::{RpcModule, server::RegisterMethodError, types::ErrorObjectOwned};
use serde::Deserialize;

use super::super::{Endpoint, args::Args, errors};
use crate::clock::BlockTime;

/// `dev_setBlockBuildMode`'s parameter: a name, or a time in milliseconds.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `Manual`, `Instant`, `Batch`, milliseconds, or {every_ms}"
)]
enum Mode {
    Named(Name),
    Millis(u64),
    Every(Every),
}

/// The names that chopsticks has. Its `Batch` waits for more transactions before it makes a block;
/// so does `Instant` here, for as long as the block before takes.
#[derive(Debug, Deserialize)]
enum Name {
    Manual,
    Instant,
    Batch,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Every {
    #[serde(alias = "everyMs")]
    every_ms: u64,
}

impl From<Mode> for BlockTime {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Named(Name::Manual) => Self::Manual,
            Mode::Named(Name::Instant | Name::Batch) => Self::Instant,
            Mode::Millis(millis) | Mode::Every(Every { every_ms: millis }) => {
                Self::Every(Duration::from_millis(millis))
            }
        }
    }
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_method("dev_setBlockBuildMode", |params, endpoint, _| {
        let mode: Mode = Args::parse(&params, &["mode|every_ms|everyMs"])?.required(0)?;
        endpoint
            .node()
            .set_block_time(mode.into())
            .map_err(errors::invalid_params)
    })?;
    module.register_blocking_method("dev_setFinalityLag", |params, endpoint, _| {
        let blocks: u32 = Args::parse(&params, &["blocks|lag"])?.required(0)?;
        endpoint.node().set_finality_lag(blocks);
        Ok::<_, ErrorObjectOwned>(())
    })?;
    Ok(())
}
