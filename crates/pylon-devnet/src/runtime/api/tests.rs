use codec::{Compact, DecodeAll};
use serde_json::Value;

use super::*;

fn bytes(hex: &Value) -> Vec<u8> {
    hex::decode(hex.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

/// A state that was laid down in the real runtime, and what it answered there.
fn recorded(fixture: &str) -> (State, Value) {
    let golden: Value = serde_json::from_str(fixture).unwrap();
    let mut state = State::default();
    for pair in golden["set"].as_array().unwrap() {
        state.put(&bytes(&pair[0]), &bytes(&pair[1]));
    }
    let block = golden["block"].as_u64().unwrap();
    system::NUMBER.put(&mut state, (), block.try_into().unwrap());
    (state, golden)
}

/// A subnet of 256 neurons.
fn full_subnet() -> (State, Value) {
    recorded(include_str!("../../../tests/fixtures/runtime_256.json"))
}

/// A small subnet of two mechanisms.
fn small_subnet() -> (State, Value) {
    recorded(include_str!("../../../tests/fixtures/runtime_apis.json"))
}

#[test]
fn the_recorded_states_give_the_real_runtimes_answers_byte_for_byte() {
    for ((state, golden), count) in [(full_subnet(), 8), (small_subnet(), 18)] {
        let apis = golden["apis"].as_array().unwrap();
        assert_eq!(apis.len(), count);
        for api in apis {
            let name = api["api"].as_str().unwrap();
            let answer = call(&state, name, &bytes(&api["args"])).unwrap();
            assert!(answer == bytes(&api["result"]), "{name} differs");
        }
    }
}

#[test]
fn calls_nested_without_end_do_not_decode() {
    let batches = [11u8, 0, 4].repeat(100_000);
    let method = "TransactionPaymentCallApi_query_call_info";
    let answer = call(&State::default(), method, &batches);
    assert!(matches!(answer, Err(ApiError::BadInput { .. })));
}

/// The decoded answer of an API.
fn ask<T: codec::Decode>(state: &State, method: &str, input: impl Encode) -> T {
    let answer = call(state, method, &input.encode()).unwrap();
    T::decode_all(&mut &answer[..]).unwrap()
}

#[test]
fn every_version_of_a_subnet_tells_the_same() {
    let (state, _) = small_subnet();
    let one: Option<SubnetInfo> = ask(&state, "SubnetInfoRuntimeApi_get_subnet_info", 135u16);
    let all: Vec<Option<SubnetInfo>> = ask(&state, "SubnetInfoRuntimeApi_get_subnets_info", ());
    assert_eq!((all.len(), all.last()), (3, Some(&one)));
    let all: Vec<Option<SubnetInfov2>> =
        ask(&state, "SubnetInfoRuntimeApi_get_subnets_info_v2", ());
    let one = one.unwrap();
    let two = all.last().unwrap().clone().unwrap();
    assert_eq!((two.netuid, two.owner), (one.netuid, one.owner));
    assert_eq!(two.identity, None);
    let prices: Vec<SubnetPrice> = ask(&state, "SwapRuntimeApi_current_alpha_price_all", ());
    let price: u64 = ask(&state, "SwapRuntimeApi_current_alpha_price", 135u16);
    assert_eq!(prices.last().map(|last| last.price), Some(price));
    let all: Vec<Option<DynamicInfo>> =
        ask(&state, "SubnetInfoRuntimeApi_get_all_dynamic_info", ());
    assert_eq!(all.len(), 3);
}

#[test]
fn a_list_of_metagraphs_has_one_for_every_subnet_or_mechanism() {
    let (state, _) = small_subnet();
    let answer = |method: &str, input: Vec<u8>| call(&state, method, &input).unwrap();
    let list = |each: &[Vec<u8>]| {
        let length = Compact(u32::try_from(each.len()).unwrap()).encode();
        [length, each.concat()].concat()
    };
    let one = |netuid: u16| answer("SubnetInfoRuntimeApi_get_metagraph", netuid.encode());
    let all = answer("SubnetInfoRuntimeApi_get_all_metagraphs", Vec::new());
    assert!(all == list(&[0, 1, 135].map(one)));
    let mechanism = |(netuid, mecid): (u16, u8)| {
        let input = (netuid, mecid).encode();
        answer("SubnetInfoRuntimeApi_get_mechagraph", input)
    };
    let all = answer("SubnetInfoRuntimeApi_get_all_mechagraphs", Vec::new());
    assert!(all == list(&[(0, 0), (1, 0), (135, 0), (135, 1)].map(mechanism)));
    assert_eq!(mechanism((135, 2)), [0]);
}

#[test]
fn commitments_are_whole_registrations_and_validators_go_by_stake() {
    use crate::runtime::commitments::{COMMITMENT_OF, CommitmentInfo, Data, Registration};
    use sp_runtime::BoundedVec;
    let (mut state, _) = small_subnet();
    let hotkey = subtensor::KEYS.get(&state, (135, 2));
    let fields = vec![Data::Raw(BoundedVec::truncate_from(b"abc".to_vec()))];
    let registration = Registration {
        deposit: 0,
        block: 7,
        info: CommitmentInfo {
            fields: BoundedVec::truncate_from(fields),
        },
    };
    COMMITMENT_OF.put(&mut state, (135, hotkey.clone()), registration.clone());
    COMMITMENT_OF.put(&mut state, (136, hotkey.clone()), registration.clone());
    let columns: Option<SelectiveMetagraph> = ask(
        &state,
        "SubnetInfoRuntimeApi_get_selective_metagraph",
        (135u16, vec![57u16, 69, 72, 73]),
    );
    let columns = columns.unwrap();
    let bytes = super::super::compact(registration.encode());
    assert_eq!(columns.commitments, Some(vec![(hotkey, bytes)]));
    let stakes = columns.total_stake.unwrap();
    let validators: Vec<_> = columns
        .validators
        .unwrap()
        .iter()
        .map(|uid| stakes[usize::from(uid.0)].0)
        .collect();
    assert!(validators.is_sorted());
    let permits = columns.validator_permit.unwrap();
    let staked = permits
        .iter()
        .zip(&stakes)
        .filter(|(permit, stake)| **permit && stake.0 > 0);
    assert_eq!(validators.len(), staked.count());
    assert!(!validators.is_empty());
    assert_eq!(columns.netuid.0, 0, "the netuid is a column too");
}

#[test]
fn stakes_can_be_asked_for_by_coldkey_and_by_place() {
    let (state, golden) = small_subnet();
    let api = "StakeInfoRuntimeApi_get_stake_info_for_coldkey";
    let recorded = golden["apis"].as_array().unwrap();
    let recorded = recorded.iter().find(|step| step["api"] == api).unwrap();
    let coldkey = AccountId::decode_all(&mut &bytes(&recorded["args"])[..]).unwrap();
    let rows: Vec<StakeInfo> = ask(&state, api, &coldkey);
    let hotkey = rows[0].hotkey.clone();
    let one: Option<StakeInfo> = ask(
        &state,
        "StakeInfoRuntimeApi_get_stake_info_for_hotkey_coldkey_netuid",
        (&hotkey, &coldkey, 135u16),
    );
    assert_eq!(one.as_ref(), rows.first());
    let by_coldkey: Vec<(AccountId, Vec<StakeInfo>)> = ask(
        &state,
        "StakeInfoRuntimeApi_get_stake_info_for_coldkeys",
        vec![&coldkey],
    );
    assert_eq!(by_coldkey, [(coldkey.clone(), rows)]);
    let available = |netuids: Option<Vec<u16>>| -> Vec<u16> {
        let all: BTreeMap<AccountId, BTreeMap<u16, StakeAvailability>> = ask(
            &state,
            "StakeInfoRuntimeApi_get_stake_availability_for_coldkeys",
            (vec![&coldkey], netuids),
        );
        all[&coldkey].keys().copied().collect()
    };
    assert_eq!(available(None), [135]);
    assert_eq!(available(Some(vec![0, 135, 135])), [135]);
    assert!(available(Some(vec![1])).is_empty());
    assert!(available(Some((0..9).collect())).is_empty());
    let fee = |from: u16, to: u16| -> u64 {
        let place = |netuid: u16| Some((&hotkey, netuid));
        ask(
            &state,
            "StakeInfoRuntimeApi_get_stake_fee",
            (place(from), &coldkey, place(to), &coldkey, 65_535_000u64),
        )
    };
    assert_eq!(
        (fee(0, 135), fee(135, 135), fee(135, 0)),
        (33_000 - 1, 0, 0)
    );
}

#[test]
fn a_delegate_shows_its_nominators_and_what_it_earns() {
    let (mut state, _) = small_subnet();
    let hotkey = subtensor::KEYS.get(&state, (135, 0));
    let coldkey = subtensor::OWNER.get(&state, (hotkey.clone(),));
    let none: Option<DelegateInfo> = ask(&state, "DelegateInfoRuntimeApi_get_delegate", &hotkey);
    assert_eq!(none, None);
    subtensor::DELEGATES.put(&mut state, (hotkey.clone(),), 11_796);
    let one: Option<DelegateInfo> = ask(&state, "DelegateInfoRuntimeApi_get_delegate", &hotkey);
    let one = one.unwrap();
    let all: Vec<DelegateInfo> = ask(&state, "DelegateInfoRuntimeApi_get_delegates", ());
    assert_eq!(all, std::slice::from_ref(&one));
    let stake = Compact(1_000_000_000_000);
    let nominators = vec![(coldkey.clone(), vec![(Compact(135), stake)])];
    assert_eq!((one.nominators, &one.owner_ss58), (nominators, &coldkey));
    assert_eq!(one.registrations, [Compact(135)]);
    assert!(one.total_daily_return.0 > 0);
    let delegated: Vec<Delegated> = ask(&state, "DelegateInfoRuntimeApi_get_delegated", &coldkey);
    assert_eq!(delegated.len(), 1);
    assert_eq!(delegated[0].1, (Compact(135), stake));
    assert!(delegated[0].0.nominators.is_empty());
}

#[test]
fn a_subnets_price_falls_with_time_and_the_cheapest_old_subnet_is_pruned() {
    use subtensor::*;
    let mut state = State::default();
    let cost = |state: &State| -> u64 {
        ask(
            state,
            "SubnetRegistrationRuntimeApi_get_network_registration_cost",
            (),
        )
    };
    let tao = 1_000_000_000u64;
    assert_eq!(cost(&state), 1_000 * tao);
    NETWORK_LAST_LOCK_COST.put(&mut state, (), 100_800 * tao);
    system::NUMBER.put(&mut state, (), 1_100);
    let key = (RateLimitKey::NetworkLastRegistered,);
    LAST_RATE_LIMITED_BLOCK.put(&mut state, key, 1_000);
    assert_eq!(cost(&state), 2 * 100_800 * tao - 100 * tao);
    // After the first halving of emission, the price falls twice as fast.
    TOTAL_ISSUANCE.put(&mut state, (), 10_500_000 * tao);
    assert_eq!(cost(&state), 2 * 100_800 * tao - 200 * tao);

    let prune = |state: &State| -> Option<u16> {
        ask(state, "SubnetInfoRuntimeApi_get_subnet_to_prune", ())
    };
    for (netuid, price) in [(0, 0), (1, 9), (2, 5), (3, 5), (4, 1)] {
        let key = (netuid,);
        NETWORKS_ADDED.put(&mut state, key, true);
        SUBNET_MECHANISM.put(&mut state, key, 1);
        SUBNET_MOVING_PRICE.put(&mut state, key, crate::runtime::I96F32 { bits: price });
        NETWORK_REGISTERED_AT.put(&mut state, key, 1_000 - u64::from(netuid));
    }
    assert_eq!(prune(&state), None);
    NETWORK_IMMUNITY_PERIOD.put(&mut state, (), 100);
    NETWORK_REGISTERED_AT.put(&mut state, (4,), 1_050);
    assert_eq!(prune(&state), Some(3));
    let account = |netuid: u16| -> Option<AccountId> {
        ask(&state, "SubnetInfoRuntimeApi_get_subnet_account_id", netuid)
    };
    assert!(account(3).is_some() && account(3) != account(4));
    assert_eq!(account(9), None);
}

#[test]
fn every_column_can_be_asked_for_alone() {
    let (state, _) = full_subnet();
    for index in 1..=73u16 {
        let input = (42u16, vec![index]).encode();
        let answer = call(
            &state,
            "SubnetInfoRuntimeApi_get_selective_metagraph",
            &input,
        )
        .unwrap();
        let decoded = Option::<SelectiveMetagraph>::decode_all(&mut &answer[..]).unwrap();
        assert!(decoded.is_some(), "column {index}");
    }
}

#[test]
fn a_subnet_that_does_not_exist_has_no_answer() {
    let state = State::default();
    let netuid = 42u16.encode();
    assert_eq!(
        call(&state, "SubnetInfoRuntimeApi_get_metagraph", &netuid),
        Ok(vec![0])
    );
    assert_eq!(
        call(&state, "NeuronInfoRuntimeApi_get_neurons_lite", &netuid),
        Ok(vec![0])
    );
}

#[test]
fn an_unknown_method_and_bad_arguments_are_errors() {
    let state = State::default();
    assert_eq!(
        call(&state, "Core_nothing", &[]),
        Err(ApiError::UnknownMethod("Core_nothing".into()))
    );
    let bad = call(&state, "SubnetInfoRuntimeApi_get_metagraph", &[1]);
    assert!(matches!(
        bad,
        Err(ApiError::BadInput {
            method: "get_metagraph",
            ..
        })
    ));
}
