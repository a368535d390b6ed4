use std::sync::Arc;

use pylon_models::{BlockHash, BlockNumber, BlockRef, ExtrinsicHash, Hotkey, MechId, NetUid};
use sp_crypto_hashing::blake2_256;

use crate::capabilities::EVENTS;
use crate::chain::Chain;
use crate::decode::{DecodeError, EventRecord, Executed, Failure};
use crate::error::ReadError;
use crate::matrix::netuid_and_mechanism;
use crate::runtime::Runtime;

/// How an extrinsic went that a block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it says.
    Succeeded,
    /// It did nothing.
    Failed {
        /// The runtime's name of the error.
        error: String,
    },
}

/// What became of an extrinsic in one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The block does not hold it; the one before it may.
    Before(BlockRef),
    /// The block holds it.
    Here(Outcome),
    /// The block holds it, and no node has the events any more that say how it went.
    Forgotten,
}

/// Weights that were committed and became those of their validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightsReveal {
    /// The subnet.
    pub netuid: NetUid,
    /// Its mechanism.
    pub mechanism: MechId,
    /// The validator.
    pub hotkey: Hotkey,
}

impl Chain {
    /// How extrinsics went in a block, in their order; `None` for those that it does not hold. The events of the
    /// block are asked for only where it holds one.
    pub async fn outcomes(
        &self,
        block: BlockRef,
        extrinsics: &[ExtrinsicHash],
    ) -> Result<Vec<Option<Outcome>>, ReadError> {
        self.routed(block, |chain| async move {
            chain.outcomes_here(block, extrinsics).await
        })
        .await
    }

    /// Looks for one extrinsic in a block. That takes no state, unless the block holds it.
    pub async fn find(
        &self,
        block: BlockRef,
        extrinsic: ExtrinsicHash,
    ) -> Result<Found, ReadError> {
        let body = self.routed(block, |chain| async move { chain.body(block.hash).await });
        let body = body.await?;
        let is_it = |bytes: &Vec<u8>| ExtrinsicHash::from(blake2_256(bytes)) == extrinsic;
        if !body.extrinsics.iter().any(is_it) {
            return Ok(Found::Before(BlockRef {
                number: BlockNumber::new(block.number.get().saturating_sub(1)),
                hash: body.parent,
            }));
        }
        let outcomes = match self.outcomes(block, &[extrinsic]).await {
            Err(error) if error.is_state_unavailable() => return Ok(Found::Forgotten),
            outcomes => outcomes?,
        };
        let outcome = outcomes.into_iter().flatten().next();
        Ok(outcome.map_or(Found::Forgotten, Found::Here))
    }

    async fn outcomes_here(
        &self,
        block: BlockRef,
        extrinsics: &[ExtrinsicHash],
    ) -> Result<Vec<Option<Outcome>>, ReadError> {
        let body = self.body(block.hash).await?;
        let hashes: Vec<_> = body
            .extrinsics
            .iter()
            .map(|bytes| ExtrinsicHash::from(blake2_256(bytes)))
            .collect();
        let place = |hash| hashes.iter().position(|other| other == hash);
        let places: Vec<_> = extrinsics.iter().map(place).collect();
        if places.iter().all(Option::is_none) {
            return Ok(vec![None; extrinsics.len()]);
        }
        let runtime = self.runtime_that_made(block, body.parent).await?;
        let events = self.events_here(block.hash, &runtime).await?;
        let outcome = |place: Option<usize>| {
            place
                .map(|place| runtime.outcome(place, &events))
                .transpose()
        };
        let outcomes: Result<_, _> = places.into_iter().map(outcome).collect();
        outcomes.map_err(unreadable(block.hash))
    }

    /// The weights that were revealed in a block, by the chain or by their sender.
    pub async fn reveals(&self, block: BlockRef) -> Result<Vec<WeightsReveal>, ReadError> {
        self.routed(
            block,
            |chain| async move { chain.reveals_here(block).await },
        )
        .await
    }

    async fn reveals_here(&self, block: BlockRef) -> Result<Vec<WeightsReveal>, ReadError> {
        let parent = self.header(block.hash).await?.parent;
        let runtime = self.runtime_that_made(block, parent).await?;
        let events = self.events_here(block.hash, &runtime).await?;
        let reveals = events.iter().filter_map(|event| runtime.reveal(event));
        reveals
            .collect::<Result<_, _>>()
            .map_err(unreadable(block.hash))
    }

    async fn events_here(
        &self,
        block: BlockHash,
        runtime: &Arc<Runtime>,
    ) -> Result<Vec<EventRecord>, ReadError> {
        let [events] = self
            .rpc()
            .storage(&[EVENTS.key()], block)
            .await
            .map_err(ReadError::at(block))?;
        runtime
            .stored_or_default(EVENTS, events.as_deref())
            .map_err(unreadable(block))
    }
}

fn unreadable(block: BlockHash) -> impl Fn(DecodeError) -> ReadError {
    move |source| ReadError::Decode {
        what: "the events",
        block,
        source,
    }
}

impl Runtime {
    /// How the extrinsic at a place went.
    fn outcome(&self, place: usize, events: &[EventRecord]) -> Result<Outcome, DecodeError> {
        let types = self.metadata().types();
        let of_it = events
            .iter()
            .filter(|event| event.extrinsic.map(usize::try_from) == Some(Ok(place)));
        for event in of_it {
            let failure = match (event.pallet.as_str(), event.name.as_str()) {
                ("System", "ExtrinsicSuccess") => return Ok(Outcome::Succeeded),
                ("System", "ExtrinsicFailed") => Some(event.field::<Failure>(0, types)?),
                // A proxy's extrinsic succeeds whatever becomes of the call in it.
                ("Proxy", "ProxyExecuted") => event.field::<Executed>(0, types)?.0,
                _ => None,
            };
            if let Some(failure) = failure {
                return Ok(Outcome::Failed {
                    error: self.error_name(failure),
                });
            }
        }
        Err(DecodeError::Inconsistent(
            "the events do not tell how an extrinsic went",
        ))
    }

    fn error_name(&self, failure: Failure) -> String {
        match failure {
            Failure::Named(name) => name,
            Failure::Module { pallet, error } => {
                let declared = self
                    .metadata()
                    .pallet_by_error_index(pallet)
                    .and_then(|pallet| pallet.error_variant_by_index(error));
                declared.map_or_else(
                    || format!("Module{pallet}Error{error}"),
                    |declared| declared.name.clone(),
                )
            }
        }
    }

    /// The reveal that an event tells of. `None`: it tells of something else.
    fn reveal(&self, event: &EventRecord) -> Option<Result<WeightsReveal, DecodeError>> {
        let (index, hotkey) = match (event.pallet.as_str(), event.name.as_str()) {
            ("SubtensorModule", "TimelockedWeightsRevealed") => (0, 1),
            ("SubtensorModule", "WeightsRevealed") => (1, 0),
            _ => return None,
        };
        let types = self.metadata().types();
        let read = || {
            let index = event.field::<u16>(index, types)?;
            let (netuid, mechanism) = netuid_and_mechanism(index)
                .ok_or(DecodeError::Inconsistent("there is no such mechanism"))?;
            Ok(WeightsReveal {
                netuid,
                mechanism,
                hotkey: Hotkey::from_bytes(event.field(hotkey, types)?),
            })
        };
        Some(read())
    }
}
