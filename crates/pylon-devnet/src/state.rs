//! The node's state: one ordered map of raw keys to raw values.
//!
//! The map is persistent: a clone shares its structure with the original, so every kept block owns
//! its whole state for the price of what that block changed.

use std::sync::Arc;

use imbl::OrdMap;

type Bytes = Arc<[u8]>;

/// One block's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    entries: OrdMap<Bytes, Bytes>,
}

impl State {
    /// The value at `key`, if there is one.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.entries.get(key).map(AsRef::as_ref)
    }

    /// Writes `value` at `key`.
    pub(crate) fn put(&mut self, key: &[u8], value: &[u8]) {
        self.entries.insert(key.into(), value.into());
    }

    /// Removes `key`.
    pub(crate) fn kill(&mut self, key: &[u8]) {
        self.entries.remove(key);
    }

    /// Removes every key that starts with `prefix`.
    pub(crate) fn kill_prefix(&mut self, prefix: &[u8]) {
        let keys = self.iter_prefix(prefix).map(|(key, _)| key.to_vec());
        for key in keys.collect::<Vec<_>>() {
            self.kill(&key);
        }
    }

    /// Every entry whose key starts with `prefix`, in key order.
    pub(crate) fn iter_prefix<'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.iter_from(prefix)
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Every entry at or after `start`, in key order.
    pub(crate) fn iter_from<'a>(
        &'a self,
        start: &[u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let start: Bytes = start.into();
        self.entries
            .range(start..)
            .map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    /// The keys whose values differ between `before` and `self`, with their values here.
    pub(crate) fn changes_since<'a>(
        &'a self,
        before: &'a Self,
    ) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        use imbl::ordmap::DiffItem;
        before.entries.diff(&self.entries).map(|item| match item {
            DiffItem::Add(key, value) => (key.as_ref(), Some(value.as_ref())),
            DiffItem::Update {
                new: (key, value), ..
            } => (key.as_ref(), Some(value.as_ref())),
            DiffItem::Remove(key, _) => (key.as_ref(), None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn a_clone_keeps_its_values_when_the_original_changes() {
        let mut state = State::default();
        state.put(b"a", b"1");
        let past = state.clone();
        state.put(b"a", b"2");
        state.put(b"b", b"3");
        assert_eq!(past.get(b"a"), Some(&b"1"[..]));
        assert_eq!(past.get(b"b"), None);
        let changes: Vec<_> = state.changes_since(&past).collect();
        assert_eq!(
            changes,
            [(&b"a"[..], Some(&b"2"[..])), (&b"b"[..], Some(&b"3"[..]))]
        );
    }

    #[test]
    fn a_prefix_lists_its_own_keys_only_and_in_order() {
        let mut state = State::default();
        for key in ["ab", "aa", "b", "a"] {
            state.put(key.as_bytes(), b"");
        }
        let keys: Vec<_> = state
            .iter_prefix(b"a")
            .map(|(key, _)| key.to_vec())
            .collect();
        assert_eq!(keys, [b"a".to_vec(), b"aa".to_vec(), b"ab".to_vec()]);
    }
}
