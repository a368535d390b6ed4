//! A devnet on which //Alice validates, and what becomes of her calls.

use codec::Encode;
use pylon_chain::storage::StorageKey;
use pylon_chain::{Call, Chain, KeyPair, Outcome, Signed, SubmitError};
use pylon_devnet::{Devnet, Layout, World};
use pylon_models::{BlockRef, Hotkey, MechId, NetUid, Uid};

use crate::devnet::connect;

pub(crate) const LAYOUTS: [Layout; 2] = [Layout::Jun2026, Layout::Oct2026];
pub(crate) const NETUID: NetUid = NetUid::new(1);
const WORLD: World = World::Dev {
    neurons: 8,
    subnets: 1,
    seed: 1,
};

pub(crate) fn second() -> MechId {
    MechId::try_from(1).unwrap()
}

pub(crate) fn alice() -> Hotkey {
    key("Alice").hotkey()
}

pub(crate) fn key(name: &str) -> KeyPair {
    KeyPair::dev(name).unwrap()
}

pub(crate) fn subtensor(entry: &str) -> StorageKey {
    StorageKey::new("SubtensorModule", entry)
}

pub(crate) fn of_subnet(entry: &str) -> StorageKey {
    subtensor(entry).identity(&NETUID.get())
}

/// Weights of uids 2 and 3 in the open.
pub(crate) fn set(mechanism: MechId) -> Call {
    Call::SetWeights {
        netuid: NETUID,
        mechanism,
        uids: vec![Uid::new(2), Uid::new(3)],
        values: vec![7, 14],
        version_key: 0,
    }
}

pub(crate) fn commit(mechanism: MechId, reveal_round: u64) -> Call {
    Call::CommitTimelocked {
        netuid: NETUID,
        mechanism,
        commit: vec![7; 300],
        reveal_round,
        version: 4,
    }
}

pub(crate) fn commit_hash(mechanism: MechId, hash: [u8; 32]) -> Call {
    Call::CommitHash {
        netuid: NETUID,
        mechanism,
        hash,
    }
}

/// How a call ended: well, refused by the pool, or failed in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Well,
    InPool(String),
    InBlock(String),
}

impl End {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Well => "",
            Self::InPool(name) | Self::InBlock(name) => name,
        }
    }
}

pub(crate) struct Stage {
    pub(crate) devnet: Devnet,
    pub(crate) chain: Chain,
    pub(crate) layout: Layout,
}

impl Stage {
    /// Two mechanisms, no rate limit.
    pub(crate) async fn start(layout: Layout) -> Self {
        let builder = Devnet::builder().world(WORLD).layout(layout);
        let devnet = builder.start().await.unwrap();
        devnet.new_blocks(1).await.unwrap();
        let chain = connect(&devnet).await;
        let stage = Self {
            devnet,
            chain,
            layout,
        };
        let count = subtensor("MechanismCountCurrent").twox_64_concat(&NETUID.get());
        stage.put(count, 2u8).await;
        stage.rate(0, [0; 8]).await;
        stage
    }

    pub(crate) async fn put(&self, key: StorageKey, value: impl Encode) {
        let change = (key.as_bytes().to_vec(), Some(value.encode()));
        self.devnet.set_storage(vec![change]).await.unwrap();
    }

    /// Blocks between two weights, and when each neuron last had any.
    pub(crate) async fn rate(&self, limit: u64, updates: [u64; 8]) {
        self.put(of_subnet("WeightsSetRateLimit"), limit).await;
        for index in [1u16, 4097] {
            let key = subtensor("LastUpdate").identity(&index);
            self.put(key, updates.to_vec()).await;
        }
    }

    pub(crate) async fn commit_reveal(&self, on: bool) {
        self.put(of_subnet("CommitRevealWeightsEnabled"), on).await;
    }

    /// Has the subnet's epoch due in the next block.
    pub(crate) async fn trigger_epoch(&self) {
        let next = u64::from(self.devnet.best().0 + 1);
        self.put(of_subnet("PendingEpochAt"), next).await;
    }

    pub(crate) async fn head(&self) -> BlockRef {
        self.chain.latest().await.unwrap()
    }

    pub(crate) async fn block(&self) -> BlockRef {
        self.devnet.new_blocks(1).await.unwrap();
        self.head().await
    }

    pub(crate) async fn sign(&self, call: &Call, key: &KeyPair) -> Signed {
        let head = self.head().await;
        let nonce = self.chain.nonce(&key.hotkey(), head).await.unwrap();
        self.chain.sign(call, key, nonce, head).await.unwrap()
    }

    pub(crate) async fn submit(&self, signed: &Signed) -> Result<(), SubmitError> {
        self.chain.submit(signed.call, &signed.bytes).await
    }

    /// Has //Alice make a call in a block of its own.
    pub(crate) async fn make(&self, call: &Call) -> End {
        self.make_as(call, &key("Alice")).await
    }

    pub(crate) async fn make_as(&self, call: &Call, key: &KeyPair) -> End {
        let signed = self.sign(call, key).await;
        match self.submit(&signed).await {
            Err(SubmitError::Refused(refusal)) => return End::InPool(refusal.name),
            other => other.unwrap(),
        }
        let block = self.block().await;
        let outcomes = self.chain.outcomes(block, &[signed.hash]).await.unwrap();
        match outcomes[0].clone().unwrap() {
            Outcome::Succeeded => End::Well,
            Outcome::Failed { error } => End::InBlock(error),
        }
    }
}
