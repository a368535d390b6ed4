//! Where the keys are that identities sign with.

use std::path::PathBuf;

use pylon_models::Coldkey;
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
    /// A wallet's coldkey, which nothing but an owner's hyperparameters needs.
    Coldkey {
        /// The name of the wallet's folder.
        wallet_name: String,
        /// What opens the file, where it is encrypted.
        password: Option<SecretString>,
    },
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

/// The key that sets the hyperparameters of an identity's subnet.
#[derive(Clone, Debug)]
pub struct OwnerSource {
    /// Where it comes from: the owner's coldkey, or the key of a proxy.
    ///
    /// Taken when it is read, once, at start.
    pub key: Option<KeySource>,
    /// The owner that a proxy acts for.
    pub on_behalf_of: Option<Coldkey>,
}
