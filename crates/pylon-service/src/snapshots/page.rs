//! One snapshot and the bodies that are made of it, each serialised once.

use std::time::Instant;

use actix_web::http::header::{HeaderValue, InvalidHeaderValue};
use bytes::Bytes;
use pylon_chain::Snapshot;
use pylon_models::v1::{Neuron, NeuronsBody, ValidatorsBody};
use pylon_models::{BlockRef, NetUid};

use crate::encoding::Body;

/// Room for one neuron's JSON, so that a body is not copied as it grows.
const NEURON_BYTES: usize = 640;

/// A snapshot and its bodies.
pub(crate) struct Page {
    /// What says which block it is, in headers.
    pub(crate) stamp: Stamp,
    /// The body of `…/neurons`.
    pub(crate) neurons: Body,
    /// The body of `…/validators`.
    pub(crate) validators: Body,
    netuid: NetUid,
    block: BlockRef,
    seen: Instant,
    weight: u32,
}

/// The headers that pin an answer to a block. Made once, cloned for nothing.
#[derive(Clone)]
pub(crate) struct Stamp {
    /// Weak, because three encodings share it.
    pub(crate) etag: HeaderValue,
    /// For `x-pylon-block`.
    pub(crate) block: HeaderValue,
}

impl Stamp {
    pub(crate) fn new(block: BlockRef) -> Result<Self, InvalidHeaderValue> {
        Ok(Self {
            etag: HeaderValue::from_maybe_shared(Bytes::from(format!("W/\"{}\"", block.hash)))?,
            block: HeaderValue::from(block.number.get()),
        })
    }
}

impl Page {
    pub(super) fn new(snapshot: Snapshot, seen: Instant) -> Result<Self, PageError> {
        let block = snapshot.block;
        let neurons = encode(
            &NeuronsBody {
                block,
                neurons: snapshot.neurons.iter().map(Neuron::from).collect(),
            },
            snapshot.neurons.len(),
        )?;
        let validators: Vec<Neuron> = snapshot
            .validators()
            .into_iter()
            .map(Neuron::from)
            .collect();
        let count = validators.len();
        let validators = encode(&ValidatorsBody { block, validators }, count)?;
        // The compressed forms together are about half of the bodies.
        let weight = (neurons.len() + validators.len()) * 3 / 2 + 512;
        Ok(Self {
            stamp: Stamp::new(block)?,
            neurons: Body::new(neurons),
            validators: Body::new(validators),
            netuid: snapshot.netuid,
            block,
            seen,
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        })
    }

    /// The subnet that was read.
    pub(crate) fn netuid(&self) -> NetUid {
        self.netuid
    }

    /// The block that was read.
    pub(crate) fn block(&self) -> BlockRef {
        self.block
    }

    /// When that block was met.
    pub(crate) fn seen(&self) -> Instant {
        self.seen
    }

    /// About how much memory it takes, in bytes.
    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }
}

/// Why a snapshot cannot be made into bodies.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    #[error("a body cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a block cannot be named in a header")]
    Header(#[from] InvalidHeaderValue),
}

fn encode(body: &impl serde::Serialize, neurons: usize) -> Result<Bytes, serde_json::Error> {
    let mut text = Vec::with_capacity(neurons * NEURON_BYTES + 256);
    serde_json::to_writer(&mut text, body)?;
    text.shrink_to_fit();
    Ok(text.into())
}
