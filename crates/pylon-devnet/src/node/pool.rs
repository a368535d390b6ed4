//! The transaction pool: what waits for a block, and who watches it.

mod banned;
mod included;
mod watch;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, HashSet},
    sync::Arc,
};

use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionValidityError as Invalidity, UnknownTransaction,
};
use tokio::sync::mpsc;

use self::{banned::Banned, included::Included, watch::Watchers};
use super::{
    chain::{Block, View},
    extrinsic::{Extrinsic, Site, Transaction},
};
use crate::{
    runtime::{AccountId, Hash, system},
    state::State,
};

pub(crate) use watch::Status;

/// Transactions that may wait, as a real node's pool has it.
const MAX_TRANSACTIONS: usize = 8_192;
/// Bytes that they may have in all.
const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Those among them that may wait for an earlier nonce.
const MAX_FUTURE: usize = 512;

/// Why the pool does not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SubmitError {
    /// The runtime says no.
    #[error("{}", <&str>::from(*.0))]
    Invalid(InvalidTransaction),
    /// The runtime cannot say.
    #[error("{}", <&str>::from(*.0))]
    Unknown(UnknownTransaction),
    /// It was refused or included a while ago.
    #[error("transaction is temporarily banned")]
    TemporarilyBanned,
    /// It already waits.
    #[error("transaction is already in the pool")]
    AlreadyImported(Hash),
    /// Another with the same nonce pays as much.
    #[error("priority is too low: {old} vs {new}")]
    TooLowPriority {
        /// Priority of the one that waits.
        old: u64,
        /// Priority of the one that came.
        new: u64,
    },
    /// The pool is full.
    #[error("the pool is full")]
    ImmediatelyDropped,
}

impl From<Invalidity> for SubmitError {
    fn from(invalidity: Invalidity) -> Self {
        match invalidity {
            Invalidity::Invalid(reason) => Self::Invalid(reason),
            Invalidity::Unknown(reason) => Self::Unknown(reason),
        }
    }
}

#[derive(Debug)]
struct Pooled {
    transaction: Arc<Transaction>,
    arrival: u64,
    /// First height at which the era is over.
    death: u64,
    /// First height at which a block may hold it.
    birth: u32,
    ready: bool,
    watchers: Watchers,
}

impl Pooled {
    /// The greater goes into a block first.
    fn rank(&self) -> (u64, Reverse<u64>) {
        (self.transaction.priority(), Reverse(self.arrival))
    }
}

/// The pool.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    accounts: BTreeMap<AccountId, BTreeMap<u32, Pooled>>,
    hashes: HashSet<Hash>,
    banned: Banned,
    arrivals: u64,
    bytes: usize,
    included: Included,
}

impl Pool {
    /// Takes an extrinsic, if the runtime lets it in at `site`.
    pub(crate) fn submit(
        &mut self,
        extrinsic: Extrinsic,
        site: &Site<'_>,
        watcher: Option<mpsc::Sender<Status>>,
    ) -> Result<Hash, SubmitError> {
        let hash = extrinsic.hash();
        if self.banned.contains(&hash) {
            return Err(SubmitError::TemporarilyBanned);
        }
        if self.hashes.contains(&hash) {
            return Err(SubmitError::AlreadyImported(hash));
        }
        match self.admit(extrinsic, site, watcher) {
            Err(SubmitError::Invalid(reason)) => {
                self.banned.insert(hash);
                Err(SubmitError::Invalid(reason))
            }
            other => other.map(|()| hash),
        }
    }

    fn admit(
        &mut self,
        extrinsic: Extrinsic,
        site: &Site<'_>,
        watcher: Option<mpsc::Sender<Status>>,
    ) -> Result<(), SubmitError> {
        let transaction = match extrinsic {
            Extrinsic::Unsigned(_, kind) => return Err(kind.invalidity().into()),
            Extrinsic::Signed(transaction) => Arc::from(transaction),
        };
        let account = self.check(&transaction, site)?;
        self.insert(account, transaction, site, Watchers::new(watcher));
        Ok(())
    }

    /// Whether a transaction can enter. One that it replaces is gone then.
    fn check(
        &mut self,
        transaction: &Transaction,
        site: &Site<'_>,
    ) -> Result<AccountId, SubmitError> {
        transaction.validate(site)?;
        let account = transaction.account()?.clone();
        let old = self
            .accounts
            .get(&account)
            .and_then(|waiting| waiting.get(&transaction.nonce))
            .map(|pooled| Arc::clone(&pooled.transaction));
        match old {
            Some(old) if transaction.priority() <= old.priority() => {
                return Err(SubmitError::TooLowPriority {
                    old: old.priority(),
                    new: transaction.priority(),
                });
            }
            Some(old) => {
                self.drop_transaction(&account, old.nonce, Status::Usurped(transaction.hash))
            }
            None => {
                self.ensure_alone(&account, transaction, site.state)?;
                self.ensure_room(&account, transaction, site.state)?;
            }
        }
        Ok(account)
    }

    fn insert(
        &mut self,
        account: AccountId,
        transaction: Arc<Transaction>,
        site: &Site<'_>,
        watchers: Watchers,
    ) {
        let (hash, nonce) = (transaction.hash, transaction.nonce);
        self.hashes.insert(hash);
        self.bytes += transaction.bytes.len();
        self.arrivals += 1;
        let pooled = Pooled {
            arrival: self.arrivals,
            death: transaction.death(site.number),
            birth: 0,
            ready: false,
            watchers,
            transaction,
        };
        self.accounts
            .entry(account.clone())
            .or_default()
            .insert(nonce, pooled);
        if !self.promote(&account, site.state).contains(&hash)
            && let Some(pooled) = self.pooled(&account, nonce)
        {
            pooled.watchers.say(Status::Future);
        }
    }

    /// Refuses what another of the account's transactions already holds.
    fn ensure_alone(
        &self,
        account: &AccountId,
        transaction: &Transaction,
        state: &State,
    ) -> Result<(), SubmitError> {
        let Some(tag) = transaction.tag(state) else {
            return Ok(());
        };
        let waiting = self.accounts.get(account).into_iter();
        let other = waiting
            .flat_map(BTreeMap::values)
            .find(|pooled| pooled.transaction.tag(state) == Some(tag));
        match other {
            Some(other) => Err(SubmitError::TooLowPriority {
                old: other.transaction.priority(),
                new: transaction.priority(),
            }),
            None => Ok(()),
        }
    }

    fn ensure_room(
        &self,
        account: &AccountId,
        transaction: &Transaction,
        state: &State,
    ) -> Result<(), SubmitError> {
        let full = self.hashes.len() >= MAX_TRANSACTIONS
            || self.bytes + transaction.bytes.len() > MAX_BYTES;
        let future = transaction.nonce > self.next_nonce(account, state)
            && self
                .accounts
                .values()
                .flat_map(BTreeMap::values)
                .filter(|pooled| !pooled.ready)
                .count()
                >= MAX_FUTURE;
        if full || future {
            return Err(SubmitError::ImmediatelyDropped);
        }
        Ok(())
    }

    fn pooled(&mut self, account: &AccountId, nonce: u32) -> Option<&mut Pooled> {
        self.accounts.get_mut(account)?.get_mut(&nonce)
    }

    /// Marks what follows the account's nonce without a gap as ready, and returns what became so.
    fn promote(&mut self, account: &AccountId, state: &State) -> Vec<Hash> {
        let mut promoted = Vec::new();
        let mut nonce = system::ACCOUNT.get(state, (account.clone(),)).nonce;
        while let Some(pooled) = self.pooled(account, nonce) {
            if !pooled.ready {
                pooled.ready = true;
                pooled.watchers.say(Status::Ready);
                promoted.push(pooled.transaction.hash);
            }
            nonce = nonce.saturating_add(1);
        }
        promoted
    }

    /// Takes a transaction out and tells its watchers the last they hear.
    pub(crate) fn drop_transaction(&mut self, account: &AccountId, nonce: u32, status: Status) {
        if let Some(mut pooled) = self.remove(account, nonce) {
            pooled.watchers.say(status);
        }
    }

    fn remove(&mut self, account: &AccountId, nonce: u32) -> Option<Pooled> {
        let waiting = self.accounts.get_mut(account)?;
        let pooled = waiting.remove(&nonce)?;
        if waiting.is_empty() {
            self.accounts.remove(account);
        }
        self.hashes.remove(&pooled.transaction.hash);
        self.bytes = self.bytes.saturating_sub(pooled.transaction.bytes.len());
        Some(pooled)
    }

    /// Whose transaction that is, and its nonce.
    fn find(&self, hash: &Hash) -> Option<(AccountId, u32)> {
        let mut all = self
            .accounts
            .iter()
            .flat_map(|(account, waiting)| waiting.iter().map(move |entry| (account, entry)));
        all.find(|(_, (_, pooled))| pooled.transaction.hash == *hash)
            .map(|(account, (nonce, _))| (account.clone(), *nonce))
    }

    /// Takes a transaction out as if it had never come. Its watchers hear nothing more.
    pub(crate) fn forget(&mut self, hash: &Hash) {
        if let Some((account, nonce)) = self.find(hash) {
            self.remove(&account, nonce);
        }
    }

    /// Keeps a transaction out of blocks below a height.
    pub(crate) fn hold(&mut self, hash: &Hash, birth: u32) {
        if let Some((account, nonce)) = self.find(hash)
            && let Some(pooled) = self.pooled(&account, nonce)
        {
            pooled.birth = birth;
        }
    }

    /// The nonce that the account's next transaction takes, after those that wait.
    pub(crate) fn next_nonce(&self, account: &AccountId, state: &State) -> u32 {
        let mut nonce = system::ACCOUNT.get(state, (account.clone(),)).nonce;
        if let Some(waiting) = self.accounts.get(account) {
            while waiting.contains_key(&nonce) {
                nonce = nonce.saturating_add(1);
            }
        }
        nonce
    }

    /// What can go into a block on that state: by priority and in order of arrival, each account's
    /// in order of nonce.
    pub(crate) fn ready(&self, state: &State) -> Vec<Arc<Transaction>> {
        let number = system::NUMBER.get(state, ()).saturating_add(1);
        let mut heads = BinaryHeap::new();
        for (account, waiting) in &self.accounts {
            let nonce = system::ACCOUNT.get(state, (account.clone(),)).nonce;
            if let Some(pooled) = waiting.get(&nonce).filter(|pooled| pooled.birth <= number) {
                heads.push((pooled.rank(), Reverse(nonce), account));
            }
        }
        let mut ready = Vec::new();
        while let Some((_, Reverse(nonce), account)) = heads.pop() {
            let Some(waiting) = self.accounts.get(account) else {
                continue;
            };
            if let Some(pooled) = waiting.get(&nonce) {
                ready.push(Arc::clone(&pooled.transaction));
            }
            let next = nonce.saturating_add(1);
            if let Some(pooled) = waiting.get(&next).filter(|pooled| pooled.birth <= number) {
                heads.push((pooled.rank(), Reverse(next), account));
            }
        }
        ready
    }

    /// A block holds these: they leave.
    pub(crate) fn include(&mut self, block: &Block, transactions: &[Arc<Transaction>]) {
        for transaction in transactions {
            self.banned.insert(transaction.hash);
            let Ok(account) = transaction.account() else {
                continue;
            };
            if let Some(pooled) = self.remove(account, transaction.nonce) {
                self.included
                    .insert(block, transaction.hash, pooled.watchers);
            }
        }
    }

    /// Takes back what blocks held that are no longer canonical.
    pub(crate) fn retract(&mut self, blocks: &[Arc<Block>], site: &Site<'_>) {
        for block in blocks {
            let mut included = self.included.retract(block);
            for transaction in block.transactions() {
                self.banned.remove(&transaction.hash);
                let watchers = included.remove(&transaction.hash).unwrap_or_default();
                self.readmit(transaction, site, watchers);
            }
        }
    }

    fn readmit(&mut self, transaction: Arc<Transaction>, site: &Site<'_>, mut watchers: Watchers) {
        if self.hashes.contains(&transaction.hash) {
            return;
        }
        match self.check(&transaction, site) {
            Ok(account) => self.insert(account, transaction, site, watchers),
            Err(_) => watchers.say(Status::Invalid),
        }
    }

    /// Follows the chain to a new best block: what that made invalid is dropped, what waited for
    /// it becomes ready, and watchers hear of finality.
    pub(crate) fn follow(&mut self, view: &View) {
        self.revalidate(&Site::after(view));
        self.settle(view);
    }

    /// Tells watchers of finality.
    pub(crate) fn settle(&mut self, view: &View) {
        self.included.settle(view);
    }

    /// Judges what waits once more, at a new place.
    pub(crate) fn revalidate(&mut self, site: &Site<'_>) {
        let mut accounts = HashMap::new();
        for (account, waiting) in &self.accounts {
            let invalid: Vec<u32> = waiting
                .values()
                .filter(|pooled| {
                    u64::from(site.number) >= pooled.death
                        || pooled.transaction.validate_signed(site).is_err()
                })
                .map(|pooled| pooled.transaction.nonce)
                .collect();
            accounts.insert(account.clone(), invalid);
        }
        for (account, invalid) in accounts {
            for nonce in invalid {
                self.drop_transaction(&account, nonce, Status::Invalid);
            }
            self.promote(&account, site.state);
        }
    }
}
