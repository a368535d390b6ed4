//! Where the items of a list stand in a body, so that pages of it are cut out and not written again.

use bytes::Bytes;
use serde::Serialize;

use crate::load::{EncodeError, LoadError};

/// The places of the items in a body whose last member is their list.
pub(super) struct List {
    /// Where the first begins.
    start: usize,
    /// Where each ends; a comma stands between.
    ends: Vec<usize>,
}

impl List {
    /// Writes items into a body whose last member is an empty list.
    pub(super) fn write<T: Serialize>(
        empty: &impl Serialize,
        items: impl IntoIterator<Item = T>,
    ) -> Result<(Bytes, Self), LoadError> {
        let empty = serde_json::to_vec(empty).map_err(EncodeError::from)?;
        let head = empty.strip_suffix(b"]}").ok_or(EncodeError::List)?;
        let (start, mut text, mut ends) = (head.len(), head.to_vec(), Vec::new());
        for item in items {
            if !ends.is_empty() {
                text.push(b',');
            }
            serde_json::to_writer(&mut text, &item).map_err(EncodeError::from)?;
            ends.push(text.len());
        }
        text.extend_from_slice(b"]}");
        Ok((text.into(), Self { start, ends }))
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.ends.len() * size_of::<usize>()
    }

    /// The body with `limit` items from `first` on. An empty list has one page, which is empty.
    pub(super) fn page(
        &self,
        body: &[u8],
        first: usize,
        limit: usize,
        cursor: impl FnOnce(usize) -> String,
    ) -> Option<Bytes> {
        if first > 0 && first >= self.ends.len() {
            return None;
        }
        let next = first.saturating_add(limit).min(self.ends.len());
        let begin = match first.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => self.start,
        };
        let end = match next.checked_sub(1) {
            Some(last) => *self.ends.get(last)?,
            None => self.start,
        };
        let (head, items) = (body.get(..self.start)?, body.get(begin..end)?);
        let mut page = [head, items, b"]"].concat();
        if next < self.ends.len() {
            page.extend_from_slice(format!(",\"next_cursor\":\"{}\"", cursor(next)).as_bytes());
        }
        page.push(b'}');
        Some(page.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_are_cut_out_of_the_whole() {
        let (body, list) = List::write(&json!({"block": 7, "list": []}), ["a", "b", "c"]).unwrap();
        assert_eq!(body, &br#"{"block":7,"list":["a","b","c"]}"#[..]);
        let page = |first, limit| {
            let page = list.page(&body, first, limit, |next| format!("at{next}"))?;
            Some(String::from_utf8(page.to_vec()).unwrap())
        };
        for (first, limit, expected) in [
            (0, 2, r#"{"block":7,"list":["a","b"],"next_cursor":"at2"}"#),
            (2, 2, r#"{"block":7,"list":["c"]}"#),
            (1, 1, r#"{"block":7,"list":["b"],"next_cursor":"at2"}"#),
            (0, 3, r#"{"block":7,"list":["a","b","c"]}"#),
            (0, usize::MAX, r#"{"block":7,"list":["a","b","c"]}"#),
        ] {
            assert_eq!(
                page(first, limit).as_deref(),
                Some(expected),
                "{first} {limit}"
            );
        }
        assert_eq!(page(3, 1), None);
        let (body, list) = List::write(&json!({"list": []}), [0; 0]).unwrap();
        let page = list.page(&body, 0, 5, |_| String::new()).unwrap();
        assert_eq!((&body, page.as_ref()), (&page, &br#"{"list":[]}"#[..]));
        assert!(list.page(&body, 1, 5, |_| String::new()).is_none());
        assert!(List::write(&json!({"a": 1}), [0]).is_err());
    }
}
