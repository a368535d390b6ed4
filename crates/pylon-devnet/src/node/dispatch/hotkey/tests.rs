use super::*;
use crate::runtime::{
    I96F32, balances,
    layout::Layout,
    oct2026::{CHILDKEY_THRESHOLD_CHECKS, HOTKEY_ROOT, HOTKEY_SUCCESSOR},
    subtensor::{
        AUTO_STAKE_DESTINATION, AUTO_STAKE_DESTINATION_COLDKEYS, AXONS, AxonInfo, CHILDKEY_TAKE,
        KEYS, LOCK, LOCKING_COLDKEYS, LockState, MECHANISM_COUNT_CURRENT, PARENT_KEYS,
        PENDING_CHILD_KEYS, PROMETHEUS, PrometheusInfo, ROOT_CLAIMED, SUBNET_OWNER_HOTKEY, UIDS,
        WEIGHT_COMMITS, shares, storage_index,
    },
    system::{self, ACCOUNT},
};

const TAO: u64 = 1_000_000_000;
const COLDKEY: AccountId = AccountId::new([90; 32]);
const NOMINATOR: AccountId = AccountId::new([91; 32]);
const OLD: AccountId = AccountId::new([1; 32]);
const NEW: AccountId = AccountId::new([2; 32]);
const OTHER: AccountId = AccountId::new([3; 32]);
const THIRD: AccountId = AccountId::new([4; 32]);

/// A hotkey with a place, relations and stake on subnets 1 and 2 and on root.
fn chain(layout: Layout) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    system::NUMBER.put(&mut state, (), 10_000);
    ACCOUNT.mutate(&mut state, (COLDKEY,), |account| {
        account.providers = 1;
        account.data.free = TAO;
    });
    for issuance in [&balances::TOTAL_ISSUANCE, &TOTAL_ISSUANCE] {
        issuance.put(&mut state, (), TAO);
    }
    OWNER.put(&mut state, (OLD,), COLDKEY);
    OWNED_HOTKEYS.put(&mut state, (COLDKEY,), vec![OTHER, OLD]);
    DELEGATES.put(&mut state, (OLD,), 77);
    ROOT_CLAIMABLE.mutate(&mut state, (OLD,), |rates| {
        rates.insert(1, I96F32 { bits: 5 });
    });
    for netuid in [ROOT, 1, 2] {
        NETWORKS_ADDED.put(&mut state, (netuid,), true);
        IS_NETWORK_MEMBER.put(&mut state, (OLD, netuid), true);
        UIDS.put(&mut state, (netuid, OLD), 4);
        KEYS.put(&mut state, (netuid, 4), OLD);
        shares::add(&mut state, &OLD, &COLDKEY, netuid, 6 * TAO);
        shares::add(&mut state, &OLD, &NOMINATOR, netuid, 2 * TAO);
        ROOT_CLAIMED.put(&mut state, (netuid, OLD, NOMINATOR), 9);
    }
    MECHANISM_COUNT_CURRENT.put(&mut state, (1,), 2);
    for netuid in [1, 2] {
        SUBNET_OWNER_HOTKEY.put(&mut state, (netuid,), OLD);
        AXONS.put(&mut state, (netuid, OLD), AxonInfo::default());
        PROMETHEUS.put(&mut state, (netuid, OLD), PrometheusInfo::default());
        CHILDKEY_TAKE.put(&mut state, (OLD, netuid), 33);
        CHILD_KEYS.put(&mut state, (OLD, netuid), vec![(1, OTHER)]);
        PARENT_KEYS.put(&mut state, (OTHER, netuid), vec![(1, OLD)]);
        PENDING_CHILD_KEYS.put(&mut state, (netuid, OTHER), (vec![], 1));
        WEIGHT_COMMITS.put(&mut state, (storage_index(netuid, 0), OLD), vec![]);
        AUTO_STAKE_DESTINATION_COLDKEYS.put(&mut state, (OLD, netuid), vec![NOMINATOR]);
        AUTO_STAKE_DESTINATION.put(&mut state, (NOMINATOR, netuid), OLD);
        LOCKING_COLDKEYS.put(&mut state, (netuid, OLD, COLDKEY), ());
        let lock = LockState {
            locked_mass: 1,
            conviction: crate::runtime::U64F64::ZERO,
            last_update: 1,
        };
        LOCK.put(&mut state, (COLDKEY, netuid, OLD), lock);
    }
    WEIGHT_COMMITS.put(&mut state, (storage_index(1, 1), OLD), vec![]);
    state
}

fn make(state: &mut State, call: &Call) -> (DispatchResult, Vec<Event>) {
    let before = state.clone();
    let mut events = Vec::new();
    let mut context = Context {
        state,
        events: &mut events,
    };
    let result = super::call(&mut context, &COLDKEY, call);
    if result.is_err() {
        *state = before;
    }
    let events = events.into_iter().filter_map(|event| match event {
        RuntimeEvent::SubtensorModule(event) => Some(event),
        _ => None,
    });
    (result, events.collect())
}

fn to(new_hotkey: AccountId, netuid: Option<u16>) -> Call {
    Call::swap_hotkey {
        hotkey: OLD,
        new_hotkey,
        netuid,
    }
}

/// Entries of the state that have a hotkey in their key or their value.
fn traces(state: &State, hotkey: &AccountId) -> usize {
    let bytes: &[u8] = hotkey.as_ref();
    let has = |haystack: &[u8]| haystack.windows(32).any(|window| window == bytes);
    let entries = state.iter_prefix(&[]);
    entries
        .filter(|(key, value)| has(key) || has(value))
        .count()
}

#[test]
fn a_swap_everywhere_leaves_an_empty_list_of_children_and_nothing_else_of_the_old_hotkey() {
    let mut state = chain(Layout::Jun2026);
    let (result, events) = make(&mut state, &to(NEW, None));
    assert_eq!(result, Ok(()));
    let said = Event::HotkeySwapped {
        coldkey: COLDKEY,
        old_hotkey: OLD,
        new_hotkey: NEW,
    };
    assert_eq!(events, [said]);
    // The empty lists, one on each network.
    assert_eq!(traces(&state, &OLD), 3);
    assert_eq!(OWNED_HOTKEYS.get(&state, (COLDKEY,)), [OTHER, NEW]);
    assert_eq!(STAKING_HOTKEYS.get(&state, (NOMINATOR,)), [NEW]);
    for netuid in [ROOT, 1, 2] {
        assert_eq!(shares::stake_with(&state, &NEW, &COLDKEY, netuid), 6 * TAO);
        assert_eq!(
            shares::stake_with(&state, &NEW, &NOMINATOR, netuid),
            2 * TAO
        );
        assert_eq!(ROOT_CLAIMED.get(&state, (netuid, NEW, NOMINATOR)), 9);
        assert_eq!(KEYS.get(&state, (netuid, 4)), NEW);
    }
    assert_eq!(PARENT_KEYS.get(&state, (OTHER, 2)), [(1, NEW)]);
    assert_eq!(CHILDKEY_TAKE.get(&state, (NEW, 2)), 33);
    assert!(WEIGHT_COMMITS.contains(&state, (storage_index(1, 1), NEW)));
    assert_eq!(DELEGATES.get(&state, (NEW,)), 77);
    assert_eq!(ROOT_CLAIMABLE.get(&state, (NEW,)).len(), 1);
    let free = ACCOUNT.get(&state, (COLDKEY,)).data.free;
    assert_eq!(free, TAO - COST);
    assert_eq!(TOTAL_ISSUANCE.get(&state, ()), free);
}

#[test]
fn a_swap_on_one_subnet_leaves_the_others_alone() {
    let mut state = chain(Layout::Jun2026);
    let (result, events) = make(&mut state, &to(NEW, Some(1)));
    assert_eq!(result, Ok(()));
    assert!(matches!(
        &events[..],
        [Event::HotkeySwappedOnSubnet { netuid: 1, .. }]
    ));
    assert_eq!(UIDS.find(&state, (1, NEW)), Some(4));
    assert_eq!(UIDS.find(&state, (2, OLD)), Some(4));
    assert_eq!(shares::stake_with(&state, &NEW, &COLDKEY, 1), 6 * TAO);
    assert_eq!(shares::stake_with(&state, &OLD, &COLDKEY, 2), 6 * TAO);
    assert_eq!(OWNED_HOTKEYS.get(&state, (COLDKEY,)), [OTHER, OLD, NEW]);
    assert_eq!(SUBNET_OWNER_HOTKEY.get(&state, (1,)), NEW);
    assert_eq!(SUBNET_OWNER_HOTKEY.get(&state, (2,)), OLD);
}

#[test]
fn a_swap_that_keeps_the_stake_moves_the_place_alone() {
    let mut state = chain(Layout::Jun2026);
    let call = Call::swap_hotkey_v2 {
        hotkey: OLD,
        new_hotkey: NEW,
        netuid: None,
        keep_stake: true,
    };
    assert_eq!(make(&mut state, &call).0, Ok(()));
    assert_eq!(UIDS.find(&state, (1, NEW)), Some(4));
    assert_eq!(shares::stake_with(&state, &OLD, &COLDKEY, 1), 6 * TAO);
    assert_eq!(OWNER.find(&state, (OLD,)), Some(COLDKEY));
}

#[test]
fn the_first_thing_wrong_with_a_swap_is_the_one_reported() {
    let refusal = |layout, prepare: fn(&mut State), call: Call| {
        let mut state = chain(layout);
        prepare(&mut state);
        make(&mut state, &call).0
    };
    let jun = |prepare, call| refusal(Layout::Jun2026, prepare, call);
    let owned = Err(Error::NonAssociatedColdKey.into());
    let others: fn(&mut State) = |state| OWNER.put(state, (NEW,), NOMINATOR);
    assert_eq!(jun(others, to(NEW, None)), owned);
    let same = Err(Error::NewHotKeyIsSameWithOld.into());
    assert_eq!(jun(|_| (), to(OLD, None)), same);
    let fast = Err(Error::HotKeySetTxRateLimitExceeded.into());
    let swapped: fn(&mut State) = |state| {
        let key = RateLimitKey::LastTxBlock(COLDKEY);
        LAST_RATE_LIMITED_BLOCK.put(state, (key,), 9_000);
    };
    assert_eq!(jun(swapped, to(NEW, None)), fast);
    let registered = Err(Error::HotKeyAlreadyRegisteredInSubNet.into());
    let member: fn(&mut State) = |state| IS_NETWORK_MEMBER.put(state, (NEW, 2), true);
    assert_eq!(jun(member, to(NEW, None)), registered);
    assert_eq!(jun(member, to(NEW, Some(2))), registered);
    assert_eq!(jun(member, to(NEW, Some(1))), Ok(()));
    let unclean = Err(Error::NewHotKeyNotCleanForRootSwap.into());
    let rich: fn(&mut State) = |state| TOTAL_HOTKEY_ALPHA.put(state, (NEW, ROOT), 1);
    assert_eq!(jun(rich, to(NEW, None)), unclean);
    assert_eq!(jun(rich, to(NEW, Some(1))), Ok(()));
    let poor = Err(Error::NotEnoughBalanceToPaySwapHotKey.into());
    let broke: fn(&mut State) =
        |state| ACCOUNT.mutate(state, (COLDKEY,), |account| account.data.free = COST);
    assert_eq!(jun(broke, to(NEW, None)), poor);
    assert_eq!(jun(broke, to(NEW, Some(1))), Ok(()));
    let gone = Err(Error::SubnetNotExists.into());
    assert_eq!(refusal(Layout::Oct2026, |_| (), to(NEW, Some(7))), gone);
}

#[test]
fn october_has_a_coldkey_wait_by_subnet_and_remembers_which_hotkey_came_after_which() {
    let mut state = chain(Layout::Oct2026);
    assert_eq!(make(&mut state, &to(NEW, Some(1))).0, Ok(()));
    assert_eq!(HOTKEY_SUCCESSOR.find(&state, (1, OLD)), Some(NEW));
    assert_eq!(HOTKEY_ROOT.find(&state, (1, NEW)), Some(OLD));
    assert!(CHILDKEY_THRESHOLD_CHECKS.contains(&state, (NEW,)));
    // The coldkey waits there, and so does the stake; elsewhere neither does.
    let back = Call::swap_hotkey {
        hotkey: NEW,
        new_hotkey: THIRD,
        netuid: Some(1),
    };
    let early = Err(Error::HotKeySwapOnSubnetIntervalNotPassed.into());
    assert_eq!(make(&mut state, &back).0, early);
    assert_eq!(make(&mut state, &to(NEW, Some(2))).0, Ok(()));
    system::NUMBER.put(&mut state, (), 10_000 + 7_201);
    assert_eq!(make(&mut state, &back).0, Ok(()));
    assert_eq!(HOTKEY_ROOT.find(&state, (1, THIRD)), Some(OLD));
}
