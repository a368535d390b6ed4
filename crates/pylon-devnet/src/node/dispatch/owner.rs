//! What subnet owners may do: whom the chain takes for one, how often, and when not.

use sp_runtime::DispatchError;

use super::{Context, Origin, ensure};
use crate::{
    runtime::{
        AccountId, api,
        subtensor::{
            ADMIN_FREEZE_WINDOW, Error, Hyperparameter, LAST_RATE_LIMITED_BLOCK, MIN_TEMPO,
            OWNER_HYPERPARAM_RATE_LIMIT, RateLimitKey, SUBNET_OWNER, TEMPO,
            TRANSACTION_KEY_LAST_BLOCK, WEIGHTS_VERSION_KEY_RATE_LIMIT,
        },
    },
    state::State,
};

/// Blocks between two changes of a subnet's owner hotkey: a week.
const OWNER_HOTKEY_BLOCKS: u64 = 50_400;
/// Blocks between two changes of a subnet's mechanisms, or of their parts: a day.
const MECHANISM_BLOCKS: u64 = 7_200;

/// The subnet's owner, none for root; anybody else is refused.
pub(super) fn ensure_owner_or_root<'a>(
    state: &State,
    origin: &'a Origin,
    netuid: u16,
) -> Result<Option<&'a AccountId>, DispatchError> {
    match origin.signer() {
        None => Ok(None),
        Some(_) => ensure_owner(state, origin, netuid).map(Some),
    }
}

/// The subnet's owner; anybody else is refused, root too.
pub(super) fn ensure_owner<'a>(
    state: &State,
    origin: &'a Origin,
    netuid: u16,
) -> Result<&'a AccountId, DispatchError> {
    let who = origin.ensure_signed()?;
    let owner = SUBNET_OWNER.find(state, (netuid,));
    ensure(owner.as_ref() == Some(who), DispatchError::BadOrigin)?;
    Ok(who)
}

/// Blocks to the epoch that is due by the tempo alone.
pub(super) fn blocks_until_next_auto_epoch(state: &State, netuid: u16, block: u64) -> u64 {
    let schedule = api::schedule(state, netuid);
    match schedule.tempo {
        0 => u64::MAX,
        tempo => schedule
            .last_epoch_block
            .saturating_add(tempo.into())
            .saturating_sub(block),
    }
}

/// Nothing is set shortly before an epoch, nor while one that was triggered is awaited.
pub(super) fn ensure_window_open(state: &State, netuid: u16, block: u64) -> Result<(), Error> {
    let schedule = api::schedule(state, netuid);
    let window = u64::from(ADMIN_FREEZE_WINDOW.get(state, ()));
    let frozen = schedule.tempo != 0
        && (schedule.pending_epoch_at > block
            || blocks_until_next_auto_epoch(state, netuid, block) < window);
    ensure(!frozen, Error::AdminActionProhibitedDuringWeightsWindow)
}

/// Calls that owners make once in a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    WeightsVersionKey,
    OwnerHotkey,
    Hyperparameter(Hyperparameter),
    MechanismCount,
    MechanismEmission,
    Tempo,
}

/// Where the chain keeps when a limited call was last made.
enum Last {
    Limited(RateLimitKey),
    /// With the number of the call's kind.
    OfKey(u16),
}

impl Limit {
    /// Blocks from one call to the next.
    fn blocks(&self, state: &State, netuid: u16) -> u64 {
        let tempo = u64::from(TEMPO.get(state, (netuid,)));
        match self {
            Self::WeightsVersionKey => {
                tempo.saturating_mul(WEIGHTS_VERSION_KEY_RATE_LIMIT.get(state, ()))
            }
            Self::Hyperparameter(_) => {
                tempo.saturating_mul(OWNER_HYPERPARAM_RATE_LIMIT.get(state, ()).into())
            }
            Self::OwnerHotkey => OWNER_HOTKEY_BLOCKS,
            Self::MechanismCount | Self::MechanismEmission => MECHANISM_BLOCKS,
            Self::Tempo => MIN_TEMPO.into(),
        }
    }

    fn last(&self, netuid: u16) -> Last {
        match self {
            Self::OwnerHotkey => Last::Limited(RateLimitKey::SetSNOwnerHotkey(netuid)),
            Self::Hyperparameter(parameter) => Last::Limited(RateLimitKey::OwnerHyperparamUpdate(
                netuid,
                parameter.clone(),
            )),
            Self::WeightsVersionKey => Last::OfKey(4),
            Self::MechanismCount => Last::OfKey(7),
            Self::MechanismEmission => Last::OfKey(8),
            Self::Tempo => Last::OfKey(11),
        }
    }

    /// Whether `who` may make the call again.
    pub(super) fn ensure(
        &self,
        state: &State,
        who: &AccountId,
        netuid: u16,
        block: u64,
    ) -> Result<(), Error> {
        let last = match self.last(netuid) {
            Last::Limited(key) => LAST_RATE_LIMITED_BLOCK.get(state, (key,)),
            Last::OfKey(kind) => TRANSACTION_KEY_LAST_BLOCK.get(state, (who.clone(), netuid, kind)),
        };
        ensure(
            last == 0 || block.saturating_sub(last) >= self.blocks(state, netuid),
            Error::TxRateLimitExceeded,
        )
    }

    /// Keeps that `who` made the call now.
    pub(super) fn record(&self, context: &mut Context<'_>, who: &AccountId, netuid: u16) {
        let block = context.block();
        match self.last(netuid) {
            Last::Limited(key) => LAST_RATE_LIMITED_BLOCK.put(context.state, (key,), block),
            Last::OfKey(kind) => {
                TRANSACTION_KEY_LAST_BLOCK.put(context.state, (who.clone(), netuid, kind), block);
            }
        }
    }
}
