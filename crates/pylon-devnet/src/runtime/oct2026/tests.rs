use std::collections::{BTreeMap, BTreeSet};

use codec::Encode;
use frame_metadata::{
    RuntimeMetadata, RuntimeMetadataPrefixed,
    v16::{RuntimeMetadataV16, StorageEntryModifier},
};
use scale_info::TypeDef;
use sp_runtime::DispatchError;

use super::*;
use crate::runtime::{
    RuntimeCall, RuntimeEvent, api, layout,
    metadata::metadata,
    proxy,
    subtensor::stake::stake_of,
    system::{self, EventRecord, Phase},
    utility,
};

fn described(layout: Layout) -> RuntimeMetadataV16 {
    let mut bytes = metadata(layout, 16).unwrap();
    match codec::Decode::decode(&mut bytes).unwrap() {
        RuntimeMetadataPrefixed(_, RuntimeMetadata::V16(metadata)) => metadata,
        other => panic!("format {}", other.1.version()),
    }
}

/// The variants of an enum of a pallet, by name.
fn variants(metadata: &RuntimeMetadataV16, path: &str) -> BTreeMap<String, u8> {
    let ty = metadata
        .types
        .types
        .iter()
        .find(|ty| ty.ty.path.to_string() == path);
    let TypeDef::Variant(definition) = &ty.unwrap().ty.type_def else {
        panic!("{path} is no enum")
    };
    let named: BTreeMap<_, _> = definition
        .variants
        .iter()
        .map(|variant| (variant.name.clone(), variant.index))
        .collect();
    let indices: BTreeSet<_> = named.values().collect();
    assert_eq!(
        (named.len(), indices.len()),
        (definition.variants.len(), definition.variants.len()),
        "{path}"
    );
    named
}

#[test]
fn october_keeps_what_june_has_but_for_what_it_dropped() {
    let (june, october) = (described(Layout::Jun2026), described(Layout::Oct2026));
    let mut enums = 0;
    for pallet in &june.pallets {
        let ids = [
            pallet.calls.as_ref().map(|calls| calls.ty.id),
            pallet.event.as_ref().map(|event| event.ty.id),
            pallet.error.as_ref().map(|error| error.ty.id),
        ];
        for id in ids.into_iter().flatten() {
            let path = june.types.resolve(id).unwrap().path.to_string();
            let dropped = listed(&DROPPED_VARIANTS, &path);
            let later = variants(&october, &path);
            for (name, index) in variants(&june, &path) {
                let kept = later.get(&name);
                assert_eq!(
                    kept.is_none(),
                    dropped.contains(&name.as_str()),
                    "{path} {name}"
                );
                if !MOVED.contains(&path.as_str()) {
                    assert!(
                        kept.is_none_or(|kept| *kept == index),
                        "{path} {name} moved"
                    );
                }
            }
            enums += 1;
        }
    }
    assert_eq!(enums, 30);
}

#[test]
fn events_and_errors_of_october_have_no_gap_and_the_indices_that_are_known() {
    let october = described(Layout::Oct2026);
    let event = variants(&october, "pallet_subtensor::pallet::Event");
    let error = variants(&october, "pallet_subtensor::pallet::Error");
    let call = variants(&october, "pallet_subtensor::pallet::Call");
    let admin = variants(&october, "pallet_admin_utils::pallet::Call");
    assert_eq!((event.len(), event.values().max()), (156, Some(&155)));
    assert_eq!((error.len(), error.values().max()), (175, Some(&174)));
    for (variants, known) in [
        (
            &event,
            &[
                ("WeightsSet", 5),
                ("RootWeightsSet", 6),
                ("NeuronRegistered", 7),
                ("SetChildrenScheduled", 76),
                ("SetChildren", 77),
                ("StakeTransferred", 92),
                ("TimelockedWeightsCommitted", 108),
                ("AutoParentDelegationEnabledSet", 131),
                ("NetworkRegistrationCancelled", 153),
                ("EpochConsensusSet", 154),
                ("NullUidsPruningProgress", 155),
            ][..],
        ),
        (
            &error,
            &[
                ("SettingWeightsTooFast", 29),
                ("KeepStakeBlockedByCollateral", 96),
                ("InsufficientTaoBalance", 98),
                ("InvalidRevealRound", 112),
                ("NetworkDissolveAlreadyQueued", 130),
                ("AccountRejectsLockedAlpha", 149),
                ("RootStakeLocked", 156),
                ("InvalidBatchLength", 162),
                ("CommitQueueFull", 174),
            ],
        ),
        (
            &call,
            &[
                ("serve_axon", 4),
                ("burned_register", 7),
                ("register_limit", 134),
                ("transfer_stake_and_hotkey", 143),
                ("swap_basket_many", 151),
                ("pow_register", 152),
            ],
        ),
        (
            &admin,
            &[
                ("sudo_set_tempo", 30),
                ("sudo_set_activity_cutoff_factor", 97),
                ("sudo_set_liquid_alpha_consensus_mode", 104),
                ("sudo_set_epoch_consensus", 111),
                ("sudo_trim_null_uids_batch", 112),
            ],
        ),
    ] {
        for (name, index) in known {
            assert_eq!(variants.get(*name), Some(index), "{name}");
        }
    }
}

#[test]
fn storage_came_and_went() {
    let entries = |layout| -> BTreeMap<String, _> {
        let pallets = described(layout).pallets;
        pallets
            .into_iter()
            .flat_map(|pallet| {
                let name = pallet.name;
                let entries = pallet.storage.map(|storage| storage.entries);
                entries
                    .into_iter()
                    .flatten()
                    .map(move |entry| (format!("{name}.{}", entry.name), entry))
            })
            .collect()
    };
    let (june, october) = (entries(Layout::Jun2026), entries(Layout::Oct2026));
    let gone: Vec<_> = june
        .keys()
        .filter(|name| !october.contains_key(*name))
        .collect();
    assert_eq!(
        gone,
        [
            "Proxy.RealPaysFee",
            "SubtensorModule.Alpha",
            "SubtensorModule.AlphaMapLastKey",
            "SubtensorModule.NumRootClaim",
            "SubtensorModule.RootClaimType",
            "SubtensorModule.TotalHotkeyShares",
        ]
    );
    let came = october
        .keys()
        .filter(|name| !june.contains_key(*name))
        .count();
    assert_eq!(came, 63);
    for name in [
        "ChildkeyThresholdSuspended",
        "LastYumaStepBlock",
        "MinerCollateral",
    ] {
        let entry = &october[&format!("SubtensorModule.{name}")];
        assert_eq!(entry.modifier, StorageEntryModifier::Optional, "{name}");
    }
    let pow = |entries: &BTreeMap<String, frame_metadata::v16::StorageEntryMetadata<_>>| {
        entries["SubtensorModule.NetworkPowRegistrationAllowed"]
            .default
            .clone()
    };
    assert_eq!((pow(&june), pow(&october)), (vec![1], vec![0]));
}

fn event(event: RuntimeEvent) -> EventRecord {
    EventRecord {
        phase: Phase::ApplyExtrinsic(3),
        event,
        topics: vec![crate::runtime::Hash::repeat_byte(7)],
    }
}

#[test]
fn events_and_the_errors_inside_of_them_get_their_layouts_numbers() {
    let too_early: DispatchError = subtensor::Error::InvalidRevealRound.into();
    let unknown: DispatchError = system::Error::CallFiltered.into();
    let events = [
        event(RuntimeEvent::SubtensorModule(
            subtensor::Event::NeuronRegistered(1, 2, AccountId::new([9; 32])),
        )),
        event(RuntimeEvent::SubtensorModule(
            subtensor::Event::BatchWeightItemFailed(1, too_early),
        )),
        event(RuntimeEvent::Utility(utility::Event::BatchInterrupted {
            index: 5,
            error: too_early,
        })),
        event(RuntimeEvent::Proxy(proxy::Event::ProxyExecuted {
            result: Err(too_early),
        })),
        event(RuntimeEvent::System(system::Event::ExtrinsicFailed {
            dispatch_error: unknown,
            dispatch_info: crate::node::dispatch::weight(&RuntimeCall::System(
                system::Call::remark { remark: Vec::new() },
            )),
        })),
    ];
    let june = layout::encode_events(Layout::Jun2026, &events);
    assert_eq!(june, events.to_vec().encode());
    let mut expected = june.clone();
    // Each record starts with its phase, five bytes; the first after a byte for their number.
    let lengths: Vec<usize> = events.iter().map(Encode::encoded_size).collect();
    let start = |record: usize| 1 + lengths[..record].iter().sum::<usize>() + 5;
    for (at, june, october) in [
        (start(0) + 1, 6, 7),
        (start(1) + 1, 90, 91),
        (start(1) + 2 + 2 + 2, 111, 112),
        (start(2) + 2 + 4 + 2, 111, 112),
        (start(3) + 2 + 1 + 2, 111, 112),
    ] {
        assert_eq!(expected[at], june);
        expected[at] = october;
    }
    assert_eq!(layout::encode_events(Layout::Oct2026, &events), expected);
}

#[test]
fn a_layout_knows_its_own_calls_at_any_depth() {
    let batch = |call| RuntimeCall::Utility(utility::Call::batch { calls: vec![call] });
    let kept = RuntimeCall::SubtensorModule(subtensor::Call::register_limit {
        netuid: 1,
        hotkey: AccountId::new([1; 32]),
        limit_price: 5,
    });
    let dropped =
        RuntimeCall::SubtensorModule(subtensor::Call::sudo_set_num_root_claims { new_value: 1 });
    let added = RuntimeCall::SubtensorModule(subtensor::Call::claim_root_with_hotkey {
        hotkey: AccountId::new([1; 32]),
    });
    for (call, june, october) in [
        (kept, true, true),
        (dropped, true, false),
        (added, false, true),
    ] {
        for call in [call.clone(), batch(call)] {
            assert_eq!(layout::knows(Layout::Jun2026, &call), june, "{call:?}");
            assert_eq!(layout::knows(Layout::Oct2026, &call), october, "{call:?}");
        }
    }
}

fn subnet(layout: Layout) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    subtensor::NETWORKS_ADDED.put(&mut state, (1,), true);
    subtensor::SUBNETWORK_N.put(&mut state, (1,), 2);
    for uid in [0u8, 1] {
        let hotkey = AccountId::new([uid + 1; 32]);
        subtensor::KEYS.put(&mut state, (1, uid.into()), hotkey.clone());
        subtensor::OWNER.put(
            &mut state,
            (hotkey.clone(),),
            AccountId::new([uid + 11; 32]),
        );
        subtensor::TOTAL_HOTKEY_ALPHA.put(&mut state, (hotkey, 1), 1_000);
    }
    state
}

#[test]
fn a_suspended_parents_childkeys_take_effect_on_its_own_subnet_alone() {
    let (parent, child) = (AccountId::new([1; 32]), AccountId::new([2; 32]));
    for (layout, owner, stakes) in [
        (Layout::Jun2026, false, [0, 2_000]),
        (Layout::Oct2026, false, [1_000, 1_000]),
        (Layout::Oct2026, true, [0, 2_000]),
    ] {
        let mut state = subnet(layout);
        subtensor::CHILD_KEYS.put(
            &mut state,
            (parent.clone(), 1),
            vec![(u64::MAX, child.clone())],
        );
        subtensor::PARENT_KEYS.put(
            &mut state,
            (child.clone(), 1),
            vec![(u64::MAX, parent.clone())],
        );
        CHILDKEY_THRESHOLD_SUSPENDED.put(&mut state, (parent.clone(),), ());
        if owner {
            subtensor::SUBNET_OWNER_HOTKEY.put(&mut state, (1,), parent.clone());
        }
        let found = [&parent, &child].map(|hotkey| stake_of(&state, 1, hotkey).alpha);
        assert_eq!(found, stakes, "{layout} owner {owner}");
    }
}

/// What a runtime API answers after its `Some`.
fn answer(state: &State, method: &str, input: impl Encode) -> Vec<u8> {
    let answer = api::call(state, method, &input.encode()).unwrap();
    assert_eq!(answer.first(), Some(&1), "{method}");
    answer[1..].to_vec()
}

#[test]
fn metagraphs_end_in_the_collateral_of_every_neuron() {
    let (june, mut october) = (subnet(Layout::Jun2026), subnet(Layout::Oct2026));
    let held = MinerCollateralState {
        locked: 5,
        drain_ratio: COLLATERAL_DRAIN_RATIO.get(&october, (1,)),
        min_locked: 6,
        earned: 7,
    };
    let (hotkey, coldkey) = (AccountId::new([2; 32]), AccountId::new([12; 32]));
    MINER_COLLATERAL.put(&mut october, (1, hotkey, coldkey), held);
    // The default that changed is the same in both here.
    subtensor::NETWORK_POW_REGISTRATION_ALLOWED.put(&mut october, (1,), true);
    let column = |value: u64| vec![Compact(0), Compact(value)];

    let metagraph = "SubnetInfoRuntimeApi_get_metagraph";
    let mut expected = answer(&june, metagraph, 1u16);
    (column(5), column(6), column(7)).encode_to(&mut expected);
    assert_eq!(answer(&october, metagraph, 1u16), expected);

    let selective = "SubnetInfoRuntimeApi_get_selective_metagraph";
    let mut expected = answer(&june, selective, (1u16, vec![8u16, 75]));
    (None::<()>, Some(column(6)), None::<()>).encode_to(&mut expected);
    assert_eq!(
        answer(&october, selective, (1u16, vec![8u16, 75])),
        expected
    );
}

#[test]
fn hyperparameters_end_in_what_october_added() {
    let names = |layout| -> Vec<String> {
        subtensor::hyperparams::hyperparams_v3(&subnet(layout), 1)
            .unwrap()
            .into_iter()
            .map(|entry| String::from_utf8(entry.name).unwrap())
            .collect()
    };
    let (june, october) = (names(Layout::Jun2026), names(Layout::Oct2026));
    assert_eq!(october[..june.len()], june);
    assert_eq!(
        october[june.len()..],
        [
            "collateral_lock_share",
            "collateral_drain_ratio",
            "epoch_consensus",
            "network_pow_registration_allowed"
        ]
    );
}

#[test]
fn a_state_says_whose_it_is_and_junes_says_nothing_else() {
    let mut state = State::default();
    assert_eq!(Layout::of(&state), Layout::Jun2026);
    for layout in Layout::ALL {
        layout.install(&mut state);
        assert_eq!(Layout::of(&state), layout);
        assert_eq!(layout.to_string().parse(), Ok(layout));
    }
    assert!("aug2026".parse::<Layout>().is_err());
}

#[test]
fn the_first_block_of_october_moves_the_old_shares() {
    let mut state = State::default();
    let key = (AccountId::new([1; 32]), AccountId::new([2; 32]), 1);
    let share = crate::runtime::U64F64 { bits: 5 << 63 };
    Layout::Jun2026.begin(&mut state);
    subtensor::ALPHA.put(&mut state, key.clone(), share);
    Layout::Jun2026.begin(&mut state);
    assert!(subtensor::ALPHA.contains(&state, key.clone()));
    Layout::Oct2026.begin(&mut state);
    assert!(!subtensor::ALPHA.contains(&state, key.clone()));
    assert_eq!(subtensor::ALPHA_V2.get(&state, key), share.into());
    let last = system::LAST_RUNTIME_UPGRADE.find(&state, ()).unwrap();
    assert_eq!(last.spec_version.0, 475);
}
