//! The task behind a follower: subscribe, tell what comes, and subscribe again when that ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pylon_models::BlockRef;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Head, Heads, Recent, Reorganisation};
use crate::backoff::Backoff;
use crate::chain::Chain;
use crate::error::{ReadError, RpcError};
use crate::rpc::Header;

/// A session that held for this long was no failure of the node's: the next one starts without a long pause.
const HELD: Duration = Duration::from_secs(30);

/// A node whose head stands still, and that does not even tell it in this time, does not answer.
const PROMPT: Duration = Duration::from_secs(5);

/// How far back the fork of two branches is looked for.
const DEEPEST_FORK: usize = 64;

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the node ended the subscription")]
    Ended,
    #[error("the node has a new head and did not tell it")]
    Silent,
    #[error("the connection now leads to another node, or was lost")]
    Moved,
}

impl Lost {
    /// What is wrong with the node itself. A lost connection is made anew, and may well lead to the same one.
    fn is_no_good(&self) -> Option<&'static str> {
        match self {
            Self::Read(ReadError::Rpc(RpcError::Disconnected)) => None,
            Self::Read(ReadError::Rpc(RpcError::Timeout(_))) => Some("it does not answer"),
            Self::Read(ReadError::Rpc(RpcError::RateLimited | RpcError::Busy { .. })) => {
                Some("it limits its callers")
            }
            Self::Read(_) => Some("its answers cannot be used"),
            Self::Ended | Self::Silent | Self::Moved => None,
        }
    }
}

impl From<RpcError> for Lost {
    fn from(error: RpcError) -> Self {
        Self::Read(error.into())
    }
}

pub(super) async fn run(
    chain: Chain,
    heads: watch::Sender<Heads>,
    recent: Arc<Recent>,
    cancel: CancellationToken,
) {
    let session = Session {
        chain,
        heads,
        recent,
    };
    let ended = async {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = session.heads.closed() => {}
        }
    };
    tokio::select! {
        () = ended => {}
        () = session.keep() => {}
    }
}

struct Session {
    chain: Chain,
    heads: watch::Sender<Heads>,
    recent: Arc<Recent>,
}

impl Session {
    async fn keep(&self) {
        let mut backoff = Backoff::new();
        loop {
            let start = Instant::now();
            let Err(lost) = self.hold().await;
            if start.elapsed() >= HELD {
                backoff = Backoff::new();
            }
            if let Some(reason) = lost.is_no_good() {
                self.chain.connection().leave(reason);
            }
            let pause = backoff.next();
            tracing::warn!(
                chain.endpoint = %self.chain.endpoint(),
                chain.block = %self.heads.borrow().best.number,
                error = &lost as &dyn std::error::Error,
                pause_ms = pause.as_millis(),
                "stopped hearing of heads, subscribing again"
            );
            tokio::time::sleep(pause).await;
        }
    }

    async fn hold(&self) -> Result<std::convert::Infallible, Lost> {
        let rpc = self.chain.rpc();
        let moved_on = self.chain.connection().moved();
        tokio::pin!(moved_on);
        let (mut best, mut finalized) = tokio::try_join!(rpc.best_heads(), rpc.finalized_heads())?;
        // Some nodes tell the present head first, and some only the next.
        let (now_best, now_finalized) =
            tokio::try_join!(self.chain.best_header(), self.chain.finalized_header())?;
        self.best(now_best).await?;
        self.finalized(now_finalized).await?;

        let stall_after = self.chain.config().stall_after;
        let mut moved = Instant::now();
        let mut stalled = false;
        loop {
            tokio::select! {
                header = best.next() => {
                    self.best(header.ok_or(Lost::Ended)??).await?;
                    if stalled {
                        tracing::info!(chain.block = %self.heads.borrow().best.number, "the chain moves again");
                    }
                    (moved, stalled) = (Instant::now(), false);
                }
                header = finalized.next() => self.finalized(header.ok_or(Lost::Ended)??).await?,
                () = &mut moved_on => return Err(Lost::Moved),
                () = tokio::time::sleep_until((moved + stall_after).into()) => {
                    let known = self.heads.borrow().best;
                    if self.best_soon().await?.hash != known.hash {
                        return Err(Lost::Silent);
                    }
                    if !stalled {
                        tracing::warn!(
                            chain.endpoint = %self.chain.endpoint(),
                            chain.block = %known.number,
                            age_s = known.seen.elapsed().as_secs(),
                            "the chain stands still"
                        );
                    }
                    // Where every node stands still, this goes round them once each time.
                    if self.chain.connection().leave("its head stands still") {
                        moved_on.as_mut().await;
                        return Err(Lost::Moved);
                    }
                    (moved, stalled) = (Instant::now(), true);
                }
            }
        }
    }

    /// The node's best head, if it tells that as fast as anything can be told.
    async fn best_soon(&self) -> Result<Header, ReadError> {
        let limit = PROMPT.min(self.chain.config().request_timeout);
        match tokio::time::timeout(limit, self.chain.best_header()).await {
            Ok(header) => header,
            Err(_) => Err(RpcError::Timeout(limit).into()),
        }
    }

    async fn best(&self, header: Header) -> Result<(), Lost> {
        let before = self.heads.borrow().best;
        if before.hash == header.hash || self.is_late(before, header).await? {
            return Ok(());
        }
        let Some(head) = self.details(header).await? else {
            return Ok(());
        };
        // One that is the best again was first seen longer ago.
        let head = Head {
            seen: Instant::now(),
            ..head
        };
        let reorganised = self.reorganised(before, &head).await?;
        if let Some(Reorganisation { fork, left, .. }) = reorganised {
            tracing::info!(
                chain.block = %head.block(),
                chain.left = %left,
                chain.fork = %fork,
                "the chain was reorganised"
            );
        }
        if head.spec_version != before.spec_version {
            tracing::debug!(
                chain.block = %head.block(),
                chain.spec_version = head.spec_version,
                chain.spec_version_before = before.spec_version,
                "the runtime was upgraded"
            );
        }
        self.heads.send_modify(|heads| {
            heads.best = head;
            heads.reorganised = reorganised.or(heads.reorganised);
        });
        Ok(())
    }

    /// Whether a head is told after a better one: a new subscription starts with the head that was the best when
    /// it was made. What is the node's best by now is told in its turn.
    async fn is_late(&self, before: Head, header: Header) -> Result<bool, ReadError> {
        if header.number > before.number {
            return Ok(false);
        }
        Ok(self.chain.best_header().await?.hash != header.hash)
    }

    /// What the new best head replaces; `None` where it follows the one before, at once or after others.
    async fn reorganised(
        &self,
        before: Head,
        head: &Head,
    ) -> Result<Option<Reorganisation>, ReadError> {
        let Heads {
            finalized,
            reorganised,
            ..
        } = *self.heads.borrow();
        let (mut old, mut parent) = (before.block(), before.parent);
        let mut steps = 0;
        let fork = loop {
            if self.is_before(old, head).await? {
                break old;
            }
            steps += 1;
            let Some(number) = old.number.get().checked_sub(1) else {
                break finalized.block();
            };
            if steps > DEEPEST_FORK {
                break finalized.block();
            }
            old = BlockRef {
                number: number.into(),
                hash: parent,
            };
            parent = match self.recent.get(&old.hash) {
                Some(known) => known.parent,
                None => match self.chain.header(old.hash).await {
                    Ok(header) => header.parent,
                    // Another node, which never saw the branch that was left.
                    Err(error) if error.is_state_unavailable() => break finalized.block(),
                    Err(error) => return Err(error),
                },
            };
        };
        Ok((fork != before.block()).then(|| Reorganisation {
            count: reorganised.map_or(0, |last| last.count).saturating_add(1),
            fork,
            left: before.block(),
            joined: head.block(),
        }))
    }

    /// Whether a block is the head, or one that the head builds on.
    async fn is_before(&self, block: BlockRef, head: &Head) -> Result<bool, ReadError> {
        let canonical = match head.number.get().checked_sub(block.number.get()) {
            None => return Ok(false),
            Some(0) => Some(head.hash),
            Some(1) => Some(head.parent),
            Some(_) => self.chain.rpc().block_hash(block.number).await?,
        };
        Ok(canonical == Some(block.hash))
    }

    async fn finalized(&self, header: Header) -> Result<(), Lost> {
        let Heads {
            best, finalized, ..
        } = *self.heads.borrow();
        if finalized.hash == header.hash {
            return Ok(());
        }
        // The two subscriptions are heard in turn, and what is final may be told before it was the best.
        if header.number > best.number {
            self.best(header).await?;
        }
        if let Some(head) = self.details(header).await? {
            self.heads.send_modify(|heads| heads.finalized = head);
        }
        Ok(())
    }

    /// `None`: the block is gone again, as one is whose fork lost.
    async fn details(&self, header: Header) -> Result<Option<Head>, Lost> {
        if let Some(head) = self.recent.get(&header.hash) {
            return Ok(Some(head));
        }
        match self.chain.head(header).await {
            Ok(head) => {
                self.recent.insert(head);
                Ok(Some(head))
            }
            Err(error) if error.is_state_unavailable() => {
                tracing::debug!(chain.block = %header.block(), "a head vanished before it was read");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
