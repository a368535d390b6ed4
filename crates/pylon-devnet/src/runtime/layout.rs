//! Layouts: which runtime a state belongs to.
//!
//! As in a real chain the state itself says so: what stands at `:code` is what runs on it. Here that
//! is a layout's name instead of a runtime.

mod described;
mod translate;

use std::{fmt, str::FromStr};

use codec::Compact;
use pylon_models::Retry;

pub(crate) use described::{Described, describe, described};
pub(crate) use translate::{encode_events, knows};

use super::{
    oct2026,
    system::{LAST_RUNTIME_UPGRADE, LastRuntimeUpgradeInfo},
    version,
};
use crate::state::State;

/// Raw key of the runtime.
const CODE: &[u8] = b":code";

/// Whose metadata, indices and rules a chain has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// Subtensor of June 2026, spec 425: checked byte for byte against the real one.
    #[default]
    Jun2026,
    /// Subtensor of October 2026, spec 475: June's and what is known to have changed.
    Oct2026,
}

/// A text that names no layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no layout: jun2026 or oct2026")]
pub struct UnknownLayout(String);

impl UnknownLayout {
    /// Whether the same text can succeed later.
    pub const fn retry(&self) -> Retry {
        Retry::Never
    }
}

impl Layout {
    /// Every layout, the oldest first.
    pub const ALL: [Self; 2] = [Self::Jun2026, Self::Oct2026];

    const fn name(self) -> &'static str {
        match self {
            Self::Jun2026 => "jun2026",
            Self::Oct2026 => "oct2026",
        }
    }

    /// Version of the runtime.
    pub(crate) const fn spec_version(self) -> u32 {
        match self {
            Self::Jun2026 => 425,
            Self::Oct2026 => oct2026::SPEC_VERSION,
        }
    }

    /// The layout of the runtime that runs on a state: June's where nothing else is said.
    pub(crate) fn of(state: &State) -> Self {
        let code = state.get(CODE).unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|layout| layout.name().as_bytes() == code)
            .unwrap_or_default()
    }

    /// Makes it the one that runs on a state from now on.
    pub(crate) fn install(self, state: &mut State) {
        state.put(CODE, self.name().as_bytes());
    }

    /// What a runtime does when its first block begins: says that it is there, and moves what the one
    /// before it kept elsewhere.
    pub(crate) fn begin(self, state: &mut State) {
        let version = version(self);
        let spec_version = Compact(version.spec_version);
        let last = LAST_RUNTIME_UPGRADE.find(state, ());
        if last.is_some_and(|last| last.spec_version == spec_version) {
            return;
        }
        let spec_name = version.spec_name;
        LAST_RUNTIME_UPGRADE.put(
            state,
            (),
            LastRuntimeUpgradeInfo {
                spec_version,
                spec_name,
            },
        );
        if self == Self::Oct2026 {
            oct2026::migrate(state);
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|layout| layout.name() == text)
            .ok_or_else(|| UnknownLayout(text.to_owned()))
    }
}
