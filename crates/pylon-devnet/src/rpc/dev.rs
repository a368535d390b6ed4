//! `dev_*`: what a test does to the chain, under the names of chopsticks where it has them.

mod faults;
mod time;

use jsonrpsee::{RpcModule, server::RegisterMethodError, types::ErrorObjectOwned};
use serde::Deserialize;
use sp_core::{Bytes, H160};

use super::{Endpoint, args::Args, chain::Height, errors};
use crate::{evm::EvmLog, node::Node, runtime::Hash};

/// `dev_newBlock`'s parameter: `{count}` or the count itself.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number of blocks, or {count}")]
enum Blocks {
    Count(u32),
    Object(BlocksObject),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BlocksObject {
    count: Option<u32>,
}

impl Blocks {
    fn count(&self) -> u32 {
        match self {
            Self::Count(count) => *count,
            Self::Object(object) => object.count.unwrap_or(1),
        }
    }
}

/// `dev_setHead`'s parameter. A hash is tried first: a height in hex is shorter.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a block's hash or height")]
enum Place {
    Hash(Hash),
    Height(Height),
}

/// A log for `dev_addLogs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DevLog {
    address: H160,
    #[serde(default)]
    topics: Vec<Hash>,
    data: Option<Bytes>,
}

impl From<DevLog> for EvmLog {
    fn from(log: DevLog) -> Self {
        Self {
            address: log.address.0,
            topics: log.topics.into_iter().map(|topic| topic.0).collect(),
            data: log.data.map(|data| data.0).unwrap_or_default(),
        }
    }
}

fn set_head(node: &Node, place: Place) -> Result<Hash, ErrorObjectOwned> {
    let hash = match place {
        Place::Hash(hash) => hash,
        Place::Height(height) => {
            let number = height.get()?;
            let view = node.view();
            let block = view.at(number);
            block
                .ok_or_else(|| errors::invalid_params(format!("there is no block {number}")))?
                .hash
        }
    };
    node.set_head(hash).map_err(errors::state)?;
    Ok(hash)
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("dev_newBlock", |params, endpoint, _| {
        let args = Args::parse(&params, &["count"])?;
        let blocks: Option<Blocks> = args.optional(0)?;
        let count = blocks.map_or(1, |blocks| blocks.count());
        Ok::<_, ErrorObjectOwned>(endpoint.node().make_blocks(count))
    })?;
    module.register_blocking_method("dev_upgrade", |params, endpoint, _| {
        let layout: String = Args::parse(&params, &["layout"])?.required(0)?;
        let layout = layout.parse().map_err(errors::invalid_params)?;
        endpoint.node().upgrade(layout);
        Ok::<_, ErrorObjectOwned>(())
    })?;
    module.register_blocking_method("dev_setStorage", |params, endpoint, _| {
        let args = Args::parse(&params, &["values|changes"])?;
        let changes: Vec<(Bytes, Option<Bytes>)> = args.required(0)?;
        if changes.iter().any(|(key, _)| key.is_empty()) {
            return Err(errors::invalid_params("an empty key"));
        }
        let changes: Vec<_> = changes
            .into_iter()
            .map(|(key, value)| (key.0, value.map(|value| value.0)))
            .collect();
        Ok::<_, ErrorObjectOwned>(endpoint.node().set_storage(&changes))
    })?;
    module.register_blocking_method("dev_setHead", |params, endpoint, _| {
        let args = Args::parse(&params, &["hashOrNumber|hash|number"])?;
        set_head(endpoint.node(), args.required(0)?)
    })?;
    module.register_blocking_method("dev_reorganise", |params, endpoint, _| {
        let args = Args::parse(&params, &["depth"])?;
        let depth = args.optional(0)?.unwrap_or(1);
        endpoint.node().reorganise(depth).map_err(errors::refused)
    })?;
    module.register_method("dev_pulse", |params, endpoint, _| {
        let round: u64 = Args::parse(&params, &["round"])?.required(0)?;
        endpoint.node().add_pulse(round).map_err(errors::refused)
    })?;
    module.register_method("dev_addLogs", |params, endpoint, _| {
        let logs: Vec<DevLog> = Args::parse(&params, &["logs"])?.required(0)?;
        let logs = logs.into_iter().map(EvmLog::from).collect();
        endpoint.node().add_logs(logs).map_err(errors::refused)
    })?;
    time::register(module)?;
    faults::register(module)
}
