//! The keys that identities sign with, read once at start.

use std::collections::BTreeMap;
use std::sync::Arc;

use pylon_chain::{KeyPair, WalletError, WalletFolder};
use pylon_models::{Coldkey, Hotkey, IdentityName, Retry};

use crate::config::{Config, Identity, KeySource, WalletKey, Wallets, variables};

/// The keys of the identities that have some.
#[derive(Default)]
pub(crate) struct Keys {
    /// What identities sign with.
    pub(crate) hotkeys: BTreeMap<IdentityName, Arc<KeyPair>>,
    /// What sets the hyperparameters of their subnets.
    pub(crate) owners: BTreeMap<IdentityName, OwnerKey>,
}

/// The key of a subnet's owner, or of a proxy of theirs.
#[derive(Clone)]
pub(crate) struct OwnerKey {
    pub(crate) key: Arc<KeyPair>,
    /// The owner that a proxy acts for.
    pub(crate) on_behalf_of: Option<Coldkey>,
}

impl OwnerKey {
    /// The account that has to own the subnet.
    pub(crate) fn owner(&self) -> Coldkey {
        self.on_behalf_of.unwrap_or_else(|| self.key.coldkey())
    }
}

impl Keys {
    /// Every key by its account: one that several identities act with stands once.
    pub(crate) fn by_account(&self) -> BTreeMap<Hotkey, Arc<KeyPair>> {
        let owners = self.owners.values().map(|owner| &owner.key);
        let all = self.hotkeys.values().chain(owners);
        all.map(|key| (key.hotkey(), Arc::clone(key))).collect()
    }
}

/// What was read for an identity.
#[derive(Default)]
pub(crate) struct Read {
    /// Its hotkey, where it has one.
    pub(crate) hotkey: Option<KeyPair>,
    /// Its subnet's owner's, where that is configured.
    pub(crate) owner: Option<KeyPair>,
}

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
            KeyProblem::Wallet(WalletError::PasswordMissing(path)) => {
                let is_coldkey = path.file_name().is_some_and(|name| name == "coldkey");
                let password = if is_coldkey {
                    "OWNER_PASSWORD"
                } else {
                    "HOTKEY_PASSWORD"
                };
                let variable = variables::of_identity(identity.as_str(), password);
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
    let mut keys = Keys::default();
    for (name, read) in read(config).await {
        let read = read?;
        let Some(identity) = config.identities.get_mut(&name) else {
            continue;
        };
        if let Some(key) = read.hotkey {
            tracing::info!(identity.name = %name, "an identity signs with {}", key.hotkey());
            identity.hotkey = Some(key.hotkey());
            keys.hotkeys.insert(name.clone(), Arc::new(key));
        }
        if let Some(key) = read.owner {
            let owner = OwnerKey {
                key: Arc::new(key),
                on_behalf_of: identity.owner.take().and_then(|owner| owner.on_behalf_of),
            };
            tracing::info!(identity.name = %name, "an identity sets hyperparameters as {}", owner.owner());
            keys.owners.insert(name, owner);
        }
    }
    Ok(keys)
}

/// What is read for each identity, one after the other. Encrypted ones take seconds, on a thread that may block.
pub(crate) async fn read(config: &mut Config) -> Vec<(IdentityName, Result<Read, KeyError>)> {
    let mut results = Vec::new();
    for (name, identity) in &mut config.identities {
        let read = of_identity(&config.wallet, identity).await;
        let read = read.map_err(|problem| KeyError::new(name.clone(), problem));
        results.push((name.clone(), read));
    }
    results
}

async fn of_identity(wallets: &Wallets, identity: &mut Identity) -> Result<Read, KeyProblem> {
    let mut read = Read::default();
    // The one feature that needs a coldkey is named by naming its wallet.
    let coldkey_of = identity.owner.as_ref().and_then(|owner| match &owner.key {
        Some(KeySource::Coldkey { wallet_name, .. }) => Some(wallet_name.clone()),
        _ => None,
    });
    // With the passwords, which are wiped when the thread is done with them.
    if let Some(source) = identity.key.take() {
        let key = off_thread(wallets, source, coldkey_of.clone()).await?;
        read.hotkey = Some(expected(identity, key)?);
    }
    let owner = identity.owner.as_mut().and_then(|owner| owner.key.take());
    if let Some(source) = owner {
        read.owner = Some(off_thread(wallets, source, coldkey_of).await?);
    }
    Ok(read)
}

async fn off_thread(
    wallets: &Wallets,
    source: KeySource,
    coldkey_of: Option<String>,
) -> Result<KeyPair, KeyProblem> {
    let wallets = wallets.clone();
    tokio::task::spawn_blocking(move || one(&wallets, source, coldkey_of.as_deref()))
        .await
        .unwrap_or(Err(KeyProblem::Interrupted))
}

fn one(
    wallets: &Wallets,
    source: KeySource,
    coldkey_of: Option<&str>,
) -> Result<KeyPair, KeyProblem> {
    let folder = |wallet_name: &str| {
        let mut folder = WalletFolder::new(&wallets.path, wallet_name)?;
        if wallets.allow_loose_permissions {
            folder = folder.allow_loose_permissions();
        }
        if coldkey_of == Some(wallet_name) {
            folder = folder.allow_coldkey();
        }
        Ok::<_, WalletError>(folder)
    };
    match source {
        KeySource::Dev(name) => KeyPair::dev(name).ok_or(KeyProblem::Dev(name)),
        KeySource::Wallet(WalletKey {
            wallet_name,
            hotkey_name,
            password,
        }) => Ok(folder(&wallet_name)?.hotkey(&hotkey_name, password.as_ref())?),
        KeySource::Coldkey {
            wallet_name,
            password,
        } => Ok(folder(&wallet_name)?.coldkey(password.as_ref())?),
    }
}

/// The key, if it is the one whose address is configured beside it.
fn expected(identity: &Identity, key: KeyPair) -> Result<KeyPair, KeyProblem> {
    match identity.hotkey {
        Some(configured) if configured != key.hotkey() => Err(KeyProblem::OtherHotkey {
            configured,
            found: key.hotkey(),
        }),
        _ => Ok(key),
    }
}
