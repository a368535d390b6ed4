//! The hotkeys that identities sign with, read once at start.

use std::collections::BTreeMap;
use std::sync::Arc;

use pylon_chain::{HotkeyPair, WalletError, WalletFolder};
use pylon_models::{Hotkey, IdentityName, Retry};

use crate::config::{Config, Identity, KeySource, WalletKey, Wallets, variables};

/// The keys of the identities that have one.
pub(crate) type Keys = BTreeMap<IdentityName, Arc<HotkeyPair>>;

/// Why an identity's key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("identity `{identity}` cannot sign{}", remedy.as_deref().unwrap_or_default())]
pub struct KeyError {
    identity: IdentityName,
    /// What the operator can set here, where that would do.
    remedy: Option<String>,
    #[source]
    problem: Box<KeyProblem>,
}

#[derive(Debug, thiserror::Error)]
enum KeyProblem {
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("its hotkey is configured as {configured}, and its wallet holds {found}")]
    OtherHotkey { configured: Hotkey, found: Hotkey },
    #[error("there is no development key `{0}`")]
    Dev(&'static str),
    #[error("the key was not read to its end")]
    Interrupted,
}

impl KeyError {
    fn new(identity: IdentityName, problem: KeyProblem) -> Self {
        let remedy = match &problem {
            KeyProblem::Wallet(WalletError::PasswordMissing(_)) => {
                let variable = variables::of_identity(identity.as_str(), "HOTKEY_PASSWORD");
                Some(format!(" (set PYLON_{variable} or PYLON_{variable}_FILE)"))
            }
            KeyProblem::Wallet(WalletError::Exposed { .. }) => {
                Some(" (unless wallet.allow_loose_permissions is set)".to_owned())
            }
            _ => None,
        };
        Self {
            identity,
            remedy,
            problem: Box::new(problem),
        }
    }

    /// The operator has to act first.
    #[must_use]
    pub fn retry(&self) -> Retry {
        Retry::Never
    }
}

/// Reads every key, or says why one cannot be read. Afterwards the configuration has the hotkey of each, and no
/// password.
pub(crate) async fn load(config: &mut Config) -> Result<Keys, KeyError> {
    let mut keys = Keys::new();
    for (name, key) in read(config).await {
        if let Some(key) = key? {
            tracing::info!(identity.name = %name, "an identity signs with {}", key.hotkey());
            if let Some(identity) = config.identities.get_mut(&name) {
                identity.hotkey = Some(key.hotkey());
            }
            keys.insert(name, Arc::new(key));
        }
    }
    Ok(keys)
}

/// What is read for each identity, one after the other. Encrypted ones take seconds, on a thread that may block.
pub(crate) async fn read(
    config: &mut Config,
) -> Vec<(IdentityName, Result<Option<HotkeyPair>, KeyError>)> {
    let mut results = Vec::new();
    for (name, identity) in &mut config.identities {
        let wallets = config.wallet.clone();
        // With the password, which is wiped when the thread is done with it.
        let source = identity.key.take();
        let read = match source {
            None => Ok(None),
            Some(source) => tokio::task::spawn_blocking(move || one(&wallets, source))
                .await
                .unwrap_or(Err(KeyProblem::Interrupted))
                .and_then(|key| expected(identity, key).map(Some)),
        };
        let read = read.map_err(|problem| KeyError::new(name.clone(), problem));
        results.push((name.clone(), read));
    }
    results
}

fn one(wallets: &Wallets, source: KeySource) -> Result<HotkeyPair, KeyProblem> {
    match source {
        KeySource::Dev(name) => HotkeyPair::dev(name).ok_or(KeyProblem::Dev(name)),
        KeySource::Wallet(WalletKey {
            wallet_name,
            hotkey_name,
            password,
        }) => {
            let mut folder = WalletFolder::new(&wallets.path, &wallet_name)?;
            if wallets.allow_loose_permissions {
                folder = folder.allow_loose_permissions();
            }
            Ok(folder.hotkey(&hotkey_name, password.as_ref())?)
        }
    }
}

/// The key, if it is the one whose address is configured beside it.
fn expected(identity: &Identity, key: HotkeyPair) -> Result<HotkeyPair, KeyProblem> {
    match identity.hotkey {
        Some(configured) if configured != key.hotkey() => Err(KeyProblem::OtherHotkey {
            configured,
            found: key.hotkey(),
        }),
        _ => Ok(key),
    }
}
