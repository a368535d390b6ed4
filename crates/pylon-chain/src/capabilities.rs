//! What is read of the chain, entry by entry, and how a runtime has each. An entry that is not in this list cannot
//! be read, and one that is and is read nowhere does not compile.

use std::fmt;
use std::marker::PhantomData;

use subxt::Metadata;

use crate::balances::{AccountInfo, StakeInfo};
use crate::certificates::NeuronCertificate;
use crate::childkeys::Relations;
use crate::decode::{
    AxonInfo, BeaconConfiguration, EpochConsensus, EventRecord, Layout, NeuronLite, Registration,
    SubnetPrice, Wire,
};
use crate::storage::StorageKey;
use crate::subnets::DynamicInfo;
use crate::terms::TimelockedCommit;

/// The newest runtime whose layouts are known.
const NEWEST_KNOWN: u32 = 475;

/// Storage whose values are read as `T`.
pub(crate) struct Entry<T> {
    pub(crate) pallet: &'static str,
    pub(crate) name: &'static str,
    reads: PhantomData<fn() -> T>,
}

/// A runtime API whose answers are read as `T`.
pub(crate) struct Api<T> {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    reads: PhantomData<fn() -> T>,
}

// Derived, these would ask the same of `T`.
impl<T> Copy for Entry<T> {}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Api<T> {}

impl<T> Clone for Api<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Wire> Entry<T> {
    const fn new(pallet: &'static str, name: &'static str) -> Self {
        Self {
            pallet,
            name,
            reads: PhantomData,
        }
    }

    /// The key of a plain value, and the prefix of a map.
    pub(crate) fn key(self) -> StorageKey {
        StorageKey::new(self.pallet, self.name)
    }

    /// `None`: the runtime has no such entry.
    pub(crate) fn layout(self, metadata: &Metadata) -> Option<Layout<T>> {
        Layout::of_value(metadata, self.pallet, self.name)
    }

    fn capability(self, metadata: &Metadata) -> Capability {
        Capability {
            place: self.pallet,
            name: self.name,
            reading: Reading::of(self.layout(metadata).as_ref().map(Layout::is_exact)),
        }
    }
}

impl<T: Wire> Api<T> {
    const fn new(name: &'static str, method: &'static str) -> Self {
        Self {
            name,
            method,
            reads: PhantomData,
        }
    }

    /// `None`: the runtime has no such API.
    pub(crate) fn layout(self, metadata: &Metadata) -> Option<Layout<T>> {
        Layout::of(metadata, self.name, self.method)
    }

    fn capability(self, metadata: &Metadata) -> Capability {
        Capability {
            place: self.name,
            name: self.method,
            reading: Reading::of(self.layout(metadata).as_ref().map(Layout::is_exact)),
        }
    }
}

/// How an entry is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The runtime declares the layout that is known.
    Exact,
    /// By name on every runtime: few of its fields are needed, whatever else there is.
    InPart,
    /// By name, because the runtime declares another layout than the known one.
    ByName,
    /// The runtime has no such entry, or does not take a call as it is known.
    Missing,
}

impl Reading {
    /// `exact`: `None` where there is no such entry.
    pub(crate) fn of(exact: Option<bool>) -> Self {
        match exact {
            Some(true) => Self::Exact,
            Some(false) => Self::ByName,
            None => Self::Missing,
        }
    }

    fn in_part(self) -> Self {
        match self {
            Self::Missing => Self::Missing,
            _ => Self::InPart,
        }
    }
}

/// A runtime API or a storage entry that is read, or a call that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// The API, or the pallet.
    pub place: &'static str,
    /// The API's method, the pallet's storage, or its call.
    pub name: &'static str,
    /// How it is read.
    pub reading: Reading,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place, self.name)
    }
}

/// What a runtime has of all that is read and called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which runtime.
    pub spec_version: u32,
    /// Every entry.
    pub entries: Vec<Capability>,
}

impl Report {
    /// Whether the runtime is newer than any that was known when this crate was written. It is then read as far
    /// as its metadata goes.
    pub fn is_newer_than_known(&self) -> bool {
        self.spec_version > NEWEST_KNOWN
    }

    /// Entries that are read so.
    pub fn read(&self, reading: Reading) -> impl Iterator<Item = &Capability> {
        self.entries
            .iter()
            .filter(move |entry| entry.reading == reading)
    }
}

macro_rules! reads {
    ($($kind:ident $constant:ident: $ty:ty = $place:ident . $name:ident $(as $part:ident)?;)+) => {
        $(pub(crate) const $constant: $kind<$ty> =
            $kind::new(stringify!($place), stringify!($name));)+

        /// How a runtime has each.
        pub(crate) fn capabilities(metadata: &Metadata) -> Vec<Capability> {
            // Not through the constants: one that nobody else uses is to be noticed.
            vec![$({
                let read = $kind::<$ty>::new(stringify!($place), stringify!($name));
                #[allow(unused_mut, reason = "most are read in whole")]
                let mut capability = read.capability(metadata);
                $(capability.reading = capability.reading.$part();)?
                capability
            },)+]
        }
    };
}

reads! {
    Api NEURONS_LITE: Vec<NeuronLite> = NeuronInfoRuntimeApi.get_neurons_lite;
    Api ALL_DYNAMIC_INFO: Vec<Option<DynamicInfo>> = SubnetInfoRuntimeApi.get_all_dynamic_info as in_part;
    Api DYNAMIC_INFO: Option<DynamicInfo> = SubnetInfoRuntimeApi.get_dynamic_info as in_part;
    Api ALPHA_PRICE: u64 = SwapRuntimeApi.current_alpha_price;
    Api ALL_ALPHA_PRICES: Vec<SubnetPrice> = SwapRuntimeApi.current_alpha_price_all;
    Api STAKE_OF_COLDKEY: Vec<StakeInfo> = StakeInfoRuntimeApi.get_stake_info_for_coldkey;
    Entry NETWORKS_ADDED: bool = SubtensorModule.NetworksAdded;
    Entry TEMPO: u16 = SubtensorModule.Tempo;
    Entry LAST_EPOCH_BLOCK: u64 = SubtensorModule.LastEpochBlock;
    Entry PENDING_EPOCH_AT: u64 = SubtensorModule.PendingEpochAt;
    Entry SUBNET_EPOCH_INDEX: u64 = SubtensorModule.SubnetEpochIndex;
    Entry BLOCKS_SINCE_LAST_STEP: u64 = SubtensorModule.BlocksSinceLastStep;
    Entry KEYS: [u8; 32] = SubtensorModule.Keys;
    Entry UIDS: u16 = SubtensorModule.Uids;
    Entry BLOCK_AT_REGISTRATION: u64 = SubtensorModule.BlockAtRegistration;
    Entry LAST_UPDATE: Vec<u64> = SubtensorModule.LastUpdate;
    Entry MECHANISMS: u8 = SubtensorModule.MechanismCountCurrent;
    Entry OWNER_HOTKEY: [u8; 32] = SubtensorModule.SubnetOwnerHotkey;
    Entry VALIDATOR_PERMITS: Vec<bool> = SubtensorModule.ValidatorPermit;
    Entry STAKE_THRESHOLD: u64 = SubtensorModule.StakeThreshold;
    Entry WEIGHTS_VERSION_KEY: u64 = SubtensorModule.WeightsVersionKey;
    Entry WEIGHTS_RATE_LIMIT: u64 = SubtensorModule.WeightsSetRateLimit;
    Entry MIN_ALLOWED_WEIGHTS: u16 = SubtensorModule.MinAllowedWeights;
    Entry MAX_WEIGHTS_LIMIT: u16 = SubtensorModule.MaxWeightsLimit;
    Entry COMMIT_REVEAL: bool = SubtensorModule.CommitRevealWeightsEnabled;
    Entry COMMIT_REVEAL_VERSION: u16 = SubtensorModule.CommitRevealWeightsVersion;
    Entry REVEAL_PERIOD: u64 = SubtensorModule.RevealPeriodEpochs;
    Entry EPOCH_CONSENSUS: EpochConsensus = SubtensorModule.SubnetEpochConsensus;
    Entry TIMELOCKED_COMMITS: Vec<TimelockedCommit> = SubtensorModule.TimelockedWeightCommits;
    Entry SUBNET_OWNER: [u8; 32] = SubtensorModule.SubnetOwner;
    Entry ALPHA_VALUES: (u16, u16) = SubtensorModule.AlphaValues;
    Entry ADMIN_FREEZE_WINDOW: u16 = SubtensorModule.AdminFreezeWindow;
    Entry SERVING_RATE_LIMIT: u64 = SubtensorModule.ServingRateLimit;
    Entry AXONS: AxonInfo = SubtensorModule.Axons;
    Entry CERTIFICATES: NeuronCertificate = SubtensorModule.NeuronCertificates;
    Entry EVM_ADDRESSES: ([u8; 20], u64) = SubtensorModule.AssociatedEvmAddress;
    Entry WEIGHTS: Vec<(u16, u16)> = SubtensorModule.Weights;
    Entry BONDS: Vec<(u16, u16)> = SubtensorModule.Bonds;
    Entry CHILDREN: Relations = SubtensorModule.ChildKeys;
    Entry PARENTS: Relations = SubtensorModule.ParentKeys;
    Entry PENDING_CHILDREN: (Relations, u64) = SubtensorModule.PendingChildKeys;
    Entry CHILDKEY_TAKES: u16 = SubtensorModule.ChildkeyTake;
    Entry SUSPENDED_PARENTS: () = SubtensorModule.ChildkeyThresholdSuspended;
    Entry COMMITTED: Registration = Commitments.CommitmentOf;
    Entry REVEALED: Vec<(Vec<u8>, u64)> = Commitments.RevealedCommitments;
    Entry BEACON: BeaconConfiguration = Drand.BeaconConfig as in_part;
    Entry LAST_STORED_ROUND: u64 = Drand.LastStoredRound;
    Entry ACCOUNT: AccountInfo = System.Account;
    Entry EVENTS: Vec<EventRecord> = System.Events as in_part;
    Entry NOW: u64 = Timestamp.Now;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Chain, ChainConfig, Runtime};

    fn runtime() -> Runtime {
        let read = async {
            let devnet = pylon_devnet::Devnet::builder().start().await.unwrap();
            let config = ChainConfig::new(devnet.ws_url().parse().unwrap());
            let chain = Chain::connect(config).await.unwrap();
            let runtime = chain.runtime_at(chain.genesis_hash()).await.unwrap();
            Runtime::clone(&runtime)
        };
        tokio::runtime::Runtime::new().unwrap().block_on(read)
    }

    /// Reads the bytes both ways, and demands the same.
    fn same<T: Wire + PartialEq + fmt::Debug>(
        ways: &(Runtime, Runtime),
        entry: Entry<T>,
        bytes: &[u8],
    ) {
        let exact = ways.0.stored(entry, bytes).ok();
        assert_eq!(exact, ways.1.stored(entry, bytes).ok(), "{}", entry.name);
    }

    #[test]
    fn whatever_the_bytes_both_ways_of_reading_say_the_same() {
        let runtime = runtime();
        let ways = (runtime.clone(), runtime.by_name());
        let bytes = proptest::collection::vec(0u8..12, 0..90);
        proptest!(ProptestConfig::with_cases(512), |(bytes in bytes)| {
            same(&ways, CERTIFICATES, &bytes);
            same(&ways, EVM_ADDRESSES, &bytes);
            same(&ways, WEIGHTS, &bytes);
            same(&ways, REVEALED, &bytes);
            same(&ways, COMMITTED, &bytes);
            same(&ways, ACCOUNT, &bytes);
            same(&ways, KEYS, &bytes);
            same(&ways, NETWORKS_ADDED, &bytes);
            same(&ways, LAST_STORED_ROUND, &bytes);
            same(&ways, VALIDATOR_PERMITS, &bytes);
            same(&ways, TIMELOCKED_COMMITS, &bytes);
            same(&ways, EVENTS, &bytes);
        });
    }
}
