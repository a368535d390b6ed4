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
        let waits = oldest.map_or(0, |oldest| {
            let millis = Timestamp::now().unix_millis() - oldest.unix_millis();
            millis / 1_000
        });
        self.jobs_oldest_queued.set(waits);
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
        let next = terms.block.number.get().saturating_add(1);
        let left = terms.earliest_block.get().saturating_sub(next);
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
        let millis = Timestamp::now()
            .unix_millis()
            .saturating_sub(job.receipt.created_at.unix_millis());
        let took = u64::try_from(millis).unwrap_or_default();
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
            .observe(std::time::Duration::from_millis(took).as_secs_f64());
    }
}
