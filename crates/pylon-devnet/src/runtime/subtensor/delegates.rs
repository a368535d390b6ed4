//! `DelegateInfoRuntimeApi`: hotkeys that take stake from others.

use std::collections::BTreeMap;

use codec::Compact;

use super::{
    shares::{stake_with, value_of},
    *,
};
use crate::{
    runtime::{AccountId, U64F64},
    state::State,
};

scale_struct! {
    /// A hotkey that takes stake from others.
    "pallet_subtensor::rpc_info::delegate_info" DelegateInfo {
        delegate_ss58: AccountId,
        take: Compact<u16>,
        nominators: Vec<(AccountId, Vec<(Compact<u16>, Compact<u64>)>)>,
        owner_ss58: AccountId,
        registrations: Vec<Compact<u16>>,
        validator_permits: Vec<Compact<u16>>,
        return_per_1000: Compact<u64>,
        total_daily_return: Compact<u64>,
    }
}

/// A delegate, and where a coldkey staked how much to it.
pub(crate) type Delegated = (DelegateInfo, (Compact<u16>, Compact<u64>));

/// `get_delegates`.
pub(crate) fn delegates(state: &State) -> Vec<DelegateInfo> {
    DELEGATES
        .iter(state)
        .into_iter()
        .map(|((hotkey,), _)| {
            let nominators = nominators(state, &hotkey);
            delegate_info(state, hotkey, nominators)
        })
        .collect()
}

/// `get_delegate`.
pub(crate) fn delegate(state: &State, hotkey: AccountId) -> Option<DelegateInfo> {
    DELEGATES.contains(state, (hotkey.clone(),)).then(|| {
        let nominators = nominators(state, &hotkey);
        delegate_info(state, hotkey, nominators)
    })
}

/// `get_delegated`: a row for each stake, whose delegate comes without its nominators.
pub(crate) fn delegated(state: &State, coldkey: AccountId) -> Vec<Delegated> {
    DELEGATES
        .iter(state)
        .into_iter()
        .flat_map(|((hotkey,), _)| {
            let of_coldkey = (hotkey.clone(), coldkey.clone());
            let older = ALPHA.under(state, of_coldkey.clone());
            let newer = ALPHA_V2.under(state, of_coldkey);
            let mut netuids: Vec<_> = older
                .into_iter()
                .map(|((.., netuid), _)| netuid)
                .chain(newer.into_iter().map(|((.., netuid), _)| netuid))
                .collect();
            netuids.sort_unstable();
            netuids.dedup();
            netuids
                .into_iter()
                .map(move |netuid| (hotkey.clone(), netuid))
        })
        .map(|(hotkey, netuid)| {
            let stake = stake_with(state, &hotkey, &coldkey, netuid);
            let delegate = delegate_info(state, hotkey, BTreeMap::new());
            (delegate, (Compact(netuid), Compact(stake)))
        })
        .collect()
}

type Nominators = BTreeMap<AccountId, BTreeMap<u16, u64>>;

/// What each coldkey has staked to a hotkey, by subnet.
fn nominators(state: &State, hotkey: &AccountId) -> Nominators {
    let newer = ALPHA_V2.under(state, (hotkey.clone(),));
    let older = ALPHA.under(state, (hotkey.clone(),)).into_iter();
    let shares = newer
        .into_iter()
        .chain(older.map(|(key, share)| (key, share.into())));
    let mut nominators = Nominators::new();
    for ((_, coldkey, netuid), share) in shares {
        if share.mantissa > 0 && NETWORKS_ADDED.contains(state, (netuid,)) {
            let value = value_of(state, hotkey, netuid, share);
            nominators.entry(coldkey).or_default().insert(netuid, value);
        }
    }
    nominators
}

fn delegate_info(state: &State, hotkey: AccountId, nominators: Nominators) -> DelegateInfo {
    let registrations: Vec<_> = IS_NETWORK_MEMBER
        .under(state, (hotkey.clone(),))
        .into_iter()
        .filter(|(_, member)| *member)
        .map(|((_, netuid), _)| netuid)
        .collect();
    let uids = || {
        registrations.iter().filter_map(|netuid| {
            let uid = UIDS.find(state, (*netuid, hotkey.clone()))?;
            Some((*netuid, usize::from(uid)))
        })
    };
    let daily = uids()
        .map(|(netuid, uid)| daily_emission(state, netuid, uid))
        .fold(U64F64::ZERO, U64F64::plus);
    let take = DELEGATES.get(state, (hotkey.clone(),));
    let on_root = TOTAL_HOTKEY_ALPHA.get(state, (hotkey.clone(), ROOT));
    DelegateInfo {
        take: Compact(take),
        nominators: nominators
            .into_iter()
            .map(|(coldkey, stakes)| {
                let stakes = stakes.into_iter();
                let stakes = stakes.map(|(netuid, stake)| (Compact(netuid), Compact(stake)));
                (coldkey, stakes.collect())
            })
            .collect(),
        owner_ss58: OWNER.get(state, (hotkey.clone(),)),
        validator_permits: uids()
            .filter(|(netuid, uid)| {
                let permits = VALIDATOR_PERMIT.get(state, (*netuid,));
                permits.get(*uid).copied().unwrap_or(false)
            })
            .map(|(netuid, _)| Compact(netuid))
            .collect(),
        return_per_1000: Compact(return_per_1000(take, on_root, daily)),
        total_daily_return: Compact(daily.floor()),
        registrations: registrations.iter().copied().map(Compact).collect(),
        delegate_ss58: hotkey,
    }
}

/// What a neuron got in its last epoch, times the epochs of a day of 7200 blocks, rao.
fn daily_emission(state: &State, netuid: u16, uid: usize) -> U64F64 {
    let emission = EMISSION.get(state, (netuid,)).get(uid).copied();
    let tempo = U64F64::whole(TEMPO.get(state, (netuid,)).into());
    U64F64::whole(emission.unwrap_or(0)).times(U64F64::whole(7_200).over(tempo))
}

/// What is left of `daily` after the take, for 1000 TAO of the stake on root, rao.
fn return_per_1000(take: u16, on_root: u64, daily: U64F64) -> u64 {
    let take = U64F64::whole(take.into()).over(U64F64::whole(u16::MAX.into()));
    let thousands = U64F64::whole(on_root).over(U64F64::whole(1_000_000_000_000));
    let left = daily.times(U64F64::ONE.minus(take));
    left.over(thousands).floor()
}
