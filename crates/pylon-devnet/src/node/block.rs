//! Making a block: from a parent and its state to the next of both.

use std::{collections::BTreeSet, sync::Arc};

use codec::{Compact, Encode};
use sp_runtime::{
    Digest, DigestItem, StateVersion,
    traits::{BlakeTwo256, Hash as _},
    transaction_validity::{InvalidTransaction, TransactionValidityError as Invalidity},
};

use super::{
    chain::{AURA, Block, Snapshot, View},
    dispatch::{
        self, Context, Origin, balances,
        fee::{self, MAX_NORMAL_LENGTH},
    },
    extrinsic::{self, Site, Transaction},
    pulses,
};
use crate::{
    beacon::Beacon,
    evm::{Emission, EvmBlock},
    runtime::{
        Hash, Header, RuntimeCall, RuntimeEvent,
        layout::{self, Layout},
        system::{self, BLOCK_HASH_COUNT, EventRecord, Pays, Phase},
        timestamp, transaction_payment,
    },
    state::State,
    world::{self, World},
};

/// A block in the making.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    parent: &'a View,
    header: Header,
    state: State,
    events: Vec<EventRecord>,
    extrinsics: Vec<Arc<[u8]>>,
    length: usize,
    /// Whose runtime makes it.
    layout: Layout,
    emissions: Vec<Arc<Emission>>,
}

impl<'a> Draft<'a> {
    /// Starts the block after the best one, `step` milliseconds later and as many more for each
    /// slot in which nobody made one.
    pub(crate) fn begin(parent: &'a View, world: &World, step: u64, skipped: u64) -> Self {
        let state = parent.best_snapshot().state.clone();
        let number = parent.best().number().saturating_add(1);
        let parent_hash = parent.best().hash;
        let slots = skipped.saturating_add(1);
        let before = timestamp::NOW.get(&state, ());
        let now = before.saturating_add(step.saturating_mul(slots));
        // Counted from the parent's, so that a new block time never takes the slots back.
        let slot = parent.best().slot().unwrap_or(before / step.max(1));
        let slot = slot.saturating_add(slots);
        let digest = Digest {
            logs: vec![DigestItem::PreRuntime(AURA, slot.encode())],
        };
        let header = Header {
            parent_hash,
            number,
            state_root: Hash::zero(),
            extrinsics_root: Hash::zero(),
            digest,
        };
        let mut draft = Self {
            layout: Layout::of(&state),
            parent,
            header,
            state,
            events: Vec::new(),
            extrinsics: Vec::new(),
            length: 0,
            emissions: Vec::new(),
        };
        draft.initialize(world);
        draft.set_time(now);
        draft
    }

    fn initialize(&mut self, world: &World) {
        let number = self.header.number;
        let state = &mut self.state;
        system::NUMBER.put(state, (), number);
        system::DIGEST.put(state, (), self.header.digest.clone());
        system::PARENT_HASH.put(state, (), self.header.parent_hash);
        system::BLOCK_HASH.put(state, (number.saturating_sub(1),), self.header.parent_hash);
        system::EVENTS.kill(state, ());
        system::EVENT_COUNT.kill(state, ());
        self.layout.begin(state);
        for event in world::advance(state, world) {
            self.events.push(record(Phase::Initialization, event));
        }
    }

    fn set_time(&mut self, now: u64) {
        let call = RuntimeCall::Timestamp(timestamp::Call::set { now: Compact(now) });
        timestamp::NOW.put(&mut self.state, (), now);
        let success = system::Event::ExtrinsicSuccess {
            dispatch_info: dispatch::weight(&call),
        };
        self.include(extrinsic::bare(&call), vec![RuntimeEvent::System(success)]);
    }

    fn include(&mut self, bytes: Arc<[u8]>, events: Vec<RuntimeEvent>) {
        let index = u32::try_from(self.extrinsics.len()).unwrap_or(u32::MAX);
        self.length += bytes.len();
        self.extrinsics.push(bytes);
        self.events.extend(
            events
                .into_iter()
                .map(|event| record(Phase::ApplyExtrinsic(index), event)),
        );
    }

    /// Lets contracts have logged something.
    pub(crate) fn emit(&mut self, emissions: Vec<Arc<Emission>>) {
        self.emissions = emissions;
    }

    /// Whether a transaction still fits.
    pub(crate) fn has_room(&self, transaction: &Transaction) -> bool {
        self.length + transaction.bytes.len() <= MAX_NORMAL_LENGTH
    }

    /// Runs a transaction whose signature was checked before. One whose call fails still spends
    /// its nonce and its fee.
    ///
    /// # Errors
    /// It cannot stand in this block.
    pub(crate) fn apply(&mut self, transaction: &Transaction) -> Result<(), Invalidity> {
        let site = Site {
            state: &self.state,
            number: self.header.number,
            parent: self.header.parent_hash,
            genesis: self.parent.genesis_hash(),
        };
        transaction.validate_signed(&site)?;
        let who = transaction.account()?;
        // A pool lets a nonce wait for those before it, of which one may just have failed.
        if transaction.nonce > system::ACCOUNT.get(&self.state, (who.clone(),)).nonce {
            return Err(InvalidTransaction::Future.into());
        }
        let mut events = Vec::new();
        system::ACCOUNT.mutate(&mut self.state, (who.clone(),), |account| {
            account.nonce = account.nonce.saturating_add(1);
        });
        let mut context = Context {
            state: &mut self.state,
            events: &mut events,
        };
        let mut dispatch_info = transaction.weight();
        let paid = fee::fee(&dispatch_info, transaction.bytes.len(), transaction.tip);
        balances::withdraw_fee(&mut context, who, paid);
        let origin = Origin::signed(who.clone());
        let result = dispatch::dispatch(&mut context, &origin, &transaction.call);
        if result == Ok(Pays::No) {
            dispatch_info.pays_fee = Pays::No;
        }
        let actual_fee = fee::fee(&dispatch_info, transaction.bytes.len(), transaction.tip);
        balances::refund_fee(&mut context, who, paid.saturating_sub(actual_fee));
        let charged = transaction_payment::Event::TransactionFeePaid {
            who: who.clone(),
            actual_fee,
            tip: transaction.tip,
        };
        events.push(RuntimeEvent::TransactionPayment(charged));
        let outcome = match result {
            Ok(_) => system::Event::ExtrinsicSuccess { dispatch_info },
            Err(dispatch_error) => system::Event::ExtrinsicFailed {
                dispatch_error,
                dispatch_info,
            },
        };
        events.push(RuntimeEvent::System(outcome));
        self.include(Arc::clone(&transaction.bytes), events);
        Ok(())
    }

    /// Stores the pulses of rounds.
    pub(crate) fn store_pulses(
        &mut self,
        beacon: &Beacon,
        rounds: impl FnOnce(&State) -> BTreeSet<u64>,
    ) {
        let pulses: Result<Vec<_>, _> = rounds(&self.state)
            .into_iter()
            .map(|round| beacon.pulse(round))
            .collect();
        let mut events = Vec::new();
        let mut context = Context {
            state: &mut self.state,
            events: &mut events,
        };
        match pulses {
            Ok(pulses) => pulses::store(&mut context, pulses),
            Err(error) => tracing::error!(%error, "no pulses were made"),
        }
        let events = events.into_iter();
        self.events
            .extend(events.map(|event| record(Phase::Finalization, event)));
    }

    /// Replaces the runtime: the next block is the new one's first.
    pub(crate) fn upgrade(&mut self, layout: Layout) {
        layout.install(&mut self.state);
        let updated = RuntimeEvent::System(system::Event::CodeUpdated);
        self.events.push(record(Phase::Finalization, updated));
        let logs = &mut self.header.digest.logs;
        logs.push(DigestItem::RuntimeEnvironmentUpdated);
    }

    fn idle(&mut self) {
        let mut events = Vec::new();
        dispatch::idle(&mut Context {
            state: &mut self.state,
            events: &mut events,
        });
        let events = events.into_iter();
        self.events
            .extend(events.map(|event| record(Phase::Finalization, event)));
    }

    /// Ends the block.
    pub(crate) fn seal(mut self) -> (Block, Snapshot) {
        self.idle();
        let state = &mut self.state;
        system::DIGEST.put(state, (), self.header.digest.clone());
        let count = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        let events = layout::encode_events(self.layout, &self.events);
        state.put(&system::EVENTS.key(&()), &events);
        system::EVENT_COUNT.put(state, (), count);
        // The genesis hash stays for ever: immortal transactions are signed over it.
        if let Some(old @ 1..) = self.header.number.checked_sub(BLOCK_HASH_COUNT + 1) {
            system::BLOCK_HASH.kill(state, (old,));
        }
        let now = timestamp::NOW.get(&self.state, ());
        let before = self.parent.best_snapshot();
        let snapshot = Snapshot::after(before.root, &before.state, self.state);
        let extrinsics = self.extrinsics.iter().map(|bytes| bytes.to_vec()).collect();
        let header = Header {
            state_root: snapshot.root,
            extrinsics_root: BlakeTwo256::ordered_trie_root(extrinsics, StateVersion::V0),
            ..self.header
        };
        let parent = self.parent.best().evm.hash;
        let evm = EvmBlock::new(parent, header.number, now, snapshot.root, self.emissions);
        let block = Block::new(header, self.extrinsics, self.layout, evm);
        (block, snapshot)
    }
}

fn record(phase: Phase, event: RuntimeEvent) -> EventRecord {
    EventRecord {
        phase,
        event,
        topics: Vec::new(),
    }
}

/// The first block.
pub(crate) fn genesis(state: State) -> (Block, Snapshot) {
    let layout = Layout::of(&state);
    let now = timestamp::NOW.get(&state, ());
    let snapshot = Snapshot::genesis(state);
    let header = Header {
        parent_hash: Hash::zero(),
        number: 0,
        state_root: snapshot.root,
        extrinsics_root: BlakeTwo256::ordered_trie_root(Vec::new(), StateVersion::V0),
        digest: Digest::default(),
    };
    let evm = EvmBlock::new(Hash::zero(), 0, now, snapshot.root, Vec::new());
    (Block::new(header, Vec::new(), layout, evm), snapshot)
}
