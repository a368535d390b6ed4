//! A subnet as it stands at one block.

use codec::Encode;
use pylon_models::{BlockRef, Epochs, Hyperparameter, NetUid, Neuron};

use crate::capabilities::{
    BLOCKS_SINCE_LAST_STEP, Entry, LAST_EPOCH_BLOCK, NETWORKS_ADDED, PENDING_EPOCH_AT,
    SUBNET_EPOCH_INDEX, TEMPO,
};
use crate::chain::{Chain, timestamp_key, unix_seconds};
use crate::decode::{DecodeError, METAGRAPH_INDEXES, Wire};
use crate::error::ReadError;
use crate::storage::StorageKey;

/// What is read of one subnet at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The block that every part was read at.
    pub block: BlockRef,
    /// When that block was made, in unix seconds.
    pub timestamp: u64,
    /// Which subnet.
    pub netuid: NetUid,
    /// Its neurons, in the order of their uids.
    pub neurons: Vec<Neuron>,
    /// Its hyperparameters as the runtime lists them; empty where the runtime has no such list.
    pub hyperparameters: Vec<Hyperparameter>,
    /// When its epochs run.
    pub epochs: Epochs,
}

impl Snapshot {
    /// The neurons with a validator permit, the largest total stake first.
    pub fn validators(&self) -> Vec<&Neuron> {
        validators(&self.neurons)
    }
}

/// The neurons with a validator permit, the largest total stake first; equals stand in the order of their uids.
pub fn validators(neurons: &[Neuron]) -> Vec<&Neuron> {
    let mut validators: Vec<&Neuron> = neurons
        .iter()
        .filter(|neuron| neuron.validator_permit)
        .collect();
    validators.sort_by_key(|neuron| std::cmp::Reverse(neuron.stakes.total));
    validators
}

impl Chain {
    /// A subnet at a block, in four requests, side by side; `None` where there is no such subnet then.
    pub async fn snapshot(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Option<Snapshot>, ReadError> {
        self.routed(block, |chain| async move {
            chain.snapshot_here(netuid, block).await
        })
        .await
    }

    async fn snapshot_here(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Option<Snapshot>, ReadError> {
        let hash = block.hash;
        let runtime = self.runtime_here(hash).await?;
        if !runtime.has_neurons() {
            return Err(ReadError::Unsupported {
                spec_version: runtime.spec_version(),
                what: "neurons",
            });
        }
        let subnet = netuid.get().encode();
        let selection = (netuid.get(), METAGRAPH_INDEXES.as_slice()).encode();
        let call = async |method: &str, arguments: &[u8]| {
            self.rpc().state_call(method, arguments, hash).await
        };
        let hyperparameters = async {
            let Some(method) = runtime.hyperparameters_method() else {
                return Ok(None);
            };
            call(&format!("SubnetInfoRuntimeApi_{method}"), &subnet)
                .await
                .map(Some)
        };
        let keys = snapshot_keys(netuid);
        let (lite, metagraph, hyperparameters, values) = tokio::try_join!(
            call("NeuronInfoRuntimeApi_get_neurons_lite", &subnet),
            call("SubnetInfoRuntimeApi_get_selective_metagraph", &selection),
            hyperparameters,
            self.rpc().storage(&keys, hash),
        )
        .map_err(ReadError::at(hash))?;

        let unreadable = |what| {
            move |source| ReadError::Decode {
                what,
                block: hash,
                source,
            }
        };
        let [added, now, schedule @ ..] = &values;
        let exists = runtime
            .stored_or_default(NETWORKS_ADDED, added.as_deref())
            .map_err(unreadable("the list of subnets"))?;
        if !exists {
            return Ok(None);
        }
        let answer = runtime
            .neurons(&lite, &metagraph)
            .and_then(|answer| {
                answer.ok_or(DecodeError::Inconsistent(
                    "the subnet exists and has no metagraph",
                ))
            })
            .and_then(|answer| {
                if answer.block == u64::from(block.number) {
                    Ok(answer)
                } else {
                    Err(DecodeError::Inconsistent(
                        "the metagraph is of another block",
                    ))
                }
            })
            .map_err(unreadable("the neurons"))?;
        let hyperparameters = match hyperparameters {
            Some(answer) => runtime
                .hyperparameters(&answer)
                .map_err(unreadable("the hyperparameters"))?,
            None => Vec::new(),
        };
        let epochs = runtime
            .epochs(netuid, schedule.each_ref().map(Option::as_deref))
            .map_err(unreadable("the epoch schedule"))?;
        Ok(Some(Snapshot {
            block,
            timestamp: unix_seconds(now.as_deref(), hash)?,
            netuid,
            neurons: answer.neurons,
            hyperparameters,
            epochs,
        }))
    }
}

/// The storage part of a snapshot: whether the subnet exists, the time, and the epoch schedule.
fn snapshot_keys(netuid: NetUid) -> [StorageKey; 7] {
    let [tempo, last, pending, index, since] = schedule_keys(netuid);
    let added = NETWORKS_ADDED.key().identity(&netuid.get());
    [added, timestamp_key(), tempo, last, pending, index, since]
}

/// What an epoch schedule is read of.
pub(crate) fn schedule_keys(netuid: NetUid) -> [StorageKey; 5] {
    fn of<T: Wire>(entry: Entry<T>, netuid: NetUid) -> StorageKey {
        entry.key().identity(&netuid.get())
    }
    [
        of(TEMPO, netuid),
        of(LAST_EPOCH_BLOCK, netuid),
        of(PENDING_EPOCH_AT, netuid),
        of(SUBNET_EPOCH_INDEX, netuid),
        of(BLOCKS_SINCE_LAST_STEP, netuid),
    ]
}
