//! Moving TAO, after pallet Balances.

use sp_runtime::{ArithmeticError, DispatchError, DispatchResult, TokenError};

use super::Context;
use crate::{
    runtime::{
        AccountId, Address, RuntimeEvent,
        balances::{AccountData, EXISTENTIAL_DEPOSIT, Event, ExtraFlags, TOTAL_ISSUANCE},
        system::{self, ACCOUNT, AccountInfo},
    },
    state::State,
};

/// Whether an account can lose its last reference.
fn can_die(account: &AccountInfo) -> bool {
    account.consumers == 0 || account.providers > 1
}

/// Frozen TAO that the reserved part does not cover.
fn locked(account: &AccountInfo) -> u64 {
    account.data.frozen.saturating_sub(account.data.reserved)
}

/// Whether a fee can be taken while the account lives on.
pub(crate) fn can_pay(state: &State, who: &AccountId, fee: u64) -> bool {
    let account = ACCOUNT.get(state, (who.clone(),));
    let untouchable = EXISTENTIAL_DEPOSIT.max(locked(&account));
    account.data.free.saturating_sub(untouchable) >= fee
}

/// Takes a fee that [`can_pay`] allowed. It is burnt: this chain's blocks have no author to earn it.
pub(crate) fn withdraw_fee(context: &mut Context<'_>, who: &AccountId, fee: u64) {
    if fee == 0 {
        return;
    }
    ACCOUNT.mutate(context.state, (who.clone(),), |account| {
        account.data.free = account.data.free.saturating_sub(fee);
    });
    TOTAL_ISSUANCE.mutate(context.state, (), |issuance| {
        *issuance = issuance.saturating_sub(fee)
    });
    context.deposit(RuntimeEvent::Balances(Event::Withdraw {
        who: who.clone(),
        amount: fee,
    }));
}

/// Moves `value` rao and refuses what would end the sender's account.
pub(crate) fn transfer_keep_alive(
    context: &mut Context<'_>,
    from: &AccountId,
    dest: &Address,
    value: u64,
) -> DispatchResult {
    let Address::Id(to) = dest else {
        return Err(DispatchError::CannotLookup);
    };
    let sender = ACCOUNT.get(context.state, (from.clone(),));
    ensure_withdrawal(context.state, &sender, value)?;
    let receiver = ACCOUNT.get(context.state, (to.clone(),));
    if value > 0 {
        let balance = receiver
            .data
            .free
            .checked_add(value)
            .ok_or(ArithmeticError::Overflow)?;
        if balance < EXISTENTIAL_DEPOSIT {
            return Err(TokenError::BelowMinimum.into());
        }
    }
    if from != to && value > 0 {
        ACCOUNT.mutate(context.state, (from.clone(),), |account| {
            account.data.free = account.data.free.saturating_sub(value);
        });
        deposit(context, to, value);
    }
    context.deposit(RuntimeEvent::Balances(Event::Transfer {
        from: from.clone(),
        to: to.clone(),
        amount: value,
    }));
    Ok(())
}

/// The pallet's `can_withdraw`, for an account that has to stay.
fn ensure_withdrawal(state: &State, account: &AccountInfo, value: u64) -> DispatchResult {
    if value == 0 {
        return Ok(());
    }
    if TOTAL_ISSUANCE.get(state, ()) < value {
        return Err(ArithmeticError::Underflow.into());
    }
    let left = account
        .data
        .free
        .checked_sub(value)
        .ok_or(TokenError::FundsUnavailable)?;
    let untouchable = if can_die(account) {
        locked(account)
    } else {
        locked(account).max(EXISTENTIAL_DEPOSIT)
    };
    if value > account.data.free.saturating_sub(untouchable) {
        return Err(TokenError::Frozen.into());
    }
    if left < EXISTENTIAL_DEPOSIT {
        return Err(match can_die(account) {
            true => TokenError::NotExpendable.into(),
            false => TokenError::OnlyProvider.into(),
        });
    }
    Ok(())
}

/// Adds to a balance, and makes the account where it does not live yet.
fn deposit(context: &mut Context<'_>, to: &AccountId, value: u64) {
    let (created, endowed) = ACCOUNT.mutate(context.state, (to.clone(),), |account| {
        let unreferenced = account.providers == 0 && account.sufficients == 0;
        let unknown = account.data == AccountData::default();
        let provided = account.data.free >= EXISTENTIAL_DEPOSIT;
        account.data.free = account.data.free.saturating_add(value);
        account.data.flags = ExtraFlags::NEW_LOGIC;
        if !provided {
            account.providers = account.providers.saturating_add(1);
        }
        (!provided && unreferenced, unknown)
    });
    if created {
        context.deposit(RuntimeEvent::System(system::Event::NewAccount {
            account: to.clone(),
        }));
    }
    if endowed {
        context.deposit(RuntimeEvent::Balances(Event::Endowed {
            account: to.clone(),
            free_balance: value,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: AccountId = AccountId::new([1; 32]);
    const BOB: AccountId = AccountId::new([2; 32]);

    fn endowed(free: u64) -> State {
        let mut state = State::default();
        let mut account = AccountInfo {
            providers: 1,
            ..AccountInfo::default()
        };
        account.data.free = free;
        ACCOUNT.put(&mut state, (ALICE,), account);
        // The pool's check comes first: enough is issued for the balance to be the limit.
        TOTAL_ISSUANCE.put(&mut state, (), u64::MAX);
        state
    }

    fn transfer(state: &mut State, value: u64) -> (DispatchResult, Vec<RuntimeEvent>) {
        let mut events = Vec::new();
        let mut context = Context {
            state,
            events: &mut events,
        };
        let result = transfer_keep_alive(&mut context, &ALICE, &Address::Id(BOB), value);
        (result, events)
    }

    #[test]
    fn a_transfer_makes_the_receivers_account_and_says_so() {
        let mut state = endowed(10_000);
        let (result, events) = transfer(&mut state, 4_000);
        assert_eq!(result, Ok(()));
        assert_eq!(ACCOUNT.get(&state, (ALICE,)).data.free, 6_000);
        let bob = ACCOUNT.get(&state, (BOB,));
        assert_eq!((bob.data.free, bob.providers), (4_000, 1));
        assert!(matches!(
            &events[..],
            [
                RuntimeEvent::System(system::Event::NewAccount { .. }),
                RuntimeEvent::Balances(Event::Endowed {
                    free_balance: 4_000,
                    ..
                }),
                RuntimeEvent::Balances(Event::Transfer { amount: 4_000, .. }),
            ]
        ));
    }

    #[test]
    fn each_refusal_carries_the_pallets_error() {
        let refusal = |free, value| transfer(&mut endowed(free), value).0.unwrap_err();
        assert_eq!(refusal(10_000, 10_001), TokenError::FundsUnavailable.into());
        assert_eq!(refusal(10_000, 9_501), TokenError::NotExpendable.into());
        assert_eq!(refusal(10_000, 499), TokenError::BelowMinimum.into());
        let mut frozen = endowed(10_000);
        ACCOUNT.mutate(&mut frozen, (ALICE,), |account| account.data.frozen = 9_000);
        assert_eq!(
            transfer(&mut frozen, 2_000).0,
            Err(TokenError::Frozen.into())
        );
    }

    #[test]
    fn a_fee_leaves_the_existential_deposit() {
        assert!(can_pay(&endowed(1_500), &ALICE, 1_000));
        assert!(!can_pay(&endowed(1_499), &ALICE, 1_000));
    }
}
