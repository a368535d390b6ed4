//! Who is whose childkey, from when on, and what childkeys keep for themselves.

mod relations;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use sp_runtime::DispatchResult;

use self::relations::Relations;
use super::{Context, ensure, ensure_owned};
use crate::{
    runtime::{
        AccountId, RuntimeEvent, oct2026,
        subtensor::{
            AUTO_PARENT_DELEGATION_ENABLED, CHILDKEY_TAKE, Call, Error, Event, MAX_CHILDKEY_TAKE,
            MIN_CHILDKEY_TAKE, MIN_CHILDKEY_TAKE_PER_SUBNET, NETWORKS_ADDED,
            PENDING_CHILD_KEY_COOLDOWN, PENDING_CHILD_KEYS, ROOT, STAKE_THRESHOLD,
            SUBNET_OWNER_HOTKEY, SUBTOKEN_ENABLED, TRANSACTION_KEY_LAST_BLOCK,
            TX_CHILDKEY_TAKE_RATE_LIMIT, UIDS, stake, subnets,
        },
    },
    state::State,
};

/// Blocks between two sets of children of a hotkey on a subnet.
const SET_CHILDREN_RATE_LIMIT: u64 = 150;

/// What is limited in rate, by its number in `TransactionKeyLastBlock`.
const CHILDREN: u16 = 0;
const TAKE: u16 = 1;

fn is_due(state: &State, key: (AccountId, u16, u16), limit: u64, now: u64) -> bool {
    let last = TRANSACTION_KEY_LAST_BLOCK.get(state, key);
    last == 0 || now.saturating_sub(last) >= limit
}

/// A call of a hotkey's owner.
pub(super) fn call(context: &mut Context<'_>, coldkey: &AccountId, call: &Call) -> DispatchResult {
    match call {
        Call::set_children {
            hotkey,
            netuid,
            children,
        } => set_children(context, coldkey, hotkey, *netuid, children),
        Call::set_childkey_take {
            hotkey,
            netuid,
            take,
        } => set_take(context, coldkey, hotkey, *netuid, *take),
        Call::set_auto_parent_delegation_enabled { hotkey, enabled } => {
            set_auto_delegation(context, coldkey, hotkey, *enabled)
        }
        _ => Ok(()),
    }
}

fn set_children(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    hotkey: &AccountId,
    netuid: u16,
    children: &[(u64, AccountId)],
) -> DispatchResult {
    let (state, now) = (&*context.state, context.block());
    let last = (hotkey.clone(), netuid, CHILDREN);
    let is_due = is_due(state, last.clone(), SET_CHILDREN_RATE_LIMIT, now);
    ensure(is_due, Error::TxRateLimitExceeded)?;
    ensure(netuid != ROOT, Error::RegistrationNotPermittedOnRootSubnet)?;
    ensure(NETWORKS_ADDED.get(state, (netuid,)), Error::SubnetNotExists)?;
    ensure_owned(state, coldkey, hotkey)?;
    let distinct: BTreeSet<_> = children.iter().map(|(_, child)| child).collect();
    ensure(distinct.len() == children.len(), Error::DuplicateChild)?;
    Relations::stored(state, hotkey, netuid)?.ensure_may_have(children)?;
    ensure(
        children.is_empty() || may_be_parent(state, hotkey, netuid),
        Error::NotEnoughStakeToSetChildkeys,
    )?;
    TRANSACTION_KEY_LAST_BLOCK.put(context.state, last, now);
    if !SUBTOKEN_ENABLED.get(context.state, (netuid,)) {
        apply(context, netuid, hotkey, children);
        return Ok(());
    }
    let children = children.to_vec();
    let cooldown = now.saturating_add(PENDING_CHILD_KEY_COOLDOWN.get(context.state, ()));
    let pending = (children.clone(), cooldown);
    PENDING_CHILD_KEYS.put(context.state, (netuid, hotkey.clone()), pending);
    let event = Event::SetChildrenScheduled(hotkey.clone(), netuid, cooldown, children);
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

/// Whether a hotkey has stake enough for children, its own alone; the subnet owner's needs none.
fn may_be_parent(state: &State, hotkey: &AccountId, netuid: u16) -> bool {
    has_parents_stake(state, hotkey)
        || SUBNET_OWNER_HOTKEY.find(state, (netuid,)).as_ref() == Some(hotkey)
}

fn has_parents_stake(state: &State, hotkey: &AccountId) -> bool {
    stake::worth(state, hotkey) >= STAKE_THRESHOLD.get(state, ())
}

/// Sets children at once, or leaves all as it is, in silence, where that contradicts what became
/// of others meanwhile.
fn apply(
    context: &mut Context<'_>,
    netuid: u16,
    hotkey: &AccountId,
    children: &[(u64, AccountId)],
) {
    let relations =
        Relations::with_children(context.state, hotkey, netuid, children).and_then(|relations| {
            relations.ensure_room(context.state, netuid)?;
            Ok(relations)
        });
    let Ok(relations) = relations else {
        return;
    };
    relations.write(context.state, netuid);
    let event = Event::SetChildren(hotkey.clone(), netuid, children.to_vec());
    context.deposit(RuntimeEvent::SubtensorModule(event));
}

/// Sets the children of a subnet whose cooldown is over, after its epoch.
pub(crate) fn apply_pending(context: &mut Context<'_>, netuid: u16) {
    let now = context.block();
    let is_open = SUBTOKEN_ENABLED.get(context.state, (netuid,));
    let pending = PENDING_CHILD_KEYS.under(context.state, (netuid,));
    let (due, _): (Vec<_>, Vec<_>) = pending
        .into_iter()
        .partition(|(_, (_, cooldown))| *cooldown < now || !is_open);
    for ((_, hotkey), (children, _)) in &due {
        let is_tested = !children.is_empty() && oct2026::tests_parents_late(context.state);
        if is_tested && !may_be_parent(context.state, hotkey, netuid) {
            continue;
        }
        apply(context, netuid, hotkey, children);
        if is_tested && has_parents_stake(context.state, hotkey) {
            oct2026::resume_parent(context.state, hotkey);
        }
    }
    for (key, _) in due {
        PENDING_CHILD_KEYS.kill(context.state, key);
    }
}

/// Forgets the children that wait, of a parent that unstaked too much to have them. October looks
/// at its stake when they are due.
pub(super) fn drop_pending(state: &mut State, hotkey: &AccountId) {
    if oct2026::tests_parents_late(state) || has_parents_stake(state, hotkey) {
        return;
    }
    for netuid in subnets::netuids(state) {
        PENDING_CHILD_KEYS.kill(state, (netuid, hotkey.clone()));
    }
}

fn least_take(state: &State, netuid: u16) -> u16 {
    MIN_CHILDKEY_TAKE
        .get(state, ())
        .max(MIN_CHILDKEY_TAKE_PER_SUBNET.get(state, (netuid,)))
}

fn set_take(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    hotkey: &AccountId,
    netuid: u16,
    take: u16,
) -> DispatchResult {
    let (state, now) = (&*context.state, context.block());
    ensure_owned(state, coldkey, hotkey)?;
    ensure(
        !oct2026::wants_subnet_for_take(state) || NETWORKS_ADDED.get(state, (netuid,)),
        Error::SubnetNotExists,
    )?;
    let least = least_take(state, netuid);
    let greatest = MAX_CHILDKEY_TAKE.get(state, ());
    let is_allowed = (least..=greatest).contains(&take);
    ensure(is_allowed, Error::InvalidChildkeyTake)?;
    let before = CHILDKEY_TAKE
        .get(state, (hotkey.clone(), netuid))
        .max(least);
    let limit = TX_CHILDKEY_TAKE_RATE_LIMIT.get(state, ());
    let last = (hotkey.clone(), netuid, TAKE);
    ensure(
        take <= before || is_due(state, last.clone(), limit, now),
        Error::TxChildkeyTakeRateLimitExceeded,
    )?;
    TRANSACTION_KEY_LAST_BLOCK.put(context.state, last, now);
    CHILDKEY_TAKE.put(context.state, (hotkey.clone(), netuid), take);
    let event = Event::ChildKeyTakeSet(hotkey.clone(), take);
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

/// Whether new subnets' owners become children of a root validator by themselves.
fn set_auto_delegation(
    context: &mut Context<'_>,
    coldkey: &AccountId,
    hotkey: &AccountId,
    enabled: bool,
) -> DispatchResult {
    ensure_owned(context.state, coldkey, hotkey)?;
    let is_on_root = UIDS.contains(context.state, (ROOT, hotkey.clone()));
    ensure(is_on_root, Error::HotKeyNotRegisteredInSubNet)?;
    AUTO_PARENT_DELEGATION_ENABLED.put(context.state, (hotkey.clone(),), enabled);
    let hotkey = hotkey.clone();
    let event = Event::AutoParentDelegationEnabledSet { hotkey, enabled };
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}

/// A call of root's, which limits all childkeys. The cooldown changes without an event.
pub(super) fn set_limit(context: &mut Context<'_>, call: &Call) {
    let state = &mut *context.state;
    let event = match *call {
        Call::sudo_set_tx_childkey_take_rate_limit { tx_rate_limit } => {
            TX_CHILDKEY_TAKE_RATE_LIMIT.put(state, (), tx_rate_limit);
            Event::TxChildKeyTakeRateLimitSet(tx_rate_limit)
        }
        Call::sudo_set_min_childkey_take { take } => {
            MIN_CHILDKEY_TAKE.put(state, (), take);
            Event::MinChildKeyTakeSet(take)
        }
        Call::sudo_set_max_childkey_take { take } => {
            MAX_CHILDKEY_TAKE.put(state, (), take);
            Event::MaxChildKeyTakeSet(take)
        }
        Call::set_pending_childkey_cooldown { cooldown } => {
            PENDING_CHILD_KEY_COOLDOWN.put(state, (), cooldown);
            return;
        }
        _ => return,
    };
    context.deposit(RuntimeEvent::SubtensorModule(event));
}

/// Moves a hotkey's children, parents and children that wait to another hotkey, and puts that in
/// its place where it waits to become a child.
pub(super) fn swap(
    state: &mut State,
    netuid: u16,
    old: &AccountId,
    new: &AccountId,
) -> Result<(), Error> {
    let relations = Relations::stored(state, old, netuid)?.rebind(state, netuid, new)?;
    if let Some(pending) = PENDING_CHILD_KEYS.find(state, (netuid, old.clone())) {
        relations.ensure_may_have(&pending.0)?;
        PENDING_CHILD_KEYS.kill(state, (netuid, old.clone()));
        PENDING_CHILD_KEYS.put(state, (netuid, new.clone()), pending);
    }
    relations.write(state, netuid);
    for (key, (mut children, cooldown)) in PENDING_CHILD_KEYS.under(state, (netuid,)) {
        if let Some(place) = children.iter().position(|(_, child)| child == old) {
            let (proportion, _) = children.remove(place);
            children.push((proportion, new.clone()));
            PENDING_CHILD_KEYS.put(state, key, (children, cooldown));
        }
    }
    Ok(())
}
