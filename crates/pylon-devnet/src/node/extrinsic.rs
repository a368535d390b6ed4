//! Extrinsics: their bytes, and whether they may enter the pool or a block.

use std::sync::Arc;

use codec::{Compact, Decode, DecodeLimit, Encode};
use sp_crypto_hashing::blake2_256;
use sp_runtime::{
    MultiSignature,
    generic::Era,
    traits::{BlakeTwo256, Hash as _, Verify},
    transaction_validity::{
        InvalidTransaction, TransactionValidityError as Invalidity, UnknownTransaction,
    },
};

use super::{
    chain::View,
    dispatch::{self, CallWeight, balances, fee, guard},
};
use crate::{
    runtime::{
        AccountId, Address, Hash, RuntimeCall,
        extension::{
            ChargeTransactionPayment, CheckMetadataHash, CheckMortality, CheckNonce, Extensions,
            Mode,
        },
        layout::{self, Described, Layout},
        sudo,
        system::{self, DispatchClass, Pays},
        timestamp, version,
    },
    state::State,
};

/// How deep calls may nest, as the real runtime has it.
pub(crate) const MAX_DEPTH: u32 = 256;
const SIGNED_V4: u8 = 0x84;
const BARE_V4: u8 = 0x04;
const BARE_V5: u8 = 0x05;
const GENERAL_V5: u8 = 0x45;

/// Why bytes are no extrinsic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The length before them does not fit.
    #[error("{0}")]
    Envelope(#[source] codec::Error),
    /// The runtime cannot read what is inside.
    #[error("{0}")]
    Content(#[source] codec::Error),
}

/// An extrinsic that carries no signature, decoded no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsigned {
    /// Meant for the block's author.
    Inherent,
    /// Any other call.
    Call,
    /// Authorised by its extensions alone.
    General,
}

impl Unsigned {
    /// What the runtime says of it outside a block.
    pub(crate) fn invalidity(self) -> Invalidity {
        match self {
            Self::Inherent => InvalidTransaction::MandatoryValidation.into(),
            Self::Call => UnknownTransaction::NoUnsignedValidator.into(),
            Self::General => InvalidTransaction::UnknownOrigin.into(),
        }
    }
}

/// What stands in an extrinsic.
#[derive(Clone, Debug)]
pub(crate) enum Extrinsic {
    /// Without a signer.
    Unsigned(Hash, Unsigned),
    /// With one.
    Signed(Box<Transaction>),
}

/// A signed extrinsic.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    /// Hash of the bytes.
    pub(crate) hash: Hash,
    /// The bytes, with their length before them.
    pub(crate) bytes: Arc<[u8]>,
    /// Who signed, or claims to have.
    pub(crate) signer: Address,
    /// Place among the signer's transactions.
    pub(crate) nonce: u32,
    /// What the signer adds to the fee, rao.
    pub(crate) tip: u64,
    /// The call.
    pub(crate) call: RuntimeCall,
    era: Era,
    mode: Mode,
    /// Whose metadata it was made from; a signature is good for that one alone.
    layout: Layout,
    signature: MultiSignature,
    /// The call and the extensions as they were sent: the signed payload's first part.
    payload: Vec<u8>,
}

/// The bytes of an extrinsic without a signer, its length before it.
pub(crate) fn bare(call: &RuntimeCall) -> Arc<[u8]> {
    (BARE_V5, call).encode().encode().into()
}

fn decode_call(input: &mut &[u8], layout: Layout) -> Result<RuntimeCall, codec::Error> {
    let call = layout::describe(Described::Layout(layout), || {
        RuntimeCall::decode_all_with_depth_limit(MAX_DEPTH, input)
    })?;
    if !layout::knows(layout, &call) {
        return Err("Could not decode `RuntimeCall`, variant doesn't exist".into());
    }
    Ok(call)
}

impl Extrinsic {
    /// Reads an extrinsic of a layout from bytes that start with their length.
    pub(crate) fn decode(bytes: &[u8], layout: Layout) -> Result<Self, DecodeError> {
        let mut input = bytes;
        let content = Vec::<u8>::decode(&mut input).map_err(DecodeError::Envelope)?;
        let envelope = bytes.len() - input.len();
        let bytes = bytes.get(..envelope).unwrap_or_default();
        Self::decode_content(bytes, &content, layout).map_err(DecodeError::Content)
    }

    fn decode_content(bytes: &[u8], content: &[u8], layout: Layout) -> Result<Self, codec::Error> {
        let hash = BlakeTwo256::hash(bytes);
        let (&preamble, mut input) = content
            .split_first()
            .ok_or_else(|| codec::Error::from("Not enough data to fill buffer"))?;
        match preamble {
            SIGNED_V4 => {
                let signer = Address::decode(&mut input)?;
                let signature = MultiSignature::decode(&mut input)?;
                let extra_and_call = input;
                let extensions = Extensions::decode(&mut input)?;
                let (extra, call) = extra_and_call.split_at(extra_and_call.len() - input.len());
                let payload = [call, extra].concat();
                let call = decode_call(&mut input, layout)?;
                let (
                    _,
                    _,
                    _,
                    _,
                    CheckMortality(era),
                    CheckNonce(Compact(nonce)),
                    _,
                    ChargeTransactionPayment(Compact(tip)),
                    _,
                    _,
                    _,
                    _,
                    CheckMetadataHash(mode),
                ) = extensions;
                Ok(Self::Signed(Box::new(Transaction {
                    hash,
                    bytes: bytes.into(),
                    signer,
                    nonce,
                    tip,
                    call,
                    era,
                    mode,
                    layout,
                    signature,
                    payload,
                })))
            }
            BARE_V4 | BARE_V5 => {
                let call = decode_call(&mut input, layout)?;
                let kind = match call {
                    RuntimeCall::Timestamp(timestamp::Call::set { .. }) => Unsigned::Inherent,
                    _ => Unsigned::Call,
                };
                Ok(Self::Unsigned(hash, kind))
            }
            GENERAL_V5 => Ok(Self::Unsigned(hash, Unsigned::General)),
            _ => Err("Invalid transaction version".into()),
        }
    }

    /// Hash of the bytes.
    pub(crate) fn hash(&self) -> Hash {
        match self {
            Self::Unsigned(hash, _) => *hash,
            Self::Signed(transaction) => transaction.hash,
        }
    }
}

/// Where a transaction is judged: on a parent's state, for the block after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    /// State before the transaction.
    pub(crate) state: &'a State,
    /// Height of the block that would hold it.
    pub(crate) number: u32,
    /// Hash of the block before that one.
    pub(crate) parent: Hash,
    /// The chain's first block.
    pub(crate) genesis: Hash,
}

impl Site<'_> {
    /// Where the next block's transactions stand.
    pub(crate) fn after(view: &View) -> Site<'_> {
        Site {
            state: &view.best_snapshot().state,
            number: view.best().number().saturating_add(1),
            parent: view.best().hash,
            genesis: view.genesis_hash(),
        }
    }

    fn block_hash(&self, number: u32) -> Option<Hash> {
        if number.checked_add(1) == Some(self.number) {
            return Some(self.parent);
        }
        system::BLOCK_HASH.find(self.state, (number,))
    }
}

impl Transaction {
    /// The signer's account.
    ///
    /// # Errors
    /// Only accounts given by their 32 bytes can sign.
    pub(crate) fn account(&self) -> Result<&AccountId, Invalidity> {
        match &self.signer {
            Address::Id(account) => Ok(account),
            _ => Err(UnknownTransaction::CannotLookup.into()),
        }
    }

    /// Weight, class and fee mode of its call.
    pub(crate) fn weight(&self) -> CallWeight {
        dispatch::weight(&self.call)
    }

    /// The fee that it pays, with its tip, rao.
    pub(crate) fn fee(&self) -> u64 {
        fee::fee(&self.weight(), self.bytes.len(), self.tip)
    }

    /// Rank in the pool. A tip does not raise it: subtensor ranks by class alone, and puts the
    /// sudo key's calls first.
    pub(crate) fn priority(&self) -> u64 {
        if matches!(self.call, RuntimeCall::Sudo(_)) {
            return u64::MAX;
        }
        match self.weight().class {
            DispatchClass::Normal | DispatchClass::Mandatory => 1,
            DispatchClass::Operational => 10_000_000_000,
        }
    }

    /// What no other of the signer's transactions in a pool can hold.
    pub(crate) fn tag(&self, state: &State) -> Option<u16> {
        guard::tag(state, &self.call)
    }

    /// The first height, counted from a block at `number`, at which its era is over.
    pub(crate) fn death(&self, number: u32) -> u64 {
        self.era.death(u64::from(number))
    }

    /// Everything that the runtime checks before a pool takes a transaction, in its order.
    pub(crate) fn validate(&self, site: &Site<'_>) -> Result<(), Invalidity> {
        let account = self.account()?;
        let implicit = self.implicit(site)?;
        let mut payload = [&self.payload[..], &implicit].concat();
        if payload.len() > 256 {
            payload = blake2_256(&payload).to_vec();
        }
        if !self.signature.verify(&payload[..], account) {
            return Err(InvalidTransaction::BadProof.into());
        }
        self.validate_signed(site)
    }

    /// The same without the signature, which stays good until the era is over or the runtime is
    /// another one.
    pub(crate) fn validate_signed(&self, site: &Site<'_>) -> Result<(), Invalidity> {
        if self.layout != Layout::of(site.state) {
            return Err(InvalidTransaction::BadProof.into());
        }
        self.birth_hash(site)?;
        let account = self.account()?;
        let weight = self.weight();
        if weight.class == DispatchClass::Mandatory {
            return Err(InvalidTransaction::MandatoryValidation.into());
        }
        if AsRef::<[u8; 32]>::as_ref(account) == &[0; 32] {
            return Err(InvalidTransaction::BadSigner.into());
        }
        let stored = system::ACCOUNT.get(site.state, (account.clone(),));
        let referenced = stored.providers > 0 || stored.sufficients > 0;
        if weight.pays_fee == Pays::Yes && !referenced {
            return Err(InvalidTransaction::Payment.into());
        }
        if self.nonce < stored.nonce {
            return Err(InvalidTransaction::Stale.into());
        }
        if self.bytes.len() > fee::MAX_NORMAL_LENGTH {
            return Err(InvalidTransaction::ExhaustsResources.into());
        }
        let fee = self.fee();
        if fee > 0 && !balances::can_pay(site.state, account, fee) {
            return Err(InvalidTransaction::Payment.into());
        }
        if matches!(self.call, RuntimeCall::Sudo(_))
            && sudo::KEY.find(site.state, ()).as_ref() != Some(account)
        {
            return Err(InvalidTransaction::BadSigner.into());
        }
        guard::check_transaction(site.state, site.number.into(), account, &self.call)
            .map_err(|error| guard::invalidity(&error).into())
    }

    /// What is signed but not sent: versions, genesis, the era's first block, the metadata's hash.
    fn implicit(&self, site: &Site<'_>) -> Result<Vec<u8>, Invalidity> {
        let version = version(Layout::of(site.state));
        let birth = self.birth_hash(site)?;
        match self.mode {
            Mode::Disabled => {}
            // This runtime, like finney's, is built without its metadata's hash.
            Mode::Enabled => return Err(UnknownTransaction::CannotLookup.into()),
        }
        let metadata_hash = None::<[u8; 32]>;
        Ok((
            version.spec_version,
            version.transaction_version,
            site.genesis,
            birth,
            metadata_hash,
        )
            .encode())
    }

    fn birth_hash(&self, site: &Site<'_>) -> Result<Hash, Invalidity> {
        let birth = self.era.birth(u64::from(site.number));
        u32::try_from(birth)
            .ok()
            .and_then(|birth| site.block_hash(birth))
            .ok_or_else(|| InvalidTransaction::AncientBirthBlock.into())
    }
}
