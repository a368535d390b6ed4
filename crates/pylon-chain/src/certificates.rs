//! The TLS keys of neurons, and the axons that they are served with.

use pylon_models::{BlockNumber, BlockRef, Certificate, Hotkey, NetUid};
use sp_core::{Pair, ed25519};
use zeroize::Zeroizing;

use crate::capabilities::{AXONS, CERTIFICATES, SERVING_RATE_LIMIT};
use crate::chain::Chain;
use crate::decode::{AxonInfo, wire_struct};
use crate::error::ReadError;
use crate::storage::{StorageKey, behind_blake2_128};
use crate::terms::earliest;

wire_struct! {
    /// `pallet_subtensor::pallet::NeuronCertificate`.
    struct NeuronCertificate {
        public_key: Vec<u8>,
        algorithm: u8,
    }
}

impl From<NeuronCertificate> for Certificate {
    fn from(kept: NeuronCertificate) -> Self {
        Self {
            algorithm: kept.algorithm,
            public_key: kept.public_key,
        }
    }
}

/// Where a neuron is reached, as the chain keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServedAxon {
    /// The version of the miner's code, as it says.
    pub version: u32,
    /// The address; version 4's in the low 32 bits.
    pub ip: u128,
    /// The port; 0 where nothing is served.
    pub port: u16,
    /// 4 or 6.
    pub ip_type: u8,
    /// The protocol, as the miner says.
    pub protocol: u8,
}

impl From<AxonInfo> for ServedAxon {
    fn from(kept: AxonInfo) -> Self {
        Self {
            version: kept.version,
            ip: kept.ip,
            port: kept.port,
            ip_type: kept.ip_type,
            protocol: kept.protocol,
        }
    }
}

/// What decides whether an axon is served again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxonTerms {
    /// The axon that stands on chain.
    pub axon: ServedAxon,
    /// The first block, after this one, in which the rate limit is over.
    pub earliest_block: BlockNumber,
}

/// A key pair for TLS: EdDSA with Ed25519, the one algorithm that certificates have.
pub struct CertificateKey {
    /// What is served.
    pub public_key: [u8; 32],
    /// What the neuron keeps; wiped when it is dropped.
    pub private_key: Zeroizing<[u8; 32]>,
}

impl CertificateKey {
    /// The number of the algorithm.
    pub const ALGORITHM: u8 = 1;

    /// A new one, of the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let (pair, seed) = ed25519::Pair::generate();
        Self {
            public_key: pair.public().0,
            private_key: Zeroizing::new(seed),
        }
    }
}

impl std::fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateKey({})", hex::encode(self.public_key))
    }
}

impl Chain {
    /// Where a neuron is reached at a block, and when it may say so again, in one request; `None` where it never
    /// served.
    pub async fn axon_terms(
        &self,
        block: BlockRef,
        netuid: NetUid,
        hotkey: &Hotkey,
    ) -> Result<Option<AxonTerms>, ReadError> {
        self.pinned(block, "the axon", |pinned| async move {
            let of_subnet = |key: StorageKey| key.identity(&netuid.get());
            let axon = of_subnet(AXONS.key()).blake2_128_concat(hotkey.as_bytes());
            let limit = (SERVING_RATE_LIMIT, of_subnet(SERVING_RATE_LIMIT.key()));
            let values = pinned.values(vec![axon.clone(), limit.1.clone()]).await?;
            if values.bytes(&axon).is_none() {
                return Ok(None);
            }
            let limit = values.get(&limit)?.unwrap_or_default();
            let kept = values.get(&(AXONS, axon))?;
            Ok(kept.map(|kept| AxonTerms {
                earliest_block: earliest(block.number, kept.block, limit),
                axon: ServedAxon::from(kept),
            }))
        })
        .await
    }

    /// The certificates of a subnet's neurons at a block, in the order of the chain's keys.
    pub async fn certificates(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Vec<(Hotkey, Certificate)>, ReadError> {
        self.pinned(block, "the certificates", |pinned| async move {
            let prefix = CERTIFICATES.key().identity(&netuid.get());
            let hotkey = |rest: &[u8]| behind_blake2_128(rest).map(Hotkey::from_bytes);
            let kept = pinned.map(CERTIFICATES, prefix, hotkey).await?;
            Ok(kept
                .into_iter()
                .map(|(hotkey, kept)| (hotkey, kept.into()))
                .collect())
        })
        .await
    }

    /// The certificate of a neuron at a block.
    pub async fn certificate(
        &self,
        netuid: NetUid,
        hotkey: Hotkey,
        block: BlockRef,
    ) -> Result<Option<Certificate>, ReadError> {
        self.pinned(block, "the certificate", |pinned| async move {
            let key = CERTIFICATES.key().identity(&netuid.get());
            let key = key.blake2_128_concat(hotkey.as_bytes());
            let kept = pinned.find(CERTIFICATES, key).await?;
            Ok(kept.map(Certificate::from))
        })
        .await
    }
}
