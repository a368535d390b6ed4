//! Ids that sort in the order in which this process made them.

use std::sync::{Mutex, PoisonError};

use ulid::{Generator, Ulid};

static GENERATOR: Mutex<Generator> = Mutex::new(Generator::new());

/// The next one, as text.
pub(crate) fn next() -> String {
    let mut generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    generator
        .generate()
        // Only after 2^80 ids within one millisecond; the random ones that follow are unique all the same.
        .unwrap_or_else(|_| Ulid::new())
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_sort_as_they_were_made() {
        let ids: Vec<_> = (0..10_000).map(|_| next()).collect();
        assert!(ids.is_sorted());
    }
}
