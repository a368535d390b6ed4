//! `StakeInfoRuntimeApi`: locked stake and the conviction that it gains, brought from the block at
//! which they were written to the present one.
//!
//! After the pallet's source; no recorded answer has a lock in it.

use std::collections::BTreeMap;

use super::*;
use crate::{
    runtime::{AccountId, U64F64, system},
    state::State,
};

/// Below so much mass (rao) and conviction, a lock is nothing.
const DUST: u64 = 100;

/// What a lock is on: the subnet's owner, whose conviction is its mass, or another hotkey.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Owner,
    Other,
}

/// How time goes on a lock.
#[derive(Clone, Copy)]
enum Mass {
    Kept,
    Decaying,
}

/// How much of something is left after `blocks` where `rate` blocks divide it by e.
fn decay(blocks: u64, rate: u64) -> U64F64 {
    if blocks == 0 {
        return U64F64::ONE;
    }
    if rate == 0 {
        return U64F64::ZERO;
    }
    // The series is only good for numbers up to 40.
    let ratio = U64F64::whole(blocks).over(U64F64::whole(rate));
    let most = U64F64::whole(40);
    if ratio.bits > most.bits { most } else { ratio }.exp_of_minus()
}

/// The conviction that `mass` has gained after `blocks`.
fn gained(mass: U64F64, blocks: u64, unlock: u64, maturity: u64, kind: Mass) -> U64F64 {
    let matured = decay(blocks, maturity);
    let factor = match kind {
        Mass::Kept => U64F64::ONE.minus(matured),
        Mass::Decaying if unlock == maturity => U64F64::whole(blocks)
            .over(U64F64::whole(maturity))
            .times(matured),
        Mass::Decaying if unlock == 0 || maturity == 0 => U64F64::ZERO,
        Mass::Decaying => {
            // Both differences have the same sign.
            let unlocked = decay(blocks, unlock);
            let apart = U64F64 {
                bits: unlocked.bits.abs_diff(matured.bits),
            };
            U64F64::whole(unlock)
                .times(apart)
                .over(U64F64::whole(unlock.abs_diff(maturity)))
        }
    };
    mass.times(factor)
}

/// A lock as it is at the present block.
fn roll(state: &State, mut lock: LockState, on: On, kind: Mass) -> LockState {
    let now = u64::from(system::NUMBER.get(state, ()));
    let (unlock, maturity) = (UNLOCK_RATE.get(state, ()), MATURITY_RATE.get(state, ()));
    if now > lock.last_update {
        let blocks = now.saturating_sub(lock.last_update);
        let mass = U64F64::whole(lock.locked_mass);
        let gained = gained(mass, blocks, unlock, maturity, kind);
        lock = LockState {
            locked_mass: match kind {
                Mass::Kept => lock.locked_mass,
                Mass::Decaying => decay(blocks, unlock).times(mass).floor(),
            },
            conviction: decay(blocks, maturity).times(lock.conviction).plus(gained),
            last_update: now,
        };
    }
    if on == On::Owner {
        lock.conviction = U64F64::whole(lock.locked_mass);
    }
    if lock.locked_mass < DUST && lock.conviction.bits < U64F64::whole(DUST).bits {
        lock.locked_mass = 0;
        lock.conviction = U64F64::ZERO;
    }
    lock
}

/// `get_coldkey_lock`: a coldkey's lock on a subnet.
pub(crate) fn coldkey_lock(state: &State, coldkey: AccountId, netuid: u16) -> Option<LockState> {
    let ((_, _, hotkey), lock) = LOCK
        .under(state, (coldkey.clone(), netuid))
        .into_iter()
        .next()?;
    let on = if hotkey == SUBNET_OWNER_HOTKEY.get(state, (netuid,)) {
        On::Owner
    } else {
        On::Other
    };
    let kind = match DECAYING_LOCK.find(state, (coldkey, netuid)) {
        Some(false) => Mass::Kept,
        Some(true) | None => Mass::Decaying,
    };
    Some(roll(state, lock, on, kind))
}

/// What of a coldkey's stake on a subnet may not leave, rao.
pub(super) fn locked(state: &State, coldkey: &AccountId, netuid: u16) -> u64 {
    coldkey_lock(state, coldkey.clone(), netuid).map_or(0, |lock| lock.locked_mass)
}

/// The conviction of every hotkey of a subnet that has one.
fn convictions(state: &State, netuid: u16) -> BTreeMap<AccountId, U64F64> {
    let owner = SUBNET_OWNER_HOTKEY.get(state, (netuid,));
    let of_hotkeys = |entry: &[((u16, AccountId), LockState)], kind| {
        let rows = entry.iter().cloned();
        rows.map(|((_, hotkey), lock)| (hotkey, On::Other, kind, lock))
            .collect::<Vec<_>>()
    };
    let of_owner =
        |lock: Option<LockState>, kind| lock.map(|lock| (owner.clone(), On::Owner, kind, lock));
    let mut locks = of_hotkeys(&HOTKEY_LOCK.under(state, (netuid,)), Mass::Kept);
    locks.extend(of_hotkeys(
        &DECAYING_HOTKEY_LOCK.under(state, (netuid,)),
        Mass::Decaying,
    ));
    locks.extend(of_owner(OWNER_LOCK.find(state, (netuid,)), Mass::Kept));
    locks.extend(of_owner(
        DECAYING_OWNER_LOCK.find(state, (netuid,)),
        Mass::Decaying,
    ));
    let mut convictions = BTreeMap::new();
    for (hotkey, on, kind, lock) in locks {
        let sum = convictions.entry(hotkey).or_insert(U64F64::ZERO);
        *sum = sum.plus(roll(state, lock, on, kind).conviction);
    }
    convictions
}

/// `get_hotkey_conviction`.
pub(crate) fn hotkey_conviction(state: &State, hotkey: AccountId, netuid: u16) -> U64F64 {
    let convictions = convictions(state, netuid);
    convictions.get(&hotkey).copied().unwrap_or(U64F64::ZERO)
}

/// `get_most_convicted_hotkey_on_subnet`: the last of several in the order of their keys.
pub(crate) fn most_convicted(state: &State, netuid: u16) -> Option<AccountId> {
    convictions(state, netuid)
        .into_iter()
        .max_by_key(|(_, conviction)| conviction.bits)
        .map(|(hotkey, _)| hotkey)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(byte: u8) -> AccountId {
        AccountId::new([byte; 32])
    }

    fn locked_at_zero(mass: u64) -> LockState {
        LockState {
            locked_mass: mass,
            conviction: U64F64::ZERO,
            last_update: 0,
        }
    }

    fn at(block: u32) -> State {
        let mut state = State::default();
        system::NUMBER.put(&mut state, (), block);
        state
    }

    #[test]
    fn a_decaying_lock_halves_in_its_time_and_a_kept_one_does_not() {
        // ln 2 times the rate of 934,866 blocks.
        let mut state = at(648_000);
        let key = (account(1), 5, account(2));
        LOCK.put(&mut state, key, locked_at_zero(1_000_000_000));
        let left = locked(&state, &account(1), 5);
        assert!(left.abs_diff(500_000_000) < 1_000, "{left}");
        DECAYING_LOCK.put(&mut state, (account(1), 5), false);
        assert_eq!(locked(&state, &account(1), 5), 1_000_000_000);
        assert_eq!(locked(&state, &account(1), 6), 0);
    }

    #[test]
    fn conviction_grows_with_time_and_the_owners_is_whole_at_once() {
        let mut state = at(648_000);
        SUBNET_OWNER_HOTKEY.put(&mut state, (5,), account(3));
        HOTKEY_LOCK.put(&mut state, (5, account(2)), locked_at_zero(1_000_000_000));
        let conviction = hotkey_conviction(&state, account(2), 5).floor();
        assert!(conviction.abs_diff(500_000_000) < 1_000, "{conviction}");
        assert_eq!(most_convicted(&state, 5), Some(account(2)));
        OWNER_LOCK.put(&mut state, (5,), locked_at_zero(600_000_000));
        let conviction = hotkey_conviction(&state, account(3), 5);
        assert_eq!(conviction, U64F64::whole(600_000_000));
        assert_eq!(most_convicted(&state, 5), Some(account(3)));
        assert_eq!(most_convicted(&state, 6), None);
    }
}
