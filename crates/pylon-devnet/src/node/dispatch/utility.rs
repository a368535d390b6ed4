//! Pallet Utility: several calls as one.

use sp_runtime::DispatchError;

use super::{Context, Dispatched, Origin, dispatch};
use crate::runtime::{
    RuntimeCall, RuntimeEvent,
    system::Pays,
    utility::{BATCHED_CALLS_LIMIT, Error, Event},
};

fn ensure_size(calls: &[RuntimeCall]) -> Result<(), Error> {
    match u32::try_from(calls.len()) {
        Ok(count) if count <= BATCHED_CALLS_LIMIT => Ok(()),
        _ => Err(Error::TooManyCalls),
    }
}

fn say(context: &mut Context<'_>, event: Event) {
    context.deposit(RuntimeEvent::Utility(event));
}

/// Stops at the first call that fails and keeps what was done before.
pub(super) fn batch(
    context: &mut Context<'_>,
    origin: &Origin,
    calls: &[RuntimeCall],
) -> Dispatched {
    ensure_size(calls)?;
    for (index, call) in (0u32..).zip(calls) {
        if let Err(error) = dispatch(context, origin, call) {
            say(context, Event::BatchInterrupted { index, error });
            return Ok(Pays::Yes);
        }
        say(context, Event::ItemCompleted);
    }
    say(context, Event::BatchCompleted);
    Ok(Pays::Yes)
}

/// All calls or none.
pub(super) fn batch_all(
    context: &mut Context<'_>,
    origin: &Origin,
    calls: &[RuntimeCall],
) -> Dispatched {
    ensure_size(calls)?;
    let inside = Origin {
        in_batch_all: true,
        ..origin.clone()
    };
    for call in calls {
        dispatch(context, &inside, call)?;
        say(context, Event::ItemCompleted);
    }
    say(context, Event::BatchCompleted);
    Ok(Pays::Yes)
}

/// Goes on after calls that fail.
pub(super) fn force_batch(
    context: &mut Context<'_>,
    origin: &Origin,
    calls: &[RuntimeCall],
) -> Dispatched {
    ensure_size(calls)?;
    let mut failed = false;
    for call in calls {
        let outcome: Result<Pays, DispatchError> = dispatch(context, origin, call);
        failed |= outcome.is_err();
        say(
            context,
            match outcome {
                Ok(_) => Event::ItemCompleted,
                Err(error) => Event::ItemFailed { error },
            },
        );
    }
    say(
        context,
        match failed {
            true => Event::BatchCompletedWithErrors,
            false => Event::BatchCompleted,
        },
    );
    Ok(Pays::Yes)
}
