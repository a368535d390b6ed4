//! `state_*`: storage, runtime APIs, metadata.

mod storage;
mod version;

use jsonrpsee::{RpcModule, server::RegisterMethodError, types::ErrorObjectOwned};
use sp_core::Bytes;
use sp_runtime::traits::{BlakeTwo256, Hash as _};

use super::{Endpoint, args::Args, errors};
use crate::{
    node::chain::View,
    runtime::{self, Hash, layout::Layout},
};

/// Keys in one page, as in a real node.
const PAGE: u32 = 1_000;

type Answer<T> = Result<T, ErrorObjectOwned>;

fn value(view: &View, key: &Bytes, hash: Option<Hash>) -> Answer<Option<Vec<u8>>> {
    let state = view.state(hash).map_err(errors::state)?;
    Ok(state.get(key).map(<[u8]>::to_vec))
}

fn keys_paged(view: &View, args: &Args) -> Answer<Vec<Bytes>> {
    let prefix: Option<Bytes> = args.optional(0)?;
    let count: u32 = args.required(1)?;
    let start: Option<Bytes> = args.optional(2)?;
    if count > PAGE {
        return Err(errors::count_too_large(count, PAGE));
    }
    let state = view.state(args.optional(3)?).map_err(errors::state)?;
    let prefix = prefix.map_or_else(Vec::new, |prefix| prefix.0);
    let start = start.map(|start| start.0);
    let first = start
        .clone()
        .filter(|start| *start > prefix)
        .unwrap_or_else(|| prefix.clone());
    Ok(state
        .iter_from(&first)
        .map(|(key, _)| key)
        .take_while(|key| key.starts_with(&prefix))
        .filter(|key| start.as_deref().is_none_or(|start| *key > start))
        .take(usize::try_from(count).unwrap_or_default())
        .map(|key| Bytes(key.to_vec()))
        .collect())
}

fn call(view: &View, args: &Args) -> Answer<Bytes> {
    let method: String = args.required(0)?;
    let input: Bytes = args.required(1)?;
    let state = view.state(args.optional(2)?).map_err(errors::state)?;
    runtime::api::call(state, &method, &input)
        .map(Bytes)
        .map_err(|error| errors::api(&error))
}

/// Every key under a prefix: what turbobt asks for, and real nodes still answer.
fn keys(view: &View, args: &Args) -> Answer<Vec<Bytes>> {
    let prefix: Bytes = args.required(0)?;
    let state = view.state(args.optional(1)?).map_err(errors::state)?;
    Ok(state
        .iter_prefix(&prefix)
        .map(|(key, _)| Bytes(key.to_vec()))
        .collect())
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("state_call", |params, endpoint, _| {
        call(
            &endpoint.view(),
            &Args::parse(&params, &["name|method", "bytes|data", "hash|at"])?,
        )
    })?;
    module.register_alias("state_callAt", "state_call")?;
    module.register_blocking_method("state_getKeys", |params, endpoint, _| {
        let args = Args::parse(&params, &["prefix|key", "hash|at"])?;
        keys(&endpoint.view(), &args)
    })?;
    module.register_blocking_method("state_getKeysPaged", |params, endpoint, _| {
        let names = ["prefix|key", "count", "start_key|startKey", "hash|at"];
        keys_paged(&endpoint.view(), &Args::parse(&params, &names)?)
    })?;
    module.register_alias("state_getKeysPagedAt", "state_getKeysPaged")?;
    module.register_method("state_getStorage", |params, endpoint, _| {
        let args = Args::parse(&params, &["key", "hash|at"])?;
        Answer::Ok(value(&endpoint.view(), &args.required(0)?, args.optional(1)?)?.map(Bytes))
    })?;
    module.register_alias("state_getStorageAt", "state_getStorage")?;
    module.register_method("state_getStorageHash", |params, endpoint, _| {
        let args = Args::parse(&params, &["key", "hash|at"])?;
        let value = value(&endpoint.view(), &args.required(0)?, args.optional(1)?)?;
        Answer::Ok(value.map(|value| BlakeTwo256::hash(&value)))
    })?;
    module.register_alias("state_getStorageHashAt", "state_getStorageHash")?;
    module.register_method("state_getStorageSize", |params, endpoint, _| {
        let args = Args::parse(&params, &["key", "hash|at"])?;
        let value = value(&endpoint.view(), &args.required(0)?, args.optional(1)?)?;
        Answer::Ok(value.map(|value| value.len()))
    })?;
    module.register_alias("state_getStorageSizeAt", "state_getStorageSize")?;
    module.register_blocking_method("state_getMetadata", |params, endpoint, _| {
        let hash = Args::parse(&params, &["hash|at"])?.optional(0)?;
        let view = endpoint.view();
        let layout = Layout::of(view.state(hash).map_err(errors::state)?);
        Answer::Ok(runtime::metadata(layout, 14).map(|bytes| Bytes(bytes.to_vec())))
    })?;
    storage::register(module)?;
    version::register(module)
}
