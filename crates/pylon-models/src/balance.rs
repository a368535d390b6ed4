//! What a coldkey has.

use crate::{Hotkey, NetUid, Rao};

/// The balance of a coldkey at one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// What it may spend, but for what is frozen of it.
    pub free: Rao,
    /// What is held for deposits.
    pub reserved: Rao,
    /// What must stay, counted into the other two.
    pub frozen: Rao,
    /// The number of its next transaction.
    pub nonce: u32,
}

/// What a coldkey has staked to one hotkey on one subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StakePosition {
    /// To whom.
    pub hotkey: Hotkey,
    /// On which subnet; on root it is TAO, elsewhere the subnet's alpha.
    pub netuid: NetUid,
    /// How much.
    pub stake: Rao,
    /// How much of it cannot leave.
    pub locked: Rao,
    /// What the hotkey earned for it in the last epoch.
    pub emission: Rao,
    /// Whether the hotkey is registered there.
    pub is_registered: bool,
}
