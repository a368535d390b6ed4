use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::Neuron;
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

mod by_hotkey {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        neurons: &[Neuron],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(neurons.len()))?;
        for neuron in neurons {
            map.serialize_entry(&neuron.hotkey, neuron)?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Neuron>, D::Error> {
        struct ByHotkey;

        impl<'de> Visitor<'de> for ByHotkey {
            type Value = Vec<Neuron>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of neurons by hotkey")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut neurons = Vec::new();
                while let Some((hotkey, neuron)) = map.next_entry::<Hotkey, Neuron>()? {
                    if neuron.hotkey != hotkey {
                        return Err(A::Error::custom(format_args!(
                            "{hotkey} names the neuron of {}",
                            neuron.hotkey
                        )));
                    }
                    neurons.push(neuron);
                }
                Ok(neurons)
            }
        }

        deserializer.deserialize_map(ByHotkey)
    }
}
