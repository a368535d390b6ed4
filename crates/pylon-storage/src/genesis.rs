use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::prelude::*;
use pylon_models::{BlockHash, BlockNumber, BlockRef};

use crate::connection::AnyConnection;
use crate::cursors::{self, Cursor};
use crate::error::StorageError;
use crate::schema::cursors as rows;
use crate::storage::Storage;

/// How long a chain lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainKind {
    /// For good.
    Network,
    /// One run of the service that it is simulated in; the next run begins it anew.
    Simulated,
}

impl ChainKind {
    /// Under which name the chain of a database is kept.
    const fn name(self) -> &'static str {
        match self {
            Self::Network => "genesis",
            Self::Simulated => "simulated genesis",
        }
    }
}

/// How a database stands to a chain that is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// What is open was for this very chain.
    Same,
    /// What is open was for an earlier run of it, which is gone. See [`Storage::tie_anew`].
    Anew,
}

/// What this process knows of the chain.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// The first blocks of the chain that the database is for and of the one that was met, where they are two.
    other: OnceLock<(BlockHash, BlockHash)>,
    /// Whether what is open is for this run of a simulated chain.
    is_begun: AtomicBool,
}

impl Storage {
    /// Ties the database to the chain of that first block, unless it is tied to one: what is kept for one chain is never
    /// sent to another. Once this has failed nothing is accepted any more.
    ///
    /// # Errors
    /// When it is tied to another chain, or cannot be written to.
    pub async fn tie_to(&self, genesis: BlockHash, kind: ChainKind) -> Result<Tie, StorageError> {
        let is_begun = self.met().is_begun.load(Ordering::Relaxed);
        let tied = self
            .write(move |connection| tie(connection, genesis, kind))
            .await;
        match tied {
            // Two runs that began in one second are told apart by nothing that their blocks hold.
            Ok(()) if kind == ChainKind::Simulated && !is_begun => Ok(Tie::Anew),
            Ok(()) => Ok(Tie::Same),
            Err(error) => {
                if let StorageError::OtherChain { kept, found } = &error {
                    // The first refusal stands.
                    let _ = self.met().other.set((*kept, *found));
                }
                Err(error)
            }
        }
    }

    /// Says that all that was open is ready for this run of a simulated chain.
    pub fn tie_anew(&self) {
        self.met().is_begun.store(true, Ordering::Relaxed);
    }

    /// Whether the database is tied to another chain than the one that was met.
    #[must_use]
    pub fn is_of_another_chain(&self) -> bool {
        self.met().other.get().is_some()
    }

    pub(crate) fn ensure_own_chain(&self) -> Result<(), StorageError> {
        match self.met().other.get() {
            Some((kept, found)) => Err(StorageError::OtherChain {
                kept: *kept,
                found: *found,
            }),
            None => Ok(()),
        }
    }
}

fn of(genesis: BlockHash, kind: ChainKind) -> Cursor {
    Cursor {
        name: kind.name().to_owned(),
        block: BlockRef {
            number: BlockNumber::new(0),
            hash: genesis,
        },
    }
}

fn kept(
    connection: &mut AnyConnection,
    kind: ChainKind,
) -> Result<Option<BlockHash>, StorageError> {
    let hash: Option<String> = rows::table
        .find(kind.name())
        .select(rows::hash)
        .first(connection)
        .optional()?;
    hash.map(|hash| hash.parse())
        .transpose()
        .map_err(|error| StorageError::row("cursors", error))
}

fn tie(
    connection: &mut AnyConnection,
    found: BlockHash,
    kind: ChainKind,
) -> Result<(), StorageError> {
    let network = kept(connection, ChainKind::Network)?;
    let simulated = kept(connection, ChainKind::Simulated)?;
    let other = match kind {
        ChainKind::Network => network.filter(|kept| *kept != found).or(simulated),
        ChainKind::Simulated => network,
    };
    match other {
        Some(kept) => Err(StorageError::OtherChain { kept, found }),
        None => cursors::put(connection, &of(found, kind)),
    }
}
