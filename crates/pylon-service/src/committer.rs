//! Brings on chain what was accepted: one serial queue for each key, which owns its nonce.
//!
//! What is accepted is a row before anybody is answered, and every extrinsic is a row before it is sent. So a queue
//! knows nothing that is not in the database or on chain, and one that is killed anywhere goes on where it was.

mod alert;
mod drift;
mod gauges;
mod genesis;
mod measure;
mod next;
mod plan;
mod queue;
mod request;
mod reveal;
mod send;
mod terms;
mod track;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use pylon_chain::{Chain, ReadError, WeightsTerms};
use pylon_models::{
    BlockRef, Hotkey, IdentityName, JobId, JobKind, JobState, MechId, NetUid, Timestamp,
};
use pylon_storage::{
    Accepted, CancelError, CommitterLock, IdempotencyKey, IdempotencyMismatch, Job, NewJob,
    Storage, StorageError,
};
use tokio::sync::{Notify, watch};

pub(crate) use self::alert::Carrier;
pub(crate) use self::plan::Verdict;
use self::queue::Queue;
pub(crate) use self::request::{
    CertificateRequest, CommitmentRequest, HyperparameterRequest, WeightsRequest,
};
use crate::config::Commits;
use crate::keys::{Keys, OwnerKey};
use crate::link::Link;
use crate::load::LoadError;
use crate::metrics::Metrics;
use crate::tasks::TaskError;

/// How often the right to send is asked for, and asked after.
const LOCK_EVERY: Duration = Duration::from_secs(2);
/// How old the count of jobs may grow where there are very many.
const COUNTED_WITHIN: Duration = Duration::from_secs(60);
/// How far apart the blocks of the real chain are.
const USUAL_BLOCK_TIME: Duration = Duration::from_secs(12);

/// Stops the program where a test says so (`FAILPOINTS="name=5%return"`), as a crash would.
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        fail::fail_point!($name, |_| std::process::abort());
    };
}
pub(crate) use crash_point;

/// The commit path, as handlers see it. Clones share it.
#[derive(Clone)]
pub(crate) struct Committer(Arc<Inner>);

struct Inner {
    /// Since when this process accepts.
    began: Timestamp,
    storage: Storage,
    link: Arc<Link>,
    /// The keys that sign for identities.
    keys: Keys,
    /// Whose weights are set where, with those keys.
    weighing: BTreeSet<(NetUid, Hotkey)>,
    /// Wakes the queue of a hotkey: there is a new job.
    wake: BTreeMap<Hotkey, Arc<Notify>>,
    /// Counts up whenever a job moves on.
    changes: watch::Sender<u64>,
    /// Whether this process has the right to send.
    sends: watch::Sender<bool>,
    settings: Commits,
    /// Wakes what tells of jobs that ended badly.
    ended_badly: Notify,
    metrics: Metrics,
}

impl Committer {
    pub(crate) fn new(
        storage: Storage,
        link: Arc<Link>,
        keys: Keys,
        weighing: BTreeSet<(NetUid, Hotkey)>,
        settings: Commits,
        metrics: Metrics,
    ) -> Self {
        let accounts = keys.by_account().into_keys();
        let wake = accounts.map(|account| (account, Arc::default())).collect();
        Self(Arc::new(Inner {
            began: Timestamp::now(),
            storage,
            link,
            keys,
            weighing,
            wake,
            changes: watch::Sender::new(0),
            sends: watch::Sender::new(false),
            settings,
            ended_badly: Notify::new(),
            metrics,
        }))
    }

    /// Whether this process sends what the database holds, as it changes.
    pub(crate) fn sends(&self) -> watch::Receiver<bool> {
        self.0.sends.subscribe()
    }

    /// The hotkey that signs for an identity.
    pub(crate) fn hotkey(&self, identity: &IdentityName) -> Option<Hotkey> {
        self.0.keys.hotkeys.get(identity).map(|key| key.hotkey())
    }

    /// The key that sets the hyperparameters of an identity's subnet.
    pub(crate) fn owner(&self, identity: &IdentityName) -> Option<&OwnerKey> {
        self.0.keys.owners.get(identity)
    }

    fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// How far apart blocks are, as far as is known.
    fn block_time(&self) -> Duration {
        self.0.link.block_duration().unwrap_or(USUAL_BLOCK_TIME)
    }

    /// The keys that sign for identities.
    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.0.storage
    }

    /// Keeps a job; when this returns it is not lost any more.
    pub(crate) async fn accept(
        &self,
        job: NewJob,
        key: Option<IdempotencyKey>,
    ) -> Result<Result<Job, IdempotencyMismatch>, StorageError> {
        crash_point!("job.accepting");
        let hotkey = job.hotkey;
        let accepted = self.0.storage.accept(job, key).await?;
        crash_point!("job.accepted");
        Ok(accepted.map(|accepted| {
            if let Accepted::New(job) = &accepted {
                tracing::info!(
                    job.id = %job.id(),
                    job.kind = %job.receipt.kind,
                    job.identity = %job.receipt.identity,
                    job.netuid = %job.receipt.netuid,
                    job.mechanism = %job.receipt.mechanism,
                    "a job was accepted"
                );
                self.wake(hotkey);
            }
            accepted.into_job()
        }))
    }

    /// Takes a job back that nothing was sent for.
    pub(crate) async fn cancel(&self, id: JobId) -> Result<Job, CancelError> {
        let job = self.0.storage.cancel(id).await?;
        self.changed();
        Ok(job)
    }

    /// What would be sent for a request, decided by the state of that block.
    pub(crate) async fn dry_run(
        &self,
        job: &NewJob,
        block: BlockRef,
    ) -> Result<Verdict, LoadError> {
        let chain = self.0.link.chain().ok_or(LoadError::NotConnected)?;
        let terms = self.terms(&chain, block, (job.netuid, job.mechanism), &job.hotkey);
        let terms = self
            .0
            .link
            .in_time(terms)
            .await?
            .ok_or(LoadError::NoSuchSubnet(job.netuid))?;
        let request = request::read(&job.request);
        Ok(match request {
            Ok(request) => plan::plan(&terms, &request, job.netuid, job.mechanism, &job.hotkey),
            Err(error) => Verdict::Fail(error),
        })
    }

    /// All that decides whether and how weights can be set.
    async fn terms(
        &self,
        chain: &Chain,
        block: BlockRef,
        (netuid, mechanism): (NetUid, MechId),
        hotkey: &Hotkey,
    ) -> Result<Option<WeightsTerms>, ReadError> {
        let terms = chain
            .weights_terms(block, netuid, mechanism, hotkey)
            .await?;
        Ok(terms.map(|mut terms| {
            // A development node may make blocks faster than its runtime says.
            if let Some(told) = self.0.link.block_duration() {
                let told = u64::try_from(told.as_millis()).unwrap_or(u64::MAX);
                terms.block_time_millis = terms.block_time_millis.min(told);
            }
            terms
        }))
    }

    /// Whether a job has waited so long that what it asks for is stale.
    fn has_expired(&self, job: &Job) -> bool {
        job.receipt.created_at.elapsed() > self.0.settings.expire_after
    }

    /// Told whenever a job moves on in this process.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    fn ended_badly(&self) -> &Notify {
        &self.0.ended_badly
    }

    fn changed(&self) {
        self.0
            .changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn wake(&self, hotkey: Hotkey) {
        if let Some(wake) = self.0.wake.get(&hotkey) {
            wake.notify_one();
        }
        self.changed();
    }

    /// Brings jobs on chain, and keeps the metrics of all.
    pub(crate) async fn run(self) -> Result<(), TaskError> {
        if self.0.keys.by_account().is_empty() {
            // Others may share the database.
            match self.watch_jobs().await {}
        }
        tokio::select! {
            ended = self.run_queues() => ended,
            ended = self.watch_terms() => ended.map(|never| match never {}),
            never = self.watch_jobs() => match never {},
        }
    }

    /// Runs every queue, once no other process does, for as long as the right to is held.
    async fn run_queues(&self) -> Result<(), TaskError> {
        let met = self.meet_chain().await?;
        let lock = self.lock().await?;
        self.begin_anew(met).await?;
        self.drop_certificates().await?;
        // Several identities may act with one key: that is one queue.
        let keys = self.0.keys.by_account();
        let _sends = Sends::from_now_on(self.clone());
        let queues = keys.into_values().map(|key| {
            let wake = self.0.wake.get(&key.hotkey()).cloned().unwrap_or_default();
            Queue::new(self.clone(), key, wake).run()
        });
        tokio::select! {
            ended = try_join_all(queues) => ended.map(|_: Vec<Infallible>| ()),
            () = hold(lock) => Err("another process has the right to send".into()),
        }
    }

    /// Takes back the certificates that an earlier process did not send: their private keys ended with it.
    async fn drop_certificates(&self) -> Result<(), TaskError> {
        for account in self.0.keys.by_account().into_keys() {
            for job in self.0.storage.open_jobs(account).await? {
                let receipt = &job.receipt;
                let is_waiting =
                    (receipt.kind, receipt.state) == (JobKind::Certificate, JobState::Queued);
                // Who asked since then still waits.
                if !is_waiting || receipt.created_at >= self.0.began {
                    continue;
                }
                match self.cancel(job.id().clone()).await {
                    Ok(_) => tracing::warn!(
                        job.id = %job.id(),
                        job.identity = %receipt.identity,
                        "a certificate that was not sent is taken back: nobody has its private key any more"
                    ),
                    Err(CancelError::Late(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    async fn lock(&self) -> Result<CommitterLock, TaskError> {
        let mut told = false;
        loop {
            if let Some(lock) = self.0.storage.try_lock_committer().await? {
                return Ok(lock);
            }
            if !told {
                tracing::info!("another process sends what this database holds; this one waits");
                told = true;
            }
            tokio::time::sleep(LOCK_EVERY).await;
        }
    }

    /// Keeps the metrics of all jobs.
    async fn watch_jobs(&self) -> Infallible {
        let mut changes = self.changes();
        loop {
            let began = Instant::now();
            match self.0.storage.jobs_by_state().await {
                Ok(states) => self.0.metrics.tell_jobs(&states),
                Err(error) => tracing::debug!(error = %error, "jobs could not be counted"),
            }
            match self.0.storage.oldest_queued().await {
                Ok(oldest) => self.0.metrics.tell_oldest(oldest),
                Err(error) => tracing::debug!(error = %error, "jobs could not be counted"),
            }
            // The more there are, the rarer: counting takes a hundredth of one core's time at most.
            let pause = began.elapsed().saturating_mul(100);
            tokio::time::sleep(pause.clamp(LOCK_EVERY, COUNTED_WITHIN)).await;
            // Nothing moves: nothing to count, but the oldest grows older.
            let _ = tokio::time::timeout(5 * LOCK_EVERY, changes.changed()).await;
        }
    }
}

/// While it lives, this process has the right to send.
struct Sends(Committer);

impl Sends {
    fn from_now_on(committer: Committer) -> Self {
        committer.0.sends.send_replace(true);
        Self(committer)
    }
}

impl Drop for Sends {
    fn drop(&mut self) {
        self.0.0.sends.send_replace(false);
    }
}

/// Returns when the right to send is lost.
async fn hold(mut lock: CommitterLock) {
    loop {
        tokio::time::sleep(LOCK_EVERY).await;
        match lock.is_held().await {
            Some(held) => lock = held,
            None => return,
        }
    }
}
