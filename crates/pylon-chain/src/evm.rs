//! The chain's EVM: addresses that neurons proved to own, and the logs of contracts.

mod abi;
mod decode;
mod endpoint;
mod logs;

use std::collections::BTreeMap;

use pylon_models::{BlockRef, EvmAddress, EvmAssociation, Hotkey, NetUid};

pub use self::abi::{AbiError, EvmAbi};
pub use self::endpoint::{EvmEndpoint, EvmEndpointError};
pub use self::logs::{Evm, EvmConfig, EvmError, EvmLog};
use crate::capabilities::{EVM_ADDRESSES, KEYS};
use crate::chain::Chain;
use crate::error::ReadError;
use crate::storage::behind_twox_64;

impl Chain {
    /// The hotkeys of a subnet by uid at a block.
    pub async fn hotkeys(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<BTreeMap<u16, Hotkey>, ReadError> {
        self.pinned(block, "the hotkeys", |pinned| async move {
            let uid = |rest: &[u8]| Some(u16::from_le_bytes(rest.try_into().ok()?));
            let prefix = KEYS.key().identity(&netuid.get());
            let kept = pinned.map(KEYS, prefix, uid).await?;
            Ok(kept
                .into_iter()
                .map(|(uid, key)| (uid, Hotkey::from_bytes(key)))
                .collect())
        })
        .await
    }

    /// The EVM addresses of a subnet's neurons at a block, in the order of the chain's keys.
    pub async fn evm_associations(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Vec<EvmAssociation>, ReadError> {
        let associated = self.pinned(block, "the evm associations", |pinned| async move {
            let uid = |rest: &[u8]| behind_twox_64(rest).map(u16::from_le_bytes);
            let prefix = EVM_ADDRESSES.key().twox_64_concat(&netuid.get());
            pinned.map(EVM_ADDRESSES, prefix, uid).await
        });
        let (associated, hotkeys) = tokio::try_join!(associated, self.hotkeys(netuid, block))?;
        Ok(associated
            .into_iter()
            .filter_map(|(uid, (address, proven_at))| {
                Some(EvmAssociation {
                    hotkey: *hotkeys.get(&uid)?,
                    address: EvmAddress::from_bytes(address),
                    proven_at,
                })
            })
            .collect())
    }
}
