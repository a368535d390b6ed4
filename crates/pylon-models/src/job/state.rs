use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::receipt::CommitMode;

/// The text names nothing in this closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {what}")]
pub struct UnknownName {
    what: &'static str,
    found: String,
}

impl UnknownName {
    pub(crate) fn new(what: &'static str, found: &str) -> Self {
        Self {
            what,
            found: found.to_owned(),
        }
    }
}

macro_rules! names {
    ($(#[$meta:meta])* $name:ident is $what:literal { $($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it stands in bodies and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownName::new($what, text)),
                }
            }
        }
    };
}
pub(crate) use names;

names! {
    /// What a job writes to the chain.
    JobKind is "kind of job" {
        /// A validator's weights for one mechanism of a subnet.
        Weights = "weights",
        /// What a neuron commits beside weights, in the open or timelocked.
        Commitment = "commitment",
        /// The TLS key of a neuron, served with its axon.
        Certificate = "certificate",
        /// A hyperparameter, set by the owner of the subnet.
        Hyperparameter = "hyperparameter",
    }
}

names! {
    /// How far a job has come.
    ///
    /// The only ways on are those that [`JobState::may_become`] tells.
    JobState is "state of a job" {
        /// Accepted and kept; nothing was sent, or what was sent is known to be lost.
        Queued = "queued",
        /// An extrinsic was written down and sent; no block with it is known yet.
        Submitted = "submitted",
        /// A block of the best chain holds the extrinsic, and it succeeded there.
        Included = "included",
        /// That block is final. The end for what needs no reveal.
        Finalized = "finalized",
        /// The commit was revealed on chain.
        Revealed = "revealed",
        /// The epoch in which the commit should have been revealed went by without it.
        RevealMissed = "reveal_missed",
        /// A newer job for the same weights took its place before anything was sent.
        Superseded = "superseded",
        /// Taken back by its owner before anything was sent.
        Cancelled = "cancelled",
        /// The chain refuses it for good; the receipt names the error.
        Failed = "failed",
        /// It could not be done in its time.
        Expired = "expired",
    }
}

impl JobState {
    /// Whether a job may go from this state to that one.
    pub const fn may_become(self, next: Self) -> bool {
        use JobState::{
            Cancelled, Expired, Failed, Finalized, Included, Queued, RevealMissed, Revealed,
            Submitted, Superseded,
        };
        matches!(
            (self, next),
            (Queued, Submitted | Superseded | Cancelled)
                | (Submitted, Included | Queued)
                | (Included, Finalized | Submitted)
                | (Finalized, Revealed | RevealMissed)
                | (Queued | Submitted | Included, Failed | Expired)
        )
    }

    /// How far along the way to success a state lies.
    pub(crate) const fn progress(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Submitted => 1,
            Self::Included => 2,
            Self::Finalized => 3,
            Self::Revealed
            | Self::RevealMissed
            | Self::Superseded
            | Self::Cancelled
            | Self::Failed
            | Self::Expired => 4,
        }
    }

    /// Whether a job in this state is over. What commits is over only when its reveal is known.
    pub const fn is_terminal(self, mode: Option<CommitMode>) -> bool {
        match self {
            Self::Queued | Self::Submitted | Self::Included => false,
            Self::Finalized => !matches!(mode, Some(mode) if mode.is_revealed_later()),
            Self::Revealed
            | Self::RevealMissed
            | Self::Superseded
            | Self::Cancelled
            | Self::Failed
            | Self::Expired => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_is_over_goes_nowhere_and_every_other_can_end() {
        for &from in JobState::ALL {
            let next: Vec<_> = JobState::ALL
                .iter()
                .filter(|&&to| from.may_become(to))
                .collect();
            assert_eq!(
                next.is_empty(),
                from.is_terminal(Some(CommitMode::Timelocked)),
                "{from} goes on to {next:?}"
            );
            assert!(!from.may_become(from));
        }
        assert!(JobState::Finalized.is_terminal(Some(CommitMode::Plain)));
        assert!(JobState::Finalized.is_terminal(None));
    }

    #[test]
    fn a_submitted_job_is_never_superseded_or_taken_back() {
        for late in [JobState::Submitted, JobState::Included, JobState::Finalized] {
            assert!(!late.may_become(JobState::Superseded));
            assert!(!late.may_become(JobState::Cancelled));
        }
    }

    #[test]
    fn names_read_back_as_what_they_name() {
        for &state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(
                serde_json::to_string(&state).unwrap(),
                format!("\"{state}\"")
            );
        }
        assert_eq!(
            "done".parse::<JobState>().unwrap_err().to_string(),
            "\"done\" is no state of a job"
        );
    }
}
