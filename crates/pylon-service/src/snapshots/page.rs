//! One snapshot and the bodies that are made of it, each serialised once.

use std::time::{Duration, Instant};

use bytes::Bytes;
use pylon_chain::Snapshot;
use pylon_models::classic::{self, HyperparamsBody, MetagraphBody};
use pylon_models::v1::{Neuron, NeuronsBody, ValidatorsBody};
use pylon_models::wire::{EpochBody, HyperparametersBody};
use pylon_models::{BlockRef, NetUid};

use crate::blocks::Stamp;
use crate::encoding::Body;
use crate::load::EncodeError;

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
    /// The body of `…/hyperparams`; `None` where the runtime lists none.
    pub(crate) hyperparameters: Option<Body>,
    /// The body of `…/epoch`.
    pub(crate) epoch: Body,
    /// What the classic surface sends, of the subnet that it serves.
    pub(crate) classic: Option<ClassicBodies>,
    snapshot: Snapshot,
    seen: Instant,
    weight: u32,
}

/// What the classic surface sends.
pub(crate) struct ClassicBodies {
    /// The body of `/metagraph`.
    pub(crate) metagraph: Body,
    /// The body of `/hyperparams`; `None` where the runtime lists none.
    pub(crate) hyperparams: Option<Body>,
    /// The body of `/epoch`; `None` where the subnet runs none.
    pub(crate) epoch: Option<Body>,
}

impl ClassicBodies {
    fn new(snapshot: &Snapshot) -> Result<Self, EncodeError> {
        let metagraph = MetagraphBody {
            block: snapshot.block.number,
            block_hash: snapshot.block.hash,
            neurons: snapshot.neurons.iter().map(Into::into).collect(),
        };
        let hyperparams: HyperparamsBody = snapshot
            .hyperparameters
            .iter()
            .map(|one| (one.name.clone(), one.value.into()))
            .collect();
        let epoch = snapshot.epochs.bounds(snapshot.block.number.into());
        let json = |body: Vec<u8>| Body::new(body.into());
        Ok(Self {
            metagraph: Body::new(encode(&metagraph, snapshot.neurons.len())?),
            hyperparams: match hyperparams.is_empty() {
                true => None,
                false => Some(json(serde_json::to_vec(&hyperparams)?)),
            },
            epoch: match epoch {
                None => None,
                Some(bounds) => Some(json(serde_json::to_vec(&classic::EpochBody::new(bounds))?)),
            },
        })
    }

    fn weight(&self) -> usize {
        self.metagraph.bytes().len() * 3 / 2
    }
}

impl Page {
    pub(super) fn new(
        snapshot: Snapshot,
        seen: Instant,
        block_duration: Option<Duration>,
        is_classic: bool,
    ) -> Result<Self, EncodeError> {
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
        let epoch = serde_json::to_vec(&epoch_of(&snapshot, block_duration))?;
        let hyperparameters = match snapshot.hyperparameters.as_slice() {
            [] => None,
            list => {
                let body = HyperparametersBody::new(block, snapshot.netuid, list);
                Some(Body::new(serde_json::to_vec(&body)?.into()))
            }
        };
        let classic = is_classic.then(|| ClassicBodies::new(&snapshot));
        let classic = classic.transpose()?;
        // The compressed forms together are about half of the bodies.
        let kept = snapshot.neurons.len() * size_of::<pylon_models::Neuron>();
        let beside = classic.as_ref().map_or(0, ClassicBodies::weight);
        let weight = (neurons.len() + validators.len()) * 3 / 2 + kept + beside + 4096;
        Ok(Self {
            stamp: Stamp::new(block)?,
            neurons: Body::new(neurons),
            validators: Body::new(validators),
            hyperparameters,
            epoch: Body::new(epoch.into()),
            classic,
            snapshot,
            seen,
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        })
    }

    /// The subnet that was read.
    pub(crate) fn netuid(&self) -> NetUid {
        self.snapshot.netuid
    }

    /// The block that was read.
    pub(crate) fn block(&self) -> BlockRef {
        self.snapshot.block
    }

    /// What was read.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
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

fn encode(body: &impl serde::Serialize, neurons: usize) -> Result<Bytes, serde_json::Error> {
    let mut text = Vec::with_capacity(neurons * NEURON_BYTES + 256);
    serde_json::to_writer(&mut text, body)?;
    text.shrink_to_fit();
    Ok(text.into())
}

fn epoch_of(snapshot: &Snapshot, block_duration: Option<Duration>) -> EpochBody {
    let head = u64::from(snapshot.block.number);
    let next = snapshot.epochs.next_epoch(head);
    let left = next.map(|next| next.saturating_sub(head));
    let seconds = |blocks: u64| {
        let time = block_duration?.as_millis().checked_mul(blocks.into())?;
        u64::try_from(time.div_ceil(1000)).ok()
    };
    EpochBody {
        block: snapshot.block,
        netuid: snapshot.netuid,
        tempo: snapshot.epochs.tempo(),
        epoch_index: snapshot.epochs.epoch_index(head),
        next_epoch_block: next,
        blocks_until_next_epoch: left,
        seconds_until_next_epoch: left.and_then(seconds),
        schedule: snapshot.epochs.schedule(),
    }
}
