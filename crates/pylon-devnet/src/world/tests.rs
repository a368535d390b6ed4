use std::collections::{BTreeMap, BTreeSet};

use codec::Encode;
use sp_runtime::AccountId32;

use super::{World, WorldError, accounts, advance, genesis, genesis_at};
use crate::{
    runtime::{
        RuntimeEvent, balances,
        commitments::{COMMITMENT_OF, REVEALED_COMMITMENTS, TIMELOCKED_INDEX, USED_SPACE_OF},
        drand::{LAST_STORED_ROUND, OLDEST_STORED_ROUND, PULSES},
        subtensor::*,
        swap::market,
        system,
    },
    state::State,
};

const DEV: World = World::Dev {
    neurons: 256,
    subnets: 2,
    seed: 1,
};

fn step(state: &mut State, world: &World) -> Vec<RuntimeEvent> {
    system::NUMBER.mutate(state, (), |number| *number += 1);
    advance(state, world)
}

fn block(state: &State) -> u64 {
    system::NUMBER.get(state, ()).into()
}

/// A state with subnets 1 to `subnets` of that tempo and nothing in them.
fn bare_subnets(subnets: u16, tempo: u16) -> State {
    let mut state = genesis(&World::Empty);
    for netuid in 1..=subnets {
        NETWORKS_ADDED.put(&mut state, (netuid,), true);
        TEMPO.put(&mut state, (netuid,), tempo);
    }
    state
}

/// Which subnets' epochs ran in the state's block.
fn ran(state: &State, subnets: u16) -> Vec<u16> {
    (1..=subnets)
        .filter(|netuid| LAST_EPOCH_BLOCK.get(state, (*netuid,)) == block(state))
        .collect()
}

fn sums_to_the_whole(values: &[u16]) -> bool {
    let sum: u64 = values.iter().copied().map(u64::from).sum();
    (65_535 - 256..=65_535).contains(&sum)
}

fn assert_consistent(state: &State, netuid: u16) {
    let size = usize::from(SUBNETWORK_N.get(state, (netuid,)));
    for ratios in [
        &INCENTIVE,
        &CONSENSUS,
        &DIVIDENDS,
        &VALIDATOR_TRUST,
        &STAKE_WEIGHT,
    ] {
        assert_eq!(ratios.get(state, (netuid,)).len(), size);
    }
    for amounts in [&EMISSION, &LAST_UPDATE] {
        assert_eq!(amounts.get(state, (netuid,)).len(), size);
    }
    for flags in [&ACTIVE, &VALIDATOR_PERMIT] {
        assert_eq!(flags.get(state, (netuid,)).len(), size);
    }
    for ratios in [&INCENTIVE, &DIVIDENDS] {
        assert!(sums_to_the_whole(&ratios.get(state, (netuid,))));
    }
    let agreed: u32 = CONSENSUS
        .get(state, (netuid,))
        .into_iter()
        .map(u32::from)
        .sum();
    assert!((50_000..80_000).contains(&agreed), "{agreed}");
    for uid in 0..SUBNETWORK_N.get(state, (netuid,)) {
        let hotkey = KEYS.get(state, (netuid, uid));
        assert_eq!(UIDS.find(state, (netuid, hotkey.clone())), Some(uid));
        assert!(IS_NETWORK_MEMBER.get(state, (hotkey.clone(), netuid)));
        let coldkey = OWNER.get(state, (hotkey.clone(),));
        assert!(OWNED_HOTKEYS.get(state, (coldkey,)).contains(&hotkey));
    }
    for ((index, uid), row) in WEIGHTS.iter(state) {
        let greatest = row.iter().map(|(_, weight)| *weight).max();
        assert_eq!(greatest, Some(65_535), "weights of {uid} on {index}");
    }
}

fn assert_amounts_add_up(state: &State) {
    let held: u64 = system::ACCOUNT
        .iter(state)
        .iter()
        .map(|(_, account)| account.data.free)
        .sum();
    assert_eq!(balances::TOTAL_ISSUANCE.get(state, ()), held);
    assert_eq!(TOTAL_ISSUANCE.get(state, ()), held);
    let reserves: u64 = SUBNET_TAO.iter(state).iter().map(|(_, tao)| *tao).sum();
    assert_eq!(TOTAL_STAKE.get(state, ()), reserves);
    let mut stakes = BTreeMap::new();
    for ((_, netuid), stake) in TOTAL_HOTKEY_ALPHA.iter(state) {
        *stakes.entry(netuid).or_insert(0) += stake;
    }
    for (netuid, stake) in stakes {
        let waiting: u64 = [
            &PENDING_SERVER_EMISSION,
            &PENDING_VALIDATOR_EMISSION,
            &PENDING_ROOT_ALPHA_DIVS,
            &PENDING_OWNER_CUT,
        ]
        .map(|pending| pending.get(state, (netuid,)))
        .iter()
        .sum();
        // What is cut when it is shared out belongs to nobody, and where root gets nothing of what its
        // stake earns, miners lack half of that, which nobody recycles.
        let lost = SUBNET_ALPHA_OUT.get(state, (netuid,)) - stake - waiting;
        let emitted = block(state) * accounts::COIN;
        assert!(lost <= emitted / 20 + 1_000_000, "{netuid}: {lost}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_every_block() {
    let world = World::Dev {
        neurons: 32,
        subnets: 3,
        seed: 7,
    };
    let (mut one, mut two) = (genesis(&world), genesis(&world));
    for _ in 0..45 {
        assert_eq!(step(&mut one, &world), step(&mut two, &world));
        assert!(one == two);
    }
    let other = World::Dev {
        neurons: 32,
        subnets: 3,
        seed: 8,
    };
    assert!(genesis(&world) != genesis(&other));
}

#[test]
fn the_first_subnet_has_256_neurons_and_64_validators() {
    let state = genesis(&DEV);
    let permits = |netuid| {
        let permits = VALIDATOR_PERMIT.get(&state, (netuid,));
        permits.iter().filter(|permit| **permit).count()
    };
    assert_eq!((SUBNETWORK_N.get(&state, (1,)), permits(1)), (256, 64));
    assert_eq!((SUBNETWORK_N.get(&state, (2,)), permits(2)), (16, 4));
    assert_eq!(TOTAL_NETWORKS.get(&state, ()), 3);
    assert_eq!(NETWORKS_ADDED.iter(&state).len(), 3);
    assert_eq!(SUBNETWORK_N.get(&state, (0,)), 64);
    let axons = AXONS.iter(&state);
    let served = axons.iter().filter(|((netuid, _), _)| *netuid == 1);
    assert!(served.count() > 200);
    let ips: std::collections::BTreeSet<_> = axons
        .iter()
        .filter(|((netuid, _), _)| *netuid == 1)
        .map(|(_, axon)| axon.ip)
        .collect();
    assert!(ips.len() > 200, "axons have addresses of their own");
}

#[test]
fn alice_is_a_permitted_validator_with_a_good_stake() {
    for neurons in [1, 4, 5, 32, 256] {
        let state = genesis(&World::Dev {
            neurons,
            subnets: 1,
            seed: 3,
        });
        let alice: AccountId32 = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
            .parse()
            .unwrap();
        let uid = UIDS.find(&state, (1, alice.clone())).unwrap();
        assert!(VALIDATOR_PERMIT.get(&state, (1,))[usize::from(uid)]);
        assert_eq!(OWNER.get(&state, (alice.clone(),)), alice);
        let total = stake::stake_of(&state, 1, &alice).total;
        assert!(total > 60_000 * accounts::COIN);
    }
}

#[test]
fn everything_adds_up_at_genesis_and_through_the_epochs() {
    let mut state = genesis(&DEV);
    for _ in 0..65 {
        for netuid in [1, 2] {
            assert_consistent(&state, netuid);
        }
        assert_amounts_add_up(&state);
        for _ in 0..5 {
            step(&mut state, &DEV);
        }
    }
}

#[test]
fn every_stake_is_shared_out_and_stays_so_while_it_grows() {
    let mut state = genesis(&DEV);
    for _ in 0..2 {
        let mut owned = BTreeMap::new();
        for ((hotkey, coldkey, netuid), _) in ALPHA_V2.iter(&state) {
            let staking = STAKING_HOTKEYS.get(&state, (coldkey.clone(),));
            assert!(staking.contains(&hotkey));
            let row = stakes::stake_info_for(&state, hotkey.clone(), coldkey, netuid);
            *owned.entry((hotkey, netuid)).or_insert(0) += row.unwrap().stake.0;
        }
        let stakes = TOTAL_HOTKEY_ALPHA.iter(&state);
        assert_eq!(stakes.len(), owned.len());
        for (key, stake) in stakes {
            assert!(stake.abs_diff(owned[&key]) <= 2, "{stake} {}", owned[&key]);
        }
        for _ in 0..41 {
            step(&mut state, &DEV);
        }
    }
    let charlie = sp_keyring::Sr25519Keyring::Charlie.to_account_id();
    let nominated = stakes::stake_info_for_coldkey(&state, charlie);
    let netuids: Vec<_> = nominated.iter().map(|row| row.netuid.0).collect();
    assert_eq!(netuids, [0, 1]);
    assert!(nominated.iter().all(|row| row.hotkey == accounts::alice()));
    assert_eq!(delegates::delegates(&state).len(), 64 + 4);
}

#[test]
fn subnets_differ_in_symbol_and_price() {
    let state = genesis(&World::Dev {
        neurons: 1,
        subnets: 128,
        seed: 1,
    });
    let symbols: BTreeSet<_> = TOKEN_SYMBOL.iter(&state).into_iter().collect();
    let symbols: BTreeSet<_> = symbols.into_iter().map(|(_, symbol)| symbol).collect();
    assert_eq!(symbols.len(), 129);
    let prices = market::alpha_prices(&state);
    assert_eq!(prices.first().map(|root| root.price), Some(accounts::COIN));
    let dynamic: BTreeSet<_> = prices.iter().skip(1).map(|subnet| subnet.price).collect();
    assert_eq!(dynamic.len(), 128);
}

#[test]
fn some_miners_have_committed_every_kind_of_field() {
    let state = genesis(&DEV);
    let committed = COMMITMENT_OF.under(&state, (1,));
    assert_eq!(committed.len(), 5 * 16);
    let kinds: BTreeSet<u8> = committed
        .iter()
        .flat_map(|(_, registration)| &registration.info.fields)
        .map(|field| field.encode()[0])
        .collect();
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind > 129).collect();
    assert_eq!(kinds, [130, 134, 136]);
    for (key, registration) in &committed {
        let fields = &registration.info.fields;
        let locked = fields.iter().any(|field| field.encode()[0] == 134);
        assert_eq!(TIMELOCKED_INDEX.get(&state, ()).contains(key), locked);
        assert!(USED_SPACE_OF.find(&state, key.clone()).is_some());
    }
    assert_eq!(REVEALED_COMMITMENTS.under(&state, (1,)).len(), 16);
    assert_eq!(NEURON_CERTIFICATES.under(&state, (1,)).len(), 32);
    assert_eq!(PROMETHEUS.under(&state, (1,)).len(), 32);
    assert_eq!(ASSOCIATED_EVM_ADDRESS.under(&state, (1,)).len(), 16);
}

#[test]
fn the_last_rounds_before_the_chains_time_are_stored() {
    let world = World::Dev {
        neurons: 1,
        subnets: 1,
        seed: 1,
    };
    // Round 1000 of quicknet.
    let state = genesis_at(&world, (1_692_803_367 + 999 * 3 + 1) * 1_000);
    assert_eq!(LAST_STORED_ROUND.get(&state, ()), 1_000);
    assert_eq!(OLDEST_STORED_ROUND.get(&state, ()), 991);
    let rounds: BTreeSet<_> = PULSES
        .iter(&state)
        .into_iter()
        .map(|(key, _)| key.0)
        .collect();
    assert_eq!(rounds, (991..=1_000).collect());
    let state = genesis_at(&World::Empty, 1_692_803_367_000);
    assert_eq!(LAST_STORED_ROUND.get(&state, ()), 0);
}

#[test]
fn every_child_has_its_parent_and_every_parent_its_child() {
    let state = genesis(&DEV);
    let mut down = Vec::new();
    for ((parent, netuid), children) in CHILD_KEYS.iter(&state) {
        let given: u128 = children.iter().map(|(part, _)| u128::from(*part)).sum();
        assert!(given <= u128::from(u64::MAX));
        for (part, child) in children {
            down.push((netuid, part, parent.clone(), child));
        }
    }
    let mut up = Vec::new();
    for ((child, netuid), parents) in PARENT_KEYS.iter(&state) {
        for (part, parent) in parents {
            up.push((netuid, part, parent, child.clone()));
        }
    }
    down.sort();
    up.sort();
    assert_eq!(down, up);
    assert_eq!(down.iter().filter(|row| row.0 == 1).count(), 6);
}

#[test]
fn an_epoch_moves_scores_stakes_and_some_weights_but_never_alices() {
    let mut state = genesis(&DEV);
    let before = state.clone();
    for _ in 0..20 {
        step(&mut state, &DEV);
    }
    for ratios in [&INCENTIVE, &CONSENSUS, &DIVIDENDS] {
        assert_ne!(ratios.get(&state, (1,)), ratios.get(&before, (1,)));
    }
    assert_ne!(EMISSION.get(&state, (1,)), EMISSION.get(&before, (1,)));
    let changed: Vec<_> = (0..256)
        .filter(|uid| WEIGHTS.get(&state, (1, *uid)) != WEIGHTS.get(&before, (1, *uid)))
        .collect();
    assert_eq!(changed.len(), 16);
    let updates = LAST_UPDATE.get(&state, (1,));
    for uid in 0..256u16 {
        let update = updates[usize::from(uid)];
        assert_eq!(update > 1, changed.contains(&uid), "uid {uid}: {update}");
    }
    let alice = UIDS.find(&state, (1, accounts::alice())).unwrap();
    for _ in 0..80 {
        step(&mut state, &DEV);
    }
    let row = |state: &State| WEIGHTS.get(state, (1, alice));
    assert_eq!(row(&state), row(&before));
    assert!(!row(&state).is_empty());
    let grown = SUBNET_ALPHA_OUT.get(&state, (1,)) - SUBNET_ALPHA_OUT.get(&before, (1,));
    // Root's part is recycled.
    let emitted = 100 * accounts::COIN;
    assert!((emitted / 100 * 98..emitted).contains(&grown), "{grown}");
}

#[test]
fn an_epoch_comes_every_tempo_blocks() {
    let mut state = genesis(&DEV);
    for _ in 0..60 {
        step(&mut state, &DEV);
        let due = block(&state).is_multiple_of(20);
        for netuid in [1, 2] {
            let key = (netuid,);
            let since = BLOCKS_SINCE_LAST_STEP.get(&state, key);
            assert_eq!(since, block(&state) % 20);
            assert_eq!(SUBNET_EPOCH_INDEX.get(&state, key), block(&state) / 20);
            let last = LAST_EPOCH_BLOCK.get(&state, key);
            assert_eq!(last, block(&state) / 20 * 20);
            assert_eq!(LAST_MECHANSIM_STEP_BLOCK.get(&state, key), last.max(1));
            assert_eq!(ran(&state, 2).contains(&netuid), due);
        }
    }
}

#[test]
fn a_block_runs_two_epochs_and_puts_the_others_off() {
    let mut state = bare_subnets(5, 10);
    let mut seen = Vec::new();
    for _ in 0..13 {
        let events = step(&mut state, &World::Empty);
        let deferred: Vec<_> = events
            .iter()
            .filter_map(|event| {
                let RuntimeEvent::SubtensorModule(Event::EpochDeferred {
                    netuid,
                    from_block,
                    to_block,
                }) = event
                else {
                    return None;
                };
                assert_eq!(*from_block, block(&state));
                assert_eq!(*to_block, block(&state) + 1);
                assert_eq!(PENDING_EPOCH_AT.get(&state, (*netuid,)), *to_block);
                Some(*netuid)
            })
            .collect();
        if block(&state) >= 10 {
            seen.push((ran(&state, 5), deferred));
        }
    }
    assert_eq!(
        seen,
        [
            (vec![1, 2], vec![3, 4, 5]),
            (vec![3, 4], vec![5]),
            (vec![5], vec![]),
            (vec![], vec![]),
        ]
    );
    assert_eq!(PENDING_EPOCH_AT.get(&state, (5,)), 0);
    assert_eq!(BLOCKS_SINCE_LAST_STEP.get(&state, (5,)), 1);
}

#[test]
fn a_trigger_fires_at_its_block_and_moves_the_cycle() {
    let mut state = bare_subnets(1, 10);
    PENDING_EPOCH_AT.put(&mut state, (1,), 4);
    let mut epochs = Vec::new();
    for _ in 0..25 {
        step(&mut state, &World::Empty);
        if !ran(&state, 1).is_empty() {
            epochs.push(block(&state));
        }
    }
    assert_eq!(epochs, [4, 14, 24]);
}

#[test]
fn a_subnet_without_tempo_never_runs_and_a_long_silent_one_does() {
    let mut state = bare_subnets(2, 0);
    TEMPO.put(&mut state, (2,), 40_000);
    LAST_EPOCH_BLOCK.put(&mut state, (2,), 1_000);
    for netuid in [1, 2] {
        BLOCKS_SINCE_LAST_STEP.put(&mut state, (netuid,), 50_399);
    }
    step(&mut state, &World::Empty);
    assert_eq!(SUBNET_EPOCH_INDEX.get(&state, (2,)), 0);
    step(&mut state, &World::Empty);
    assert_eq!(SUBNET_EPOCH_INDEX.get(&state, (2,)), 1);
    assert_eq!(SUBNET_EPOCH_INDEX.get(&state, (1,)), 0);
}

#[test]
fn with_128_subnets_every_one_has_its_epochs() {
    let world = World::Dev {
        neurons: 1,
        subnets: 128,
        seed: 1,
    };
    let mut state = genesis(&world);
    for _ in 0..192 {
        step(&mut state, &world);
    }
    for netuid in 1..=128 {
        let epochs = SUBNET_EPOCH_INDEX.get(&state, (netuid,));
        assert!((2..=3).contains(&epochs), "{netuid}: {epochs}");
    }
}

#[test]
fn the_empty_world_has_the_dev_accounts_root_and_a_subnet_of_nobody() {
    let mut state = genesis(&World::Empty);
    assert_eq!(NETWORKS_ADDED.iter(&state), [((0,), true), ((1,), true)]);
    assert_eq!(TOTAL_NETWORKS.get(&state, ()), 2);
    let sizes = [0, 1].map(|netuid| SUBNETWORK_N.get(&state, (netuid,)));
    assert_eq!(sizes, [0, 1]);
    let reserve = subnets::account(1);
    let accounts = system::ACCOUNT.iter(&state);
    assert_eq!(accounts.len(), 7);
    for ((account,), held) in accounts {
        let expected = if account == reserve {
            10_000_000_000
        } else {
            1_000_000_000_000_000
        };
        assert_eq!(held.data.free, expected);
    }
    assert_amounts_add_up(&state);
    assert_eq!(KEYS.iter(&state).len(), 1);
    assert!(!FIRST_EMISSION_BLOCK_NUMBER.contains(&state, (1,)));
    assert!(step(&mut state, &World::Empty).is_empty());
}

#[test]
fn a_world_of_impossible_size_is_refused() {
    let world = |neurons, subnets| World::Dev {
        neurons,
        subnets,
        seed: 0,
    };
    assert_eq!(world(0, 1).validate(), Err(WorldError::Neurons(0)));
    assert_eq!(world(257, 1).validate(), Err(WorldError::Neurons(257)));
    assert_eq!(world(1, 0).validate(), Err(WorldError::Subnets(0)));
    assert_eq!(world(1, 129).validate(), Err(WorldError::Subnets(129)));
    assert_eq!(world(256, 128).validate(), Ok(()));
    assert_eq!(World::Empty.validate(), Ok(()));
}

#[test]
fn a_subnets_tao_lies_on_the_account_named_by_its_netuid() {
    let state = genesis(&DEV);
    let account = subnets::account(2);
    assert_eq!(account.encode()[..14], *b"modlsubtensr\x02\x00");
    let held = system::ACCOUNT.get(&state, (account,)).data.free;
    assert_eq!(held, SUBNET_TAO.get(&state, (2,)));
}
