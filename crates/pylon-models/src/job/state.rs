use super::receipt::CommitMode;
use crate::names::names;

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
