use std::collections::BTreeSet;

use sp_core::H160;
use sp_runtime::DispatchError;

use super::*;
use crate::runtime::{
    balances::TOTAL_ISSUANCE,
    commitments, subtensor,
    subtensor::*,
    swap,
    system::{self, ACCOUNT},
};

const TAO: u64 = 1_000_000_000;
const BLOCK: u32 = 1_000;
const COLDKEY: AccountId = AccountId::new([1; 32]);
const HOTKEY: AccountId = AccountId::new([2; 32]);
const OLD: AccountId = AccountId::new([3; 32]);
const OLDS_COLDKEY: AccountId = AccountId::new([4; 32]);

/// A subnet with one neuron, and a coldkey with TAO.
fn subnet() -> State {
    let mut state = State::default();
    system::NUMBER.put(&mut state, (), BLOCK);
    NETWORKS_ADDED.put(&mut state, (0,), true);
    NETWORKS_ADDED.put(&mut state, (1,), true);
    SUBNET_MECHANISM.put(&mut state, (1,), 1);
    SUBNET_TAO.put(&mut state, (1,), 1_000 * TAO);
    SUBNET_ALPHA_IN.put(&mut state, (1,), 4_000 * TAO);
    SUBNET_ALPHA_OUT.put(&mut state, (1,), 9 * TAO);
    BURN.put(&mut state, (1,), TAO);
    ACCOUNT.mutate(&mut state, (COLDKEY,), |account| {
        account.providers = 1;
        account.data.free = 10 * TAO;
    });
    TOTAL_ISSUANCE.put(&mut state, (), 2_000 * TAO);
    OWNER.put(&mut state, (OLD,), OLDS_COLDKEY);
    neuron::append(&mut state, 1, 0, &OLD, 1);
    state
}

fn register(state: &mut State, netuid: u16, hotkey: &AccountId) -> (DispatchResult, Vec<Event>) {
    let mut events = Vec::new();
    let mut context = Context {
        state,
        events: &mut events,
    };
    let result = super::register(&mut context, &COLDKEY, netuid, hotkey);
    let events = events.into_iter().filter_map(|event| match event {
        RuntimeEvent::SubtensorModule(event) => Some(event),
        _ => None,
    });
    (result, events.collect())
}

fn refusal(state: &mut State, netuid: u16, hotkey: &AccountId) -> DispatchError {
    register(state, netuid, hotkey).0.unwrap_err()
}

#[test]
fn a_new_neuron_takes_the_next_uid_and_every_column_grows() {
    let mut state = subnet();
    MECHANISM_COUNT_CURRENT.put(&mut state, (1,), 2);
    let (result, events) = register(&mut state, 1, &HOTKEY);
    assert_eq!(result, Ok(()));
    assert_eq!(
        events,
        [
            Event::RAORecycledForRegistrationSet(1, TAO),
            Event::NeuronRegistered(1, 1, HOTKEY),
        ]
    );
    assert_eq!(SUBNETWORK_N.get(&state, (1,)), 2);
    assert_eq!(UIDS.find(&state, (1, HOTKEY)), Some(1));
    assert_eq!(KEYS.get(&state, (1, 1)), HOTKEY);
    assert_eq!(BLOCK_AT_REGISTRATION.get(&state, (1, 1)), 1_000);
    assert!(IS_NETWORK_MEMBER.get(&state, (HOTKEY, 1)));
    assert_eq!(OWNER.get(&state, (HOTKEY,)), COLDKEY);
    assert_eq!(OWNED_HOTKEYS.get(&state, (COLDKEY,)), [HOTKEY]);
    assert_eq!(ACTIVE.get(&state, (1,)), [true, true]);
    assert_eq!(VALIDATOR_PERMIT.get(&state, (1,)), [false, false]);
    assert_eq!(EMISSION.get(&state, (1,)), [0, 0]);
    assert_eq!(INCENTIVE.get(&state, (1,)), [0, 0]);
    assert_eq!(LAST_UPDATE.get(&state, (1,)), [1, 1_000]);
    // The second mechanism came after the first neuron.
    assert_eq!(INCENTIVE.get(&state, (4_097,)), [0]);
    assert_eq!(LAST_UPDATE.get(&state, (4_097,)), [0, 1_000]);
    assert_eq!(REGISTRATIONS_THIS_BLOCK.get(&state, (1,)), 1);
    assert_eq!(BURN.get(&state, (1,)), TAO + TAO / 100 * 26);
}

#[test]
fn the_price_goes_to_the_subnets_reserve_and_its_alpha_is_destroyed() {
    let mut state = subnet();
    swap::FEE_RATE.put(&mut state, (1,), 65);
    register(&mut state, 1, &HOTKEY).0.unwrap();
    let fee = TAO * 65 / 65_535;
    let free = |account| ACCOUNT.get(&state, (account,)).data.free;
    assert_eq!(free(COLDKEY), 9 * TAO);
    assert_eq!(free(subnets::account(1)), TAO - fee);
    assert_eq!(TOTAL_ISSUANCE.get(&state, ()), 2_000 * TAO - fee);
    assert_eq!(SUBNET_TAO.get(&state, (1,)), 1_001 * TAO - fee);
    assert_eq!(SUBNET_ALPHA_OUT.get(&state, (1,)), 9 * TAO);
    // At a quarter of a TAO for an alpha.
    let sold = 4_000 * TAO - SUBNET_ALPHA_IN.get(&state, (1,));
    assert!((399 * TAO / 100..4 * TAO).contains(&sold), "{sold}");
}

#[test]
fn each_refusal_comes_in_its_turn() {
    let mut state = subnet();
    let root = Error::RegistrationNotPermittedOnRootSubnet;
    assert_eq!(refusal(&mut state, 0, &HOTKEY), root.into());
    let unknown = Error::SubnetNotExists;
    assert_eq!(refusal(&mut state, 7, &HOTKEY), unknown.into());
    let registered = Error::HotKeyAlreadyRegisteredInSubNet;
    assert_eq!(refusal(&mut state, 1, &OLD), registered.into());
    NETWORK_REGISTRATION_ALLOWED.put(&mut state, (1,), false);
    let closed = Error::SubNetRegistrationDisabled;
    assert_eq!(refusal(&mut state, 1, &OLD), closed.into());

    let mut state = subnet();
    OWNER.put(&mut state, (HOTKEY,), OLDS_COLDKEY);
    BURN.put(&mut state, (1,), 10 * TAO);
    let poor = Error::NotEnoughBalanceToStake;
    assert_eq!(refusal(&mut state, 1, &HOTKEY), poor.into());
    BURN.put(&mut state, (1,), TAO);
    MAX_ALLOWED_UIDS.put(&mut state, (1,), 0);
    let foreign = Error::NonAssociatedColdKey;
    assert_eq!(refusal(&mut state, 1, &HOTKEY), foreign.into());
    let system_account = Error::CannotUseSystemAccount;
    let account = subnets::account(5);
    assert_eq!(refusal(&mut state, 1, &account), system_account.into());
    let full = Error::NoNeuronIdAvailable;
    let other = AccountId::new([8; 32]);
    assert_eq!(refusal(&mut state, 1, &other), full.into());
    MAX_ALLOWED_UIDS.put(&mut state, (1,), 2);
    SUBNET_ALPHA_IN.put(&mut state, (1,), 1);
    let dry = swap::Error::ReservesTooLow;
    assert_eq!(refusal(&mut state, 1, &other), dry.into());
}

#[test]
fn a_price_above_the_limit_is_not_paid() {
    let mut state = subnet();
    let mut events = Vec::new();
    let mut context = Context {
        state: &mut state,
        events: &mut events,
    };
    let above = register_below(&mut context, &COLDKEY, 1, &HOTKEY, TAO - 1);
    assert_eq!(above, Err(Error::RegistrationPriceLimitExceeded.into()));
    let at = register_below(&mut context, &COLDKEY, 1, &HOTKEY, TAO);
    assert_eq!(at, Ok(()));
}

#[test]
fn who_takes_over_a_uid_finds_nothing_of_the_one_before() {
    let mut state = subnet();
    MAX_ALLOWED_UIDS.put(&mut state, (1,), 1);
    MIN_NON_IMMUNE_UIDS.put(&mut state, (1,), 0);
    IMMUNITY_PERIOD.put(&mut state, (1,), 10);
    let key = || (1, OLD);
    AXONS.put(&mut state, key(), AxonInfo::default());
    PROMETHEUS.put(&mut state, key(), PrometheusInfo::default());
    NEURON_CERTIFICATES.put(&mut state, key(), NeuronCertificate::default());
    ASSOCIATED_EVM_ADDRESS.put(&mut state, (1, 0), (H160::zero(), 1));
    commitments::LAST_COMMITMENT.put(&mut state, key(), 5);
    commitments::TIMELOCKED_INDEX.put(&mut state, (), BTreeSet::from([key(), (2, OLD)]));
    EMISSION.put(&mut state, (1,), vec![50]);
    VALIDATOR_PERMIT.put(&mut state, (1,), vec![true]);
    ACTIVE.put(&mut state, (1,), vec![false]);
    for ratios in [&CONSENSUS, &INCENTIVE, &DIVIDENDS, &VALIDATOR_TRUST] {
        ratios.put(&mut state, (1,), vec![9]);
    }
    WEIGHTS.put(&mut state, (1, 0), vec![(0, 65_535)]);
    BONDS.put(&mut state, (1, 0), vec![(0, 1)]);

    let (result, events) = register(&mut state, 1, &HOTKEY);
    assert_eq!(result, Ok(()));
    assert_eq!(events[1], Event::NeuronRegistered(1, 0, HOTKEY));
    assert_eq!(SUBNETWORK_N.get(&state, (1,)), 1);
    assert_eq!(KEYS.get(&state, (1, 0)), HOTKEY);
    assert!(!UIDS.contains(&state, key()));
    assert!(!IS_NETWORK_MEMBER.contains(&state, (OLD, 1)));
    assert!(!AXONS.contains(&state, key()));
    assert!(!PROMETHEUS.contains(&state, key()));
    assert!(!NEURON_CERTIFICATES.contains(&state, key()));
    assert!(!ASSOCIATED_EVM_ADDRESS.contains(&state, (1, 0)));
    assert!(!commitments::LAST_COMMITMENT.contains(&state, key()));
    let timelocked = commitments::TIMELOCKED_INDEX.get(&state, ());
    assert_eq!(timelocked, BTreeSet::from([(2, OLD)]));
    assert_eq!(EMISSION.get(&state, (1,)), [0]);
    assert_eq!(VALIDATOR_PERMIT.get(&state, (1,)), [false]);
    assert_eq!(ACTIVE.get(&state, (1,)), [true]);
    for ratios in [&CONSENSUS, &INCENTIVE, &DIVIDENDS, &VALIDATOR_TRUST] {
        assert_eq!(ratios.get(&state, (1,)), [0]);
    }
    assert_eq!(LAST_UPDATE.get(&state, (1,)), [1_000]);
    assert!(!WEIGHTS.contains(&state, (1, 0)));
    assert!(!BONDS.contains(&state, (1, 0)));
    // A hotkey keeps its coldkey and its stake when it loses its place.
    assert_eq!(OWNER.get(&state, (OLD,)), OLDS_COLDKEY);
}

#[test]
fn others_weights_for_a_reused_uid_become_none() {
    let mut state = subnet();
    register(&mut state, 1, &HOTKEY).0.unwrap();
    WEIGHTS.put(&mut state, (1, 1), vec![(0, 65_535), (1, 7)]);
    neuron::replace(&mut state, 1, 0, &AccountId::new([8; 32]), 2_000);
    assert_eq!(WEIGHTS.get(&state, (1, 1)), [(0, 0), (1, 7)]);
    SUBNET_OWNER_HOTKEY.put(&mut state, (1,), HOTKEY);
    neuron::replace(&mut state, 1, 1, &AccountId::new([9; 32]), 2_000);
    assert_eq!(subtensor::KEYS.get(&state, (1, 1)), HOTKEY);
}
