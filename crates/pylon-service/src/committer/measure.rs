//! What the metrics tell of jobs.

use pylon_chain::WeightsTerms;
use pylon_models::{Hotkey, JobKind, JobState, MechId, NetUid, Timestamp};
use pylon_storage::Job;

use crate::metrics::{JobLabels, Metrics, StateLabels, SubnetLabels};

impl Metrics {
    /// How many jobs there are in each state.
    pub(super) fn tell_jobs(&self, counts: &[(JobState, u64)]) {
        for state in JobState::ALL {
            let count = counts.iter().find(|(counted, _)| counted == state);
            let count = count.map_or(0, |(_, count)| *count);
            let labels = StateLabels {
                state: state.as_str(),
            };
            self.jobs
                .get_or_create(&labels)
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Since when the oldest job waits.
    pub(super) fn tell_oldest(&self, oldest: Option<Timestamp>) {
        let waits = oldest.map_or(0, |oldest| oldest.elapsed().as_secs());
        self.jobs_oldest_queued
            .set(i64::try_from(waits).unwrap_or(i64::MAX));
    }

    /// What the chain says of a hotkey's weights.
    pub(super) fn tell_terms(
        &self,
        netuid: NetUid,
        mechanism: MechId,
        hotkey: &Hotkey,
        terms: &WeightsTerms,
    ) {
        let labels = SubnetLabels {
            netuid: netuid.get(),
            mechanism: mechanism.get(),
            hotkey: hotkey.to_string(),
        };
        let left = terms.earliest_block.since(terms.block.number.next());
        self.blocks_until_allowed
            .get_or_create(&labels)
            .set(left.into());
        if let Some(beacon) = &terms.beacon {
            let due = beacon.round_at(terms.timestamp_millis, std::time::Duration::ZERO);
            let lag = due.saturating_sub(terms.last_round);
            self.drand_lag.set(i64::try_from(lag).unwrap_or(i64::MAX));
        }
    }

    /// A job is over.
    pub(super) fn job_ended(&self, job: &Job) {
        let state = job.state();
        if state == JobState::RevealMissed {
            self.reveals_missed.inc();
        }
        let labels = JobLabels {
            job_status: state.as_str(),
        };
        let duration = match job.receipt.kind {
            JobKind::Weights => &self.weights_job_duration,
            JobKind::Commitment => &self.commitment_job_duration,
            JobKind::Certificate | JobKind::Hyperparameter => return,
        };
        duration
            .get_or_create(&labels)
            .observe(job.receipt.created_at.elapsed().as_secs_f64());
    }
}
