//! Identities as they are written, and as they are shown.

use std::collections::BTreeMap;

use pylon_models::{Coldkey, Hotkey, IdentityName, NetUid};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sign::{SignScope, SignSettings};
use super::{ConfigError, KeySource, OwnerSource, Rate, Token, WalletKey, secret};

/// An identity: a name that clients call, a subnet, tokens that open it, a key that signs for it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The one subnet it belongs to.
    pub netuid: NetUid,
    /// Its bearer token.
    pub token: Option<Token>,
    /// More of them, by name. Without any the identity is closed.
    pub tokens: BTreeMap<String, NamedToken>,
    /// The hotkey's address: whose `self` is, where a path says so. With a key it is that one's.
    pub hotkey: Option<Hotkey>,
    /// The key that it signs with; without one it only reads.
    pub key: Option<KeySource>,
    /// The key that sets its subnet's hyperparameters; without one nobody does.
    pub owner: Option<OwnerSource>,
    /// Which requests it signs for those who have its token.
    pub sign: SignScope,
}

/// One of several tokens of an identity.
#[derive(Clone, Debug)]
pub struct NamedToken {
    /// The token; one that is empty opens nothing.
    pub token: Option<Token>,
    /// How often it may be shown, where it has a limit of its own.
    pub limit: Option<Rate>,
}

/// The keys of `[identities.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IdentitySettings {
    netuid: Option<NetUid>,
    #[serde(deserialize_with = "secret::deserialize")]
    token: Option<Token>,
    tokens: BTreeMap<String, TokenSettings>,
    hotkey: Option<Hotkey>,
    wallet_name: Option<String>,
    hotkey_name: Option<String>,
    #[serde(deserialize_with = "secret::deserialize")]
    hotkey_password: Option<Token>,
    owner_wallet_name: Option<String>,
    owner_hotkey_name: Option<String>,
    #[serde(deserialize_with = "secret::deserialize")]
    owner_password: Option<Token>,
    owner_coldkey: Option<Coldkey>,
    sign: SignSettings,
}

/// The keys of `[identities.NAME.tokens.OTHER]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TokenSettings {
    #[serde(deserialize_with = "secret::deserialize")]
    token: Option<Token>,
    requests_per_second: Option<f64>,
    burst: Option<u32>,
}

impl IdentitySettings {
    pub(super) fn named(self, name: &str) -> Result<(IdentityName, Identity), ConfigError> {
        let parsed = name.parse().map_err(|source| ConfigError::IdentityName {
            name: name.to_owned(),
            source,
        })?;
        let netuid = self
            .netuid
            .ok_or_else(|| ConfigError::IdentityWithoutNetuid {
                name: name.to_owned(),
            })?;
        let key = key(
            name,
            self.wallet_name,
            self.hotkey_name,
            self.hotkey_password,
        )?;
        let owner = owner(
            name,
            self.owner_wallet_name,
            self.owner_hotkey_name,
            self.owner_password,
            self.owner_coldkey,
        )?;
        let tokens = self.tokens.into_iter();
        let tokens = tokens.map(|(token, settings)| settings.named(name, token));
        let identity = Identity {
            netuid,
            token: self.token,
            tokens: tokens.collect::<Result<_, _>>()?,
            hotkey: self.hotkey,
            key,
            owner,
            sign: self.sign.into_scope(name, netuid)?,
        };
        Ok((parsed, identity))
    }
}

impl TokenSettings {
    fn named(self, identity: &str, name: String) -> Result<(String, NamedToken), ConfigError> {
        let table = format!("identities.{identity}.tokens.{name}");
        if !is_token_name(&name) {
            let problem = "is no name of a token: 1 to 32 of a-z, 0-9 and _, not ending in _file";
            return Err(ConfigError::value(table, problem));
        }
        let token = NamedToken {
            limit: Rate::read(&table, self.requests_per_second, self.burst)?,
            token: self.token,
        };
        Ok((name, token))
    }
}

/// Names are those that a variable can have too: `NAME_file` is the file of `NAME`.
fn is_token_name(name: &str) -> bool {
    let fits =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    (1..=32).contains(&name.len()) && name.bytes().all(fits) && !name.ends_with("_file")
}

fn key(
    identity: &str,
    wallet_name: Option<String>,
    hotkey_name: Option<String>,
    password: Option<Token>,
) -> Result<Option<KeySource>, ConfigError> {
    match (set(wallet_name), set(hotkey_name)) {
        (Some(wallet_name), Some(hotkey_name)) => Ok(Some(KeySource::Wallet(WalletKey {
            wallet_name,
            hotkey_name,
            password: secret_of(password),
        }))),
        (None, None) => Ok(None),
        _ => Err(ConfigError::HalfAWallet {
            name: identity.to_owned(),
        }),
    }
}

fn owner(
    identity: &str,
    wallet_name: Option<String>,
    hotkey_name: Option<String>,
    password: Option<Token>,
    on_behalf_of: Option<Coldkey>,
) -> Result<Option<OwnerSource>, ConfigError> {
    let password = secret_of(password);
    let key = match (set(wallet_name), set(hotkey_name)) {
        (Some(wallet_name), Some(hotkey_name)) => KeySource::Wallet(WalletKey {
            wallet_name,
            hotkey_name,
            password,
        }),
        (Some(wallet_name), None) => KeySource::Coldkey {
            wallet_name,
            password,
        },
        (None, None) if on_behalf_of.is_none() => return Ok(None),
        (None, _) => {
            return Err(ConfigError::OwnerWithoutWallet {
                name: identity.to_owned(),
            });
        }
    };
    Ok(Some(OwnerSource {
        key: Some(key),
        on_behalf_of,
    }))
}

/// A name, unless it is empty, which is not set.
fn set(name: Option<String>) -> Option<String> {
    name.filter(|name| !name.is_empty())
}

fn secret_of(password: Option<Token>) -> Option<SecretString> {
    password.map(|password| SecretString::from(password.expose()))
}

/// In place of a secret that is set.
pub(super) fn redacted(token: Option<&Token>) -> &'static str {
    if token.is_some() { "<redacted>" } else { "" }
}

impl Identity {
    /// One that has a subnet and nothing else.
    pub(crate) fn reader(netuid: NetUid) -> Self {
        Self {
            netuid,
            token: None,
            tokens: BTreeMap::new(),
            hotkey: None,
            key: None,
            owner: None,
            sign: SignScope::none(netuid),
        }
    }

    /// In the shape of `pylon.toml`, without secrets.
    pub(super) fn shown(&self) -> Value {
        let hidden = |there: bool| if there { "<redacted>" } else { "" };
        let of = |key: Option<&KeySource>| match key {
            Some(KeySource::Wallet(key)) => (
                Some(key.wallet_name.clone()),
                Some(key.hotkey_name.clone()),
                hidden(key.password.is_some()),
            ),
            Some(KeySource::Coldkey {
                wallet_name,
                password,
            }) => (Some(wallet_name.clone()), None, hidden(password.is_some())),
            Some(KeySource::Dev(_)) | None => (None, None, hidden(false)),
        };
        let wallet = of(self.key.as_ref());
        let owner = of(self.owner.as_ref().and_then(|owner| owner.key.as_ref()));
        let behalf = self.owner.as_ref().and_then(|owner| owner.on_behalf_of);
        let tokens: BTreeMap<_, _> = self
            .tokens
            .iter()
            .map(|(name, token)| {
                let shown = json!({
                    "token": redacted(token.token.as_ref()),
                    "requests_per_second": token.limit.map(|limit| limit.requests_per_second),
                    "burst": token.limit.map(|limit| limit.burst),
                });
                (name, shown)
            })
            .collect();
        json!({
            "netuid": self.netuid,
            "token": redacted(self.token.as_ref()),
            "tokens": tokens,
            "hotkey": self.hotkey,
            "wallet_name": wallet.0,
            "hotkey_name": wallet.1,
            "hotkey_password": wallet.2,
            "owner_wallet_name": owner.0,
            "owner_hotkey_name": owner.1,
            "owner_password": owner.2,
            "owner_coldkey": behalf,
            "sign": self.sign.shown(),
        })
    }
}
