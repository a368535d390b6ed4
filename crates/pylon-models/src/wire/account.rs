use serde::{Deserialize, Serialize};

use crate::{Balance, BlockRef, Coldkey, Hotkey, NetUid, Rao, StakePosition};

/// What a coldkey has at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AccountBody {
    /// The block that was read.
    pub block: BlockRef,
    /// Whose it is.
    pub coldkey: Coldkey,
    /// What it may spend, but for what is frozen of it, in rao.
    pub free: Rao,
    /// What is held for deposits, in rao.
    pub reserved: Rao,
    /// What must stay, counted into the other two, in rao.
    pub frozen: Rao,
    /// The number of its next transaction.
    #[cfg_attr(feature = "utoipa", schema(example = 7))]
    pub nonce: u32,
    /// What it has staked.
    pub stakes: Vec<StakePositionBody>,
    /// Where the next page begins; absent on the last one, and where no page was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub next_cursor: Option<String>,
}

impl AccountBody {
    /// What it has beside its stake, read at `block`.
    pub fn new(block: BlockRef, coldkey: Coldkey, balance: Balance) -> Self {
        Self {
            block,
            coldkey,
            free: balance.free,
            reserved: balance.reserved,
            frozen: balance.frozen,
            nonce: balance.nonce,
            stakes: Vec::new(),
            next_cursor: None,
        }
    }
}

/// What a coldkey has staked to one hotkey on one subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct StakePositionBody {
    /// To whom.
    pub hotkey: Hotkey,
    /// On which subnet.
    pub netuid: NetUid,
    /// How much: rao of TAO on root, of the subnet's alpha elsewhere.
    pub stake: Rao,
    /// How much of it cannot leave.
    pub locked: Rao,
    /// What the hotkey earned for it in the last epoch.
    pub emission: Rao,
    /// Whether the hotkey is registered there.
    pub is_registered: bool,
}

impl From<&StakePosition> for StakePositionBody {
    fn from(position: &StakePosition) -> Self {
        Self {
            hotkey: position.hotkey,
            netuid: position.netuid,
            stake: position.stake,
            locked: position.locked,
            emission: position.emission,
            is_registered: position.is_registered,
        }
    }
}
