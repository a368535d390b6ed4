//! The TLS keys of neurons.

use pylon_models::{BlockRef, Certificate, Hotkey, NetUid};

use crate::capabilities::CERTIFICATES;
use crate::chain::Chain;
use crate::decode::wire_struct;
use crate::error::ReadError;
use crate::storage::behind_blake2_128;

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

impl Chain {
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
