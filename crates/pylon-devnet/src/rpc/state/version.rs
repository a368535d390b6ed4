//! The runtime's version, as JSON.

use jsonrpsee::{
    RpcModule,
    server::{PendingSubscriptionSink, RegisterMethodError},
};
use serde::Serialize;
use sp_core::Bytes;

use super::Answer;
use crate::{
    rpc::{Endpoint, args::Args, endpoint::Feed, errors, subscription::Gone},
    runtime::{self, layout::Layout},
    state::State,
};

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeVersion {
    spec_name: String,
    impl_name: String,
    authoring_version: u32,
    spec_version: u32,
    impl_version: u32,
    apis: Vec<(Bytes, u32)>,
    transaction_version: u32,
    system_version: u8,
    /// The name of `system_version` before 2025, which polkadot.js still reads.
    state_version: u8,
}

fn version(state: &State) -> RuntimeVersion {
    let version = runtime::version(Layout::of(state));
    RuntimeVersion {
        spec_name: version.spec_name.into_owned(),
        impl_name: version.impl_name.into_owned(),
        authoring_version: version.authoring_version,
        spec_version: version.spec_version,
        impl_version: version.impl_version,
        apis: version
            .apis
            .iter()
            .map(|(id, version)| (Bytes(id.to_vec()), *version))
            .collect(),
        transaction_version: version.transaction_version,
        system_version: version.system_version,
        state_version: version.system_version,
    }
}

async fn follow(pending: PendingSubscriptionSink, mut feed: Feed) -> Result<(), Gone> {
    let sink = pending.accept().await.map_err(|_| Gone)?;
    let mut told = None;
    loop {
        let now = version(&feed.latest().best_snapshot().state);
        if told.as_ref() != Some(&now) {
            feed.notify(&sink, &now).await?;
            told = Some(now);
        }
        feed.changed(&sink).await?;
    }
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_method("state_getRuntimeVersion", |params, endpoint, _| {
        let hash = Args::parse(&params, &["hash|at"])?.optional(0)?;
        let view = endpoint.view();
        Answer::Ok(version(view.state(hash).map_err(errors::state)?))
    })?;
    module.register_alias("chain_getRuntimeVersion", "state_getRuntimeVersion")?;
    module.register_subscription(
        "state_subscribeRuntimeVersion",
        "state_runtimeVersion",
        "state_unsubscribeRuntimeVersion",
        |_, pending, endpoint, _| {
            let feed = endpoint.feed();
            async move {
                let _gone = follow(pending, feed).await;
            }
        },
    )?;
    module.register_alias(
        "chain_subscribeRuntimeVersion",
        "state_subscribeRuntimeVersion",
    )?;
    module.register_alias(
        "chain_unsubscribeRuntimeVersion",
        "state_unsubscribeRuntimeVersion",
    )
}
