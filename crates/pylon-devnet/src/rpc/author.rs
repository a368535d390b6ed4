//! `author_*`: transactions.

use std::sync::Arc;

use jsonrpsee::{
    RpcModule,
    server::{PendingSubscriptionSink, RegisterMethodError},
    types::{ErrorObjectOwned, Params},
};
use sp_core::Bytes;
use tokio::sync::mpsc;

use super::{Endpoint, args::Args, errors, subscription::Gone};
use crate::node::{extrinsic::Extrinsic, pool::Status};

/// Statuses that may wait for a watcher to read them: five of a life, three more for each branch
/// that is left.
const STATUSES: usize = 64;

type Answer<T> = Result<T, ErrorObjectOwned>;

fn submit(endpoint: &Endpoint, params: &Params<'_>) -> Answer<crate::runtime::Hash> {
    let node = endpoint.node();
    let bytes: Bytes = Args::parse(params, &["extrinsic|bytes"])?.required(0)?;
    let extrinsic =
        Extrinsic::decode(&bytes, node.layout()).map_err(|error| errors::undecodable(&error))?;
    node.submit(extrinsic, None, endpoint.faults())
        .map_err(errors::submit)
}

fn submit_watched(
    endpoint: &Endpoint,
    params: &Params<'_>,
    watcher: mpsc::Sender<Status>,
) -> Answer<crate::runtime::Hash> {
    let node = endpoint.node();
    let bytes: Bytes = Args::parse(params, &["extrinsic|bytes"])?.required(0)?;
    let extrinsic = Extrinsic::decode(&bytes, node.layout())
        .map_err(|error| errors::undecodable_watched(&error))?;
    node.submit(extrinsic, Some(watcher), endpoint.faults())
        .map_err(errors::submit)
}

async fn watch(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    endpoint: Arc<Endpoint>,
) -> Result<(), Gone> {
    let feed = endpoint.feed();
    let (watcher, mut statuses) = mpsc::channel(STATUSES);
    // The endpoint goes with it: who watches does not keep the node alive.
    let submitted =
        tokio::task::spawn_blocking(move || submit_watched(&endpoint, &params, watcher)).await;
    match submitted {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            pending.reject(error).await;
            return Ok(());
        }
        Err(_) => return Err(Gone),
    }
    let sink = pending.accept().await.map_err(|_| Gone)?;
    loop {
        let status = tokio::select! {
            () = sink.closed() => return Err(Gone),
            status = statuses.recv() => status.ok_or(Gone)?,
        };
        feed.moving(&sink).await?;
        feed.notify(&sink, &status).await?;
    }
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("author_submitExtrinsic", |params, endpoint, _| {
        submit(&endpoint, &params)
    })?;
    module.register_blocking_method("author_pendingExtrinsics", |_, endpoint, _| {
        let pending = endpoint.node().pending();
        pending
            .iter()
            .map(|bytes| Bytes(bytes.to_vec()))
            .collect::<Vec<_>>()
    })?;
    // What a node keeps for its own operator.
    for name in [
        "author_hasKey",
        "author_hasSessionKeys",
        "author_insertKey",
        "author_removeExtrinsic",
        "author_rotateKeys",
    ] {
        module.register_method(name, |_, _, _| Err::<(), _>(errors::unsafe_call()))?;
    }
    module.register_subscription(
        "author_submitAndWatchExtrinsic",
        "author_extrinsicUpdate",
        "author_unwatchExtrinsic",
        |params, pending, endpoint, _| async move {
            let _gone = watch(params, pending, endpoint).await;
        },
    )?;
    Ok(())
}
