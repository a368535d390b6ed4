//! Moving TAO, after pallet Balances.

use sp_runtime::{ArithmeticError, DispatchError, DispatchResult, TokenError};

use super::Context;
use crate::{
    runtime::{
        AccountId, RuntimeEvent,
        balances::{AccountData, EXISTENTIAL_DEPOSIT, Error, Event, ExtraFlags, TOTAL_ISSUANCE},
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
    reducible(state, who, Preservation::Preserve) >= fee
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

/// Gives back what a call turned out not to cost.
pub(crate) fn refund_fee(context: &mut Context<'_>, who: &AccountId, fee: u64) {
    if fee == 0 || ACCOUNT.get(context.state, (who.clone(),)).providers == 0 {
        return;
    }
    ACCOUNT.mutate(context.state, (who.clone(),), |account| {
        account.data.free = account.data.free.saturating_add(fee);
    });
    TOTAL_ISSUANCE.mutate(context.state, (), |issuance| {
        *issuance = issuance.saturating_add(fee)
    });
    context.deposit(RuntimeEvent::Balances(Event::Deposit {
        who: who.clone(),
        amount: fee,
    }));
}

/// Whether an account has to live on when it pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preservation {
    /// It may go below the existential deposit, and then it ends.
    Expendable,
    /// It stays.
    Preserve,
}

/// What an account can give away, rao.
pub(crate) fn reducible(state: &State, who: &AccountId, preservation: Preservation) -> u64 {
    let account = ACCOUNT.get(state, (who.clone(),));
    let stays = preservation == Preservation::Preserve || !can_die(&account);
    let untouchable = match stays {
        true => locked(&account).max(EXISTENTIAL_DEPOSIT),
        false => locked(&account),
    };
    account.data.free.saturating_sub(untouchable)
}

/// Moves `value` rao.
pub(crate) fn transfer(
    context: &mut Context<'_>,
    from: &AccountId,
    to: &AccountId,
    value: u64,
    preservation: Preservation,
) -> DispatchResult {
    ensure_withdrawal(context.state, from, value, preservation)?;
    ensure_deposit(context.state, to, value)?;
    // As in the real pallet, this is no transfer and there is no event.
    if from == to {
        return Ok(());
    }
    if value > 0 {
        withdraw(context, from, value);
        deposit(context, to, value);
    }
    context.deposit(RuntimeEvent::Balances(Event::Transfer {
        from: from.clone(),
        to: to.clone(),
        amount: value,
    }));
    Ok(())
}

/// The pallet's `can_withdraw`.
fn ensure_withdrawal(
    state: &State,
    who: &AccountId,
    value: u64,
    preservation: Preservation,
) -> DispatchResult {
    if value == 0 {
        return Ok(());
    }
    if TOTAL_ISSUANCE.get(state, ()) < value {
        return Err(ArithmeticError::Underflow.into());
    }
    let account = ACCOUNT.get(state, (who.clone(),));
    let left = account
        .data
        .free
        .checked_sub(value)
        .ok_or(TokenError::FundsUnavailable)?;
    if value > reducible(state, who, Preservation::Expendable) {
        return Err(TokenError::Frozen.into());
    }
    if left < EXISTENTIAL_DEPOSIT {
        if !can_die(&account) {
            return Err(TokenError::OnlyProvider.into());
        }
        if preservation == Preservation::Preserve {
            return Err(TokenError::NotExpendable.into());
        }
    }
    Ok(())
}

/// The pallet's `can_deposit`.
fn ensure_deposit(state: &State, who: &AccountId, value: u64) -> DispatchResult {
    let free = ACCOUNT.get(state, (who.clone(),)).data.free;
    let balance = free.checked_add(value).ok_or(ArithmeticError::Overflow)?;
    if value > 0 && balance < EXISTENTIAL_DEPOSIT {
        return Err(TokenError::BelowMinimum.into());
    }
    Ok(())
}

/// Takes from a balance, and ends the account where too little is left.
fn withdraw(context: &mut Context<'_>, from: &AccountId, value: u64) {
    let key = || (from.clone(),);
    let left = ACCOUNT.mutate(context.state, key(), |account| {
        account.data.free = account.data.free.saturating_sub(value);
        account.clone()
    });
    if left.data.free >= EXISTENTIAL_DEPOSIT || left.data.reserved > 0 {
        return;
    }
    let dust = left.data.free;
    TOTAL_ISSUANCE.mutate(context.state, (), |issuance| {
        *issuance = issuance.saturating_sub(dust)
    });
    if left.providers <= 1 && left.sufficients == 0 {
        // The nonce goes with it.
        ACCOUNT.kill(context.state, key());
        context.deposit(RuntimeEvent::System(system::Event::KilledAccount {
            account: from.clone(),
        }));
    } else {
        ACCOUNT.mutate(context.state, key(), |account| {
            account.providers = account.providers.saturating_sub(1);
            account.data.free = 0;
        });
    }
    if dust > 0 {
        context.deposit(RuntimeEvent::Balances(Event::DustLost {
            account: from.clone(),
            amount: dust,
        }));
    }
}

/// Destroys TAO on an account, rao.
pub(crate) fn burn(context: &mut Context<'_>, who: &AccountId, value: u64) {
    if value == 0 {
        return;
    }
    withdraw(context, who, value);
    TOTAL_ISSUANCE.mutate(context.state, (), |issuance| {
        *issuance = issuance.saturating_sub(value)
    });
    context.deposit(RuntimeEvent::Balances(Event::Withdraw {
        who: who.clone(),
        amount: value,
    }));
}

/// Holds TAO for as long as a deposit is due, rao.
pub(crate) fn reserve(context: &mut Context<'_>, who: &AccountId, value: u64) -> DispatchResult {
    if value == 0 {
        return Ok(());
    }
    let mut account = ACCOUNT.get(context.state, (who.clone(),));
    let left = account
        .data
        .free
        .checked_sub(value)
        .ok_or(Error::InsufficientBalance)?;
    if left < account.data.frozen {
        return Err(Error::LiquidityRestrictions.into());
    }
    // What is held keeps the account, which then has to keep itself.
    let provided = account.data.free >= EXISTENTIAL_DEPOSIT && account.providers <= 1;
    if provided && left < EXISTENTIAL_DEPOSIT {
        return Err(DispatchError::ConsumerRemaining);
    }
    if account.data.reserved == 0 && account.data.frozen == 0 {
        account.consumers = account.consumers.saturating_add(1);
    }
    account.data.free = left;
    account.data.reserved = account.data.reserved.saturating_add(value);
    ACCOUNT.put(context.state, (who.clone(),), account);
    context.deposit(RuntimeEvent::Balances(Event::Reserved {
        who: who.clone(),
        amount: value,
    }));
    Ok(())
}

/// Gives back what was held, rao.
pub(crate) fn unreserve(context: &mut Context<'_>, who: &AccountId, value: u64) {
    if value == 0 {
        return;
    }
    let amount = ACCOUNT.mutate(context.state, (who.clone(),), |account| {
        let amount = value.min(account.data.reserved);
        account.data.reserved -= amount;
        account.data.free = account.data.free.saturating_add(amount);
        if amount > 0 && account.data.reserved == 0 && account.data.frozen == 0 {
            account.consumers = account.consumers.saturating_sub(1);
        }
        amount
    });
    context.deposit(RuntimeEvent::Balances(Event::Unreserved {
        who: who.clone(),
        amount,
    }));
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
    use super::{
        Preservation::{Expendable, Preserve},
        *,
    };

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

    fn transfer(
        state: &mut State,
        value: u64,
        preservation: Preservation,
    ) -> (DispatchResult, Vec<RuntimeEvent>) {
        let mut events = Vec::new();
        let mut context = Context {
            state,
            events: &mut events,
        };
        let result = super::transfer(&mut context, &ALICE, &BOB, value, preservation);
        (result, events)
    }

    #[test]
    fn a_transfer_makes_the_receivers_account_and_says_so() {
        let mut state = endowed(10_000);
        let (result, events) = transfer(&mut state, 4_000, Preserve);
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
        let refusal = |free, value| transfer(&mut endowed(free), value, Preserve).0.unwrap_err();
        assert_eq!(refusal(10_000, 10_001), TokenError::FundsUnavailable.into());
        assert_eq!(refusal(10_000, 9_501), TokenError::NotExpendable.into());
        assert_eq!(refusal(10_000, 499), TokenError::BelowMinimum.into());
        let mut frozen = endowed(10_000);
        ACCOUNT.mutate(&mut frozen, (ALICE,), |account| account.data.frozen = 9_000);
        assert_eq!(
            transfer(&mut frozen, 2_000, Preserve).0,
            Err(TokenError::Frozen.into())
        );
    }

    #[test]
    fn an_account_that_may_end_does_and_its_dust_is_lost() {
        let mut state = endowed(10_000);
        let (result, events) = transfer(&mut state, 9_700, Expendable);
        assert_eq!(result, Ok(()));
        assert!(!ACCOUNT.contains(&state, (ALICE,)));
        assert_eq!(ACCOUNT.get(&state, (BOB,)).data.free, 9_700);
        assert_eq!(TOTAL_ISSUANCE.get(&state, ()), u64::MAX - 300);
        assert!(matches!(
            &events[..2],
            [
                RuntimeEvent::System(system::Event::KilledAccount { .. }),
                RuntimeEvent::Balances(Event::DustLost { amount: 300, .. }),
            ]
        ));
        let mut held = endowed(10_000);
        ACCOUNT.mutate(&mut held, (ALICE,), |account| account.consumers = 1);
        let refused = transfer(&mut held, 9_700, Expendable).0;
        assert_eq!(refused, Err(TokenError::Frozen.into()));
    }

    #[test]
    fn all_that_can_be_given_away_depends_on_whether_the_account_stays() {
        let state = endowed(10_000);
        assert_eq!(reducible(&state, &ALICE, Preserve), 9_500);
        assert_eq!(reducible(&state, &ALICE, Expendable), 10_000);
    }

    #[test]
    fn a_fee_leaves_the_existential_deposit() {
        assert!(can_pay(&endowed(1_500), &ALICE, 1_000));
        assert!(!can_pay(&endowed(1_499), &ALICE, 1_000));
    }
}
