//! Wallets in Bittensor's own layout: `<path>/<wallet>/hotkeys/<hotkey>` and the public keys beside it.
//!
//! The keyfiles are those of the Python packages `bittensor-wallet` and `bittensor`: JSON with a phrase, a seed or a
//! private key, in plain text or sealed with a password. Everything here blocks; to open a sealed file takes seconds
//! and 512 MiB, and the process opens one at a time.

mod error;
mod file;
mod keyfile;
mod memory;
mod nacl;
mod pair;

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use pylon_models::{Coldkey, Hotkey};
use secrecy::SecretString;

pub use self::error::WalletError;
use self::keyfile::Keyfile;
pub use self::pair::KeyPair;

const COLDKEY: &str = "coldkey";
const COLDKEY_PUBLIC: &str = "coldkeypub.txt";

/// The folder of one wallet.
#[derive(Clone, Debug)]
pub struct WalletFolder {
    folder: PathBuf,
    loose_permissions: bool,
    coldkey: bool,
}

impl WalletFolder {
    /// The wallet of that name below `path`, where `~` is the home folder.
    ///
    /// # Errors
    /// When the name is no name of a folder, or there is no home folder.
    pub fn new(path: impl AsRef<Path>, wallet: &str) -> Result<Self, WalletError> {
        Ok(Self {
            folder: expanded(path.as_ref())?.join(name(wallet)?),
            loose_permissions: false,
            coldkey: false,
        })
    }

    /// Takes private keys that everybody can read, where mounts leave no choice.
    #[must_use]
    pub fn allow_loose_permissions(mut self) -> Self {
        self.loose_permissions = true;
        self
    }

    /// Takes a wallet that holds the private key of its coldkey too, for a feature that signs with it.
    #[must_use]
    pub fn allow_coldkey(mut self) -> Self {
        self.coldkey = true;
        self
    }

    /// Reads the private key of a hotkey; blocks, for seconds where the file is sealed.
    ///
    /// # Errors
    /// When the wallet holds its coldkey's private key, the file cannot be read, everybody else can read it, the
    /// password is missing or wrong, there is not memory enough to try it, or the key is not the one that the file and
    /// the public key beside it name.
    pub fn hotkey(
        &self,
        hotkey: &str,
        password: Option<&SecretString>,
    ) -> Result<KeyPair, WalletError> {
        self.exists()?;
        self.refuse_coldkey()?;
        let path = self.folder.join("hotkeys").join(name(hotkey)?);
        self.private(path, self.public_path(hotkey)?, password)
    }

    /// Reads the private key of the wallet's coldkey, for the feature that [`allow_coldkey`](Self::allow_coldkey)
    /// names; blocks, for seconds where the file is sealed.
    ///
    /// # Errors
    /// Those of [`hotkey`](Self::hotkey).
    pub fn coldkey(&self, password: Option<&SecretString>) -> Result<KeyPair, WalletError> {
        self.exists()?;
        self.refuse_coldkey()?;
        let public = self.folder.join(COLDKEY_PUBLIC);
        self.private(self.folder.join(COLDKEY), public, password)
    }

    /// The key of a private file, if it is the one that the public file beside it names.
    fn private(
        &self,
        path: PathBuf,
        named_by: PathBuf,
        password: Option<&SecretString>,
    ) -> Result<KeyPair, WalletError> {
        let content = file::private(&path, self.loose_permissions)?;
        let content = nacl::opened(&path, content, password)?;
        let pair = Keyfile::parse(&path, &content)?.pair()?;
        match public(&named_by).map(Hotkey::from_bytes) {
            Ok(expected) if expected == pair.hotkey() => Ok(pair),
            Ok(expected) => Err(WalletError::OtherKey {
                path,
                found: pair.hotkey(),
                named_by,
                expected,
            }),
            // Older packages wrote none.
            Err(WalletError::Absent(_)) => Ok(pair),
            Err(error) => Err(error),
        }
    }

    /// The hotkey that its public file names.
    ///
    /// # Errors
    /// When there is no such file, or it names none.
    pub fn public(&self, hotkey: &str) -> Result<Hotkey, WalletError> {
        self.exists()?;
        public(&self.public_path(hotkey)?).map(Hotkey::from_bytes)
    }

    /// The coldkey that its public file names.
    ///
    /// # Errors
    /// When there is no such file, or it names none.
    pub fn coldkey_public(&self) -> Result<Coldkey, WalletError> {
        self.exists()?;
        public(&self.folder.join(COLDKEY_PUBLIC)).map(Coldkey::from_bytes)
    }

    fn public_path(&self, hotkey: &str) -> Result<PathBuf, WalletError> {
        let file = format!("{}pub.txt", name(hotkey)?);
        Ok(self.folder.join("hotkeys").join(file))
    }

    fn exists(&self) -> Result<(), WalletError> {
        match fs::metadata(&self.folder) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(WalletError::NoWallet(self.folder.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(WalletError::NoWallet(self.folder.clone()))
            }
            Err(source) => Err(WalletError::read(&self.folder, source)),
        }
    }

    /// Whoever gets into a process that has a hotkey gets no further than the hotkey.
    fn refuse_coldkey(&self) -> Result<(), WalletError> {
        if self.coldkey {
            return Ok(());
        }
        let path = self.folder.join(COLDKEY);
        match fs::symlink_metadata(&path) {
            Ok(_) => Err(WalletError::Coldkey(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(WalletError::read(&path, source)),
        }
    }
}

fn public(path: &Path) -> Result<[u8; 32], WalletError> {
    Keyfile::parse(path, &file::public(path)?)?.account()
}

/// One part of a path, so that a name leads nowhere else.
fn name(text: &str) -> Result<&str, WalletError> {
    let mut parts = Path::new(text).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == text => Ok(text),
        _ => Err(WalletError::Name(text.to_owned())),
    }
}

fn expanded(path: &Path) -> Result<PathBuf, WalletError> {
    match path.strip_prefix("~") {
        Ok(below) => Ok(std::env::home_dir().ok_or(WalletError::NoHome)?.join(below)),
        Err(_) => Ok(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_out_of_no_folder() {
        for fine in ["default", "my wallet", "a.b", "~"] {
            assert_eq!(name(fine).unwrap(), fine);
        }
        for wrong in ["", ".", "..", "a/b", "/a", "a/", "../a"] {
            assert!(matches!(name(wrong), Err(WalletError::Name(_))), "{wrong}");
        }
    }

    #[test]
    fn a_tilde_is_the_home_folder() {
        let home = std::env::home_dir().unwrap();
        for (path, expected) in [
            ("~", home.clone()),
            ("~/.bittensor/wallets", home.join(".bittensor/wallets")),
            ("/a/~/b", PathBuf::from("/a/~/b")),
            ("~someone/x", PathBuf::from("~someone/x")),
        ] {
            assert_eq!(expanded(Path::new(path)).unwrap(), expected, "{path}");
        }
    }
}
