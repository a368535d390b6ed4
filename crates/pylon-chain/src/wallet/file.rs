//! The files of a wallet, read whole.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::WalletError;

/// More than any keyfile has.
const LONGEST: u64 = 16 * 1024;
const GROUP: u32 = 0o070;
const OTHERS: u32 = 0o007;

/// A private key. As for ssh, a key that everybody can read is none; a group is often the way into a container.
pub(super) fn private(path: &Path, loose: bool) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    let file = open(path)?;
    let metadata = file
        .metadata()
        .map_err(|source| WalletError::read(path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & OTHERS != 0 && !loose {
        return Err(WalletError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    if mode & (GROUP | OTHERS) != 0 {
        tracing::warn!(
            wallet.file = %path.display(),
            "others than its owner can read a private key (mode {mode:03o})"
        );
    }
    content(path, file)
}

/// A public key, which everybody may read.
pub(super) fn public(path: &Path) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    content(path, open(path)?)
}

fn open(path: &Path) -> Result<File, WalletError> {
    File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => WalletError::Absent(path.to_owned()),
        _ => WalletError::read(path, source),
    })
}

fn content(path: &Path, file: File) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    // Room for all of it, so that no part is left behind in a smaller buffer.
    let mut content = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0)));
    file.take(LONGEST)
        .read_to_end(&mut content)
        .map_err(|source| WalletError::read(path, source))?;
    if content.len() == content.capacity() {
        return Err(WalletError::content(path, "is too long for a keyfile"));
    }
    Ok(content)
}
