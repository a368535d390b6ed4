//! Childkeys: stake that a hotkey lends to others, subnet by subnet.

use crate::{Hotkey, NetUid, Proportion};

/// What one parent gives to its children on one subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Children {
    /// Who gives.
    pub parent: Hotkey,
    /// On which subnet.
    pub netuid: NetUid,
    /// To whom, and which part of the parent's stake.
    pub children: Vec<(Proportion, Hotkey)>,
}

/// What one child gets from its parents on one subnet: the same relations, seen from the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parents {
    /// Who gets.
    pub child: Hotkey,
    /// On which subnet.
    pub netuid: NetUid,
    /// From whom, and which part of the parent's stake.
    pub parents: Vec<(Proportion, Hotkey)>,
}

/// Children that take the place of a parent's present ones on one subnet, in its first epoch after a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChildren {
    /// Who gives.
    pub parent: Hotkey,
    /// On which subnet.
    pub netuid: NetUid,
    /// To whom, and which part of the parent's stake; none where all are revoked.
    pub children: Vec<(Proportion, Hotkey)>,
    /// The block that has to have passed.
    pub cooldown_block: u64,
}
