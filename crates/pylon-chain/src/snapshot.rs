//! A subnet as it stands at one block.

use pylon_models::{BlockRef, EpochSchedule, Hyperparameter, NetUid, Neuron};

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
    /// When its epochs run; `None` where the runtime keeps no schedule for each subnet.
    pub epoch: Option<EpochSchedule>,
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
