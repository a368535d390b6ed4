//! Many storage values at once: at a block, over a range of blocks, or as they change.

use std::collections::BTreeMap;

use jsonrpsee::{
    RpcModule,
    server::{PendingSubscriptionSink, RegisterMethodError},
    types::Params,
};
use serde::Serialize;
use sp_core::Bytes;

use super::Answer;
use crate::{
    node::chain::View,
    rpc::{Endpoint, args::Args, endpoint::Feed, errors, subscription::Gone},
    runtime::Hash,
    state::State,
};

/// Values at a block: all that were asked for, or those that changed there.
#[derive(Clone, Serialize)]
struct ChangeSet {
    block: Hash,
    changes: Vec<(Bytes, Option<Bytes>)>,
}

/// Keys that somebody follows, with the values told last.
struct Followed {
    keys: Vec<Bytes>,
    told: BTreeMap<usize, Option<Vec<u8>>>,
}

impl Followed {
    fn new(keys: Vec<Bytes>) -> Self {
        Self {
            keys,
            told: BTreeMap::new(),
        }
    }

    /// What differs from the last time; everything the first time.
    fn changes(&mut self, block: Hash, state: &State) -> ChangeSet {
        let mut changes = Vec::new();
        for (index, key) in self.keys.iter().enumerate() {
            let value = state.get(key);
            if self.told.get(&index).map(Option::as_deref) != Some(value) {
                changes.push((key.clone(), value.map(|value| Bytes(value.to_vec()))));
                self.told.insert(index, value.map(<[u8]>::to_vec));
            }
        }
        ChangeSet { block, changes }
    }
}

fn query_at(view: &View, args: &Args) -> Answer<Vec<ChangeSet>> {
    let keys: Vec<Bytes> = args.required(0)?;
    let at: Option<Hash> = args.optional(1)?;
    let state = view.state(at).map_err(errors::state)?;
    let block = at.unwrap_or(view.best().hash);
    Ok(vec![Followed::new(keys).changes(block, state)])
}

fn query(view: &View, args: &Args) -> Answer<Vec<ChangeSet>> {
    let keys: Vec<Bytes> = args.required(0)?;
    let from: Hash = args.required(1)?;
    let to: Option<Hash> = args.optional(2)?;
    let to = to.unwrap_or(view.best().hash);
    let unknown = |hash: Hash| {
        let details = format!("UnknownBlock: Header was not found in the database: {hash:?}");
        errors::block_range(&format!("{from:?}"), &format!("{to:?}"), &details)
    };
    let first = view.block(Some(from)).ok_or_else(|| unknown(from))?;
    let last = view.block(Some(to)).ok_or_else(|| unknown(to))?;
    if first.number() > last.number() {
        let name = |number: u32, hash: Hash| format!("{number} ({hash:?})");
        return Err(errors::block_range(
            &name(first.number(), from),
            &name(last.number(), to),
            "from number > to number",
        ));
    }
    let mut followed = Followed::new(keys);
    let mut sets = Vec::new();
    for number in first.number()..=last.number() {
        let Some(block) = view.at(number) else { break };
        let set = followed.changes(
            block.hash,
            view.state(Some(block.hash)).map_err(errors::state)?,
        );
        if number == first.number() || !set.changes.is_empty() {
            sets.push(set);
        }
    }
    Ok(sets)
}

async fn follow(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    mut feed: Feed,
) -> Result<(), Gone> {
    let keys = Args::parse(&params, &["keys"]).and_then(|args| args.optional::<Vec<Bytes>>(0));
    let keys = match keys {
        Ok(Some(keys)) => keys,
        // Following everything is for the node's own operator alone.
        Ok(None) => {
            pending.reject(errors::unsafe_call()).await;
            return Ok(());
        }
        Err(error) => {
            pending.reject(error).await;
            return Ok(());
        }
    };
    let mut view = feed.latest();
    let mut seen = view.arrivals();
    let sink = pending.accept().await.map_err(|_| Gone)?;
    let mut followed = Followed::new(keys);
    let mut first = true;
    loop {
        // The best block once more: an edit in place brings no other.
        for block in view.arrived_since(seen, false).chain([view.best()]) {
            // A follower so slow that a state is gone goes on with the next one that is kept.
            let Ok(state) = view.state(Some(block.hash)) else {
                continue;
            };
            let set = followed.changes(block.hash, state);
            if first || !set.changes.is_empty() {
                feed.notify(&sink, &set).await?;
            }
            first = false;
        }
        seen = view.arrivals();
        feed.changed(&sink).await?;
        view = feed.latest();
    }
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("state_queryStorageAt", |params, endpoint, _| {
        query_at(
            &endpoint.view(),
            &Args::parse(&params, &["keys", "at|hash"])?,
        )
    })?;
    module.register_blocking_method("state_queryStorage", |params, endpoint, _| {
        let names = ["keys", "block|fromBlock", "hash|toBlock"];
        query(&endpoint.view(), &Args::parse(&params, &names)?)
    })?;
    module.register_subscription(
        "state_subscribeStorage",
        "state_storage",
        "state_unsubscribeStorage",
        |params, pending, endpoint, _| {
            let feed = endpoint.feed();
            async move {
                let _gone = follow(params, pending, feed).await;
            }
        },
    )?;
    Ok(())
}
