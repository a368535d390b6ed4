//! Every metric of the service: the fields of one struct, whose doc comments are the HELP texts.

use std::sync::Arc;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use pylon_chain::{Chain, Endpoint};
use pylon_models::{JobKind, NetUid};
use pylon_storage::Job;

/// The labels that the dashboards of the original Pylon group by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    pub(crate) method: &'static str,
    /// The path's template, so that the set of values is bounded.
    pub(crate) path: String,
    pub(crate) status_code: u16,
    pub(crate) app_name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct TaskLabels {
    pub(crate) task: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OutcomeLabels {
    pub(crate) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ReadLabels {
    pub(crate) kind: &'static str,
    pub(crate) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct EndpointLabels {
    /// Without credentials.
    pub(crate) endpoint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct EndpointStateLabels {
    /// Without credentials.
    pub(crate) endpoint: String,
    pub(crate) state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct MethodLabels {
    pub(crate) method: String,
}

/// The labels that the dashboards of the original Pylon group by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FallbackLabels {
    pub(crate) reason: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) hotkey: &'static str,
}

/// The labels that the dashboards of the original Pylon group by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OperationLabels {
    pub(crate) operation: &'static str,
    pub(crate) status: &'static str,
    /// The node, without credentials.
    pub(crate) uri: String,
    /// Empty unless the operation is of one subnet, and that is known to exist: callers could name any.
    pub(crate) netuid: String,
    /// Who signs; empty for reads.
    pub(crate) hotkey: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct EncodingLabels {
    pub(crate) encoding: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StateLabels {
    pub(crate) state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct SubnetLabels {
    pub(crate) netuid: u16,
    pub(crate) mechanism: u8,
    pub(crate) hotkey: String,
}

/// The label that the dashboards of the original Pylon group by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct JobLabels {
    pub(crate) job_status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct TokenLabels {
    /// Whose token it is; empty for the token of open access.
    pub(crate) identity: String,
    /// What the configuration names it.
    pub(crate) token: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct SignedLabels {
    pub(crate) scheme: &'static str,
    pub(crate) outcome: &'static str,
}

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ty = $name:literal $(=> $make:expr)?;)+) => {
        /// The metrics. A clone counts into the same ones.
        #[derive(Clone)]
        pub(crate) struct Metrics {
            $($(#[doc = $help])+ pub(crate) $field: $kind,)+
            registry: Arc<Registry>,
        }

        #[cfg(test)]
        impl Metrics {
            /// The names that the metrics are registered under, each with its type.
            pub(crate) const NAMES: &[(&str, &str)] = &[$(($name, stringify!($kind))),+];
        }

        impl Default for Metrics {
            fn default() -> Self {
                let mut registry = Registry::default();
                $(
                    let $field: $kind = metrics!(@make $($make)?);
                    let help = concat!($($help),+).trim();
                    registry.register($name, help.strip_suffix('.').unwrap_or(help), $field.clone());
                )+
                Self { $($field,)+ registry: Arc::new(registry) }
            }
        }
    };
    (@make) => { Default::default() };
    (@make $make:expr) => { $make };
}

/// A histogram for each label set; they differ in nothing but their buckets.
type Histograms<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

metrics! {
    /// Requests answered.
    requests: Family<RequestLabels, Counter> = "pylon_requests";
    /// How long requests took until their answer stood, in seconds.
    request_duration: Histograms<RequestLabels> = "pylon_request_duration_seconds"
        => Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_1, 3.0, 14)));
    /// Requests that wait for their answer.
    requests_in_progress: Family<RequestLabels, Gauge> = "pylon_requests_in_progress";
    /// Requests refused because their token was shown more often than its limit allows.
    rate_limited: Family<TokenLabels, Counter> = "pylon_rate_limited";
    /// Requests to other neurons that were to be signed, by how it ended: signed, limited, refused or failed.
    signed_requests: Family<SignedLabels, Counter> = "pylon_signed_requests";
    /// Number of the best block.
    head_block: Gauge = "pylon_head_block";
    /// Number of the last finalized block.
    finalized_block: Gauge = "pylon_finalized_block";
    /// How long ago the best block was met, in milliseconds.
    head_age: Gauge = "pylon_head_age_milliseconds";
    /// Whether the chain is connected: 1 or 0.
    chain_connected: Gauge = "pylon_chain_connected";
    /// Subnets that are read at every block.
    subnets_kept_warm: Gauge = "pylon_subnets_kept_warm";
    /// Snapshots handed to requests: warm, from the cache, or read for them.
    snapshots: Family<OutcomeLabels, Counter> = "pylon_snapshots";
    /// Snapshots read from the chain, by how that ended.
    snapshot_reads: Family<OutcomeLabels, Counter> = "pylon_snapshot_reads";
    /// How long it took to read one snapshot from the chain, in seconds.
    snapshot_read_duration: Histogram = "pylon_snapshot_read_duration_seconds"
        => Histogram::new(exponential_buckets(0.001, 2.0, 14));
    /// Reads beside snapshots, by what was read and how it ended: cached, read, missing or failed.
    reads: Family<ReadLabels, Counter> = "pylon_reads";
    /// How long it took to read one thing beside snapshots from the chain, in seconds.
    read_duration: Histogram = "pylon_read_duration_seconds"
        => Histogram::new(exponential_buckets(0.001, 2.0, 14));
    /// Whether an endpoint is in that state, active, ready or resting: 1 or 0.
    endpoint_state: Family<EndpointStateLabels, Gauge> = "pylon_chain_endpoint_state";
    /// How often an endpoint was lost, or could not be reached.
    endpoint_failures: Family<EndpointLabels, Counter> = "pylon_chain_endpoint_failures";
    /// Round trips to the nodes, by JSON-RPC method.
    chain_requests: Family<MethodLabels, Counter> = "pylon_chain_requests";
    /// Round trips that ended in an error, by JSON-RPC method.
    chain_request_failures: Family<MethodLabels, Counter> = "pylon_chain_request_failures";
    /// How long round trips took all together, in milliseconds, by JSON-RPC method.
    chain_request_time: Family<MethodLabels, Counter> = "pylon_chain_request_milliseconds";
    /// How often a lost connection was opened again.
    chain_reconnects: Counter = "pylon_chain_reconnects";
    /// How long it took to read a thing from the chain, or to hand it an extrinsic, in seconds.
    operation_duration: Histograms<OperationLabels> = "pylon_bittensor_operation_duration_seconds"
        => Family::new_with_constructor(|| Histogram::new([
            0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
        ]));
    /// Reads that turned to an archive node because another one no longer had the state.
    fallbacks: Family<FallbackLabels, Counter> = "pylon_bittensor_fallback";
    /// Bodies compressed.
    compressions: Family<EncodingLabels, Counter> = "pylon_compressions";
    /// Jobs that write to the chain, by state.
    jobs: Family<StateLabels, Gauge> = "pylon_jobs";
    /// How long ago the oldest job was accepted that waits to be sent, in seconds; 0 when none does.
    jobs_oldest_queued: Gauge = "pylon_jobs_oldest_queued_seconds";
    /// How many blocks a hotkey has to wait before the chain takes weights of it again.
    blocks_until_allowed: Family<SubnetLabels, Gauge> = "pylon_weights_blocks_until_allowed";
    /// Commits whose reveal the chain did not make.
    reveals_missed: Counter = "pylon_weights_reveals_missed";
    /// How many rounds the chain's beacon is behind the chain's clock.
    drand_lag: Gauge = "pylon_drand_lag_rounds";
    /// By how much this machine's clock is ahead of the chain's, in milliseconds; negative when it is behind.
    clock_drift: Gauge = "pylon_clock_drift_milliseconds";
    /// How long it took from accepting weights to their end, in seconds.
    weights_job_duration: Histograms<JobLabels> = "pylon_apply_weights_job_duration_seconds"
        => Family::new_with_constructor(|| Histogram::new(exponential_buckets(1.0, 2.0, 16)));
    /// How long it took from accepting a commitment to its end, in seconds.
    commitment_job_duration: Histograms<JobLabels> = "pylon_set_commitment_job_duration_seconds"
        => Family::new_with_constructor(|| Histogram::new(exponential_buckets(1.0, 2.0, 16)));
    /// How long a node took to say whether it takes weights, in seconds.
    weights_attempt_duration: Histograms<OutcomeLabels> = "pylon_apply_weights_attempt_duration_seconds"
        => Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 14)));
    /// Background tasks that ended and were started again.
    task_restarts: Family<TaskLabels, Counter> = "pylon_task_restarts";
}

impl Metrics {
    /// The content type of [`Metrics::exposition`].
    pub(crate) const CONTENT_TYPE: &'static str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// A read of the chain has ended that began then. `netuid` is of a subnet that exists.
    pub(crate) fn chain_read(
        &self,
        operation: &'static str,
        is_ok: bool,
        node: &Endpoint,
        netuid: Option<NetUid>,
        began: Instant,
    ) {
        let labels = OperationLabels {
            operation,
            status: status(is_ok),
            uri: node.to_string(),
            netuid: netuid.map(|netuid| netuid.to_string()).unwrap_or_default(),
            hotkey: String::new(),
        };
        let duration = self.operation_duration.get_or_create(&labels);
        duration.observe(began.elapsed().as_secs_f64());
    }

    /// How often reads of a thing turned to an archive node.
    pub(crate) fn fallbacks_of(&self, operation: &'static str) -> Counter {
        self.fallbacks.get_or_create_owned(&FallbackLabels {
            reason: "state_unavailable",
            operation,
            hotkey: "",
        })
    }

    /// What was read, all through that chain, may have turned to an archive node.
    pub(crate) fn fell_back(&self, operation: &'static str, counting: &Chain) {
        let count = counting.fallbacks();
        if count > 0 {
            self.fallbacks_of(operation).inc_by(count);
        }
    }

    /// A node was given the extrinsic of a job, which began then, and took it or did not.
    pub(crate) fn job_sent(&self, job: &Job, is_ok: bool, node: &Endpoint, began: Instant) {
        let labels = OperationLabels {
            operation: match job.receipt.kind {
                JobKind::Weights => "submit_weights",
                JobKind::Commitment => "submit_commitment",
                JobKind::Certificate => "submit_certificate",
                JobKind::Hyperparameter => "submit_hyperparameter",
            },
            status: status(is_ok),
            uri: node.to_string(),
            netuid: job.receipt.netuid.to_string(),
            hotkey: job.hotkey.to_string(),
        };
        let duration = self.operation_duration.get_or_create(&labels);
        duration.observe(began.elapsed().as_secs_f64());
    }

    /// Every metric in the OpenMetrics text format.
    pub(crate) fn exposition(&self) -> String {
        let mut text = String::new();
        // Writing into a `String` cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

const fn status(is_ok: bool) -> &'static str {
    if is_ok { "success" } else { "error" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doc_comment_of_a_metric_is_its_help_text() {
        let metrics = Metrics::default();
        metrics
            .task_restarts
            .get_or_create(&TaskLabels { task: "chain" })
            .inc();
        let text = metrics.exposition();
        assert!(text.contains(
            "# HELP pylon_task_restarts Background tasks that ended and were started again.\n"
        ));
        assert!(text.contains("# TYPE pylon_snapshot_read_duration_seconds histogram\n"));
        assert!(text.contains("pylon_task_restarts_total{task=\"chain\"} 1\n"));
    }
}
