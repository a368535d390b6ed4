//! Every best head in order, whatever the pace of who reads it.

use std::collections::VecDeque;
use std::sync::Arc;

use pylon_models::BlockHash;
use tokio::sync::watch;

use super::{Head, Heads, Recent};
use crate::chain::Chain;
use crate::error::ReadError;

/// How many blocks are read to close a gap. After a longer one, or one whose oldest blocks have no state any more,
/// the stream goes on with the newest of them, and its reader sees a head whose parent it was not given.
const LONGEST_GAP: usize = 256;

/// Every best head, each after its parent.
///
/// Nothing is queued for a slow reader: what it missed is found again along the parents. After a reorganisation
/// the heads of the new branch follow, from the block after the fork on.
pub struct HeadStream {
    chain: Chain,
    heads: watch::Receiver<Heads>,
    recent: Arc<Recent>,
    given: Given,
    ready: VecDeque<Head>,
}

impl HeadStream {
    pub(super) fn new(
        chain: Chain,
        mut heads: watch::Receiver<Heads>,
        recent: Arc<Recent>,
    ) -> Self {
        let present = heads.borrow_and_update().best;
        Self {
            chain,
            heads,
            recent,
            given: Given::default(),
            ready: VecDeque::from([present]),
        }
    }

    /// The next head; `None` when following ended. After an error nothing is lost: the next call tries again.
    ///
    /// Cancel safe.
    pub async fn next(&mut self) -> Option<Result<Head, ReadError>> {
        loop {
            if let Some(head) = self.ready.pop_front() {
                self.given.insert(head.hash);
                return Some(Ok(head));
            }
            self.heads.changed().await.ok()?;
            // Seen only once its path is known, so that a call that is cancelled or fails can be made again.
            self.heads.mark_changed();
            let best = self.heads.borrow().best;
            let path = {
                let (chain, recent) = (&self.chain, &self.recent);
                let fetch = |hash: BlockHash| async move {
                    if let Some(head) = recent.get(&hash) {
                        return Ok(Some(head));
                    }
                    match chain.head_of(hash).await {
                        Ok(head) => {
                            recent.insert(head);
                            Ok(Some(head))
                        }
                        Err(error) if error.is_state_unavailable() => Ok(None),
                        Err(error) => Err(error),
                    }
                };
                path_to(best, &self.given, LONGEST_GAP, fetch).await
            };
            match path {
                Ok(path) => {
                    self.ready = path;
                    if self.heads.borrow().best.hash == best.hash {
                        self.heads.mark_unchanged();
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The heads that were given last: where a walk back along the parents ends.
#[derive(Debug, Default)]
struct Given(VecDeque<BlockHash>);

impl Given {
    fn insert(&mut self, hash: BlockHash) {
        self.0.retain(|given| *given != hash);
        self.0.push_back(hash);
        if self.0.len() > LONGEST_GAP {
            self.0.pop_front();
        }
    }
}

/// The heads to give so that `best` is reached, oldest first, from the first that can be had on; none if it is the
/// last one that was given.
async fn path_to<F, E>(
    best: Head,
    given: &Given,
    longest: usize,
    fetch: impl Fn(BlockHash) -> F,
) -> Result<VecDeque<Head>, E>
where
    F: Future<Output = Result<Option<Head>, E>>,
{
    let mut path = VecDeque::new();
    if given.0.back() == Some(&best.hash) {
        return Ok(path);
    }
    path.push_front(best);
    let mut oldest = best;
    while path.len() < longest && oldest.number.get() > 0 && !given.0.contains(&oldest.parent) {
        let Some(parent) = fetch(oldest.parent).await? else {
            break;
        };
        oldest = parent;
        path.push_front(oldest);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Instant;

    use super::*;

    /// A block of branch `branch`, which leaves the main branch 0 after block 10.
    fn head(branch: u8, number: u32) -> Head {
        let hash = |number: u32| {
            let branch = if number > 10 { branch } else { 0 };
            let mut bytes = [branch; 32];
            bytes[..4].copy_from_slice(&number.to_le_bytes());
            BlockHash::from_bytes(bytes)
        };
        Head {
            number: number.into(),
            hash: hash(number),
            parent: hash(number.saturating_sub(1)),
            timestamp: 0,
            spec_version: 1,
            seen: Instant::now(),
        }
    }

    async fn path(best: Head, given: &Given, longest: usize) -> (Vec<u32>, usize) {
        path_from(0, best, given, longest).await
    }

    /// Where nothing before a height can be had any more.
    async fn path_from(kept: u32, best: Head, given: &Given, longest: usize) -> (Vec<u32>, usize) {
        let fetched = Cell::new(0);
        let path = path_to(best, given, longest, |hash| {
            fetched.set(fetched.get() + 1);
            let bytes = hash.as_bytes();
            let number = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let found = head(bytes[31], number);
            async move { Ok::<_, ()>((number >= kept).then_some(found)) }
        })
        .await
        .unwrap();
        (
            path.iter().map(|head| head.number.get()).collect(),
            fetched.get(),
        )
    }

    fn given(heads: impl IntoIterator<Item = Head>) -> Given {
        let mut given = Given::default();
        for head in heads {
            given.insert(head.hash);
        }
        given
    }

    #[tokio::test]
    async fn a_child_of_the_last_head_needs_no_request() {
        assert_eq!(
            path(head(0, 8), &given([head(0, 7)]), 256).await,
            (vec![8], 0)
        );
    }

    #[tokio::test]
    async fn the_head_that_was_given_last_is_not_given_again() {
        assert_eq!(
            path(head(0, 8), &given([head(0, 8)]), 256).await,
            (vec![], 0)
        );
    }

    #[tokio::test]
    async fn a_gap_is_filled_oldest_first() {
        assert_eq!(
            path(head(0, 10), &given([head(0, 6)]), 256).await,
            (vec![7, 8, 9, 10], 3)
        );
    }

    #[tokio::test]
    async fn a_gap_whose_oldest_blocks_are_gone_goes_on_after_them() {
        assert_eq!(
            path_from(3, head(0, 6), &given([head(0, 1)]), 256).await,
            (vec![3, 4, 5, 6], 4)
        );
    }

    #[tokio::test]
    async fn a_reorganisation_gives_the_new_branch_from_its_fork_on() {
        let seen = given((8..=13).map(|number| head(1, number)));
        assert_eq!(
            path(head(2, 14), &seen, 256).await,
            (vec![11, 12, 13, 14], 3)
        );
        assert_eq!(path(head(2, 11), &seen, 256).await, (vec![11], 0));
    }

    #[tokio::test]
    async fn a_head_that_returns_after_a_reorganisation_is_given_again() {
        let mut seen = given((8..=11).map(|number| head(1, number)));
        seen.insert(head(2, 11).hash);
        assert_eq!(path(head(1, 11), &seen, 256).await, (vec![11], 0));
    }

    #[tokio::test]
    async fn a_gap_too_long_to_fill_goes_on_with_its_newest_blocks() {
        let (path, fetched) = path(head(0, 5_000), &given([head(0, 6)]), 4).await;
        assert_eq!((path, fetched), (vec![4_997, 4_998, 4_999, 5_000], 3));
    }

    #[tokio::test]
    async fn another_chain_is_walked_back_to_its_genesis_at_most() {
        assert_eq!(
            path(head(0, 2), &given([head(9, 12)]), 256).await,
            (vec![0, 1, 2], 2)
        );
    }
}
