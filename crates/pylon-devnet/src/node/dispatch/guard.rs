//! What subtensor checks before a call runs, in the pool and at every dispatch: after the guards of
//! SubtensorTransactionExtension.

use sp_runtime::transaction_validity::InvalidTransaction;

use super::{commitments, serving, weights};
use crate::{
    runtime::{
        AccountId, RuntimeCall,
        subtensor::{
            COLDKEY_SWAP_ANNOUNCEMENTS, COLDKEY_SWAP_DISPUTES, Call as SubtensorCall, Error,
        },
    },
    state::State,
};

/// Checks a call that `who` signs for a block.
pub(crate) fn check(
    state: &State,
    block: u64,
    who: &AccountId,
    call: &RuntimeCall,
) -> Result<(), Error> {
    check_coldkey_swap(state, who, call)?;
    match call {
        RuntimeCall::SubtensorModule(call) => {
            weights::check(state, block, who, call)?;
            serving::check(state, block, who, call)
        }
        _ => Ok(()),
    }
}

/// Checks a call that is a transaction by itself: what the pool looks at besides.
pub(crate) fn check_transaction(
    state: &State,
    block: u64,
    who: &AccountId,
    call: &RuntimeCall,
) -> Result<(), Error> {
    check(state, block, who, call)?;
    match call {
        RuntimeCall::Commitments(call) => commitments::check(state, who, call),
        _ => Ok(()),
    }
}

/// What no two transactions of a signer can hold at the same time in the pool.
pub(crate) fn tag(state: &State, call: &RuntimeCall) -> Option<u16> {
    match call {
        RuntimeCall::SubtensorModule(call) => weights::sole_commit(state, call),
        _ => None,
    }
}

/// An account that announced its swap does nothing else until the swap is made.
fn check_coldkey_swap(state: &State, who: &AccountId, call: &RuntimeCall) -> Result<(), Error> {
    if !COLDKEY_SWAP_ANNOUNCEMENTS.contains(state, (who.clone(),)) {
        return Ok(());
    }
    if COLDKEY_SWAP_DISPUTES.contains(state, (who.clone(),)) {
        return Err(Error::ColdkeySwapDisputed);
    }
    match call {
        RuntimeCall::SubtensorModule(
            SubtensorCall::announce_coldkey_swap { .. }
            | SubtensorCall::swap_coldkey_announced { .. }
            | SubtensorCall::dispute_coldkey_swap
            | SubtensorCall::clear_coldkey_swap_announcement,
        ) => Ok(()),
        _ => Err(Error::ColdkeySwapAnnounced),
    }
}

/// How the pool says it: a number instead of a name.
pub(crate) fn invalidity(error: &Error) -> InvalidTransaction {
    InvalidTransaction::Custom(match error {
        Error::ColdkeySwapAnnounced => 0,
        Error::AmountTooLow | Error::NotEnoughStakeToSetWeights => 1,
        Error::NotEnoughBalanceToStake => 2,
        Error::SubnetNotExists => 3,
        Error::HotKeyAccountNotExists => 4,
        Error::NotEnoughStakeToWithdraw => 5,
        Error::CommittingWeightsTooFast
        | Error::SettingWeightsTooFast
        | Error::NetworkTxRateLimitExceeded => 6,
        Error::InsufficientLiquidity => 7,
        Error::SlippageTooHigh => 8,
        Error::TransferDisallowed => 9,
        Error::HotKeyNotRegisteredInNetwork => 10,
        Error::InvalidIpAddress => 11,
        Error::ServingRateLimitExceeded => 12,
        Error::InvalidPort => 13,
        Error::InvalidRevealRound => 15,
        Error::NoWeightsCommitFound => 16,
        Error::RevealTooEarly => 17,
        Error::InputLengthsUnequal => 18,
        Error::HotKeyNotRegisteredInSubNet => 19,
        Error::EvmKeyAssociateRateLimitExceeded => 20,
        Error::ColdkeySwapDisputed => 21,
        Error::NonAssociatedColdKey => 25,
        Error::DelegateTakeTooLow => 26,
        Error::DelegateTakeTooHigh => 27,
        _ => 255,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Hash, system::Call as SystemCall};

    #[test]
    fn who_announced_a_coldkey_swap_can_only_go_on_with_it() {
        let who = AccountId::new([7; 32]);
        let mut state = State::default();
        let remark = RuntimeCall::System(SystemCall::remark { remark: vec![] });
        let dispute = RuntimeCall::SubtensorModule(SubtensorCall::dispute_coldkey_swap);
        assert_eq!(check(&state, 1, &who, &remark), Ok(()));
        COLDKEY_SWAP_ANNOUNCEMENTS.put(&mut state, (who.clone(),), (1, Hash::zero()));
        let refused = check(&state, 1, &who, &remark).unwrap_err();
        assert_eq!(invalidity(&refused), InvalidTransaction::Custom(0));
        assert_eq!(check(&state, 1, &who, &dispute), Ok(()));
        COLDKEY_SWAP_DISPUTES.put(&mut state, (who.clone(),), 1);
        let refused = check(&state, 1, &who, &dispute).unwrap_err();
        assert_eq!(invalidity(&refused), InvalidTransaction::Custom(21));
    }
}
