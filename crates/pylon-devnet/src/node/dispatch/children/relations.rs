//! A hotkey's children and parents on one subnet, and how both sides of them are written.

use std::collections::BTreeMap;

use crate::{
    node::dispatch::ensure,
    runtime::{
        AccountId, oct2026,
        subtensor::{CHILD_KEYS, Error, PARENT_KEYS},
    },
    state::State,
    storage::{Blake2_128Concat, Default, Entry, Identity, Part},
};

/// Most children of a hotkey on a subnet.
const MAX_CHILDREN: usize = 5;

/// The other ends of relations, each after its proportion of u64::MAX, as they are stored.
type Row = Vec<(u64, AccountId)>;

/// Children by parent, or parents by child, on each subnet.
type Rows = Entry<(Part<Blake2_128Concat, AccountId>, Part<Identity, u16>), Row, Default<Row>>;

/// The other ends of a hotkey's relations of one kind, and their proportions.
type Ends = BTreeMap<AccountId, u64>;

/// A hotkey's relations on a subnet, which do not contradict each other.
pub(super) struct Relations {
    hotkey: AccountId,
    children: Ends,
    parents: Ends,
}

/// The ends that are not the hotkey itself.
fn others(hotkey: &AccountId, row: &[(u64, AccountId)]) -> Ends {
    row.iter()
        .filter(|(_, end)| end != hotkey)
        .map(|(proportion, end)| (end.clone(), *proportion))
        .collect()
}

fn ensure_total(children: &Ends) -> Result<(), Error> {
    let total: u128 = children.values().copied().map(u128::from).sum();
    ensure(total <= u64::MAX.into(), Error::ProportionOverflow)
}

fn ensure_apart(children: &Ends, parents: &Ends) -> Result<(), Error> {
    let overlap = children.keys().any(|child| parents.contains_key(child));
    ensure(!overlap, Error::ChildParentInconsistency)
}

/// Changes a row; an empty one goes.
fn change(state: &mut State, rows: &Rows, key: (AccountId, u16), change: impl FnOnce(&mut Row)) {
    let mut row = rows.get(state, key.clone());
    change(&mut row);
    if row.is_empty() {
        rows.kill(state, key);
    } else {
        rows.put(state, key, row);
    }
}

fn link(row: &mut Row, end: &AccountId, proportion: u64) {
    match row.iter_mut().find(|(_, other)| other == end) {
        Some((old, _)) => *old = proportion,
        None => row.push((proportion, end.clone())),
    }
}

fn unlink(row: &mut Row, end: &AccountId) {
    row.retain(|(_, other)| other != end);
}

impl Relations {
    /// What is stored of a hotkey.
    pub(super) fn stored(state: &State, hotkey: &AccountId, netuid: u16) -> Result<Self, Error> {
        let children = CHILD_KEYS.get(state, (hotkey.clone(), netuid));
        Self::with_children(state, hotkey, netuid, &children)
    }

    /// What is stored of a hotkey, but with these children.
    pub(super) fn with_children(
        state: &State,
        hotkey: &AccountId,
        netuid: u16,
        children: &[(u64, AccountId)],
    ) -> Result<Self, Error> {
        let children = others(hotkey, children);
        ensure_total(&children)?;
        let parents = PARENT_KEYS.get(state, (hotkey.clone(), netuid));
        let parents = others(hotkey, &parents);
        ensure_apart(&children, &parents)?;
        Ok(Self {
            hotkey: hotkey.clone(),
            children,
            parents,
        })
    }

    /// Whether the hotkey could have these children instead.
    pub(super) fn ensure_may_have(&self, children: &[(u64, AccountId)]) -> Result<(), Error> {
        let is_own = children.iter().any(|(_, child)| *child == self.hotkey);
        ensure(!is_own, Error::InvalidChild)?;
        let children = others(&self.hotkey, children);
        ensure(children.len() <= MAX_CHILDREN, Error::TooManyChildren)?;
        ensure_total(&children)?;
        ensure_apart(&children, &self.parents)
    }

    /// Whether each child has this parent already, or room for one more.
    pub(super) fn ensure_room(&self, state: &State, netuid: u16) -> Result<(), Error> {
        for child in self.children.keys() {
            let parents = PARENT_KEYS.get(state, (child.clone(), netuid));
            let is_known = parents.iter().any(|(_, parent)| *parent == self.hotkey);
            let has_room = oct2026::has_room_for_parent(state, parents.len());
            ensure(is_known || has_room, Error::ChildParentInconsistency)?;
        }
        Ok(())
    }

    /// Writes them in place of what is stored of the hotkey, and the other ends' side as well.
    pub(super) fn write(&self, state: &mut State, netuid: u16) {
        self.write_ends(state, netuid, &self.children, [&CHILD_KEYS, &PARENT_KEYS]);
        self.write_ends(state, netuid, &self.parents, [&PARENT_KEYS, &CHILD_KEYS]);
    }

    /// Writes one side to the hotkey's own rows and to the far ones.
    fn write_ends(&self, state: &mut State, netuid: u16, ends: &Ends, [own, far]: [&Rows; 2]) {
        let key = (self.hotkey.clone(), netuid);
        let before = own.get(state, key.clone());
        change(state, own, key, |row| {
            let ends = ends.iter();
            *row = ends.map(|(end, share)| (*share, end.clone())).collect();
        });
        for (end, proportion) in ends {
            let key = (end.clone(), netuid);
            change(state, far, key, |row| link(row, &self.hotkey, *proportion));
        }
        for (_, end) in before {
            if !ends.contains_key(&end) {
                change(state, far, (end, netuid), |row| unlink(row, &self.hotkey));
            }
        }
    }

    /// Takes them from the hotkey that they are of, for another, of which they are to be written.
    pub(super) fn rebind(
        mut self,
        state: &mut State,
        netuid: u16,
        to: &AccountId,
    ) -> Result<Self, Error> {
        for (ends, rows) in [(&self.children, &PARENT_KEYS), (&self.parents, &CHILD_KEYS)] {
            for end in ends.keys() {
                let key = (end.clone(), netuid);
                change(state, rows, key, |row| unlink(row, &self.hotkey));
            }
        }
        // As in the real pallet, an empty list stays where the children were.
        CHILD_KEYS.put(state, (self.hotkey.clone(), netuid), Vec::new());
        PARENT_KEYS.kill(state, (self.hotkey.clone(), netuid));
        let is_end = self.children.contains_key(to) || self.parents.contains_key(to);
        ensure(!is_end, Error::InvalidChild)?;
        self.hotkey = to.clone();
        Ok(self)
    }
}
