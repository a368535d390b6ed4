//! The EVM side of a block, as far as logs go: no contract runs here, a test says what one logged.

mod header;
mod rlp;

use std::{collections::VecDeque, sync::Arc};

use codec::Encode;
use pylon_models::Retry;
use sp_core::{Bytes, H160};
use sp_crypto_hashing::keccak_256;

pub(crate) use self::header::{EvmBlock, GAS_LIMIT, NO_UNCLES};
use crate::runtime::Hash;

/// The chain id of a local subtensor.
pub(crate) const CHAIN_ID: u64 = 42;
/// Topics that the EVM lets a log have.
const MAX_TOPICS: usize = 4;
/// Logs that may wait for a block.
const MAX_WAITING: usize = 20_000;
/// Bytes of data that they may have in all.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A log, as a contract emits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvmLog {
    /// The contract.
    pub address: [u8; 20],
    /// Four at most; the first is the event's signature.
    pub topics: Vec<[u8; 32]>,
    /// The fields that are not indexed, ABI-encoded.
    pub data: Vec<u8>,
}

/// Why logs are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogsError {
    /// One has too many topics.
    #[error("a log has four topics at most")]
    Topics,
    /// Too much waits for the next block.
    #[error("too many logs wait for a block")]
    Full,
}

impl LogsError {
    /// Whether the same call can succeed later.
    pub fn retry(self) -> Retry {
        match self {
            Self::Topics => Retry::Never,
            Self::Full => Retry::Backoff,
        }
    }
}

/// A log in a block.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) address: H160,
    pub(crate) topics: Vec<Hash>,
    pub(crate) data: Bytes,
}

impl From<EvmLog> for Log {
    fn from(log: EvmLog) -> Self {
        Self {
            address: log.address.into(),
            topics: log.topics.into_iter().map(Hash::from).collect(),
            data: log.data.into(),
        }
    }
}

/// What one made-up transaction logged.
#[derive(Debug)]
pub(crate) struct Emission {
    /// Hash of the transaction.
    pub(crate) transaction: Hash,
    /// Its logs in order.
    pub(crate) logs: Vec<Log>,
}

impl Emission {
    fn new(logs: Vec<EvmLog>, nonce: u64) -> Self {
        let content: Vec<_> = logs
            .iter()
            .map(|log| (&log.address, &log.topics, &log.data))
            .collect();
        Self {
            transaction: keccak_256(&(nonce, content).encode()).into(),
            logs: logs.into_iter().map(Log::from).collect(),
        }
    }

    fn bytes(&self) -> usize {
        self.logs.iter().map(|log| log.data.len()).sum()
    }
}

/// What waits for the next block.
#[derive(Debug, Default)]
pub(crate) struct Emissions {
    waiting: VecDeque<Arc<Emission>>,
    made: u64,
}

impl Emissions {
    /// Takes logs, as those of one transaction, and returns its hash.
    pub(crate) fn add(&mut self, logs: Vec<EvmLog>) -> Result<Hash, LogsError> {
        if logs.iter().any(|log| log.topics.len() > MAX_TOPICS) {
            return Err(LogsError::Topics);
        }
        let count = |emissions: &VecDeque<Arc<Emission>>| -> usize {
            emissions.iter().map(|emission| emission.logs.len()).sum()
        };
        let bytes: usize = self.waiting.iter().map(|waiting| waiting.bytes()).sum();
        let new: usize = logs.iter().map(|log| log.data.len()).sum();
        // Each transaction counts as a log: one without any is not free.
        let number = count(&self.waiting) + self.waiting.len() + logs.len();
        if number >= MAX_WAITING || bytes + new > MAX_BYTES {
            return Err(LogsError::Full);
        }
        self.made += 1;
        let emission = Arc::new(Emission::new(logs, self.made));
        let hash = emission.transaction;
        self.waiting.push_back(emission);
        Ok(hash)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Hands out what waits.
    pub(crate) fn take(&mut self) -> Vec<Arc<Emission>> {
        std::mem::take(&mut self.waiting).into()
    }

    /// Takes back what a block held that is no longer canonical, before what waits.
    pub(crate) fn put_back(&mut self, emissions: &[Arc<Emission>]) {
        for emission in emissions.iter().rev() {
            self.waiting.push_front(Arc::clone(emission));
        }
    }
}
