//! Where the keys are that identities sign with.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The folder of all wallets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wallets {
    /// Where it is; `~` is the home folder.
    pub path: PathBuf,
    /// Whether private keys may be open to everybody on the machine.
    pub allow_loose_permissions: bool,
}

impl Default for Wallets {
    /// Where Bittensor's own tools keep them.
    fn default() -> Self {
        Self {
            path: PathBuf::from("~/.bittensor/wallets"),
            allow_loose_permissions: false,
        }
    }
}

/// Where an identity's key comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A wallet's hotkey.
    Wallet(WalletKey),
    /// A well-known key of development chains, by its name.
    Dev(&'static str),
}

/// One hotkey of one wallet.
#[derive(Clone, Debug)]
pub struct WalletKey {
    /// The name of the wallet's folder.
    pub wallet_name: String,
    /// The name of the hotkey's file.
    pub hotkey_name: String,
    /// What opens the file, where it is encrypted.
    pub password: Option<SecretString>,
}
