//! The subnets of the chain.

use std::collections::BTreeMap;

use codec::Compact;
use pylon_models::{BlockRef, Coldkey, Hotkey, NetUid, Rao, Subnet};

use crate::capabilities::{ALL_DYNAMIC_INFO, DYNAMIC_INFO, NETWORKS_ADDED};
use crate::chain::Chain;
use crate::decode::wire_struct;
use crate::error::ReadError;
use crate::pinned::Pinned;

wire_struct! {
    /// The head of `pallet_subtensor::rpc_info::dynamic_info::DynamicInfo`.
    struct DynamicInfo {
        netuid: Compact<u16>,
        owner_hotkey: [u8; 32],
        owner_coldkey: [u8; 32],
        subnet_name: Vec<Compact<u8>>,
        token_symbol: Vec<Compact<u8>>,
        tempo: Compact<u16>,
        last_step: Compact<u64>,
        alpha_in: Compact<u64>,
        alpha_out: Compact<u64>,
        tao_in: Compact<u64>,
        network_registered_at: Compact<u64>,
    }
}

fn text(bytes: &[Compact<u8>]) -> String {
    let bytes: Vec<u8> = bytes.iter().map(|byte| byte.0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl From<DynamicInfo> for Subnet {
    fn from(told: DynamicInfo) -> Self {
        Self {
            netuid: NetUid::new(told.netuid.0),
            name: text(&told.subnet_name),
            symbol: text(&told.token_symbol),
            owner_hotkey: Hotkey::from_bytes(told.owner_hotkey),
            owner_coldkey: Coldkey::from_bytes(told.owner_coldkey),
            tempo: told.tempo.0,
            last_step: told.last_step.0,
            registered_at: told.network_registered_at.0,
            tao_in: Rao::new(told.tao_in.0),
            alpha_in: Rao::new(told.alpha_in.0),
            alpha_out: Rao::new(told.alpha_out.0),
        }
    }
}

/// The netuids that are in use, in their order.
pub(crate) async fn netuids(pinned: &Pinned) -> Result<Vec<NetUid>, ReadError> {
    let netuid = |rest: &[u8]| Some(u16::from_le_bytes(rest.try_into().ok()?));
    let added: BTreeMap<u16, bool> = pinned
        .map(NETWORKS_ADDED, NETWORKS_ADDED.key(), netuid)
        .await?
        .into_iter()
        .collect();
    let in_use = added.into_iter().filter(|(_, added)| *added);
    Ok(in_use.map(|(netuid, _)| NetUid::new(netuid)).collect())
}

impl Chain {
    /// Every subnet at a block, root first, in the order of their netuids.
    pub async fn subnets(&self, block: BlockRef) -> Result<Vec<Subnet>, ReadError> {
        self.pinned(block, "the subnets", |pinned| async move {
            let told = pinned.call(ALL_DYNAMIC_INFO, ()).await?;
            Ok(told.into_iter().flatten().map(Subnet::from).collect())
        })
        .await
    }

    /// A subnet at a block; `None` where there is no such subnet then.
    pub async fn subnet(
        &self,
        netuid: NetUid,
        block: BlockRef,
    ) -> Result<Option<Subnet>, ReadError> {
        self.pinned(block, "the subnet", |pinned| async move {
            let told = pinned.call(DYNAMIC_INFO, netuid.get()).await?;
            Ok(told.map(Subnet::from))
        })
        .await
    }
}
