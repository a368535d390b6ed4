//! One spec version of the runtime: its metadata, and how each answer that we read is laid out there.

use codec::DecodeAll;
use pylon_models::{
    EpochSchedule, Epochs, FixedEpochSchedule, Hyperparameter, NetUid, Neuron, SafetyNet,
};
use subxt::{ArcMetadata, Metadata};

use crate::capabilities::{
    Api, BLOCKS_SINCE_LAST_STEP, Capability, Entry, LAST_EPOCH_BLOCK, NEURONS_LITE,
    PENDING_EPOCH_AT, Reading, Report, SUBNET_EPOCH_INDEX, TEMPO, capabilities,
};
use crate::decode::{
    DecodeError, HyperparametersLayout, Layout, Metagraph, MetagraphLayout, NEWEST_HYPERPARAMETERS,
    NeuronLite, Wire, neurons,
};
use crate::submit::Call;

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
    /// Nothing is read the static way.
    by_name: bool,
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
            neurons: NEURONS_LITE.layout(&metadata),
            hyperparameters: HyperparametersLayout::of(&metadata),
            metagraph,
            metadata: metadata.arc(),
            by_name: false,
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
            by_name: true,
            ..self
        }
    }

    /// How each runtime API and storage entry that this crate reads is declared there, and each call that it makes.
    pub fn report(&self) -> Report {
        let mut entries = capabilities(&self.metadata);
        let metagraph = self.metagraph.as_ref().map(MetagraphLayout::is_exact);
        let hyperparameters = self.hyperparameters.as_ref();
        for (name, exact) in [
            ("get_selective_metagraph", metagraph),
            (
                hyperparameters.map_or(NEWEST_HYPERPARAMETERS, HyperparametersLayout::method),
                hyperparameters.map(HyperparametersLayout::is_exact),
            ),
        ] {
            entries.push(Capability {
                place: "SubnetInfoRuntimeApi",
                name,
                reading: Reading::of(exact),
            });
        }
        if self.by_name {
            for entry in &mut entries {
                if entry.reading == Reading::Exact {
                    entry.reading = Reading::ByName;
                }
            }
        }
        entries.extend(Call::kinds().iter().filter_map(|call| {
            let (place, name) = call.place()?;
            Some(Capability {
                place,
                name,
                reading: Reading::of(self.call(call).map(|_| true)),
            })
        }));
        Report {
            spec_version: self.spec_version,
            entries,
        }
    }

    /// The runtime APIs and storage whose values are read by name, because the metadata declares another layout than ours.
    pub fn read_by_name(&self) -> Vec<&'static str> {
        let report = self.report();
        let by_name = report.read(Reading::ByName);
        by_name.map(|entry| entry.name).collect()
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
        [
            LAST_EPOCH_BLOCK,
            PENDING_EPOCH_AT,
            SUBNET_EPOCH_INDEX,
            BLOCKS_SINCE_LAST_STEP,
        ]
        .into_iter()
        .all(|entry| self.declares(entry))
    }

    pub(crate) fn has_api<T: Wire>(&self, api: Api<T>) -> bool {
        api.layout(&self.metadata).is_some()
    }

    pub(crate) fn declares<T: Wire>(&self, entry: Entry<T>) -> bool {
        entry.layout(&self.metadata).is_some()
    }

    fn decode<T: Wire>(
        &self,
        layout: Option<Layout<T>>,
        what: &'static str,
        bytes: &[u8],
    ) -> Result<T, DecodeError> {
        let layout = layout.ok_or(DecodeError::MissingField(what))?;
        let layout = if self.by_name {
            layout.by_name()
        } else {
            layout
        };
        layout.decode(bytes, self.metadata.types())
    }

    /// What a runtime API answered.
    pub(crate) fn answer<T: Wire>(&self, api: Api<T>, answer: &[u8]) -> Result<T, DecodeError> {
        self.decode(api.layout(&self.metadata), api.method, answer)
    }

    /// What a storage entry holds.
    pub(crate) fn stored<T: Wire>(&self, entry: Entry<T>, value: &[u8]) -> Result<T, DecodeError> {
        self.decode(entry.layout(&self.metadata), entry.name, value)
    }

    /// The same, or the entry's default where the node has none.
    pub(crate) fn stored_or_default<T: Wire>(
        &self,
        entry: Entry<T>,
        value: Option<&[u8]>,
    ) -> Result<T, DecodeError> {
        let default = || {
            self.metadata
                .pallet_by_name(entry.pallet)?
                .storage()?
                .entry_by_name(entry.name)?
                .default_value()
        };
        let value = value.or_else(default);
        self.stored(entry, value.ok_or(DecodeError::MissingField(entry.name))?)
    }

    /// Puts the answers of `get_neurons_lite` and `get_selective_metagraph` together.
    /// `None`: there is no such subnet.
    pub fn neurons(
        &self,
        lite: &[u8],
        metagraph: &[u8],
    ) -> Result<Option<NeuronsAnswer>, DecodeError> {
        let types = self.metadata.types();
        let Some(metagraph) = self.metagraph(metagraph)? else {
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

    /// Reads an answer of `get_selective_metagraph`. `None`: there is no such subnet.
    pub(crate) fn metagraph(&self, answer: &[u8]) -> Result<Option<Metagraph>, DecodeError> {
        self.metagraph
            .as_ref()
            .ok_or(DecodeError::MissingField("get_selective_metagraph"))?
            .decode(answer, self.metadata.types())
    }

    /// How far apart blocks are, milliseconds; `None` where the runtime does not say.
    pub(crate) fn slot_duration(&self) -> Option<u64> {
        let aura = self.metadata.pallet_by_name("Aura")?;
        let constant = aura.constant_by_name("SlotDuration")?;
        u64::by_name(&mut constant.value(), self.metadata.types(), constant.ty()).ok()
    }

    /// Reads the answer of the newest hyperparameters API that the runtime has: `get_subnet_hyperparams_v3`, else
    /// `_v2`, else the one without a number. Values of a kind newer than this crate are left out.
    pub fn hyperparameters(&self, answer: &[u8]) -> Result<Vec<Hyperparameter>, DecodeError> {
        self.hyperparameters
            .as_ref()
            .ok_or(DecodeError::MissingField("get_subnet_hyperparams_v3"))?
            .decode(answer, self.metadata.types())
    }

    /// Which of the safety nets it has, by what came with the newer one.
    fn safety_net(&self) -> SafetyNet {
        let pallet = self.metadata.pallet_by_name("SubtensorModule");
        let newer = ["LastYumaStepBlock", "SubnetEpochConsensus"];
        if pallet
            .and_then(|pallet| pallet.storage())
            .is_some_and(|storage| {
                newer
                    .iter()
                    .any(|entry| storage.entry_by_name(entry).is_some())
            })
        {
            SafetyNet::Tempo
        } else {
            SafetyNet::Week
        }
    }

    /// When a subnet runs its epochs, out of the values of tempo, last epoch, pending epoch, epoch index and blocks
    /// since the last step.
    pub(crate) fn epochs(
        &self,
        netuid: NetUid,
        values: [Option<&[u8]>; 5],
    ) -> Result<Epochs, DecodeError> {
        let [tempo, last, pending, index, since] = values;
        let tempo = self.stored_or_default(TEMPO, tempo)?;
        if !self.has_epoch_schedule() {
            return Ok(Epochs::Fixed(FixedEpochSchedule { netuid, tempo }));
        }
        let schedule = EpochSchedule {
            tempo,
            last_epoch_block: self.stored_or_default(LAST_EPOCH_BLOCK, last)?,
            pending_epoch_at: self.stored_or_default(PENDING_EPOCH_AT, pending)?,
            subnet_epoch_index: self.stored_or_default(SUBNET_EPOCH_INDEX, index)?,
            blocks_since_last_step: self.stored_or_default(BLOCKS_SINCE_LAST_STEP, since)?,
        };
        Ok(Epochs::Kept(schedule, self.safety_net()))
    }
}

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
        for entry in [
            "Tempo",
            "LastEpochBlock",
            "PendingEpochAt",
            "SubnetEpochIndex",
            "BlocksSinceLastStep",
            "NetworksAdded",
            "Weights",
            "Bonds",
        ] {
            let keys = hashers(&metadata, "SubtensorModule", entry);
            assert!(
                keys.iter().all(|key| key == "Identity"),
                "{entry}: {keys:?}"
            );
        }
        for (entry, expected) in [
            ("NeuronCertificates", ["Identity", "Blake2_128Concat"]),
            ("AssociatedEvmAddress", ["Twox64Concat", "Twox64Concat"]),
            ("Keys", ["Identity", "Identity"]),
        ] {
            let keys = hashers(&metadata, "SubtensorModule", entry);
            assert_eq!(keys, expected, "{entry}");
        }
        let keys = hashers(&metadata, "Commitments", "RevealedCommitments");
        assert_eq!(keys, ["Identity", "Twox64Concat"]);
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
