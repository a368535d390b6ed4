//! What the real runtime answered, and the runtimes that can read it.

use std::path::Path;
use std::sync::OnceLock;

use pylon_chain::{Chain, ChainConfig, Runtime};
use pylon_devnet::Devnet;
use pylon_models::{BlockNumber, Neuron, v1};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    block: u64,
    neurons: Vec<LaidDown>,
    apis: Vec<Api>,
    set: Vec<(String, Option<String>)>,
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.trim_start_matches("0x")).unwrap()
}

#[derive(Deserialize)]
struct Api {
    api: String,
    result: String,
}

/// A neuron as it was laid down raw, storage item by storage item.
#[derive(Deserialize)]
pub(crate) struct LaidDown {
    uid: u16,
    hotkey: String,
    coldkey: String,
    active: bool,
    validator_permit: bool,
    alpha: u64,
    consensus: u16,
    incentive: u16,
    dividends: u16,
    validator_trust: u16,
    emission: u64,
    last_update: u64,
    block_at_registration: u64,
    axon: Option<LaidDownAxon>,
}

#[derive(Deserialize)]
struct LaidDownAxon {
    block: u64,
    version: u32,
    ip: String,
    port: u16,
    protocol: u8,
}

impl LaidDown {
    pub(crate) fn assert_is(&self, neuron: &Neuron, reader: &str) {
        let at = format!("uid {} through {reader}", self.uid);
        assert_eq!(neuron.uid.get(), self.uid, "{at}");
        assert_eq!(neuron.hotkey.to_string(), self.hotkey, "{at}");
        assert_eq!(neuron.coldkey.to_string(), self.coldkey, "{at}");
        assert_eq!(neuron.active, self.active, "{at}");
        assert_eq!(neuron.validator_permit, self.validator_permit, "{at}");
        assert_eq!(neuron.stake.get(), self.alpha, "{at}");
        assert_eq!(neuron.consensus.get(), self.consensus, "{at}");
        assert_eq!(neuron.incentive.get(), self.incentive, "{at}");
        assert_eq!(neuron.dividends.get(), self.dividends, "{at}");
        assert_eq!(neuron.validator_trust.get(), self.validator_trust, "{at}");
        assert_eq!(neuron.emission.get(), self.emission, "{at}");
        assert_eq!(neuron.last_update, self.last_update, "{at}");
        assert_eq!(
            neuron.block_at_registration,
            Some(self.block_at_registration),
            "{at}"
        );
        assert_eq!(
            (neuron.rank.get(), neuron.trust.get(), neuron.pruning_score),
            (0, 0, 65_535),
            "{at}"
        );
        match &self.axon {
            Some(axon) => {
                assert_eq!(neuron.axon.ip.to_string(), axon.ip, "{at}");
                assert_eq!(
                    (
                        neuron.axon.port,
                        neuron.axon.protocol,
                        neuron.axon.version,
                        neuron.axon.block
                    ),
                    (axon.port, axon.protocol, axon.version, axon.block),
                    "{at}"
                );
            }
            None => assert!(!neuron.axon.is_served(), "{at}"),
        }
    }
}

pub(crate) struct Golden {
    pub(crate) block: u64,
    pub(crate) neurons: Vec<LaidDown>,
    pub(crate) neurons_lite: Vec<u8>,
    pub(crate) metagraph: Vec<u8>,
    pub(crate) hyperparameters: Vec<u8>,
    /// The state behind the answers: raw keys and values.
    pub(crate) set: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Golden {
    pub(crate) fn load() -> Self {
        let file: File =
            serde_json::from_str(include_str!("../fixtures/golden_runtime_256.json")).unwrap();
        let answer = |name: &str| {
            let api = file
                .apis
                .iter()
                .find(|api| api.api.ends_with(name))
                .unwrap();
            bytes(&api.result)
        };
        Self {
            block: file.block,
            neurons_lite: answer("get_neurons_lite"),
            metagraph: answer("get_selective_metagraph"),
            hyperparameters: answer("get_subnet_hyperparams_v3"),
            neurons: file.neurons,
            set: file
                .set
                .iter()
                .map(|(key, value)| (bytes(key), value.as_deref().map(bytes)))
                .collect(),
        }
    }
}

/// The neurons and validators that the original service answered for the same state.
pub(crate) fn http() -> (v1::NeuronsBody, v1::ValidatorsBody) {
    #[derive(Deserialize)]
    struct Bodies {
        neurons: v1::NeuronsBody,
        validators: v1::ValidatorsBody,
    }
    let bodies: Bodies =
        serde_json::from_str(include_str!("../fixtures/golden_http.json")).unwrap();
    assert_eq!(bodies.neurons.block.number, BlockNumber::from(200));
    (bodies.neurons, bodies.validators)
}

/// The runtime of real metadata, where its folder is present.
pub(crate) fn real_runtime(month: &str, spec_version: u32) -> Option<Runtime> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/metadata")
        .join(format!("finney-{month}.scale"));
    match std::fs::read(&file) {
        Ok(metadata) => Some(Runtime::from_metadata(spec_version, &metadata).unwrap()),
        Err(_) => {
            println!("skipped: no real metadata at {}", file.display());
            None
        }
    }
}

/// Every runtime that has the types of the golden answers, as it is and read by name throughout:
/// the devnet's, and the real one's where its metadata is present.
pub(crate) fn runtimes() -> &'static [Runtime] {
    static RUNTIMES: OnceLock<Vec<Runtime>> = OnceLock::new();
    RUNTIMES.get_or_init(|| {
        let known = [Some(devnet_runtime()), real_runtime("jul2026", 424)];
        let known = known.into_iter().flatten();
        known
            .flat_map(|runtime| [runtime.clone(), runtime.by_name()])
            .collect()
    })
}

fn devnet_runtime() -> Runtime {
    let read = async {
        let devnet = Devnet::builder().start().await.unwrap();
        let config = ChainConfig::new(devnet.ws_url().parse().unwrap());
        let chain = Chain::connect(config).await.unwrap();
        let runtime = chain.runtime_at(chain.genesis_hash()).await.unwrap();
        Runtime::clone(&runtime)
    };
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    tokio.unwrap().block_on(read)
}
