//! Signs requests to other neurons for whoever has an identity's token: what is signed is built here, of parts that were
//! checked, and every signature is a row in the database before anybody gets it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pylon_chain::KeyPair;
use pylon_models::wire::{SignedBody, SignedRequestBody};
use pylon_models::{AuthScheme, BlockRef, Hotkey, IdentityName, NetUid, Timestamp};
use pylon_scoring::request::btauth::Crypto;
use pylon_scoring::request::{Request, btauth, epistula};
use pylon_storage::{Signature, Storage, StorageError};
use sha2::{Digest, Sha256};

use crate::blocks::At;
use crate::config::{Config, Receivers};
use crate::keys::Keys;
use crate::limit::Limiter;
use crate::load::LoadError;
use crate::metrics::{Metrics, SignedLabels};
use crate::snapshots::Snapshots;

/// A clock that was set back by less than this is waited for with nonces.
const SET_BACK: u64 = 1_000_000_000;

/// Signs for every identity that has a key.
pub(crate) struct Signer {
    identities: BTreeMap<IdentityName, Scope>,
    /// The last nonce, whoever signed with it.
    nonce: AtomicU64,
    storage: Storage,
    snapshots: Snapshots,
    metrics: Metrics,
}

/// What is signed for an identity.
struct Scope {
    key: Arc<KeyPair>,
    schemes: BTreeSet<AuthScheme>,
    receivers: Receivers,
    limiter: Limiter,
}

/// A request that is to be signed.
pub(crate) struct ToSign {
    pub(crate) scheme: AuthScheme,
    pub(crate) request: Request,
    pub(crate) receiver: Hotkey,
}

/// Why a request is not signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    #[error("the identity signs no requests by {0}")]
    Scheme(AuthScheme),
    #[error("too many requests were signed for the identity")]
    TooMany(Duration),
    #[error("{receiver} is registered on none of the subnets {netuids:?}")]
    Receiver {
        receiver: Hotkey,
        netuids: Vec<NetUid>,
    },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Signer {
    pub(crate) fn new(
        config: &Config,
        keys: &Keys,
        storage: Storage,
        snapshots: Snapshots,
        metrics: Metrics,
    ) -> Self {
        let scope = |(name, key): (&IdentityName, &Arc<KeyPair>)| {
            let sign = &config.identities.get(name)?.sign;
            let scope = Scope {
                key: Arc::clone(key),
                schemes: sign.schemes.clone(),
                receivers: sign.receivers.clone(),
                limiter: Limiter::new(sign.limit),
            };
            Some((name.clone(), scope))
        };
        Self {
            identities: keys.hotkeys.iter().filter_map(scope).collect(),
            nonce: AtomicU64::new(0),
            storage,
            snapshots,
            metrics,
        }
    }

    /// The request as its sender has to send it.
    pub(crate) async fn sign(
        &self,
        identity: &IdentityName,
        asked: ToSign,
    ) -> Result<SignedRequestBody, SignError> {
        let scheme = asked.scheme;
        let signed = self.try_to_sign(identity, asked).await;
        let outcome = match &signed {
            Ok(_) => "signed",
            Err(SignError::TooMany(_)) => "limited",
            Err(SignError::Scheme(_) | SignError::Receiver { .. }) => "refused",
            Err(SignError::Load(_) | SignError::Storage(_)) => "failed",
        };
        let labels = SignedLabels {
            scheme: scheme.as_str(),
            outcome,
        };
        self.metrics.signed_requests.get_or_create(&labels).inc();
        signed
    }

    async fn try_to_sign(
        &self,
        identity: &IdentityName,
        asked: ToSign,
    ) -> Result<SignedRequestBody, SignError> {
        let scope = self.identities.get(identity);
        let scope = scope
            .filter(|scope| scope.schemes.contains(&asked.scheme))
            .ok_or(SignError::Scheme(asked.scheme))?;
        scope.limiter.take().map_err(SignError::TooMany)?;
        let block = self.registered(&scope.receivers, asked.receiver).await?;

        let sender = scope.key.hotkey();
        let draft = self.draft(asked, sender);
        let digest = format!("0x{:x}", Sha256::digest(&draft.message));
        self.storage
            .record_signature(Signature {
                at: Timestamp::now(),
                identity: identity.clone(),
                hotkey: sender,
                purpose: draft.scheme.as_str().to_owned(),
                digest: digest.clone(),
                job: None,
            })
            .await?;
        Ok(draft.signed(&scope.key, block, digest))
    }

    /// The block at which the receiver is registered where it has to be; none where any receiver will do.
    async fn registered(
        &self,
        receivers: &Receivers,
        receiver: Hotkey,
    ) -> Result<Option<BlockRef>, SignError> {
        let Receivers::On(netuids) = receivers else {
            return Ok(None);
        };
        for netuid in netuids {
            let page = match self.snapshots.get(*netuid, At::Best).await {
                Ok((page, _)) => page,
                Err(LoadError::NoSuchSubnet(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let mut neurons = page.snapshot().neurons.iter();
            if neurons.any(|neuron| neuron.hotkey == receiver) {
                return Ok(Some(page.block()));
            }
        }
        Err(SignError::Receiver {
            receiver,
            netuids: netuids.clone(),
        })
    }

    fn draft(&self, asked: ToSign, sender: Hotkey) -> Draft {
        let receiver = asked.receiver;
        let form = match asked.scheme {
            AuthScheme::Btauth1 => Form::Btauth(btauth::Signed {
                request: asked.request,
                crypto: Crypto::Sr25519,
                nonce: self.next_nonce(),
                sender,
                receiver: Some(receiver),
            }),
            AuthScheme::Epistula2 => Form::Epistula(epistula::Signed {
                body: asked.request.body,
                uuid: epistula::uuid(rand::random()),
                timestamp: u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX),
                sender,
                receiver: Some(receiver),
            }),
        };
        Draft {
            scheme: asked.scheme,
            message: match &form {
                Form::Btauth(signed) => signed.message(),
                Form::Epistula(signed) => signed.message(),
            },
            form,
            sender,
            receiver,
        }
    }

    /// The time in nanoseconds, or one more than the last: receivers take each nonce of a sender once.
    fn next_nonce(&self) -> u64 {
        let now = u64::try_from(since_1970().as_nanos()).unwrap_or(u64::MAX);
        let next = |last: u64| {
            if last >= now && last - now < SET_BACK {
                last + 1
            } else {
                now
            }
        };
        let order = Ordering::Relaxed;
        let last = self
            .nonce
            .fetch_update(order, order, |last| Some(next(last)));
        last.map_or(now, next)
    }
}

/// What is about to be signed.
struct Draft {
    scheme: AuthScheme,
    form: Form,
    message: String,
    sender: Hotkey,
    receiver: Hotkey,
}

enum Form {
    Btauth(btauth::Signed),
    Epistula(epistula::Signed),
}

impl Draft {
    fn signed(self, key: &KeyPair, block: Option<BlockRef>, digest: String) -> SignedRequestBody {
        let signature = key.sign(self.message.as_bytes());
        let (headers, nonce, timestamp, uuid) = match self.form {
            Form::Btauth(signed) => (signed.headers(&signature), Some(signed.nonce), None, None),
            Form::Epistula(signed) => (
                signed.headers(&signature),
                None,
                Some(signed.timestamp),
                Some(signed.uuid),
            ),
        };
        let headers = headers.into_iter();
        SignedRequestBody {
            block,
            scheme: self.scheme,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            signed: SignedBody {
                sender: self.sender,
                receiver: self.receiver,
                nonce,
                timestamp,
                uuid,
                digest,
            },
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
