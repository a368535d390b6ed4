//! Everything that a request can reach.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pylon_models::v1::IdentitiesBody;
use pylon_storage::Storage;

use crate::auth::Gates;
use crate::blocks::Blocks;
use crate::classic::{Classic, CommitCycle};
use crate::committer::Committer;
use crate::config::{Config, Recent};
use crate::evm::EvmLogs;
use crate::link::Link;
use crate::metrics::Metrics;
use crate::reads::Reads;
use crate::signer::Signer;
use crate::snapshots::Snapshots;
use crate::tasks::Tasks;

/// The running service, as handlers see it.
pub(crate) struct App {
    /// Who may read what.
    pub(crate) gates: Gates,
    /// The surface of the first Pylon, where it is served.
    pub(crate) classic: Option<Classic>,
    /// The body of `/api/v1/identities`, which never changes.
    pub(crate) identities: Bytes,
    /// The chain and its heads.
    pub(crate) link: Arc<Link>,
    /// Subnets, pinned to blocks.
    pub(crate) snapshots: Snapshots,
    /// What else can be read.
    pub(crate) reads: Reads,
    /// What contracts logged.
    pub(crate) evm: EvmLogs,
    /// What is kept.
    pub(crate) storage: Storage,
    /// What brings writes on chain.
    pub(crate) committer: Committer,
    /// What signs requests to other neurons.
    pub(crate) signer: Signer,
    /// What is counted.
    pub(crate) metrics: Metrics,
    /// What runs beside the requests.
    pub(crate) tasks: Tasks,
    /// The limits of `recent`.
    pub(crate) recent: Recent,
    /// How long a request may take.
    pub(crate) timeouts: Timeouts,
    /// How far apart blocks are, unless they are made by hand.
    pub(crate) block_duration: Option<Duration>,
}

/// The bounds of a request's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Without `X-Pylon-Timeout`.
    pub(crate) default: Duration,
    /// What that header cannot exceed.
    pub(crate) max: Duration,
}

impl App {
    /// An app over a link that may not be connected yet. Its background tasks are not started.
    pub(crate) fn new(
        config: &Config,
        link: Arc<Link>,
        evm: EvmLogs,
        storage: Storage,
        committer: Committer,
        tasks: Tasks,
        metrics: Metrics,
    ) -> Result<Self, serde_json::Error> {
        let identities = config
            .identities
            .iter()
            .map(|(name, identity)| (name.clone(), identity.netuid))
            .collect();
        let blocks = Arc::new(Blocks::new(Arc::clone(&link)));
        let reads = Reads::new(
            Arc::clone(&link),
            Arc::clone(&blocks),
            tasks.clone(),
            metrics.clone(),
        );
        let classic = Classic::of(config);
        let snapshots = Snapshots::new(
            Arc::clone(&link),
            blocks,
            &config.watched(),
            classic.as_ref().map(|classic| classic.netuid),
            tasks.clone(),
            metrics.clone(),
        );
        let signer = Signer::new(
            config,
            committer.keys(),
            storage.clone(),
            snapshots.clone(),
            metrics.clone(),
        );
        Ok(Self {
            gates: Gates::new(config, &metrics),
            classic,
            identities: serde_json::to_vec(&IdentitiesBody { identities })?.into(),
            link,
            snapshots,
            reads,
            evm,
            storage,
            committer,
            signer,
            metrics,
            tasks,
            recent: config.recent.clone(),
            timeouts: Timeouts {
                default: config.default_timeout,
                max: config.max_timeout,
            },
            block_duration: config.block_duration,
        })
    }

    /// What commits the weights of the classic surface, where the identity can sign.
    fn commit_cycle(&self) -> Option<CommitCycle> {
        let classic = self.classic.clone()?;
        Some(CommitCycle {
            signer: self.committer.hotkey(&classic.identity)?,
            classic,
            link: Arc::clone(&self.link),
            snapshots: self.snapshots.clone(),
            committer: self.committer.clone(),
        })
    }

    /// Starts what runs beside the requests.
    pub(crate) fn start(&self) {
        let (link, stop) = (Arc::clone(&self.link), self.tasks.stop().clone());
        self.tasks
            .supervise("chain", move || Arc::clone(&link).run(stop.child_token()));
        let snapshots = self.snapshots.clone();
        self.tasks
            .supervise("snapshots", move || snapshots.clone().keep_warm());
        let committer = self.committer.clone();
        self.tasks
            .supervise("committer", move || committer.clone().run());
        if let Some(cycle) = self.commit_cycle() {
            self.tasks
                .supervise("classic commits", move || cycle.clone().run());
        }
    }
}
