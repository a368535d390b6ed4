//! Who weighs whom: the rows of a subnet's weights and bonds.

use pylon_models::{BlockRef, MechId, NetUid, Uid};

use crate::capabilities::{BONDS, Entry, WEIGHTS};
use crate::chain::Chain;
use crate::error::ReadError;

/// Storage indices of a mechanism lie this far apart.
const MECHANISM_STEP: u16 = 4_096;

/// A row: the validator, and the miners with what each is given.
pub type Row = (Uid, Vec<(Uid, u16)>);

/// Where the chain keeps what mechanisms have apart; it also names them so in events and hashes.
#[must_use]
pub fn storage_index(netuid: NetUid, mechanism: MechId) -> u16 {
    u16::from(mechanism.get())
        .saturating_mul(MECHANISM_STEP)
        .saturating_add(netuid.get())
}

/// Whose such an index is; `None` where there can be no such mechanism.
pub(crate) fn netuid_and_mechanism(index: u16) -> Option<(NetUid, MechId)> {
    let mechanism = u8::try_from(index / MECHANISM_STEP).ok()?;
    let mechanism = MechId::try_from(mechanism).ok()?;
    Some((NetUid::new(index % MECHANISM_STEP), mechanism))
}

impl Chain {
    /// The weights that the validators of a subnet gave, for one of its mechanisms, at a block; in the order of the
    /// uids, validators without any left out. The greatest of a row is 65535.
    pub async fn weights(
        &self,
        netuid: NetUid,
        mechanism: MechId,
        block: BlockRef,
    ) -> Result<Vec<Row>, ReadError> {
        let index = storage_index(netuid, mechanism);
        self.rows(WEIGHTS, index, "the weights", block).await
    }

    /// The bonds of a subnet's validators, for one of its mechanisms, at a block; in the order of the uids.
    pub async fn bonds(
        &self,
        netuid: NetUid,
        mechanism: MechId,
        block: BlockRef,
    ) -> Result<Vec<Row>, ReadError> {
        let index = storage_index(netuid, mechanism);
        self.rows(BONDS, index, "the bonds", block).await
    }

    async fn rows(
        &self,
        entry: Entry<Vec<(u16, u16)>>,
        index: u16,
        what: &'static str,
        block: BlockRef,
    ) -> Result<Vec<Row>, ReadError> {
        self.pinned(block, what, |pinned| async move {
            let uid = |rest: &[u8]| Some(u16::from_le_bytes(rest.try_into().ok()?));
            let prefix = entry.key().identity(&index);
            let kept = pinned.map(entry, prefix, uid).await?;
            let mut rows: Vec<Row> = kept
                .into_iter()
                .map(|(uid, row)| {
                    let row = row.into_iter();
                    let row = row.map(|(uid, value)| (Uid::from(uid), value)).collect();
                    (Uid::from(uid), row)
                })
                .collect();
            rows.sort_by_key(|(uid, _)| *uid);
            Ok(rows)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_lie_a_step_apart_and_the_first_is_the_subnet_itself() {
        let index =
            |mechanism: u8| storage_index(NetUid::new(1), MechId::try_from(mechanism).unwrap());
        assert_eq!((index(0), index(1), index(15)), (1, 4_097, 61_441));
    }
}
