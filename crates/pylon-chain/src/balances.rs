//! What coldkeys have.

use codec::Compact;
use pylon_models::{Balance, BlockRef, Coldkey, Hotkey, NetUid, Rao, StakePosition};

use crate::capabilities::{ACCOUNT, STAKE_OF_COLDKEY};
use crate::chain::Chain;
use crate::decode::wire_struct;
use crate::error::ReadError;

wire_struct! {
    /// `frame_system::AccountInfo`.
    struct AccountInfo {
        nonce: u32,
        consumers: u32,
        providers: u32,
        sufficients: u32,
        data: AccountData,
    }
}

wire_struct! {
    /// `pallet_balances::types::AccountData`.
    struct AccountData {
        free: u64,
        reserved: u64,
        frozen: u64,
        flags: u128,
    }
}

wire_struct! {
    /// `pallet_subtensor::rpc_info::stake_info::StakeInfo`.
    struct StakeInfo {
        hotkey: [u8; 32],
        coldkey: [u8; 32],
        netuid: Compact<u16>,
        stake: Compact<u64>,
        locked: Compact<u64> = Compact(0),
        emission: Compact<u64> = Compact(0),
        tao_emission: Compact<u64> = Compact(0),
        drain: Compact<u64> = Compact(0),
        is_registered: bool,
    }
}

impl From<StakeInfo> for StakePosition {
    fn from(told: StakeInfo) -> Self {
        Self {
            hotkey: Hotkey::from_bytes(told.hotkey),
            netuid: NetUid::new(told.netuid.0),
            stake: Rao::new(told.stake.0),
            locked: Rao::new(told.locked.0),
            emission: Rao::new(told.emission.0),
            is_registered: told.is_registered,
        }
    }
}

impl Chain {
    /// The balance of a coldkey at a block; nothing where the chain does not know it.
    pub async fn balance(&self, coldkey: Coldkey, block: BlockRef) -> Result<Balance, ReadError> {
        self.pinned(block, "the balance", |pinned| async move {
            let key = ACCOUNT.key().blake2_128_concat(coldkey.as_bytes());
            let kept = pinned.find(ACCOUNT, key).await?;
            Ok(kept.map_or_else(Balance::default, |kept| Balance {
                free: Rao::new(kept.data.free),
                reserved: Rao::new(kept.data.reserved),
                frozen: Rao::new(kept.data.frozen),
                nonce: kept.nonce,
            }))
        })
        .await
    }

    /// What a coldkey has staked at a block.
    pub async fn stake_of(
        &self,
        coldkey: Coldkey,
        block: BlockRef,
    ) -> Result<Vec<StakePosition>, ReadError> {
        self.pinned(block, "the stake", |pinned| async move {
            let told = pinned.call(STAKE_OF_COLDKEY, coldkey.as_bytes()).await?;
            Ok(told.into_iter().map(StakePosition::from).collect())
        })
        .await
    }
}
