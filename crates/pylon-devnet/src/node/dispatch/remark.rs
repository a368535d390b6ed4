//! Pallet System's remarks.

use sp_runtime::traits::{BlakeTwo256, Hash as _};

use super::Context;
use crate::runtime::{AccountId, RuntimeEvent, system};

/// Says in an event that bytes were sent.
pub(super) fn remark_with_event(context: &mut Context<'_>, who: &AccountId, remark: &[u8]) {
    context.deposit(RuntimeEvent::System(system::Event::Remarked {
        sender: who.clone(),
        hash: BlakeTwo256::hash(remark),
    }));
}
