//! Which layout type infos describe, and decoding reads.
//!
//! Type info is a function of the type alone, and June and October share their types. So whoever
//! builds metadata says first, for its thread, whose it is to be.

use std::cell::Cell;

use super::Layout;

/// What type infos describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Described {
    /// A layout, as its metadata has it.
    Layout(Layout),
    /// Every variant, by the index that our own codec gives it.
    Codec,
}

impl Described {
    /// Whether what October added belongs to it.
    pub(crate) fn has_later(self) -> bool {
        self != Self::Layout(Layout::Jun2026)
    }
}

thread_local! {
    static DESCRIBED: Cell<Described> = const { Cell::new(Described::Layout(Layout::Jun2026)) };
}

/// What type infos describe now.
pub(crate) fn described() -> Described {
    DESCRIBED.get()
}

/// Runs `build` while type infos describe something else.
pub(crate) fn describe<T>(what: Described, build: impl FnOnce() -> T) -> T {
    struct Restore(Described);
    impl Drop for Restore {
        fn drop(&mut self) {
            DESCRIBED.set(self.0);
        }
    }
    let _restore = Restore(DESCRIBED.replace(what));
    build()
}
