//! Pallet Sudo: calls made as root.

use super::{Context, Dispatched, Origin, dispatch};
use crate::runtime::{
    AccountId, RuntimeCall, RuntimeEvent,
    sudo::{Error, Event, KEY},
    system::Pays,
};

fn ensure_sudo(context: &Context<'_>, origin: &Origin) -> Result<(), Error> {
    match origin.signer() {
        Some(who) if KEY.find(context.state, ()).as_ref() != Some(who) => Err(Error::RequireSudo),
        _ => Ok(()),
    }
}

/// Makes a call as root. It costs nothing, whatever comes of the call.
pub(super) fn sudo(context: &mut Context<'_>, origin: &Origin, call: &RuntimeCall) -> Dispatched {
    ensure_sudo(context, origin)?;
    let sudo_result = dispatch(context, &Origin::root(), call).map(|_| ());
    context.deposit(RuntimeEvent::Sudo(Event::Sudid { sudo_result }));
    Ok(Pays::No)
}

/// Hands the power over.
pub(super) fn set_key(context: &mut Context<'_>, origin: &Origin, new: &AccountId) -> Dispatched {
    ensure_sudo(context, origin)?;
    let old = KEY.find(context.state, ());
    KEY.put(context.state, (), new.clone());
    let new = new.clone();
    context.deposit(RuntimeEvent::Sudo(Event::KeyChanged { old, new }));
    Ok(Pays::No)
}
