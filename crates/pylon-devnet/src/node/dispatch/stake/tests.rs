use proptest::prelude::*;
use sp_runtime::DispatchError;

use super::*;
use crate::runtime::{
    RuntimeEvent, balances,
    layout::Layout,
    oct2026,
    subtensor::{
        CHILD_KEYS, Error, Event, LOCK, LockState, NETWORKS_ADDED, PARENT_KEYS, STAKE_THRESHOLD,
        SUBNET_ALPHA_IN, SUBNET_ALPHA_OUT, SUBNET_MECHANISM, SUBNET_TAO, TOTAL_HOTKEY_ALPHA,
        TRANSFER_TOGGLE,
    },
    swap,
    system::{self, ACCOUNT},
};

const TAO: u64 = 1_000_000_000;

fn coldkey(byte: u8) -> AccountId {
    AccountId::new([100 + byte; 32])
}

fn hotkey(byte: u8) -> AccountId {
    AccountId::new([byte; 32])
}

/// Root, the subnets 1 (alpha at a quarter TAO) and 2 (at two), and the coldkeys 1 and 2, each with
/// a hotkey of the same number and 1,000 TAO.
fn chain(layout: Layout) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    system::NUMBER.put(&mut state, (), 1_000);
    let mut hold = |account: AccountId, free: u64| {
        ACCOUNT.mutate(&mut state, (account,), |account| {
            account.providers = 1;
            account.data.free = free;
        });
        balances::TOTAL_ISSUANCE.mutate(&mut state, (), |issuance| *issuance += free);
    };
    for byte in [1, 2] {
        hold(coldkey(byte), 1_000 * TAO);
    }
    for netuid in [0, 1, 2] {
        hold(subnets::account(netuid), 1_000 * TAO);
    }
    for byte in [1, 2] {
        OWNER.put(&mut state, (hotkey(byte),), coldkey(byte));
    }
    for (netuid, alpha) in [(0, 0), (1, 4_000), (2, 500)] {
        NETWORKS_ADDED.put(&mut state, (netuid,), true);
        SUBTOKEN_ENABLED.put(&mut state, (netuid,), true);
        SUBNET_MECHANISM.put(&mut state, (netuid,), u16::from(netuid != ROOT));
        SUBNET_TAO.put(&mut state, (netuid,), 1_000 * TAO);
        SUBNET_ALPHA_IN.put(&mut state, (netuid,), alpha * TAO);
    }
    state
}

fn make(state: &mut State, who: u8, call: &Call) -> (DispatchResult, Vec<Event>) {
    let before = state.clone();
    let mut events = Vec::new();
    let mut context = Context {
        state,
        events: &mut events,
    };
    let result = super::call(&mut context, &coldkey(who), call);
    if result.is_err() {
        *state = before;
        events.clear();
    }
    let events = events.into_iter().filter_map(|event| match event {
        RuntimeEvent::SubtensorModule(event) => Some(event),
        _ => None,
    });
    (result, events.collect())
}

fn add(to: u8, netuid: u16, amount_staked: u64) -> Call {
    let hotkey = hotkey(to);
    Call::add_stake {
        hotkey,
        netuid,
        amount_staked,
    }
}

fn remove(from: u8, netuid: u16, amount_unstaked: u64) -> Call {
    let hotkey = hotkey(from);
    Call::remove_stake {
        hotkey,
        netuid,
        amount_unstaked,
    }
}

fn staked(state: &State, to: u8, by: u8, netuid: u16) -> u64 {
    shares::stake_with(state, &hotkey(to), &coldkey(by), netuid)
}

fn free(state: &State, byte: u8) -> u64 {
    ACCOUNT.get(state, (coldkey(byte),)).data.free
}

#[test]
fn what_is_staked_is_what_the_pool_gives_and_comes_back_less_two_fees() {
    let mut state = chain(Layout::Jun2026);
    let (result, events) = make(&mut state, 1, &add(1, 1, 100 * TAO));
    assert_eq!(result, Ok(()));
    // 33 of 65535 is the fee; the rest goes in along x * y = k.
    let fee = 50_354_772;
    let alpha = staked(&state, 1, 1, 1);
    let said = Event::StakeAdded(coldkey(1), hotkey(1), 100 * TAO, alpha, 1, fee);
    assert_eq!(events, [said]);
    assert!(alpha.abs_diff(363_469_893_959) <= 1, "{alpha}");
    assert_eq!(free(&state, 1), 900 * TAO);
    assert_eq!(SUBNET_TAO.get(&state, (1,)), 1_100 * TAO - fee);
    assert_eq!(SUBNET_ALPHA_IN.get(&state, (1,)), 4_000 * TAO - alpha);
    assert_eq!(SUBNET_ALPHA_OUT.get(&state, (1,)), alpha);

    let (result, events) = make(&mut state, 1, &remove(1, 1, u64::MAX));
    assert_eq!(result, Ok(()));
    assert!(matches!(&events[..], [Event::StakeRemoved(..)]));
    // The fee in alpha is worth what the price is before it rises again.
    let lost = 1_000 * TAO - free(&state, 1);
    assert!((fee * 19 / 10..fee * 2).contains(&lost), "{lost}");
    assert!(!TOTAL_HOTKEY_ALPHA.contains(&state, (hotkey(1), 1)));
}

#[test]
fn the_first_thing_wrong_with_a_stake_is_the_one_reported() {
    let mut state = chain(Layout::Jun2026);
    let mut refusal = |who, call| -> DispatchError { make(&mut state, who, &call).0.unwrap_err() };
    let least = checks::MIN_STAKE + checks::MIN_STAKE * 33 / 65_535;
    for (call, error) in [
        (add(1, 1, 1_000_001 * TAO), Error::InsufficientLiquidity),
        (add(1, 9, 1), Error::SubnetNotExists),
        (add(1, 1, least - 1), Error::AmountTooLow),
        (add(9, 1, 1_001 * TAO), Error::NotEnoughBalanceToStake),
        (add(9, 1, TAO), Error::HotKeyAccountNotExists),
        (remove(1, 9, 1), Error::SubtokenDisabled),
        (remove(1, 1, 1), Error::AmountTooLow),
    ] {
        assert_eq!(refusal(1, call), error.into());
    }
    let limited = |limit_price, allow_partial| Call::add_stake_limit {
        hotkey: hotkey(1),
        netuid: 1,
        amount_staked: 500 * TAO,
        limit_price,
        allow_partial,
    };
    let passed = swap::Error::PriceLimitExceeded;
    assert_eq!(refusal(1, limited(TAO / 5, true)), passed.into());
    let slips = Error::SlippageTooHigh;
    assert_eq!(refusal(1, limited(TAO / 4 + TAO / 50, false)), slips.into());
    SUBTOKEN_ENABLED.put(&mut state, (1,), false);
    let closed = make(&mut state, 1, &add(1, 1, 1)).0;
    assert_eq!(closed, Err(Error::SubtokenDisabled.into()));
}

#[test]
fn a_limit_that_allows_a_part_stakes_as_much_as_the_price_allows() {
    let mut state = chain(Layout::Jun2026);
    let call = Call::add_stake_limit {
        hotkey: hotkey(2),
        netuid: 1,
        amount_staked: 900 * TAO,
        limit_price: TAO / 4 * 121 / 100,
        allow_partial: true,
    };
    assert_eq!(make(&mut state, 1, &call).0, Ok(()));
    // The price rises by 21 % when the reserve does by 10 %.
    let paid = 1_000 * TAO - free(&state, 1);
    assert!(paid.abs_diff(100 * TAO + 50_380_141) < 1_000, "{paid}");
    assert!(market::alpha_price(&state, 1).abs_diff(TAO / 4 * 121 / 100) <= 1);
    // Nobody owns the hotkey less than who stakes to it: it becomes a delegate.
    assert!(DELEGATES.contains(&state, (hotkey(2),)));
    let back = Call::remove_stake_limit {
        hotkey: hotkey(2),
        netuid: 1,
        amount_unstaked: staked(&state, 2, 1, 1),
        limit_price: TAO / 4 * 110 / 100,
        allow_partial: true,
    };
    assert_eq!(make(&mut state, 1, &back).0, Ok(()));
    assert!(market::alpha_price(&state, 1).abs_diff(TAO / 4 * 110 / 100) <= 1);
    assert!(staked(&state, 2, 1, 1) > 0);
}

#[test]
fn all_of_a_stake_leaves_every_subnet_or_goes_to_root() {
    for to_root in [false, true] {
        let mut state = chain(Layout::Jun2026);
        for netuid in [0, 1, 2] {
            make(&mut state, 1, &add(1, netuid, 10 * TAO)).0.unwrap();
        }
        let hotkey = hotkey(1);
        let call = match to_root {
            false => Call::unstake_all { hotkey },
            true => Call::unstake_all_alpha { hotkey },
        };
        assert_eq!(make(&mut state, 1, &call).0, Ok(()));
        assert_eq!((staked(&state, 1, 1, 1), staked(&state, 1, 1, 2)), (0, 0));
        let on_root = staked(&state, 1, 1, 0);
        assert_eq!(on_root > 29 * TAO, to_root);
        assert_eq!(on_root == 0, !to_root);
    }
}

#[test]
fn stake_moves_between_hotkeys_coldkeys_and_subnets() {
    let mut state = chain(Layout::Jun2026);
    make(&mut state, 1, &add(1, 1, 10 * TAO)).0.unwrap();
    let alpha = staked(&state, 1, 1, 1);
    let moved = Call::move_stake {
        origin_hotkey: hotkey(1),
        destination_hotkey: hotkey(2),
        origin_netuid: 1,
        destination_netuid: 1,
        alpha_amount: alpha,
    };
    let (result, events) = make(&mut state, 1, &moved);
    assert_eq!(result, Ok(()));
    assert!(matches!(
        &events[..],
        [
            Event::StakeRemoved(..),
            Event::StakeAdded(..),
            Event::StakeMoved(..)
        ]
    ));
    assert_eq!(staked(&state, 2, 1, 1), alpha);

    let transferred = Call::transfer_stake {
        destination_coldkey: coldkey(2),
        hotkey: hotkey(2),
        origin_netuid: 1,
        destination_netuid: 1,
        alpha_amount: alpha / 2,
    };
    TRANSFER_TOGGLE.put(&mut state, (1,), false);
    let refused = make(&mut state, 1, &transferred).0;
    assert_eq!(refused, Err(Error::TransferDisallowed.into()));
    TRANSFER_TOGGLE.put(&mut state, (1,), true);
    assert_eq!(make(&mut state, 1, &transferred).0, Ok(()));
    assert!(staked(&state, 2, 2, 1).abs_diff(alpha / 2) <= 1);

    let swapped = |alpha_amount| Call::swap_stake {
        hotkey: hotkey(2),
        origin_netuid: 1,
        destination_netuid: 2,
        alpha_amount,
    };
    let too_much = make(&mut state, 1, &swapped(alpha)).0;
    assert_eq!(too_much, Err(Error::NotEnoughStakeToWithdraw.into()));
    let (result, events) = make(&mut state, 1, &swapped(alpha / 4));
    assert_eq!(result, Ok(()));
    // The destination's fee is dropped.
    assert!(matches!(
        &events[..],
        [
            Event::StakeRemoved(.., 1, 1..),
            Event::StakeAdded(.., 2, 0),
            Event::StakeSwapped(..)
        ]
    ));
    let same = Call::swap_stake {
        hotkey: hotkey(2),
        origin_netuid: 1,
        destination_netuid: 1,
        alpha_amount: 1,
    };
    let refused = make(&mut state, 1, &same).0;
    assert_eq!(refused, Err(Error::SameNetuid.into()));
}

#[test]
fn locked_stake_stays() {
    let mut state = chain(Layout::Jun2026);
    make(&mut state, 1, &add(1, 1, 10 * TAO)).0.unwrap();
    let lock = LockState {
        locked_mass: staked(&state, 1, 1, 1) / 2,
        conviction: crate::runtime::U64F64::ZERO,
        last_update: 1_000,
    };
    LOCK.put(&mut state, (coldkey(1), 1, hotkey(1)), lock);
    let all = make(&mut state, 1, &remove(1, 1, u64::MAX)).0;
    assert_eq!(all, Err(Error::StakeUnavailable.into()));
    let half = staked(&state, 1, 1, 1) / 2;
    assert_eq!(make(&mut state, 1, &remove(1, 1, half)).0, Ok(()));
}

#[test]
fn october_looks_at_a_parent_that_stake_leaves_or_comes_back_to() {
    let mut state = chain(Layout::Oct2026);
    make(&mut state, 1, &add(1, 1, 100 * TAO)).0.unwrap();
    CHILD_KEYS.put(&mut state, (hotkey(1), 1), vec![(u64::MAX, hotkey(2))]);
    PARENT_KEYS.put(&mut state, (hotkey(2), 1), vec![(u64::MAX, hotkey(1))]);
    STAKE_THRESHOLD.put(&mut state, (), 90 * TAO);
    let mut after = |call| {
        make(&mut state, 1, &call).0.unwrap();
        oct2026::check_parents(&mut state);
        oct2026::is_suspended(&state, &hotkey(1), 1)
    };
    assert!(after(remove(1, 1, 100 * TAO)));
    assert!(!after(add(1, 1, 40 * TAO)));
}

#[derive(Clone, Debug)]
enum Step {
    Add(u8, u8, u16, u64),
    AddLimited(u8, u8, u16, u64, u64),
    Remove(u8, u8, u16, u64),
    Move(u8, [u8; 2], [u16; 2], u64),
    Transfer([u8; 2], u8, [u16; 2], u64),
    Earn(u8, u16, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 1..3u8;
    let netuid = || 0..3u16;
    let amount = || prop_oneof![1..10u64, 1..TAO, TAO..400 * TAO];
    let step = prop_oneof![
        3 => (key(), key(), netuid(), amount()).prop_map(|(a, b, n, x)| Step::Add(a, b, n, x)),
        1 => (key(), key(), netuid(), amount(), amount())
            .prop_map(|(a, b, n, x, p)| Step::AddLimited(a, b, n, x, p)),
        3 => (key(), key(), netuid(), amount()).prop_map(|(a, b, n, x)| Step::Remove(a, b, n, x)),
        2 => (key(), [key(), key()], [netuid(), netuid()], amount())
            .prop_map(|(a, b, n, x)| Step::Move(a, b, n, x)),
        2 => ([key(), key()], key(), [netuid(), netuid()], amount())
            .prop_map(|(a, b, n, x)| Step::Transfer(a, b, n, x)),
        1 => (key(), netuid(), 1..50 * TAO).prop_map(|(b, n, x)| Step::Earn(b, n, x)),
    ];
    prop::collection::vec(step, 1..40)
}

impl Step {
    fn take(self, state: &mut State) {
        let (who, call) = match self {
            Self::Add(who, to, netuid, tao) => (who, add(to, netuid, tao)),
            Self::AddLimited(who, to, netuid, amount_staked, limit_price) => {
                let hotkey = hotkey(to);
                let call = Call::add_stake_limit {
                    hotkey,
                    netuid,
                    amount_staked,
                    limit_price,
                    allow_partial: true,
                };
                (who, call)
            }
            Self::Remove(who, from, netuid, alpha) => (who, remove(from, netuid, alpha)),
            Self::Move(who, [from, to], [origin_netuid, destination_netuid], alpha_amount) => {
                let call = Call::move_stake {
                    origin_hotkey: hotkey(from),
                    destination_hotkey: hotkey(to),
                    origin_netuid,
                    destination_netuid,
                    alpha_amount,
                };
                (who, call)
            }
            Self::Transfer([who, to], with, [origin_netuid, destination_netuid], alpha_amount) => {
                let call = Call::transfer_stake {
                    destination_coldkey: coldkey(to),
                    hotkey: hotkey(with),
                    origin_netuid,
                    destination_netuid,
                    alpha_amount,
                };
                (who, call)
            }
            // An epoch raises what all shares are worth.
            Self::Earn(hotkey_byte, netuid, alpha) => {
                let key = (hotkey(hotkey_byte), netuid);
                if TOTAL_HOTKEY_ALPHA.contains(state, key.clone()) {
                    TOTAL_HOTKEY_ALPHA.mutate(state, key, |stake| *stake += alpha);
                    SUBNET_ALPHA_OUT.mutate(state, (netuid,), |out| *out += alpha);
                }
                return;
            }
        };
        let _ = make(state, who, &call);
    }
}

/// Alpha outside of the reserve that is nobody's stake: fees of those who sold.
fn burnt(state: &State, netuid: u16) -> u64 {
    let stakes = TOTAL_HOTKEY_ALPHA.iter(state).into_iter();
    let of_subnet = stakes.filter(|((_, on), _)| *on == netuid);
    let staked: u64 = of_subnet.map(|(_, stake)| stake).sum();
    SUBNET_ALPHA_OUT.get(state, (netuid,)) - staked
}

fn product(state: &State, netuid: u16) -> u128 {
    let alpha = SUBNET_ALPHA_IN.get(state, (netuid,));
    u128::from(SUBNET_TAO.get(state, (netuid,))) * u128::from(alpha)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_tao_and_no_alpha_is_made_or_lost_by_staking(steps in steps()) {
        let mut state = chain(Layout::Jun2026);
        for step in steps {
            let before = state.clone();
            step.clone().take(&mut state);
            let held: u64 = ACCOUNT.iter(&state).iter().map(|(_, a)| a.data.free).sum();
            prop_assert_eq!(balances::TOTAL_ISSUANCE.get(&state, ()), held);
            for netuid in [0, 1, 2] {
                let account = ACCOUNT.get(&state, (subnets::account(netuid),));
                prop_assert_eq!(account.data.free, SUBNET_TAO.get(&state, (netuid,)));
                prop_assert!(burnt(&state, netuid) >= burnt(&before, netuid), "{:?}", &step);
                // A rao is cut from what comes out, never added.
                let least = product(&before, netuid) - product(&before, netuid) / (1 << 60);
                prop_assert!(netuid == ROOT || product(&state, netuid) >= least, "{:?}", &step);
                for to in [1, 2] {
                    let stake = TOTAL_HOTKEY_ALPHA.get(&state, (hotkey(to), netuid));
                    let shared = staked(&state, to, 1, netuid) + staked(&state, to, 2, netuid);
                    prop_assert!(shared.abs_diff(stake) <= 8, "{} of {}", shared, stake);
                }
            }
        }
    }
}
