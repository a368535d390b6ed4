//! Calls: what each weighs and what it does to the state.
//!
//! A call is one arm of [`weight`], one of [`dispatch`] and the function that the latter names.

pub(crate) mod balances;
pub(crate) mod fee;
mod remark;

use codec::Compact;
use sp_runtime::{DispatchError, DispatchResult};

use crate::{
    runtime::{
        AccountId, RuntimeCall, RuntimeEvent,
        balances::Call as BalancesCall,
        system::{
            Call as SystemCall, DispatchClass, DispatchEventInfo, Error as SystemError, Pays,
            Weight,
        },
        timestamp::Call as TimestampCall,
    },
    state::State,
};

/// Weight, class and fee mode of a call, as benchmarked for the real one.
pub(crate) type CallWeight = DispatchEventInfo;

/// What a call works on: the state so far and the events that it deposits.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The state. Undone by the caller when the call fails.
    pub(crate) state: &'a mut State,
    /// Events in order.
    pub(crate) events: &'a mut Vec<RuntimeEvent>,
}

impl Context<'_> {
    /// Deposits an event.
    pub(crate) fn deposit(&mut self, event: RuntimeEvent) {
        self.events.push(event);
    }
}

const READ: u64 = 25_000_000;
const WRITE: u64 = 100_000_000;

fn weigh(ref_time: u64, proof_size: u64, class: DispatchClass) -> CallWeight {
    CallWeight {
        weight: Weight {
            ref_time: Compact(ref_time),
            proof_size: Compact(proof_size),
        },
        class,
        pays_fee: Pays::Yes,
    }
}

/// What a call weighs.
pub(crate) fn weight(call: &RuntimeCall) -> CallWeight {
    let length = |remark: &[u8]| u64::try_from(remark.len()).unwrap_or(u64::MAX);
    match call {
        RuntimeCall::System(SystemCall::remark { remark }) => weigh(
            length(remark).saturating_mul(400).saturating_add(2_000_000),
            0,
            DispatchClass::Normal,
        ),
        RuntimeCall::System(SystemCall::remark_with_event { remark }) => weigh(
            length(remark)
                .saturating_mul(1_200)
                .saturating_add(6_000_000),
            0,
            DispatchClass::Normal,
        ),
        RuntimeCall::Timestamp(TimestampCall::set { .. }) => weigh(
            10_000_000 + 2 * READ + WRITE,
            1_493,
            DispatchClass::Mandatory,
        ),
        RuntimeCall::Balances(BalancesCall::transfer_keep_alive { .. }) => {
            weigh(40_000_000 + READ + WRITE, 3_593, DispatchClass::Normal)
        }
        _ => weigh(10_000_000 + READ + WRITE, 3_593, DispatchClass::Normal),
    }
}

/// Runs a call that `who` signed.
pub(crate) fn dispatch(
    context: &mut Context<'_>,
    who: &AccountId,
    call: &RuntimeCall,
) -> DispatchResult {
    match call {
        RuntimeCall::System(SystemCall::remark { .. }) => Ok(()),
        RuntimeCall::System(SystemCall::remark_with_event { remark }) => {
            remark::remark_with_event(context, who, remark);
            Ok(())
        }
        RuntimeCall::Timestamp(TimestampCall::set { .. }) => Err(DispatchError::BadOrigin),
        RuntimeCall::Balances(BalancesCall::transfer_keep_alive { dest, value }) => {
            balances::transfer_keep_alive(context, who, dest, value.0)
        }
        // Declared, so that clients can make them, but this node's base filter lets none through.
        _ => Err(SystemError::CallFiltered.into()),
    }
}
