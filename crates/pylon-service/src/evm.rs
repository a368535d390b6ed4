//! Logs of contracts on the chain's EVM: asked for anew each time, since ranges and ABIs are the caller's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pylon_chain::{Evm, EvmAbi, EvmConfig, EvmError};
use pylon_models::EvmAddress;
use pylon_models::unstable::EvmLogsBody;
use tokio::sync::Semaphore;

use crate::load::{LoadError, in_time};
use crate::metrics::{Metrics, ReadLabels};
use crate::tasks::Tasks;

/// How many ranges are read at a time: each may be many megabytes.
const AT_A_TIME: usize = 4;

/// The logs of one chain.
#[derive(Clone)]
pub(crate) struct EvmLogs {
    evm: Evm,
    places: Arc<Semaphore>,
    /// How long one read may take: as long as any request may.
    limit: Duration,
    tasks: Tasks,
    metrics: Metrics,
}

/// Which logs, and what they are decoded with.
#[derive(Clone, Debug)]
pub(crate) struct Logs {
    pub(crate) contract: EvmAddress,
    pub(crate) from_block: u64,
    pub(crate) to_block: u64,
    pub(crate) abi: EvmAbi,
}

impl EvmLogs {
    pub(crate) fn new(
        config: &EvmConfig,
        limit: Duration,
        tasks: Tasks,
        metrics: Metrics,
    ) -> Result<Self, EvmError> {
        Ok(Self {
            evm: Evm::new(config)?,
            places: Arc::new(Semaphore::new(AT_A_TIME)),
            limit,
            tasks,
            metrics,
        })
    }

    /// The body of the answer.
    pub(crate) async fn read(&self, asked: Logs) -> Result<Bytes, LoadError> {
        let began = Instant::now();
        let read = in_time(self.limit, self.fetch(asked)).await;
        let labels = ReadLabels {
            kind: "evm_logs",
            outcome: if read.is_ok() { "read" } else { "failed" },
        };
        self.metrics.reads.get_or_create(&labels).inc();
        let duration = began.elapsed().as_secs_f64();
        self.metrics.read_duration.observe(duration);
        read
    }

    async fn fetch(&self, asked: Logs) -> Result<Bytes, LoadError> {
        let _place = self.places.acquire().await;
        let (from, to) = (asked.from_block, asked.to_block);
        let logs = self.evm.logs(asked.contract, from, to).await?;
        let decoded = self.tasks.block(move || {
            let body = EvmLogsBody {
                logs: asked.abi.decode(&logs)?,
                from_block: from,
                to_block: to,
            };
            Ok(serde_json::to_vec(&body)?.into())
        });
        decoded.await.ok_or(LoadError::Ending)?
    }
}
