//! Which neuron gives way on a full subnet.

use crate::{
    runtime::subtensor::{
        BLOCK_AT_REGISTRATION, EMISSION, IMMUNE_OWNER_UIDS_LIMIT, IMMUNITY_PERIOD, KEYS,
        MIN_NON_IMMUNE_UIDS, OWNER, SUBNET_OWNER, SUBNET_OWNER_HOTKEY, SUBNETWORK_N, UIDS,
    },
    state::State,
};

/// A neuron that may give way: the least one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    emission: u64,
    registered: u64,
    uid: u16,
}

/// The uid to reuse, none where every neuron stays.
pub(super) fn candidate(state: &State, netuid: u16, block: u64) -> Option<u16> {
    let immortal = immortal_uids(state, netuid);
    let emission = EMISSION.get(state, (netuid,));
    let immunity = u64::from(IMMUNITY_PERIOD.get(state, (netuid,)));
    let mortal = (0..SUBNETWORK_N.get(state, (netuid,)))
        .filter(|uid| KEYS.contains(state, (netuid, *uid)) && !immortal.contains(uid))
        .map(|uid| Candidate {
            emission: emission.get(usize::from(uid)).copied().unwrap_or(0),
            registered: BLOCK_AT_REGISTRATION.get(state, (netuid, uid)),
            uid,
        })
        .partition(|neuron| block.saturating_sub(neuron.registered) < immunity);
    choose(mortal, MIN_NON_IMMUNE_UIDS.get(state, (netuid,)).into())
}

/// The least of the others while more than `floor` of them are left, else the least immune one.
fn choose((immune, others): (Vec<Candidate>, Vec<Candidate>), floor: usize) -> Option<u16> {
    let others = (others.len() > floor).then_some(others);
    others
        .and_then(|others| others.into_iter().min())
        .or_else(|| immune.into_iter().min())
        .map(|neuron| neuron.uid)
}

/// Neurons that their owner keeps from pruning: the subnet owner's hotkey, then the longest
/// registered of its coldkey, so many as the subnet allows.
fn immortal_uids(state: &State, netuid: u16) -> Vec<u16> {
    let limit = usize::from(IMMUNE_OWNER_UIDS_LIMIT.get(state, (netuid,)));
    let owner = SUBNET_OWNER.get(state, (netuid,));
    let mut owned: Vec<(u64, u16)> = (0..SUBNETWORK_N.get(state, (netuid,)))
        .filter(|uid| {
            KEYS.find(state, (netuid, *uid))
                .and_then(|hotkey| OWNER.find(state, (hotkey,)))
                .is_some_and(|coldkey| coldkey == owner)
        })
        .map(|uid| (BLOCK_AT_REGISTRATION.get(state, (netuid, uid)), uid))
        .collect();
    owned.sort_unstable();
    owned.truncate(limit);
    let mut uids: Vec<u16> = owned.into_iter().map(|(_, uid)| uid).collect();
    let first = SUBNET_OWNER_HOTKEY
        .find(state, (netuid,))
        .and_then(|hotkey| UIDS.find(state, (netuid, hotkey)))
        .filter(|uid| !uids.contains(uid));
    if let Some(uid) = first {
        uids.insert(0, uid);
        uids.truncate(limit);
    }
    uids
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::AccountId;

    const BLOCK: u64 = 10_000;

    fn account(role: u8, uid: u16) -> AccountId {
        let [a, b] = uid.to_le_bytes();
        let mut bytes = [role; 32];
        bytes[30..].copy_from_slice(&[a, b]);
        AccountId::new(bytes)
    }

    /// A subnet of neurons with that emission and block of registration, none of them the owner's.
    fn subnet(neurons: &[(u64, u64)], immunity: u16, floor: u16) -> State {
        let mut state = State::default();
        let size = u16::try_from(neurons.len()).unwrap();
        SUBNETWORK_N.put(&mut state, (1,), size);
        IMMUNITY_PERIOD.put(&mut state, (1,), immunity);
        MIN_NON_IMMUNE_UIDS.put(&mut state, (1,), floor);
        SUBNET_OWNER.put(&mut state, (1,), account(9, 9));
        let emission = neurons.iter().map(|(emission, _)| *emission).collect();
        EMISSION.put(&mut state, (1,), emission);
        for (uid, (_, registered)) in (0u16..).zip(neurons) {
            let hotkey = account(1, uid);
            KEYS.put(&mut state, (1, uid), hotkey.clone());
            UIDS.put(&mut state, (1, hotkey.clone()), uid);
            OWNER.put(&mut state, (hotkey,), account(2, uid));
            BLOCK_AT_REGISTRATION.put(&mut state, (1, uid), *registered);
        }
        state
    }

    #[test]
    fn emission_comes_first_then_age_then_uid() {
        let prune = |neurons: &[(u64, u64)]| candidate(&subnet(neurons, 10, 0), 1, BLOCK);
        assert_eq!(prune(&[(5, 1), (4, 9), (5, 1)]), Some(1));
        assert_eq!(prune(&[(5, 3), (5, 2), (5, 3)]), Some(1));
        assert_eq!(prune(&[(5, 2), (5, 2), (5, 2)]), Some(0));
        assert_eq!(prune(&[]), None);
    }

    #[test]
    fn immune_neurons_give_way_only_when_too_few_others_are_left() {
        let neurons = [(0, BLOCK - 5), (7, 1), (8, 1)];
        let prune = |floor| candidate(&subnet(&neurons, 10, floor), 1, BLOCK);
        assert_eq!(prune(1), Some(1));
        assert_eq!(prune(2), Some(0));
        // Immunity ends with its last block.
        let mortal = candidate(&subnet(&neurons, 5, 0), 1, BLOCK);
        assert_eq!(mortal, Some(0));
        let none_immune = candidate(&subnet(&neurons[1..], 10, 2), 1, BLOCK);
        assert_eq!(none_immune, None);
    }

    #[test]
    fn the_owner_keeps_its_hotkey_and_so_many_others_as_allowed() {
        let mut state = subnet(&[(0, 1), (1, 2), (2, 3), (3, 4)], 10, 0);
        for uid in [0, 1, 2] {
            OWNER.put(&mut state, (account(1, uid),), account(9, 9));
        }
        assert_eq!(candidate(&state, 1, BLOCK), Some(1));
        SUBNET_OWNER_HOTKEY.put(&mut state, (1,), account(1, 2));
        assert_eq!(candidate(&state, 1, BLOCK), Some(0));
        IMMUNE_OWNER_UIDS_LIMIT.put(&mut state, (1,), 2);
        assert_eq!(candidate(&state, 1, BLOCK), Some(1));
        IMMUNE_OWNER_UIDS_LIMIT.put(&mut state, (1,), 3);
        assert_eq!(candidate(&state, 1, BLOCK), Some(3));
    }

    proptest! {
        #[test]
        fn nobody_who_may_give_way_is_below_the_one_who_does(
            neurons in prop::collection::vec((0u64..6, BLOCK - 20..BLOCK), 0..24),
            immunity in 0u16..25,
            floor in 0u16..12,
        ) {
            let state = subnet(&neurons, immunity, floor);
            let immune = |uid: usize| BLOCK - neurons[uid].1 < u64::from(immunity);
            let others = (0..neurons.len()).filter(|uid| !immune(*uid)).count();
            let from_immune = others <= usize::from(floor);
            match candidate(&state, 1, BLOCK) {
                None => prop_assert!(from_immune && others == neurons.len()),
                Some(uid) => {
                    let uid = usize::from(uid);
                    prop_assert_eq!(immune(uid), from_immune);
                    for rival in 0..neurons.len() {
                        if immune(rival) == from_immune {
                            prop_assert!((neurons[uid], uid) <= (neurons[rival], rival));
                        }
                    }
                }
            }
        }
    }
}
