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

/// The next one, or one right after that other where it sorts behind: clocks differ, and are set back.
pub(crate) fn after(other: &str) -> String {
    let id = next();
    match Ulid::from_string(other) {
        Ok(ahead) if id.as_str() <= other => {
            let millis = ahead.timestamp_ms().saturating_add(1);
            Ulid::from_parts(millis, Ulid::new().random()).to_string()
        }
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_sorts_after_another_whatever_the_clock_says() {
        let (before, now) = ("01HDB3Z6W8K7Q2M5N9P4R0S1TV", next());
        let ahead = "02JDB3Z6W8K7Q2M5N9P4R0S1TV";
        assert!(after(before) > now);
        assert!(after(ahead).as_str() > ahead);
        assert!(after(ahead).starts_with("02JDB3Z6W"), "and not far after");
    }

    #[test]
    fn ids_of_one_millisecond_sort_as_they_were_made() {
        let ids: Vec<_> = (0..10_000).map(|_| next()).collect();
        assert!(ids.is_sorted());
    }
}
