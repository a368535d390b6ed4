//! Keyfiles sealed with a password.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use super::{WalletError, memory};

const SEALED: &[u8] = b"$NACL";
/// Ways that the packages sealed keyfiles in before.
const OUTDATED: [(&[u8], &str); 2] = [(b"$ANSIBLE_VAULT", "ansible-vault"), (b"gAAAAA", "fernet")];

/// libsodium's "sensitive" argon2i, with the one salt that all keyfiles share.
const PASSES: u32 = 8;
const MEMORY_KIB: u32 = 512 * 1024;
const LANES: u32 = 1;
const SALT: [u8; 16] = [
    0x13, 0x71, 0x83, 0xdf, 0xf1, 0x5a, 0x09, 0xbc, 0x9c, 0x90, 0xb5, 0x51, 0x87, 0x39, 0xe9, 0xb1,
];
const NONCE: usize = 24;

/// Two at once would take twice the memory.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The plain content of a keyfile; as it is where it is not sealed.
pub(super) fn opened(
    path: &Path,
    content: Zeroizing<Vec<u8>>,
    password: Option<&SecretString>,
) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    for (begins, method) in OUTDATED {
        if content.starts_with(begins) {
            return Err(WalletError::Outdated {
                path: path.to_owned(),
                method,
            });
        }
    }
    let Some(sealed) = content.strip_prefix(SEALED) else {
        return Ok(content);
    };
    let (nonce, sealed) = sealed
        .split_first_chunk::<NONCE>()
        .ok_or_else(|| WalletError::content(path, "is cut off"))?;
    let password = password.ok_or_else(|| WalletError::PasswordMissing(path.to_owned()))?;
    let key = key(path, password)?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key.as_slice()));
    cipher
        .decrypt(Nonce::from_slice(nonce), sealed)
        .map(Zeroizing::new)
        .map_err(|_| WalletError::PasswordWrong(path.to_owned()))
}

fn key(path: &Path, password: &SecretString) -> Result<Zeroizing<[u8; 32]>, WalletError> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let needed = u64::from(MEMORY_KIB) * 1024;
    let short = |room: memory::Room| WalletError::Memory {
        path: path.to_owned(),
        needed: needed >> 20,
        limit: room.limit,
        left: room.bytes >> 20,
    };
    // Past a container's limit the process would be killed without a word.
    if let Some(room) = memory::room().filter(|room| room.bytes < needed) {
        return Err(short(room));
    }
    let failed = |_| WalletError::content(path, "cannot be decrypted with this password");
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    let mut blocks: Vec<Block> = Vec::new();
    blocks
        .try_reserve_exact(params.block_count())
        .map_err(|_| short(memory::Room::NOTHING))?;
    blocks.resize(params.block_count(), Block::default());
    let mut key = Zeroizing::new([0; 32]);
    let hashed = Argon2::new(Algorithm::Argon2i, Version::V0x13, params)
        .hash_password_into_with_memory(
            password.expose_secret().as_bytes(),
            &SALT,
            key.as_mut_slice(),
            blocks.as_mut_slice(),
        );
    for block in &mut blocks {
        block.zeroize();
    }
    hashed.map_err(failed)?;
    Ok(key)
}
