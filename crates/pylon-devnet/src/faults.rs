//! What can go wrong at the main endpoint, on demand.
//!
//! The archive endpoint suffers none of it.

pub(crate) mod board;

use std::time::Duration;

use pylon_models::Retry;

use crate::node::Node;

/// The longest that an answer can be made to wait.
const MAX_DELAY: Duration = Duration::from_secs(600);

/// Something that goes wrong at the main endpoint for a while.
///
/// What a block explorer or another node sees is untouched: the chain goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// New connections are refused; open ones stay (see [`Faults::drop_sockets`]).
    ///
    /// A real node does so while it restarts: its port is dead until the database is open again,
    /// seconds to minutes later.
    Refuse,
    /// Connections are accepted and nothing moves on them, in either direction. What was asked
    /// meanwhile is answered when it ends.
    ///
    /// A real node does so when its machine is out of memory or its process stopped, and a network
    /// when a firewall forgets the connection: no error ever comes.
    Hang,
    /// The endpoint sees no new block, and says nothing to those who follow it. When it ends they
    /// hear of all that it missed.
    ///
    /// A real node that has lost its peers goes on answering, healthily, from an old head.
    Stall,
    /// Each request waits so long before it is looked at.
    ///
    /// A real node does so when its disk is busy, and any node that is far away. Notifications
    /// come in their time.
    Delay(Duration),
    /// Websocket handshakes and HTTP requests get status 429.
    ///
    /// Proxies in front of public nodes do so, by address or by key; a node itself only when it
    /// has no connection left to give.
    TooManyRequests {
        /// Requests that pass in a second; 0 lets none pass.
        per_second: u32,
        /// What `Retry-After` says; whole seconds, at least one.
        retry_after: Duration,
    },
    /// JSON-RPC calls get the error -32999, `RPC rate limit exceeded`.
    ///
    /// A real node with `--rpc-rate-limit` does so for each connection, after it has made the call
    /// wait up to ten times; subscriptions that stand are not touched.
    RateLimit {
        /// Calls of one connection that pass in a second; 0 lets none pass.
        per_second: u32,
    },
    /// Answers and notifications are well-formed JSON-RPC, but everything in hex is cut in half.
    ///
    /// A real node does not, but a node of another version does: its bytes do not decode as ours.
    TruncatedHex,
    /// Frames and bodies are an HTML page.
    ///
    /// Proxies do so when the node behind them is gone.
    NotJson,
    /// State is answered of only so many blocks below the best one.
    ///
    /// A real node with default pruning has 256, one with `--state-pruning` what that says:
    /// only an archive has the rest.
    DiscardedState {
        /// Blocks below the best one whose state is answered.
        kept: u32,
    },
    /// The pool takes an extrinsic and forgets it: no block ever holds it, who watches it hears
    /// `ready` and nothing more, and the same bytes can be submitted again.
    ///
    /// A real node does so when it restarts, and for its clients as good as so when none of its
    /// peers hears of the extrinsic: the pool is memory, and nobody else knows.
    LostExtrinsic,
    /// An extrinsic arrives twice. The pool has it once, and the client gets the answer to the
    /// second: 1013, `Transaction Already Imported`, for what went well.
    ///
    /// A proxy does so that sends a request again when the node is slow to answer.
    DuplicateExtrinsic,
    /// Every open connection is reset as soon as the pool has an extrinsic: its sender never hears
    /// that it was taken, nor what became of it. New connections are accepted.
    ///
    /// A real node does so when it is behind a proxy that restarts, or when it dies after it has
    /// told its peers.
    DroppedSubmission,
    /// An extrinsic waits in the pool for so many blocks longer than it has to. One whose era is
    /// over before is never included: it leaves as `invalid`.
    ///
    /// On a real chain it does so when blocks are full, and when their authors hear of it late.
    LateInclusion {
        /// Blocks that pass it by.
        blocks: u32,
    },
    /// Blocks store no pulse of the drand beacon by themselves, so nothing that is timelocked opens;
    /// what was missed comes when it ends. `dev_pulse` stores one all the same.
    ///
    /// On a real chain it does so when no author reaches drand. The archive endpoint shows the
    /// same chain, so it is not spared this one.
    StalledDrand,
}

/// What kind of fault: at most one of each is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Refuse,
    Hang,
    Stall,
    Delay,
    TooManyRequests,
    RateLimit,
    TruncatedHex,
    NotJson,
    DiscardedState,
    LostExtrinsic,
    DuplicateExtrinsic,
    DroppedSubmission,
    LateInclusion,
    StalledDrand,
}

impl Fault {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Refuse => Kind::Refuse,
            Self::Hang => Kind::Hang,
            Self::Stall => Kind::Stall,
            Self::Delay(_) => Kind::Delay,
            Self::TooManyRequests { .. } => Kind::TooManyRequests,
            Self::RateLimit { .. } => Kind::RateLimit,
            Self::TruncatedHex => Kind::TruncatedHex,
            Self::NotJson => Kind::NotJson,
            Self::DiscardedState { .. } => Kind::DiscardedState,
            Self::LostExtrinsic => Kind::LostExtrinsic,
            Self::DuplicateExtrinsic => Kind::DuplicateExtrinsic,
            Self::DroppedSubmission => Kind::DroppedSubmission,
            Self::LateInclusion { .. } => Kind::LateInclusion,
            Self::StalledDrand => Kind::StalledDrand,
        }
    }

    /// The fault for so long, then it ends by itself.
    pub fn during(self, time: Duration) -> Spell {
        Spell::from(self).during(time)
    }

    /// The fault so many times, then it ends by itself; see [`Spell::times`].
    pub fn times(self, count: u32) -> Spell {
        Spell::from(self).times(count)
    }
}

/// A fault and how long it lasts: until it is healed, where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    pub(crate) fault: Fault,
    pub(crate) time: Option<Duration>,
    pub(crate) count: Option<u32>,
}

impl From<Fault> for Spell {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            time: None,
            count: None,
        }
    }
}

impl Spell {
    /// Ends it after so long.
    pub fn during(self, time: Duration) -> Self {
        Self {
            time: Some(time),
            ..self
        }
    }

    /// Ends it after it has struck so often: that many blocks not seen, requests delayed or
    /// refused, answers spoilt, extrinsics lost, doubled or late, blocks without
    /// a pulse. Refusing, hanging and discarding cannot be counted.
    pub fn times(self, count: u32) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }
}

/// Why a fault did not begin, or not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is nothing to count.
    #[error("this fault cannot be counted: give it a time")]
    Uncounted,
    /// The delay is too long.
    #[error("a delay of {0:?} is above 10 minutes")]
    Delay(Duration),
    /// The port did not open or close in time.
    #[error("the port did not open or close in time")]
    Port,
}

impl FaultError {
    /// Whether the same call can succeed later.
    pub fn retry(self) -> Retry {
        match self {
            Self::Uncounted | Self::Delay(_) => Retry::Never,
            Self::Port => Retry::Backoff,
        }
    }
}

impl Spell {
    pub(crate) fn validate(self) -> Result<(), FaultError> {
        match self.fault {
            Fault::Delay(time) if time > MAX_DELAY => Err(FaultError::Delay(time)),
            Fault::Refuse | Fault::Hang | Fault::DiscardedState { .. } if self.count.is_some() => {
                Err(FaultError::Uncounted)
            }
            _ => Ok(()),
        }
    }
}

/// The faults of a running devnet; see [`Devnet::faults`](crate::Devnet::faults).
#[derive(Clone, Copy, Debug)]
pub struct Faults<'a> {
    pub(crate) node: &'a Node,
}

impl Faults<'_> {
    /// Lets a fault begin. One of the same kind that is on is replaced, others stay on.
    ///
    /// # Errors
    /// The fault cannot be counted, waits too long, or the port did not close in time.
    pub async fn start(&self, spell: impl Into<Spell>) -> Result<(), FaultError> {
        self.node.start_fault(spell.into()).await
    }

    /// Ends every fault.
    ///
    /// # Errors
    /// The port did not open again in time.
    pub async fn heal(&self) -> Result<(), FaultError> {
        self.node.heal().await
    }

    /// The faults that are on.
    pub fn active(&self) -> Vec<Fault> {
        self.node.board().active()
    }

    /// Resets every open connection at once. New ones are accepted.
    ///
    /// A real node does so when it dies, a load balancer when it moves its clients, and a proxy
    /// after so many idle seconds: no websocket close frame comes before.
    pub fn drop_sockets(&self) {
        self.node.board().drop_sockets();
    }
}
