//! The JSON of a keyfile, as the packages of a decade wrote it.

use std::path::{Path, PathBuf};

use pylon_models::Hotkey;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::{KeyPair, WalletError};

const SR25519: i64 = 1;

/// Every field is optional: public files have no secrets, keys made of a URI have neither phrase nor seed, and files
/// from before 2025 say `null` for what they lack and have no type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    account_id: Option<String>,
    public_key: Option<String>,
    ss58_address: Option<String>,
    crypto_type: Option<i64>,
    secret_phrase: Option<String>,
    secret_seed: Option<String>,
    private_key: Option<String>,
}

impl Drop for Fields {
    fn drop(&mut self) {
        self.secret_phrase.zeroize();
        self.secret_seed.zeroize();
        self.private_key.zeroize();
    }
}

/// The content of a keyfile that is not sealed, or no longer.
pub(super) struct Keyfile {
    path: PathBuf,
    fields: Fields,
}

impl Keyfile {
    pub(super) fn parse(path: &Path, content: &[u8]) -> Result<Self, WalletError> {
        // The parser's own words may quote the file.
        let fields: Fields = serde_json::from_slice(content)
            .map_err(|_| WalletError::content(path, "is not the JSON of a keyfile"))?;
        match fields.crypto_type {
            None | Some(SR25519) => {}
            Some(other) => {
                let scheme = match other {
                    0 => "ed25519".to_owned(),
                    _ => format!("cryptoType {other}"),
                };
                return Err(WalletError::Scheme {
                    path: path.to_owned(),
                    scheme,
                });
            }
        }
        Ok(Self {
            path: path.to_owned(),
            fields,
        })
    }

    /// The account that the file names.
    pub(super) fn account(&self) -> Result<[u8; 32], WalletError> {
        self.named()?
            .ok_or_else(|| self.problem("names no public key"))
    }

    /// The private key. All that the file holds must be one key: the packages differ in which of its forms they read
    /// first.
    pub(super) fn pair(&self) -> Result<KeyPair, WalletError> {
        let fields = &self.fields;
        let forms = [
            fields.private_key.as_deref().map(from_hex::<64>),
            fields.secret_seed.as_deref().map(from_hex::<32>),
            fields.secret_phrase.as_deref().map(KeyPair::from_phrase),
        ];
        if forms.iter().all(Option::is_none) {
            return Err(self.problem("holds no private key"));
        }
        // One that cannot be read does not matter beside another: `bittensor-wallet` 2 to 4 garble a seed whose bytes
        // happen to be text.
        let mut readable = forms.into_iter().flatten().flatten();
        let pair = readable
            .next()
            .ok_or_else(|| self.problem("holds a private key that cannot be read"))?;
        if readable.any(|other| other.hotkey() != pair.hotkey()) {
            return Err(self.problem("holds a phrase, a seed or a private key of different keys"));
        }
        match self.named()?.map(Hotkey::from_bytes) {
            Some(expected) if expected != pair.hotkey() => Err(WalletError::OtherKey {
                path: self.path.clone(),
                found: pair.hotkey(),
                named_by: self.path.clone(),
                expected,
            }),
            _ => Ok(pair),
        }
    }

    fn named(&self) -> Result<Option<[u8; 32]>, WalletError> {
        let fields = &self.fields;
        let hex = [&fields.account_id, &fields.public_key];
        let hex = hex.into_iter().flatten().map(|text| bytes::<32>(text));
        let address = fields.ss58_address.iter().map(|text| {
            let parsed = text.parse::<Hotkey>().ok();
            parsed.map(|key| *key.as_bytes())
        });
        let named: Option<Vec<[u8; 32]>> = hex
            .map(|bytes| bytes.map(|bytes| *bytes))
            .chain(address)
            .collect();
        let named = named.ok_or_else(|| self.problem("names a public key that cannot be read"))?;
        if named.windows(2).any(|pair| pair.first() != pair.last()) {
            return Err(self.problem("names different public keys"));
        }
        Ok(named.first().copied())
    }

    fn problem(&self, problem: &'static str) -> WalletError {
        WalletError::content(&self.path, problem)
    }
}

fn from_hex<const N: usize>(text: &str) -> Option<KeyPair> {
    bytes::<N>(text).and_then(|secret| KeyPair::from_bytes(secret.as_slice()))
}

fn bytes<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    let text = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
    Some(bytes)
}
