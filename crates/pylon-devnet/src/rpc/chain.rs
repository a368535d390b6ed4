//! `chain_*`: blocks, headers and heads.

use jsonrpsee::{RpcModule, server::RegisterMethodError, types::ErrorObjectOwned};
use serde::{Deserialize, Serialize};
use sp_core::{Bytes, U256};

use super::{Endpoint, args::Args, errors, subscription};
use crate::{
    node::chain::{Block, View},
    runtime::{Hash, Header},
};

#[derive(Clone, Serialize)]
struct SignedBlock {
    block: BlockBody,
    justifications: Option<()>,
}

#[derive(Clone, Serialize)]
struct BlockBody {
    header: Header,
    extrinsics: Vec<Bytes>,
}

impl From<&Block> for SignedBlock {
    fn from(block: &Block) -> Self {
        let extrinsics = block.extrinsics.iter().map(|bytes| Bytes(bytes.to_vec()));
        Self {
            block: BlockBody {
                header: block.header.clone(),
                extrinsics: extrinsics.collect(),
            },
            justifications: None,
        }
    }
}

/// A height, as a number or in hex.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Height {
    Number(u64),
    Hex(U256),
}

impl Height {
    pub(super) fn get(self) -> Result<u32, ErrorObjectOwned> {
        match self {
            Self::Number(number) => {
                u32::try_from(number).map_err(|_| errors::number_too_large(number))
            }
            Self::Hex(number) => {
                u32::try_from(number).map_err(|_| errors::number_too_large(number))
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Heights {
    One(Height),
    Many(Vec<Height>),
}

#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Hashes {
    One(Option<Hash>),
    Many(Vec<Option<Hash>>),
}

fn hashes(view: &View, heights: Option<Heights>) -> Result<Hashes, ErrorObjectOwned> {
    let hash = |height: Height| Ok(view.at(height.get()?).map(|block| block.hash));
    Ok(match heights {
        None => Hashes::One(Some(view.best().hash)),
        Some(Heights::One(height)) => Hashes::One(hash(height)?),
        Some(Heights::Many(heights)) => Hashes::Many(
            heights
                .into_iter()
                .map(hash)
                .collect::<Result<_, ErrorObjectOwned>>()?,
        ),
    })
}

/// Adds the methods.
pub(super) fn register(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    module.register_method("chain_getBlock", |params, endpoint, _| {
        let hash = Args::parse(&params, &["hash|at"])?.optional(0)?;
        let view = endpoint.view();
        Ok::<_, ErrorObjectOwned>(view.block(hash).map(|block| SignedBlock::from(&**block)))
    })?;
    module.register_method("chain_getHeader", |params, endpoint, _| {
        let hash = Args::parse(&params, &["hash|at"])?.optional(0)?;
        let view = endpoint.view();
        Ok::<_, ErrorObjectOwned>(view.block(hash).map(|block| block.header.clone()))
    })?;
    module.register_method("chain_getBlockHash", |params, endpoint, _| {
        let heights = Args::parse(&params, &["hash|number|blockNumber"])?.optional(0)?;
        hashes(&endpoint.view(), heights)
    })?;
    module.register_alias("chain_getHead", "chain_getBlockHash")?;
    module.register_method("chain_getFinalizedHead", |_, endpoint, _| {
        Ok::<_, ErrorObjectOwned>(endpoint.view().finalized().hash)
    })?;
    module.register_alias("chain_getFinalisedHead", "chain_getFinalizedHead")?;
    register_subscriptions(module)
}

fn register_subscriptions(module: &mut RpcModule<Endpoint>) -> Result<(), RegisterMethodError> {
    for (subscribe, head, unsubscribe, all) in [
        (
            "chain_subscribeAllHeads",
            "chain_allHead",
            "chain_unsubscribeAllHeads",
            true,
        ),
        (
            "chain_subscribeNewHeads",
            "chain_newHead",
            "chain_unsubscribeNewHeads",
            false,
        ),
    ] {
        module.register_subscription(
            subscribe,
            head,
            unsubscribe,
            move |_, pending, endpoint, _| {
                // Follows without keeping the node alive.
                let feed = endpoint.feed();
                async move {
                    let _gone = subscription::heads(pending, feed, all).await;
                }
            },
        )?;
    }
    module.register_subscription(
        "chain_subscribeFinalizedHeads",
        "chain_finalizedHead",
        "chain_unsubscribeFinalizedHeads",
        move |_, pending, endpoint, _| {
            let feed = endpoint.feed();
            async move {
                let _gone = subscription::finalized(pending, feed).await;
            }
        },
    )?;
    for (alias, name) in [
        ("subscribe_newHead", "chain_subscribeNewHeads"),
        ("unsubscribe_newHead", "chain_unsubscribeNewHeads"),
        ("chain_subscribeNewHead", "chain_subscribeNewHeads"),
        ("chain_unsubscribeNewHead", "chain_unsubscribeNewHeads"),
        (
            "chain_subscribeFinalisedHeads",
            "chain_subscribeFinalizedHeads",
        ),
        (
            "chain_unsubscribeFinalisedHeads",
            "chain_unsubscribeFinalizedHeads",
        ),
    ] {
        module.register_alias(alias, name)?;
    }
    Ok(())
}
