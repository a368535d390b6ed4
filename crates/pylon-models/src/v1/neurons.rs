use serde::{Deserialize, Serialize};

use super::Neuron;
use crate::by_hotkey::{self, ByHotkey};
use crate::{BlockRef, Hotkey};

/// Every neuron of a subnet at one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NeuronsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// The neurons, in the order of their uids; in JSON an object keyed by hotkey, in that same order.
    #[serde(with = "by_hotkey")]
    #[cfg_attr(feature = "utoipa", schema(value_type = std::collections::BTreeMap<String, Neuron>))]
    pub neurons: Vec<Neuron>,
}

impl NeuronsBody {
    /// The neuron of a hotkey.
    pub fn get(&self, hotkey: &Hotkey) -> Option<&Neuron> {
        self.neurons.iter().find(|neuron| neuron.hotkey == *hotkey)
    }
}

/// The neurons of a subnet that hold a validator permit at one block, the largest total stake first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ValidatorsBody {
    /// The block that was read.
    pub block: BlockRef,
    /// The validators.
    pub validators: Vec<Neuron>,
}

impl ByHotkey for Neuron {
    fn hotkey(&self) -> &Hotkey {
        &self.hotkey
    }
}
