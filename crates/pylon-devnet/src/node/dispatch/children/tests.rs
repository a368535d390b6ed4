use proptest::prelude::*;

use super::*;
use crate::runtime::{
    layout::Layout,
    oct2026::{CHILDKEY_THRESHOLD_CHECKS, CHILDKEY_THRESHOLD_SUSPENDED},
    subtensor::{CHILD_KEYS, OWNER, PARENT_KEYS, SUBNET_MECHANISM, TOTAL_HOTKEY_ALPHA},
    system,
};

const TAO: u64 = 1_000_000_000;
const COLDKEY: AccountId = AccountId::new([255; 32]);
const HALF: u64 = u64::MAX / 2;

fn key(byte: u8) -> AccountId {
    AccountId::new([byte; 32])
}

/// A subnet whose alpha costs a TAO each, and the hotkeys 1 to 9 of one coldkey with 10 TAO each.
fn subnet(layout: Layout) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    system::NUMBER.put(&mut state, (), 1_000);
    NETWORKS_ADDED.put(&mut state, (1,), true);
    SUBNET_MECHANISM.put(&mut state, (1,), 0);
    SUBTOKEN_ENABLED.put(&mut state, (1,), true);
    PENDING_CHILD_KEY_COOLDOWN.put(&mut state, (), 50);
    for byte in 1..10 {
        OWNER.put(&mut state, (key(byte),), COLDKEY);
        TOTAL_HOTKEY_ALPHA.put(&mut state, (key(byte), 1), 10 * TAO);
    }
    state
}

fn in_context<T>(state: &mut State, act: impl FnOnce(&mut Context<'_>) -> T) -> (T, Vec<Event>) {
    let mut events = Vec::new();
    let mut context = Context {
        state,
        events: &mut events,
    };
    let result = act(&mut context);
    let events = events.into_iter().filter_map(|event| match event {
        RuntimeEvent::SubtensorModule(event) => Some(event),
        _ => None,
    });
    (result, events.collect())
}

fn set(state: &mut State, parent: u8, children: &[(u64, AccountId)]) -> DispatchResult {
    in_context(state, |context| {
        set_children(context, &COLDKEY, &key(parent), 1, children)
    })
    .0
}

fn epoch(state: &mut State, block: u32) -> Vec<Event> {
    system::NUMBER.put(state, (), block);
    in_context(state, |context| apply_pending(context, 1)).1
}

fn children(state: &State, parent: u8) -> Vec<(u64, AccountId)> {
    CHILD_KEYS.get(state, (key(parent), 1))
}

#[test]
fn children_wait_for_an_epoch_past_their_cooldown_and_a_later_set_replaces_them() {
    let mut state = subnet(Layout::Jun2026);
    set(&mut state, 1, &[(HALF, key(3)), (7, key(2))]).unwrap();
    assert_eq!(epoch(&mut state, 1_050), []);
    let applied = epoch(&mut state, 1_051);
    let said = Event::SetChildren(key(1), 1, vec![(HALF, key(3)), (7, key(2))]);
    assert_eq!(applied, [said]);
    assert_eq!(children(&state, 1), [(7, key(2)), (HALF, key(3))]);
    assert_eq!(PARENT_KEYS.get(&state, (key(3), 1)), [(HALF, key(1))]);

    // 150 blocks after the first set another one may come, and one more replaces it.
    let again = |state: &mut State, block, children: &[(u64, AccountId)]| {
        system::NUMBER.put(state, (), block);
        set(state, 1, children)
    };
    let soon = again(&mut state, 1_149, &[(1, key(4))]);
    assert_eq!(soon, Err(Error::TxRateLimitExceeded.into()));
    again(&mut state, 1_150, &[(1, key(4))]).unwrap();
    PENDING_CHILD_KEY_COOLDOWN.put(&mut state, (), 500);
    again(&mut state, 1_300, &[(2, key(3))]).unwrap();
    assert_eq!(epoch(&mut state, 1_800), []);
    assert_eq!(epoch(&mut state, 1_801).len(), 1);
    assert_eq!(children(&state, 1), [(2, key(3))]);
    assert!(!PARENT_KEYS.contains(&state, (key(2), 1)));
    assert!(!PENDING_CHILD_KEYS.contains(&state, (1, key(1))));

    again(&mut state, 2_000, &[]).unwrap();
    assert_eq!(epoch(&mut state, 2_501).len(), 1);
    assert!(!CHILD_KEYS.contains(&state, (key(1), 1)));
    assert!(!PARENT_KEYS.contains(&state, (key(3), 1)));
}

#[test]
fn a_set_that_contradicts_what_became_of_others_is_dropped_in_silence() {
    let mut state = subnet(Layout::Jun2026);
    set(&mut state, 1, &[(1, key(2))]).unwrap();
    set(&mut state, 2, &[(1, key(1))]).unwrap();
    let applied = epoch(&mut state, 1_100);
    assert_eq!(applied.len(), 1);
    assert_eq!(children(&state, 1).len() + children(&state, 2).len(), 1);
    assert_eq!(PENDING_CHILD_KEYS.iter(&state), []);
    assert_mirrored(&state);
}

#[test]
fn what_waits_goes_with_the_stake_in_june_and_is_looked_at_when_due_in_october() {
    for layout in Layout::ALL {
        let mut state = subnet(layout);
        STAKE_THRESHOLD.put(&mut state, (), 10 * TAO);
        for parent in [1, 2] {
            set(&mut state, parent, &[(1, key(9))]).unwrap();
            TOTAL_HOTKEY_ALPHA.put(&mut state, (key(parent), 1), 9 * TAO);
            drop_pending(&mut state, &key(parent));
        }
        let waiting = PENDING_CHILD_KEYS.iter(&state).len();
        TOTAL_HOTKEY_ALPHA.put(&mut state, (key(1), 1), 10 * TAO);
        let applied = epoch(&mut state, 1_100).len();
        assert_eq!(PENDING_CHILD_KEYS.iter(&state), []);
        match layout {
            Layout::Jun2026 => assert_eq!((waiting, applied), (0, 0)),
            Layout::Oct2026 => assert_eq!((waiting, applied), (2, 1)),
        }
    }
}

#[test]
fn october_suspends_a_parent_for_want_of_stake_and_lets_it_go_on() {
    let mut state = subnet(Layout::Oct2026);
    CHILD_KEYS.put(&mut state, (key(1), 1), vec![(u64::MAX, key(2))]);
    PARENT_KEYS.put(&mut state, (key(2), 1), vec![(u64::MAX, key(1))]);
    STAKE_THRESHOLD.put(&mut state, (), 10 * TAO);
    let inherited = |state: &State| stake::stake_of(state, 1, &key(2)).alpha;
    assert_eq!(inherited(&state), 20 * TAO);

    TOTAL_HOTKEY_ALPHA.put(&mut state, (key(1), 1), 9 * TAO);
    CHILDKEY_THRESHOLD_CHECKS.put(&mut state, (key(1),), ());
    assert_eq!(inherited(&state), 19 * TAO);
    oct2026::check_parents(&mut state);
    assert_eq!(inherited(&state), 10 * TAO);
    assert_eq!(stake::stake_of(&state, 1, &key(1)).alpha, 9 * TAO);
    assert_eq!(CHILDKEY_THRESHOLD_CHECKS.iter(&state), []);

    // Its stake alone changes nothing: a set that takes effect does.
    TOTAL_HOTKEY_ALPHA.put(&mut state, (key(1), 1), 11 * TAO);
    assert_eq!(inherited(&state), 10 * TAO);
    set(&mut state, 1, &[(u64::MAX, key(2))]).unwrap();
    epoch(&mut state, 1_100);
    assert!(!CHILDKEY_THRESHOLD_SUSPENDED.contains(&state, (key(1),)));
    assert_eq!(inherited(&state), 21 * TAO);
}

#[test]
fn a_hundred_parents_are_enough_for_october() {
    let many: Vec<_> = (100..200).map(|byte| (1, key(byte))).collect();
    for layout in Layout::ALL {
        let mut state = subnet(layout);
        for (share, parent) in &many {
            CHILD_KEYS.put(&mut state, (parent.clone(), 1), vec![(*share, key(9))]);
        }
        OWNER.put(&mut state, (key(100),), COLDKEY);
        PARENT_KEYS.put(&mut state, (key(9), 1), many.clone());
        set(&mut state, 1, &[(1, key(9))]).unwrap();
        set(&mut state, 100, &[(5, key(9))]).unwrap();
        let applied = epoch(&mut state, 1_100);
        let of_known = Event::SetChildren(key(100), 1, vec![(5, key(9))]);
        assert!(applied.contains(&of_known), "{layout:?}");
        assert_eq!(applied.len(), if layout == Layout::Jun2026 { 2 } else { 1 });
        assert_mirrored(&state);
    }
}

#[test]
fn a_take_is_raised_seldom_lowered_at_any_time_and_kept_within_its_bounds() {
    let mut state = subnet(Layout::Jun2026);
    TX_CHILDKEY_TAKE_RATE_LIMIT.put(&mut state, (), 50);
    MIN_CHILDKEY_TAKE_PER_SUBNET.put(&mut state, (1,), 100);
    let take = |state: &mut State, block, netuid, take| {
        system::NUMBER.put(state, (), block);
        in_context(state, |context| {
            set_take(context, &COLDKEY, &key(1), netuid, take)
        })
        .0
    };
    let invalid = Err(Error::InvalidChildkeyTake.into());
    assert_eq!(take(&mut state, 1, 1, 99), invalid);
    assert_eq!(take(&mut state, 1, 1, 11_797), invalid);
    take(&mut state, 1, 1, 5_000).unwrap();
    take(&mut state, 10, 1, 4_000).unwrap();
    let soon = Err(Error::TxChildkeyTakeRateLimitExceeded.into());
    assert_eq!(take(&mut state, 59, 1, 4_001), soon);
    take(&mut state, 60, 1, 4_001).unwrap();
    assert_eq!(CHILDKEY_TAKE.get(&state, (key(1), 1)), 4_001);
    take(&mut state, 60, 7, 1).unwrap();
    Layout::Oct2026.install(&mut state);
    let nowhere = Err(Error::SubnetNotExists.into());
    assert_eq!(take(&mut state, 200, 7, 1), nowhere);
}

#[test]
fn only_root_validators_choose_whether_they_delegate_by_themselves() {
    let mut state = subnet(Layout::Jun2026);
    let choose = |state: &mut State| {
        in_context(state, |context| {
            set_auto_delegation(context, &COLDKEY, &key(1), false)
        })
    };
    let refused = Err(Error::HotKeyNotRegisteredInSubNet.into());
    assert_eq!(choose(&mut state).0, refused);
    UIDS.put(&mut state, (ROOT, key(1)), 0);
    assert_eq!(choose(&mut state).0, Ok(()));
    assert!(!AUTO_PARENT_DELEGATION_ENABLED.get(&state, (key(1),)));
}

#[test]
fn a_swap_takes_children_parents_and_what_waits_along() {
    let mut state = subnet(Layout::Jun2026);
    for (parent, child) in [(1, 2), (3, 1)] {
        set(&mut state, parent, &[(9, key(child))]).unwrap();
    }
    epoch(&mut state, 1_100);
    system::NUMBER.put(&mut state, (), 1_300);
    set(&mut state, 1, &[(8, key(4))]).unwrap();
    set(&mut state, 5, &[(7, key(1)), (6, key(6))]).unwrap();
    swap(&mut state, 1, &key(1), &key(7)).unwrap();
    assert_eq!(children(&state, 7), [(9, key(2))]);
    assert_eq!(children(&state, 1), []);
    assert_eq!(children(&state, 3), [(9, key(7))]);
    assert_eq!(PARENT_KEYS.get(&state, (key(2), 1)), [(9, key(7))]);
    assert!(!PENDING_CHILD_KEYS.contains(&state, (1, key(1))));
    let waits = |parent| PENDING_CHILD_KEYS.get(&state, (1, key(parent))).0;
    assert_eq!(waits(7), [(8, key(4))]);
    assert_eq!(waits(5), [(6, key(6)), (7, key(7))]);
    assert_mirrored(&state);
}

fn assert_mirrored(state: &State) {
    let mut down = Vec::new();
    for ((parent, netuid), children) in CHILD_KEYS.iter(state) {
        for (share, child) in children {
            down.push((netuid, parent.clone(), child, share));
        }
    }
    let mut up = Vec::new();
    for ((child, netuid), parents) in PARENT_KEYS.iter(state) {
        for (share, parent) in parents {
            up.push((netuid, parent, child.clone(), share));
        }
    }
    down.sort();
    up.sort();
    assert_eq!(down, up);
}

#[derive(Clone, Debug)]
enum Step {
    Set(u8, Vec<(u64, u8)>),
    Epoch,
    Swap(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let hotkey = || 1..7u8;
    let edges = prop::collection::vec((prop_oneof![Just(HALF), any::<u64>()], hotkey()), 0..4);
    let step = prop_oneof![
        4 => (hotkey(), edges).prop_map(|(parent, edges)| Step::Set(parent, edges)),
        2 => Just(Step::Epoch),
        1 => (hotkey(), 1..10u8).prop_map(|(old, new)| Step::Swap(old, new)),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #[test]
    fn children_and_parents_mirror_each_other_whatever_was_called(
        steps in steps(),
        is_open in any::<bool>(),
    ) {
        let mut state = subnet(Layout::Jun2026);
        SUBTOKEN_ENABLED.put(&mut state, (1,), is_open);
        let mut block = 1_000;
        for step in steps {
            block += 200;
            system::NUMBER.put(&mut state, (), block);
            let before = state.clone();
            let done = match step {
                Step::Set(parent, edges) => {
                    let edges: Vec<_> =
                        edges.into_iter().map(|(share, child)| (share, key(child))).collect();
                    set(&mut state, parent, &edges).is_ok()
                }
                Step::Epoch => {
                    epoch(&mut state, block);
                    true
                }
                Step::Swap(old, new) => {
                    old != new && swap(&mut state, 1, &key(old), &key(new)).is_ok()
                }
            };
            if !done {
                state = before;
            }
            assert_mirrored(&state);
            for ((parent, _), children) in CHILD_KEYS.iter(&state) {
                let parents = PARENT_KEYS.get(&state, (parent.clone(), 1));
                let total: u128 = children.iter().map(|(share, _)| u128::from(*share)).sum();
                prop_assert!(total <= u64::MAX.into() && children.len() <= 5);
                for (_, child) in &children {
                    prop_assert!(*child != parent);
                    prop_assert!(parents.iter().all(|(_, other)| other != child));
                }
            }
        }
    }
}
