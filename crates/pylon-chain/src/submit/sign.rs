//! Extrinsics of version 4: what is signed, and the bytes that are sent.

use codec::{Compact, Encode};
use pylon_models::{BlockHash, BlockRef};
use scale_info::PortableRegistry;
use sp_crypto_hashing::blake2_256;
use subxt::Metadata;

use super::call::{Call, Encoded};
use crate::decode::{Wire, skip, wire, wire_struct};
use crate::error::SignError;
use crate::runtime::Runtime;
use crate::wallet::KeyPair;

/// Blocks of an extrinsic's life, the one that it is born in included: a power of two, and far fewer than those
/// whose hashes the chain keeps.
pub(super) const ERA: u32 = 64;

/// Signed, version 4.
const SIGNED_V4: u8 = 0x84;
/// An account by its 32 bytes (`MultiAddress::Id`).
const ID: u8 = 0;
/// `MultiSignature::Sr25519`.
const SR25519: u8 = 1;
/// The extensions that version 4 carries.
const EXTENSIONS: u8 = 0;
/// Of longer payloads the hash is signed.
const LONGEST_PAYLOAD: usize = 256;

/// What is signed beside the call.
pub(super) struct Signing {
    pub(super) nonce: u32,
    pub(super) birth: BlockRef,
    pub(super) genesis: BlockHash,
}

impl Signing {
    /// The era that starts with the block of birth, as `sp_runtime::generic::Era` encodes it.
    fn era(&self) -> [u8; 2] {
        let phase = self.birth.number.get() % ERA;
        let period = ERA.trailing_zeros() - 1;
        let [low, high, ..] = (period | (phase << 4)).to_le_bytes();
        [low, high]
    }
}

wire_struct! {
    /// `sp_version::RuntimeVersion`, as far as it is signed.
    struct RuntimeVersion {
        spec_version: u32,
        transaction_version: u32,
    }
}

impl RuntimeVersion {
    /// As the metadata has it; `None` where it does not.
    fn of(metadata: &Metadata) -> Option<Self> {
        let constant = metadata
            .pallet_by_name("System")?
            .constant_by_name("Version")?;
        Self::by_name(&mut constant.value(), metadata.types(), constant.ty()).ok()
    }
}

/// What an extension adds to the extrinsic, and what it has signed without sending it.
#[derive(Default)]
struct Added {
    sent: Vec<u8>,
    implied: Vec<u8>,
}

fn sent(value: impl Encode) -> Added {
    Added {
        sent: value.encode(),
        implied: Vec::new(),
    }
}

fn implied(value: impl Encode) -> Added {
    Added {
        sent: Vec::new(),
        implied: value.encode(),
    }
}

/// An extension by its name and the types of what it sends and implies. `None`: it is not known, or those are not
/// what they were.
fn added(
    types: &PortableRegistry,
    (name, extra, additional): (&str, u32, u32),
    version: &RuntimeVersion,
    signing: &Signing,
) -> Option<Added> {
    let is_hash = || <[u8; 32]>::matches(types, additional);
    let is_number = || u32::matches(types, additional);
    let (known, added) = match name {
        "CheckSpecVersion" => (is_number(), implied(version.spec_version)),
        "CheckTxVersion" => (is_number(), implied(version.transaction_version)),
        "CheckGenesis" => (is_hash(), implied(signing.genesis.as_bytes())),
        "CheckMortality" => (
            is_hash(),
            Added {
                sent: signing.era().to_vec(),
                implied: signing.birth.hash.as_bytes().to_vec(),
            },
        ),
        "CheckNonce" => (
            Compact::<u32>::matches(types, extra),
            sent(Compact(signing.nonce)),
        ),
        // No tip.
        "ChargeTransactionPayment" => (
            Compact::<u64>::matches(types, extra) || Compact::<u128>::matches(types, extra),
            sent(Compact(0u64)),
        ),
        // The metadata's hash is not bound.
        "CheckMetadataHash" => (
            wire::variants(types, extra)
                .and_then(|modes| modes.first())
                .is_some_and(|mode| (mode.name.as_str(), mode.index) == ("Disabled", 0)),
            Added {
                sent: vec![0],
                implied: None::<[u8; 32]>.encode(),
            },
        ),
        _ => {
            let nothing = skip::is_empty(types, extra) && skip::is_empty(types, additional);
            (nothing, Added::default())
        }
    };
    known.then_some(added)
}

impl Runtime {
    fn unsupported(&self, what: String) -> SignError {
        SignError::Unsupported {
            spec_version: self.spec_version(),
            what,
        }
    }

    /// The bytes of a signed call, its length before it, under the runtime's name of the call.
    pub(super) fn sign(
        &self,
        call: &Call,
        key: &KeyPair,
        signing: &Signing,
    ) -> Result<Encoded, SignError> {
        let metadata = self.metadata();
        let extrinsic = metadata.extrinsic();
        let Encoded { name, bytes } = self
            .call(call)
            .ok_or_else(|| self.unsupported(Self::lacks(call)))?;
        let version = RuntimeVersion::of(metadata)
            .ok_or_else(|| self.unsupported("System.Version".to_owned()))?;
        let extensions = extrinsic
            .transaction_extensions_by_version(EXTENSIONS)
            .filter(|_| extrinsic.supported_versions().contains(&4))
            .ok_or_else(|| self.unsupported("extrinsic of version 4".to_owned()))?;
        let (mut extra, mut additional) = (Vec::new(), Vec::new());
        for extension in extensions {
            let (name, types) = (extension.identifier(), metadata.types());
            let declared = (name, extension.extra_ty(), extension.additional_ty());
            let added = added(types, declared, &version, signing)
                .ok_or_else(|| self.unsupported(format!("extension {name}")))?;
            extra.extend(added.sent);
            additional.extend(added.implied);
        }
        let mut payload = [bytes.as_slice(), &extra, &additional].concat();
        if payload.len() > LONGEST_PAYLOAD {
            payload = blake2_256(&payload).to_vec();
        }
        let signature = key.sign(&payload);
        let content = [
            &[SIGNED_V4, ID],
            key.hotkey().as_bytes().as_slice(),
            &[SR25519],
            &signature,
            &extra,
            &bytes,
        ]
        .concat();
        Ok(Encoded {
            name,
            bytes: content.encode(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use codec::Decode;
    use pylon_models::{BlockNumber, NetUid, SettableHyperparameter};

    use super::*;
    use crate::runtime::opaque_metadata;
    use crate::{Chain, ChainConfig};

    fn alice() -> KeyPair {
        KeyPair::dev("Alice").unwrap()
    }

    fn signing(number: u32) -> Signing {
        Signing {
            nonce: 300,
            birth: BlockRef {
                number: BlockNumber::new(number),
                hash: BlockHash::from_bytes([7; 32]),
            },
            genesis: BlockHash::from_bytes([9; 32]),
        }
    }

    /// The metadata of the devnet's first block.
    async fn metadata() -> Vec<u8> {
        let devnet = pylon_devnet::Devnet::builder().start().await.unwrap();
        let config = ChainConfig::new(devnet.ws_url().parse().unwrap());
        let chain = Chain::connect(config).await.unwrap();
        let answer = chain
            .rpc()
            .state_call(
                "Metadata_metadata_at_version",
                &16u32.encode(),
                chain.genesis_hash(),
            )
            .await;
        opaque_metadata(&answer.unwrap()).unwrap().unwrap()
    }

    /// The same with another word of the same length in place of one.
    fn with(metadata: &[u8], word: &str, other: &str) -> Runtime {
        assert_eq!(word.len(), other.len());
        let mut metadata = metadata.to_vec();
        let mut found = 0;
        for at in 0..metadata.len() - word.len() {
            if metadata[at..].starts_with(word.as_bytes()) {
                metadata[at..at + other.len()].copy_from_slice(other.as_bytes());
                found += 1;
            }
        }
        assert_ne!(found, 0, "{word}");
        Runtime::from_metadata(425, &metadata).unwrap()
    }

    #[test]
    fn an_era_starts_with_its_block_and_lasts_64() {
        // Period and phase as `sp_runtime::generic::Era` reads them.
        for number in [0, 1, 63, 64, 65, 8_200_000, u32::MAX] {
            let encoded = u16::decode(&mut &signing(number).era()[..]).unwrap();
            let period = 2u32 << (encoded % 16);
            assert_eq!((period, u32::from(encoded >> 4)), (64, number % 64));
        }
    }

    #[test]
    fn the_real_runtimes_take_every_call_as_it_is_signed() {
        for (month, spec_version) in [("dec2025", 365), ("apr2026", 393), ("jul2026", 424)] {
            let file = format!("../../../shared/metadata/finney-{month}.scale");
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let Ok(metadata) = std::fs::read(&file) else {
                println!("skipped: no real metadata at {}", file.display());
                continue;
            };
            let runtime = Runtime::from_metadata(spec_version, &metadata).unwrap();
            let version = RuntimeVersion::of(runtime.metadata()).unwrap();
            assert_eq!(version.spec_version, spec_version);
            assert_eq!(version.transaction_version, 1);
            for call in Call::kinds() {
                let signed = runtime.sign(&call, &alice(), &signing(70)).unwrap();
                let extrinsic = runtime
                    .extrinsic(signing(71).birth, 1, &signed.bytes)
                    .unwrap();
                let (pallet, name) = call.place().unwrap();
                assert_eq!(extrinsic.call.call_module, pallet);
                assert_eq!(extrinsic.call.call_function, name);
            }
        }
    }

    /// Values of every hyperparameter that June's owners could set.
    fn hyperparameters() -> Vec<(SettableHyperparameter, serde_json::Value)> {
        use serde_json::json;

        let value = |parameter: &SettableHyperparameter| match parameter.as_str() {
            "alpha_low" | "alpha_high" | "alpha_values" => Some(json!([2_000, 60_000])),
            "subnet_owner_hotkey" => Some(json!(alice().hotkey())),
            "mechanism_emission_split" => Some(json!([65_535])),
            "recycle_or_burn" => Some(json!("burn")),
            "burn_increase_mult" => Some(json!(1.5)),
            "tempo" => Some(json!(400)),
            "activity_cutoff_factor" => Some(json!(2_000)),
            "registration_allowed"
            | "network_pow_registration_allowed"
            | "liquid_alpha_consensus_mode"
            | "epoch_consensus"
            | "collateral_lock_share"
            | "collateral_drain_ratio" => None,
            name if name.ends_with("enabled") => Some(json!(true)),
            _ => Some(json!(7)),
        };
        let all = SettableHyperparameter::ALL.iter();
        all.filter_map(|parameter| Some((*parameter, value(parameter)?)))
            .collect()
    }

    fn setting(parameter: SettableHyperparameter, value: &serde_json::Value) -> Call {
        let both = parameter.as_str().starts_with("alpha_") && value.is_array();
        let domain = if both {
            SettableHyperparameter::AlphaValues
        } else {
            parameter
        };
        Call::SetHyperparameter {
            netuid: NetUid::from(3),
            parameter,
            value: domain.value(value).unwrap(),
            on_behalf_of: None,
        }
    }

    /// 1.5 as a number of 64 bits before the point and 64 behind it.
    const BITS_OF_ONE_AND_A_HALF: u128 = 3 << 63;

    #[test]
    fn the_real_runtime_takes_every_hyperparameter_of_its_owners() {
        let file = "../../../shared/metadata/finney-jul2026.scale";
        let Ok(metadata) = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)) else {
            println!("skipped: no real metadata");
            return;
        };
        let runtime = Runtime::from_metadata(424, &metadata).unwrap();
        for (parameter, value) in hyperparameters() {
            let call = setting(parameter, &value);
            let signed = runtime.sign(&call, &alice(), &signing(70)).unwrap();
            let extrinsic = runtime
                .extrinsic(signing(71).birth, 1, &signed.bytes)
                .unwrap();
            assert_eq!(extrinsic.call.call_function, signed.name);
            let told = |argument: usize| {
                serde_json::to_string(&extrinsic.call.call_args[argument].value).unwrap()
            };
            assert_eq!(told(0), "3", "{parameter}");
            let expected = match parameter.as_str() {
                "alpha_low" | "alpha_high" | "alpha_values" => "2000".to_owned(),
                "recycle_or_burn" => "\"Burn\"".to_owned(),
                "burn_increase_mult" => format!("{{\"bits\":{BITS_OF_ONE_AND_A_HALF}}}"),
                _ => value.to_string(),
            };
            assert_eq!(told(1), expected, "{parameter}");
        }
    }

    #[test]
    fn what_a_runtime_does_not_have_is_not_signed() {
        let file = "../../../shared/metadata/finney-dec2025.scale";
        let Ok(metadata) = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)) else {
            println!("skipped: no real metadata");
            return;
        };
        let runtime = Runtime::from_metadata(365, &metadata).unwrap();
        let call = setting(SettableHyperparameter::Tempo, &serde_json::json!(400));
        let refused = runtime.sign(&call, &alice(), &signing(70)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the runtime of spec version 365 has no call that sets tempo as it is known"
        );
    }

    #[tokio::test]
    async fn a_call_whose_arguments_have_other_names_is_not_signed() {
        let metadata = metadata().await;
        let runtime = with(&metadata, "commit_reveal_version", "commit_reveal_edition");
        let signed = |call: &Call| runtime.sign(call, &alice(), &signing(70));
        for call in Call::kinds() {
            let refused = matches!(call, Call::CommitTimelocked { .. });
            assert_eq!(signed(&call).is_err(), refused, "{call:?}");
            if refused {
                assert_eq!(
                    signed(&call).unwrap_err().to_string(),
                    "the runtime of spec version 425 has no call commit_timelocked_mechanism_weights as it is known"
                );
            }
        }
    }

    #[tokio::test]
    async fn what_an_unknown_extension_wants_signed_is_not_guessed() {
        let metadata = metadata().await;
        // One that sends something, then one that sends and implies nothing.
        let runtime = with(&metadata, "CheckNonce", "CheckDunce");
        let call = Call::kinds().remove(0);
        let refused = runtime.sign(&call, &alice(), &signing(70));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the runtime of spec version 425 has no extension CheckDunce as it is known"
        );
        let runtime = with(&metadata, "DrandPriority", "DrundPriority");
        assert!(runtime.sign(&call, &alice(), &signing(70)).is_ok());
    }
}
