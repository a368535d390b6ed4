use std::collections::BTreeSet;

use codec::Encode;
use serde_json::Value;
use sp_runtime::BoundedVec;

use super::*;
use crate::runtime::{
    commitments::REVEALED_COMMITMENTS,
    drand::{OLDEST_STORED_ROUND, PULSES, Pulse},
    oct2026::RevealFailure,
};

const WHO: AccountId = AccountId::new([1; 32]);
const ROUND: u64 = 1_000;

fn registered(layout: Layout) -> State {
    let mut state = State::default();
    layout.install(&mut state);
    NETWORKS_ADDED.put(&mut state, (1,), true);
    UIDS.put(&mut state, (1, WHO), 3);
    state
}

fn info(fields: Vec<Data>) -> CommitmentInfo {
    CommitmentInfo {
        fields: BoundedVec::truncate_from(fields),
    }
}

fn commit(state: &mut State, fields: Vec<Data>) -> Result<Vec<RuntimeEvent>, Error> {
    let mut events = Vec::new();
    let mut context = Context {
        state,
        events: &mut events,
    };
    let all = [
        Error::AccountNotAllowedCommit,
        Error::SpaceLimitExceeded,
        Error::TimelockRevealFailedNotAllowed,
    ];
    set_commitment(&mut context, &WHO, 1, &info(fields)).map_err(|error| {
        let same = |candidate: &Error| sp_runtime::DispatchError::from(candidate.clone()) == error;
        all.into_iter().find(same).unwrap()
    })?;
    Ok(events)
}

/// Something sealed for quicknet's round 1000, and that round's pulse.
fn sealed() -> (Vec<u8>, Vec<u8>, Pulse) {
    let file = include_str!("../../../../tests/fixtures/timelock.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    let case = cases.last().unwrap();
    let bytes = |name: &str| hex::decode(case[name].as_str().unwrap()).unwrap();
    let pulse = Pulse {
        round: ROUND,
        randomness: BoundedVec::new(),
        signature: BoundedVec::truncate_from(bytes("signature")),
    };
    (bytes("sealed"), bytes("content"), pulse)
}

fn timelocked(encrypted: Vec<u8>) -> Data {
    Data::TimelockEncrypted {
        encrypted: BoundedVec::truncate_from(encrypted),
        reveal_round: ROUND,
    }
}

/// What a block opens, and what it says.
fn revealed(state: &mut State) -> Vec<RuntimeEvent> {
    let mut events = Vec::new();
    reveal(&mut Context {
        state,
        events: &mut events,
    });
    events
}

fn failure(error: RevealFailure) -> RuntimeEvent {
    RuntimeEvent::Commitments(Event::CommitmentRevealFailed {
        netuid: 1,
        who: WHO,
        reveal_round: ROUND,
        error,
    })
}

#[test]
fn a_field_that_does_not_open_is_forgotten_in_june_and_kept_as_failed_in_october() {
    let (.., pulse) = sealed();
    for layout in Layout::ALL {
        let mut state = registered(layout);
        commit(&mut state, vec![timelocked(vec![7; 300])]).unwrap();
        assert_eq!(revealed(&mut state), []);
        PULSES.put(&mut state, (ROUND,), pulse.clone());
        let events = revealed(&mut state);
        let kept = COMMITMENT_OF.find(&state, (1, WHO));
        assert_eq!(TIMELOCKED_INDEX.get(&state, ()), BTreeSet::new());
        match layout {
            Layout::Jun2026 => {
                assert_eq!((events, kept), (vec![], None));
            }
            Layout::Oct2026 => {
                assert_eq!(events, [failure(RevealFailure::CiphertextDeserialize)]);
                assert!(is_failed(&kept.unwrap().info.fields[0]));
                assert_eq!(revealed(&mut state), []);
            }
        }
    }
}

#[test]
fn a_round_whose_pulse_is_gone_is_over_in_october_and_awaited_for_ever_in_june() {
    for layout in Layout::ALL {
        let mut state = registered(layout);
        commit(&mut state, vec![timelocked(sealed().0)]).unwrap();
        OLDEST_STORED_ROUND.put(&mut state, (), ROUND);
        assert_eq!(revealed(&mut state), []);
        OLDEST_STORED_ROUND.put(&mut state, (), ROUND + 1);
        let said = match layout {
            Layout::Jun2026 => vec![],
            Layout::Oct2026 => vec![failure(RevealFailure::PulseExpired)],
        };
        assert_eq!(revealed(&mut state), said);
    }
}

#[test]
fn october_opens_what_has_the_round_around_it_too() {
    let (encrypted, content, pulse) = sealed();
    let enclosed = (encrypted, ROUND).encode();
    for layout in Layout::ALL {
        let mut state = registered(layout);
        PULSES.put(&mut state, (ROUND,), pulse.clone());
        commit(&mut state, vec![timelocked(enclosed.clone())]).unwrap();
        revealed(&mut state);
        let opened = REVEALED_COMMITMENTS.find(&state, (1, WHO));
        let expected = match layout {
            Layout::Jun2026 => None,
            Layout::Oct2026 => Some(vec![(content.clone(), 0)]),
        };
        assert_eq!(opened, expected);
    }
}

#[test]
fn what_stands_beside_a_sealed_field_stays_and_ten_revealed_texts_are_kept() {
    let (encrypted, content, pulse) = sealed();
    let mut state = registered(Layout::Jun2026);
    PULSES.put(&mut state, (ROUND,), pulse);
    MAX_SPACE.put(&mut state, (), 100_000);
    for nth in 0..12u32 {
        system::NUMBER.put(&mut state, (), nth);
        let fields = vec![Data::Sha256([7; 32]), timelocked(encrypted.clone())];
        commit(&mut state, fields).unwrap();
        assert_eq!(revealed(&mut state).len(), 1);
    }
    let kept = COMMITMENT_OF.find(&state, (1, WHO)).unwrap();
    assert_eq!(kept.info, info(vec![Data::Sha256([7; 32])]));
    let opened = REVEALED_COMMITMENTS.find(&state, (1, WHO)).unwrap();
    let expected: Vec<_> = (2..12).map(|block| (content.clone(), block)).collect();
    assert_eq!(opened, expected);
}

#[test]
fn space_is_counted_by_epoch_and_a_failed_field_cannot_be_sent() {
    let mut state = registered(Layout::Oct2026);
    MAX_SPACE.put(&mut state, (), 250);
    let short = || vec![Data::None];
    commit(&mut state, short()).unwrap();
    commit(&mut state, short()).unwrap();
    assert_eq!(commit(&mut state, short()), Err(Error::SpaceLimitExceeded));
    SUBNET_EPOCH_INDEX.put(&mut state, (1,), 1);
    commit(&mut state, short()).unwrap();
    let failed = Data::TimelockRevealFailed {
        encrypted: BoundedVec::new(),
        reveal_round: 1,
    };
    let refused = commit(&mut state, vec![failed]);
    assert_eq!(refused, Err(Error::TimelockRevealFailedNotAllowed));
}

#[test]
fn a_flag_resets_the_bonds_on_its_sender_where_the_subnet_lets_it() {
    let mut state = registered(Layout::Jun2026);
    let row = vec![(3, 100), (4, 200)];
    BONDS.put(&mut state, (1, 0), row.clone());
    commit(&mut state, vec![Data::ResetBondsFlag]).unwrap();
    assert_eq!(BONDS.get(&state, (1, 0)), row);
    BONDS_RESET_ON.put(&mut state, (1,), true);
    commit(&mut state, vec![Data::ResetBondsFlag]).unwrap();
    assert_eq!(BONDS.get(&state, (1, 0)), [(4, 200)]);
}

#[test]
fn octobers_pool_knows_who_may_commit() {
    let call = Call::set_commitment {
        netuid: 1,
        info: Box::new(info(vec![])),
    };
    let mut state = registered(Layout::Oct2026);
    let stranger = AccountId::new([2; 32]);
    assert_eq!(check(&state, &WHO, &call), Ok(()));
    let refused = check(&state, &stranger, &call);
    assert_eq!(refused, Err(SubtensorError::HotKeyNotRegisteredInSubNet));
    NETWORKS_ADDED.kill(&mut state, (1,));
    let refused = check(&state, &stranger, &call);
    assert_eq!(refused, Err(SubtensorError::SubnetNotExists));
    assert_eq!(
        check(&registered(Layout::Jun2026), &stranger, &call),
        Ok(())
    );
}
