//! A subnet as a whole.

use crate::{Coldkey, Hotkey, NetUid, Rao};

/// A subnet at one block. Amounts of alpha are in its own rao.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Which one.
    pub netuid: NetUid,
    /// What it calls itself.
    pub name: String,
    /// The symbol of its alpha.
    pub symbol: String,
    /// The hotkey of its owner.
    pub owner_hotkey: Hotkey,
    /// The coldkey of its owner.
    pub owner_coldkey: Coldkey,
    /// Blocks from one epoch to the next.
    pub tempo: u16,
    /// The block of its last epoch.
    pub last_step: u64,
    /// The block at which it was registered.
    pub registered_at: u64,
    /// TAO in its pool.
    pub tao_in: Rao,
    /// Alpha in its pool.
    pub alpha_in: Rao,
    /// Alpha outside of its pool.
    pub alpha_out: Rao,
}
