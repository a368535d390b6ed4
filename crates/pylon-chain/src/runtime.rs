//! One spec version of the runtime: its metadata, and how each answer that we read is laid out there.

use codec::DecodeAll;
use pylon_models::{
    EpochSchedule, Epochs, FixedEpochSchedule, Hyperparameter, NetUid, Neuron, SafetyNet,
};
use scale_decode::DecodeAsType;
use subxt::{ArcMetadata, Metadata};

use crate::decode::{
    DecodeError, HyperparametersLayout, Layout, MetagraphLayout, NeuronLite, Wire, neurons,
};

/// A spec version of the chain's runtime, and the reader of its answers.
///
/// Made once for each spec version that is met. Where the metadata declares the layouts that this crate knows,
/// answers are decoded straight into structs; where it declares others, field by field and by name.
#[derive(Debug, Clone)]
pub struct Runtime {
    spec_version: u32,
    metadata: ArcMetadata,
    neurons: Option<Layout<Vec<NeuronLite>>>,
    metagraph: Option<MetagraphLayout>,
    hyperparameters: Option<HyperparametersLayout>,
}

/// What the runtime cannot be used for.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The metadata itself cannot be read.
    #[error("the metadata of spec version {spec_version} cannot be read")]
    Metadata {
        /// Which runtime.
        spec_version: u32,
        /// Why.
        #[source]
        source: codec::Error,
    },
    /// A runtime API that is read has an answer that no rule covers.
    #[error("spec version {spec_version} declares a {api} that cannot be read")]
    Layout {
        /// Which runtime.
        spec_version: u32,
        /// Which API.
        api: &'static str,
        /// Why.
        #[source]
        source: DecodeError,
    },
}

/// The neurons of a subnet, and the block that the node says they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeuronsAnswer {
    /// The height of the block whose state was read.
    pub block: u64,
    /// The neurons, in the order of their uids.
    pub neurons: Vec<Neuron>,
}

impl Runtime {
    /// Reads the metadata (V14 to V16, with its magic number) and compares the layouts that are needed.
    pub fn from_metadata(spec_version: u32, metadata: &[u8]) -> Result<Self, RuntimeError> {
        let metadata =
            Metadata::decode_from(metadata).map_err(|source| RuntimeError::Metadata {
                spec_version,
                source,
            })?;
        let metagraph = MetagraphLayout::of(&metadata)
            .transpose()
            .map_err(|source| RuntimeError::Layout {
                spec_version,
                api: "get_selective_metagraph",
                source,
            })?;
        Ok(Self {
            spec_version,
            neurons: Layout::of(&metadata, "NeuronInfoRuntimeApi", "get_neurons_lite"),
            hyperparameters: HyperparametersLayout::of(&metadata),
            metagraph,
            metadata: metadata.arc(),
        })
    }

    /// Its number.
    pub fn spec_version(&self) -> u32 {
        self.spec_version
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The same runtime with every answer read by name: what an unknown layout costs, and gives.
    #[must_use]
    pub fn by_name(self) -> Self {
        Self {
            neurons: self.neurons.map(Layout::by_name),
            metagraph: self.metagraph.map(MetagraphLayout::by_name),
            hyperparameters: self.hyperparameters.map(HyperparametersLayout::by_name),
            ..self
        }
    }

    /// The runtime APIs and storage whose values are read by name, because the metadata declares another layout than ours.
    pub fn read_by_name(&self) -> Vec<&'static str> {
        [
            (
                "get_neurons_lite",
                self.neurons.as_ref().map(Layout::is_exact),
            ),
            (
                "get_selective_metagraph",
                self.metagraph.as_ref().map(MetagraphLayout::is_exact),
            ),
            (
                "get_subnet_hyperparams_v3",
                self.hyperparameters
                    .as_ref()
                    .map(HyperparametersLayout::is_exact),
            ),
        ]
        .into_iter()
        .filter(|(_, exact)| *exact == Some(false))
        .map(|(name, _)| name)
        .collect()
    }

    pub(crate) fn has_neurons(&self) -> bool {
        self.neurons.is_some() && self.metagraph.is_some()
    }

    /// The runtime API that tells the hyperparameters; `None` where there is none.
    pub(crate) fn hyperparameters_method(&self) -> Option<&'static str> {
        self.hyperparameters
            .as_ref()
            .map(HyperparametersLayout::method)
    }

    /// Whether each subnet keeps an epoch schedule of its own (spec 423 and later).
    pub fn has_epoch_schedule(&self) -> bool {
        EPOCH_ENTRIES
            .iter()
            .all(|entry| self.declares("SubtensorModule", entry))
    }

    pub(crate) fn has_api(&self, api: &str, method: &str) -> bool {
        self.metadata
            .runtime_api_trait_by_name(api)
            .is_some_and(|api| api.method_by_name(method).is_some())
    }

    /// What a runtime API answered.
    pub(crate) fn answer<T: Wire>(
        &self,
        api: &str,
        method: &'static str,
        answer: &[u8],
    ) -> Result<T, DecodeError> {
        Layout::of(&self.metadata, api, method)
            .ok_or(DecodeError::MissingField(method))?
            .decode(answer, self.metadata.types())
    }

    /// What a storage entry holds.
    pub(crate) fn stored<T: Wire>(
        &self,
        pallet: &str,
        entry: &'static str,
        value: &[u8],
    ) -> Result<T, DecodeError> {
        Layout::of_value(&self.metadata, pallet, entry)
            .ok_or(DecodeError::MissingField(entry))?
            .decode(value, self.metadata.types())
    }

    pub(crate) fn declares(&self, pallet: &str, entry: &str) -> bool {
        self.metadata
            .pallet_by_name(pallet)
            .and_then(|pallet| pallet.storage())
            .is_some_and(|storage| storage.entry_by_name(entry).is_some())
    }

    /// Puts the answers of `get_neurons_lite` and `get_selective_metagraph` together.
    /// `None`: there is no such subnet.
    pub fn neurons(
        &self,
        lite: &[u8],
        metagraph: &[u8],
    ) -> Result<Option<NeuronsAnswer>, DecodeError> {
        let types = self.metadata.types();
        let metagraph_layout = self
            .metagraph
            .as_ref()
            .ok_or(DecodeError::MissingField("get_selective_metagraph"))?;
        let Some(metagraph) = metagraph_layout.decode(metagraph, types)? else {
            return Ok(None);
        };
        let lite = self
            .neurons
            .as_ref()
            .ok_or(DecodeError::MissingField("get_neurons_lite"))?
            .decode(lite, types)?;
        Ok(Some(NeuronsAnswer {
            block: metagraph.block,
            neurons: neurons(lite, &metagraph)?,
        }))
    }

    /// Reads the answer of the newest hyperparameters API that the runtime has: `get_subnet_hyperparams_v3`, else
    /// `_v2`, else the one without a number. Values of a kind newer than this crate are left out.
    pub fn hyperparameters(&self, answer: &[u8]) -> Result<Vec<Hyperparameter>, DecodeError> {
        self.hyperparameters
            .as_ref()
            .ok_or(DecodeError::MissingField("get_subnet_hyperparams_v3"))?
            .decode(answer, self.metadata.types())
    }

    /// A storage value, or the entry's default where the node has none.
    pub(crate) fn storage_value<T: DecodeAsType>(
        &self,
        pallet: &str,
        entry: &'static str,
        bytes: Option<&[u8]>,
    ) -> Result<T, DecodeError> {
        let declared = self
            .metadata
            .pallet_by_name(pallet)
            .and_then(|pallet| pallet.storage())
            .and_then(|storage| storage.entry_by_name(entry))
            .ok_or(DecodeError::MissingField(entry))?;
        let mut bytes = bytes
            .or_else(|| declared.default_value())
            .ok_or(DecodeError::MissingField(entry))?;
        let value = T::decode_as_type(&mut bytes, declared.value_ty(), self.metadata.types())?;
        match bytes.len() {
            0 => Ok(value),
            left => Err(DecodeError::LeftOver(left)),
        }
    }

    /// Which of the safety nets it has, by what came with the newer one.
    fn safety_net(&self) -> SafetyNet {
        let newer = ["LastYumaStepBlock", "SubnetEpochConsensus"];
        if newer
            .iter()
            .any(|entry| self.declares("SubtensorModule", entry))
        {
            SafetyNet::Tempo
        } else {
            SafetyNet::Week
        }
    }

    /// When a subnet runs its epochs, out of the values of [`EPOCH_ENTRIES`], in that order.
    pub(crate) fn epochs(
        &self,
        netuid: NetUid,
        values: [Option<&[u8]>; EPOCH_ENTRIES.len()],
    ) -> Result<Epochs, DecodeError> {
        let [tempo, last, pending, index, since] = values;
        let tempo = self.storage_value("SubtensorModule", "Tempo", tempo)?;
        if !self.has_epoch_schedule() {
            return Ok(Epochs::Fixed(FixedEpochSchedule { netuid, tempo }));
        }
        let number = |entry, bytes| self.storage_value::<u64>("SubtensorModule", entry, bytes);
        let schedule = EpochSchedule {
            tempo,
            last_epoch_block: number("LastEpochBlock", last)?,
            pending_epoch_at: number("PendingEpochAt", pending)?,
            subnet_epoch_index: number("SubnetEpochIndex", index)?,
            blocks_since_last_step: number("BlocksSinceLastStep", since)?,
        };
        Ok(Epochs::Kept(schedule, self.safety_net()))
    }
}

/// What the schedule of a subnet is kept in, each keyed by the netuid.
pub(crate) const EPOCH_ENTRIES: [&str; 5] = [
    "Tempo",
    "LastEpochBlock",
    "PendingEpochAt",
    "SubnetEpochIndex",
    "BlocksSinceLastStep",
];

/// The newest metadata version that we read, out of those that the node offers.
pub(crate) fn best_metadata_version(answer: &[u8]) -> Result<Option<u32>, codec::Error> {
    let offered = Vec::<u32>::decode_all(&mut &*answer)?;
    Ok(offered
        .into_iter()
        .filter(|version| (14..=16).contains(version))
        .max())
}

/// The metadata inside the answer of `Metadata_metadata_at_version`.
pub(crate) fn opaque_metadata(answer: &[u8]) -> Result<Option<Vec<u8>>, codec::Error> {
    Option::<Vec<u8>>::decode_all(&mut &*answer)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The hashers of an entry's keys on the real runtime of June.
    fn hashers(metadata: &Metadata, pallet: &str, entry: &str) -> Vec<String> {
        let pallet = metadata.pallet_by_name(pallet).unwrap();
        let entry = pallet.storage().unwrap().entry_by_name(entry).unwrap();
        entry
            .keys()
            .map(|key| format!("{:?}", key.hasher))
            .collect()
    }

    #[test]
    fn what_is_read_is_keyed_on_the_real_runtime_as_we_key_it() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/metadata/finney-jul2026.scale");
        let Ok(metadata) = std::fs::read(&file) else {
            println!("skipped: no real metadata at {}", file.display());
            return;
        };
        let metadata = Metadata::decode_from(&metadata).unwrap();
        for entry in EPOCH_ENTRIES.iter().chain(&["NetworksAdded"]) {
            let keys = hashers(&metadata, "SubtensorModule", entry);
            assert_eq!(keys, ["Identity"], "{entry}");
        }
        let keys = hashers(&metadata, "Commitments", "CommitmentOf");
        assert_eq!(keys, ["Identity", "Twox64Concat"]);
    }

    #[test]
    fn the_newest_metadata_that_is_known_is_asked_for() {
        use codec::Encode;
        for (offered, best) in [
            (vec![14, 15, 16], Some(16)),
            (vec![14, u32::MAX], Some(14)),
            (vec![13, 17], None),
            (vec![], None),
        ] {
            assert_eq!(
                best_metadata_version(&offered.encode()).unwrap(),
                best,
                "{offered:?}"
            );
        }
        assert!(best_metadata_version(&[4]).is_err());
    }

    #[test]
    fn bytes_that_are_no_metadata_are_refused() {
        assert!(Runtime::from_metadata(1, &[]).is_err());
        assert!(Runtime::from_metadata(1, b"meta\x10garbage").is_err());
    }
}
