//! What can be wrong with a wallet.

use std::io;
use std::path::{Path, PathBuf};

use pylon_models::{Hotkey, Retry};

/// A key that cannot be read. No message holds anything of a private file but addresses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalletError {
    /// The name would lead out of its folder.
    #[error("`{0}` cannot name a wallet or a hotkey")]
    Name(String),
    /// The path begins with `~`, and nobody says where that is.
    #[error("the home folder is not known")]
    NoHome,
    /// The wallet's folder does not exist.
    #[error("there is no wallet {}", .0.display())]
    NoWallet(PathBuf),
    /// The key's file does not exist.
    #[error("there is no keyfile {}", .0.display())]
    Absent(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Everybody on the machine can read or change the private key.
    #[error("{} is open to everybody (mode {mode:03o}): only its owner should read it (mode 600)", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The wallet holds more than hotkeys.
    #[error("{} is the private key of the coldkey, which is not needed here: keep it elsewhere", .0.display())]
    Coldkey(PathBuf),
    /// The file is sealed.
    #[error("{} is encrypted, and no password is given", .0.display())]
    PasswordMissing(PathBuf),
    /// The password does not fit, or the file was changed.
    #[error("{} is not opened by the password", .0.display())]
    PasswordWrong(PathBuf),
    /// The file is sealed in a way that was given up years ago.
    #[error(
        "{} is encrypted with {method}, as years ago: convert it with the python package `bittensor` (11 or newer)",
        path.display()
    )]
    Outdated {
        /// Which file.
        path: PathBuf,
        /// How it is sealed.
        method: &'static str,
    },
    /// The file could not be opened within the memory that the process may have.
    #[error("{} takes {needed} MiB of memory to decrypt, and {limit} leaves {left}", path.display())]
    Memory {
        /// Which file.
        path: PathBuf,
        /// What it takes, in MiB.
        needed: u64,
        /// What sets the limit.
        limit: &'static str,
        /// What there is, in MiB.
        left: u64,
    },
    /// The key is not for sr25519, the one kind that hotkeys have here.
    #[error("{} holds a key for {scheme}: hotkeys are for sr25519", path.display())]
    Scheme {
        /// Which file.
        path: PathBuf,
        /// What it is for.
        scheme: String,
    },
    /// The content is not that of a keyfile.
    #[error("{} {problem}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The private key is of another hotkey than the one that is named.
    #[error("{} holds the key of {found}, and {} names {expected}", path.display(), named_by.display())]
    OtherKey {
        /// Which file.
        path: PathBuf,
        /// Whose key it is.
        found: Hotkey,
        /// The file that names another: the same one, or that of the public key.
        named_by: PathBuf,
        /// The one that is named.
        expected: Hotkey,
    },
}

impl WalletError {
    /// The operator has to act first.
    #[must_use]
    pub fn retry(&self) -> Retry {
        Retry::Never
    }

    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn content(path: &Path, problem: &'static str) -> Self {
        Self::Content {
            path: path.to_owned(),
            problem,
        }
    }
}
