//! Calls that Pylon makes: signed without asking the chain more than it has told, submitted, and found again in
//! blocks.

mod again;
mod call;
mod outcomes;
mod refusal;
mod sign;

use pylon_models::{BlockNumber, BlockRef, ExtrinsicHash, Hotkey};
use sp_crypto_hashing::blake2_256;

pub use again::{Again, dispatch_again};
pub use call::Call;
pub use outcomes::{Found, Outcome, WeightsReveal};
pub use refusal::PoolRefusal;

use crate::capabilities::ACCOUNT;
use crate::chain::Chain;
use crate::error::{ReadError, SignError, SubmitError};
use crate::wallet::KeyPair;
use call::Encoded;
use sign::{ERA, Signing};

/// An extrinsic may stand in one of so many blocks after the one that it is valid from.
pub const LIFETIME: u32 = ERA - 1;

/// A signed extrinsic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The runtime's name of the call.
    pub call: &'static str,
    /// Its place among the signer's extrinsics.
    pub nonce: u32,
    /// What it is found by in blocks.
    pub hash: ExtrinsicHash,
    /// What is submitted.
    pub bytes: Vec<u8>,
    /// The last block that may hold it.
    pub valid_until: BlockNumber,
}

impl Chain {
    /// Signs a call for one of the [`LIFETIME`] blocks after `at`, with the versions that the runtime has there.
    ///
    /// # Errors
    /// When the runtime takes no such call, or wants something signed that is not known.
    pub async fn sign(
        &self,
        call: &Call,
        key: &KeyPair,
        nonce: u32,
        at: BlockRef,
    ) -> Result<Signed, SignError> {
        let runtime = self.runtime_at(at.hash).await?;
        let signing = Signing {
            nonce,
            birth: at,
            genesis: self.genesis_hash(),
        };
        let Encoded { name, bytes } = runtime.sign(call, key, &signing)?;
        Ok(Signed {
            call: name,
            nonce,
            hash: ExtrinsicHash::from(blake2_256(&bytes)),
            bytes,
            valid_until: at.number.plus(LIFETIME),
        })
    }

    /// Gives an extrinsic to the node's pool. One that already waits there counts as given.
    ///
    /// `call` is the runtime's name of the call that it makes: pools say less than blocks of why they refuse, and
    /// which of a call's errors it is follows from the call.
    ///
    /// # Errors
    /// When the pool refuses it; or when there is no answer, and then it may wait there all the same.
    pub async fn submit(&self, call: &str, extrinsic: &[u8]) -> Result<(), SubmitError> {
        match self.rpc().submit(extrinsic).await {
            Ok(()) => Ok(()),
            Err(subxt::rpcs::Error::User(error)) if refusal::is_of_pool(error.code) => {
                let data = error.data.as_ref().map(|data| data.get());
                match PoolRefusal::read(call, error.code, &error.message, data) {
                    Some(refusal) => Err(SubmitError::Refused(refusal)),
                    None => Ok(()),
                }
            }
            Err(error) => Err(SubmitError::Rpc(error.into())),
        }
    }

    /// How many extrinsics of an account blocks hold up to this one: the nonce of the next.
    pub async fn nonce(&self, account: &Hotkey, block: BlockRef) -> Result<u32, ReadError> {
        self.pinned(block, "the nonce", |pinned| async move {
            let key = ACCOUNT.key().blake2_128_concat(account.as_bytes());
            let kept = pinned.find(ACCOUNT, key).await?;
            Ok(kept.map_or(0, |kept| kept.nonce))
        })
        .await
    }
}
