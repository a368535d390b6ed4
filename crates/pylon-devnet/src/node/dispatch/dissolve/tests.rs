use super::*;
use crate::{
    node::dispatch::idle,
    runtime::{
        AccountId, balances, commitments,
        subtensor::{
            CHILD_KEYS, OWNER, PARENT_KEYS, REGISTERED_SUBNET_COUNTER, SUBNET_ALPHA_OUT,
            SubnetIdentityV3, TOTAL_HOTKEY_ALPHA, UIDS, WEIGHTS, shares, subnets,
        },
        system::{self, ACCOUNT},
    },
    state::State,
    world::{self, World},
};

const TAO: u64 = 1_000_000_000;

fn account(byte: u8) -> AccountId {
    AccountId::new([byte; 32])
}

/// Netuid 3 has 100 TAO, of which three coldkeys hold 1, 1 and 5 parts in alpha.
fn subnet(layout: Layout) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    system::NUMBER.put(&mut state, (), 7);
    for netuid in [ROOT, 2, 3] {
        NETWORKS_ADDED.put(&mut state, (netuid,), true);
        REGISTERED_SUBNET_COUNTER.put(&mut state, (netuid,), 1);
    }
    TOTAL_NETWORKS.put(&mut state, (), 3);
    TOTAL_STAKE.put(&mut state, (), 130 * TAO);
    SUBNET_TAO.put(&mut state, (3,), 100 * TAO);
    ACCOUNT.mutate(&mut state, (subnets::account(3),), |account| {
        account.providers = 1;
        account.data.free = 101 * TAO;
    });
    balances::TOTAL_ISSUANCE.put(&mut state, (), 101 * TAO);
    for (hotkey, coldkey, alpha) in [(1, 11, TAO), (1, 12, TAO), (2, 13, 5 * TAO)] {
        OWNER.put(&mut state, (account(hotkey),), account(11));
        shares::add(&mut state, &account(hotkey), &account(coldkey), 3, alpha);
        shares::add(&mut state, &account(hotkey), &account(coldkey), 2, alpha);
        SUBNET_ALPHA_OUT.mutate(&mut state, (3,), |out| *out += alpha);
    }
    for netuid in [2, 3] {
        let (parent, child) = ((account(1), netuid), (account(2), netuid));
        CHILD_KEYS.put(&mut state, parent, vec![(1, account(2))]);
        PARENT_KEYS.put(&mut state, child, vec![(1, account(1))]);
        UIDS.put(&mut state, (netuid, account(1)), 0);
        commitments::LAST_COMMITMENT.put(&mut state, (netuid, account(1)), 5);
        let identity = SubnetIdentityV3::default();
        SUBNET_IDENTITIES_V3.put(&mut state, (netuid,), identity);
    }
    WEIGHTS.put(&mut state, (ROOT, 0), vec![(2, 7), (3, 9)]);
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

fn free(state: &State, byte: u8) -> u64 {
    ACCOUNT.get(state, (account(byte),)).data.free
}

#[test]
fn the_stakers_of_a_subnet_that_ends_get_its_tao_to_the_rao() {
    let mut state = subnet(Layout::Jun2026);
    let (result, events) = in_context(&mut state, |context| dissolve(context, 3));
    assert_eq!(result, Ok(()));
    let said = [Event::SubnetIdentityRemoved(3), Event::NetworkRemoved(3)];
    assert_eq!(events, said);
    let paid = [11, 12, 13].map(|byte| free(&state, byte));
    assert_eq!(paid.iter().sum::<u64>(), 100 * TAO);
    assert!(paid[0].abs_diff(100 * TAO / 7) <= 1, "{paid:?}");
    assert!(paid[2].abs_diff(500 * TAO / 7) <= 1, "{paid:?}");
    assert_eq!(TOTAL_STAKE.get(&state, ()), 30 * TAO);
    assert_eq!(TOTAL_NETWORKS.get(&state, ()), 2);
    assert_eq!(REGISTERED_SUBNET_COUNTER.get(&state, (3,)), 1);
    assert_eq!(WEIGHTS.get(&state, (ROOT, 0)), [(2, 7), (3, 0)]);
    let again = in_context(&mut state, |context| dissolve(context, 3)).0;
    assert_eq!(again, Err(Error::SubnetNotExists.into()));
    let root = in_context(&mut state, |context| dissolve(context, ROOT)).0;
    assert_eq!(root, Err(Error::SubnetNotExists.into()));
}

#[test]
fn other_subnets_keep_what_they_have() {
    let mut state = subnet(Layout::Jun2026);
    in_context(&mut state, |context| dissolve(context, 3))
        .0
        .unwrap();
    assert!(!CHILD_KEYS.contains(&state, (account(1), 3)));
    assert!(CHILD_KEYS.contains(&state, (account(1), 2)));
    assert!(PARENT_KEYS.contains(&state, (account(2), 2)));
    assert!(!UIDS.contains(&state, (3, account(1))));
    assert!(UIDS.contains(&state, (2, account(1))));
    let committed = &commitments::LAST_COMMITMENT;
    assert!(!committed.contains(&state, (3, account(1))));
    assert!(committed.contains(&state, (2, account(1))));
    let stake = TOTAL_HOTKEY_ALPHA.get(&state, (account(1), 2));
    assert_eq!(stake, 2 * TAO);
}

#[test]
fn october_clears_up_at_the_end_of_the_block() {
    let mut state = subnet(Layout::Oct2026);
    let (_, events) = in_context(&mut state, |context| dissolve(context, 3));
    assert_eq!(events, [Event::NetworkRemoved(3)]);
    assert!(!NETWORKS_ADDED.get(&state, (3,)));
    assert!(CHILD_KEYS.contains(&state, (account(1), 3)));
    let (_, events) = in_context(&mut state, idle);
    let said = [
        Event::SubnetIdentityRemoved(3),
        Event::NetworkDissolveCleanupCompleted { netuid: 3 },
    ];
    assert_eq!(events, said);
    assert!(!CHILD_KEYS.contains(&state, (account(1), 3)));
    assert_eq!(
        free(&state, 11) + free(&state, 12) + free(&state, 13),
        100 * TAO
    );
    assert_eq!(in_context(&mut state, idle).1, []);
}

#[test]
fn no_value_that_is_kept_by_subnet_is_left_of_one_that_ended() {
    let mut state = world::genesis(&World::Dev {
        neurons: 16,
        subnets: 3,
        seed: 1,
    });
    let under = |state: &State, netuid: u16| {
        let of_subtensor = NETWORKS_ADDED.prefix();
        let entries = state.iter_prefix(of_subtensor.get(..16).unwrap_or_default());
        let end = netuid.to_le_bytes();
        let named = entries.filter(|(key, _)| key.len() == 34 && key.ends_with(&end));
        named.count()
    };
    assert!(under(&state, 3) > 20);
    in_context(&mut state, |context| dissolve(context, 3))
        .0
        .unwrap();
    assert_eq!(under(&state, 3), 0);
    assert!(under(&state, 2) > 20);
}
