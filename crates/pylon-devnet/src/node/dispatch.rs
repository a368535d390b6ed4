//! Calls: what each weighs, who may make it and what it does to the state.
//!
//! A call is one arm of [`weight()`], one of `run` and the function that the latter names. What the
//! pool checks of it besides stands in [`guard`].

mod admin;
pub(crate) mod balances;
pub(crate) mod children;
pub(crate) mod commitments;
mod dissolve;
pub(crate) mod fee;
pub(crate) mod guard;
mod hotkey;
mod owner;
mod proxy;
mod registration;
mod remark;
mod serving;
mod stake;
mod sudo;
mod tempo;
mod utility;
mod weight;
pub(crate) mod weights;

use sp_runtime::{DispatchError, DispatchResult};

use crate::{
    runtime::{
        AccountId, Address, RuntimeCall, RuntimeEvent,
        balances::Call as BalancesCall,
        oct2026,
        proxy::ProxyType,
        subtensor::{Call as SubtensorCall, Error as SubtensorError, OWNER},
        sudo::Call as SudoCall,
        system::{self, Call as SystemCall, DispatchEventInfo, Error as SystemError, Pays},
        timestamp::Call as TimestampCall,
        utility::Call as UtilityCall,
    },
    state::State,
};

pub(crate) use weight::weight;

/// Weight, class and fee mode of a call, as benchmarked for the real one.
pub(crate) type CallWeight = DispatchEventInfo;

/// How a call went; one that went well may pay nothing although its kind does.
pub(crate) type Dispatched = Result<Pays, DispatchError>;

/// What a call works on: the state so far and the events that it deposits.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The state.
    pub(crate) state: &'a mut State,
    /// Events in order.
    pub(crate) events: &'a mut Vec<RuntimeEvent>,
}

impl Context<'_> {
    /// Deposits an event.
    pub(crate) fn deposit(&mut self, event: RuntimeEvent) {
        self.events.push(event);
    }

    /// The block's number.
    pub(crate) fn block(&self) -> u64 {
        system::NUMBER.get(self.state, ()).into()
    }
}

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Caller {
    Signed(AccountId),
    Root,
}

/// Who makes a call, and which calls it cannot make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    caller: Caller,
    /// Inside of a `batch_all`, which cannot hold another one.
    in_batch_all: bool,
    /// Through a proxy, which may not make every call.
    proxy: Option<ProxyType>,
}

impl Origin {
    /// An account that signed.
    pub(crate) fn signed(who: AccountId) -> Self {
        Self {
            caller: Caller::Signed(who),
            in_batch_all: false,
            proxy: None,
        }
    }

    /// An account for which a proxy signed.
    fn proxy(real: AccountId, proxy: ProxyType) -> Self {
        Self {
            proxy: Some(proxy),
            ..Self::signed(real)
        }
    }

    /// The chain itself, which no filter stops.
    pub(crate) fn root() -> Self {
        Self {
            caller: Caller::Root,
            in_batch_all: false,
            proxy: None,
        }
    }

    /// The signer, none for root.
    fn signer(&self) -> Option<&AccountId> {
        match &self.caller {
            Caller::Signed(who) => Some(who),
            Caller::Root => None,
        }
    }

    fn ensure_signed(&self) -> Result<&AccountId, DispatchError> {
        self.signer().ok_or(DispatchError::BadOrigin)
    }

    fn ensure_root(&self) -> Result<(), DispatchError> {
        match self.caller {
            Caller::Root => Ok(()),
            Caller::Signed(_) => Err(DispatchError::BadOrigin),
        }
    }

    fn is_filtered(&self, state: &State, call: &RuntimeCall) -> bool {
        let nested = self.in_batch_all
            && matches!(call, RuntimeCall::Utility(UtilityCall::batch_all { .. }));
        let beyond = self
            .proxy
            .as_ref()
            .is_some_and(|proxy| !proxy::allows(state, proxy, call));
        self.signer().is_some() && (nested || beyond)
    }
}

fn ensure<E>(condition: bool, error: E) -> Result<(), E> {
    if condition { Ok(()) } else { Err(error) }
}

fn ensure_owned(
    state: &State,
    coldkey: &AccountId,
    hotkey: &AccountId,
) -> Result<(), SubtensorError> {
    let owner = OWNER.find(state, (hotkey.clone(),));
    ensure(
        owner.as_ref() == Some(coldkey),
        SubtensorError::NonAssociatedColdKey,
    )
}

/// The account that an address names.
fn lookup(address: &Address) -> Result<&AccountId, DispatchError> {
    match address {
        Address::Id(account) => Ok(account),
        _ => Err(DispatchError::CannotLookup),
    }
}

/// Makes a call. One that fails leaves nothing behind, inside of a batch as well.
pub(crate) fn dispatch(
    context: &mut Context<'_>,
    origin: &Origin,
    call: &RuntimeCall,
) -> Dispatched {
    if origin.is_filtered(context.state, call) {
        return Err(SystemError::CallFiltered.into());
    }
    if let Some(who) = origin.signer() {
        guard::check(context.state, context.block(), who, call)?;
    }
    let state = context.state.clone();
    let events = context.events.len();
    let result = run(context, origin, call);
    if result.is_err() {
        *context.state = state;
        context.events.truncate(events);
    }
    result
}

/// What a block does when all its transactions are made.
pub(crate) fn idle(context: &mut Context<'_>) {
    dissolve::clear_up_queued(context);
    oct2026::check_parents(context.state);
}

fn run(context: &mut Context<'_>, origin: &Origin, call: &RuntimeCall) -> Dispatched {
    match call {
        RuntimeCall::System(call) => run_system(context, origin, call),
        RuntimeCall::Timestamp(TimestampCall::set { .. }) => Err(DispatchError::BadOrigin),
        RuntimeCall::Balances(call) => run_balances(context, origin, call),
        RuntimeCall::SubtensorModule(call) => run_subtensor(context, origin, call),
        RuntimeCall::Utility(call) => return run_utility(context, origin, call),
        RuntimeCall::Sudo(call) => return run_sudo(context, origin, call),
        RuntimeCall::AdminUtils(call) => admin::call(context, origin, call),
        RuntimeCall::Commitments(call) => commitments::call(context, origin, call),
        RuntimeCall::Proxy(call) => proxy::call(context, origin, call),
    }
    .map(|()| Pays::Yes)
}

/// Declared, so that clients can make them, but this node's base filter lets none through.
fn filtered() -> DispatchResult {
    Err(SystemError::CallFiltered.into())
}

fn run_system(context: &mut Context<'_>, origin: &Origin, call: &SystemCall) -> DispatchResult {
    match call {
        SystemCall::remark { .. } => Ok(()),
        SystemCall::remark_with_event { remark } => {
            remark::remark_with_event(context, origin.ensure_signed()?, remark);
            Ok(())
        }
    }
}

fn run_balances(context: &mut Context<'_>, origin: &Origin, call: &BalancesCall) -> DispatchResult {
    use balances::Preservation::{Expendable, Preserve};
    let from = origin.ensure_signed()?;
    match call {
        BalancesCall::transfer_allow_death { dest, value } => {
            balances::transfer(context, from, lookup(dest)?, value.0, Expendable)
        }
        BalancesCall::transfer_keep_alive { dest, value } => {
            balances::transfer(context, from, lookup(dest)?, value.0, Preserve)
        }
        BalancesCall::transfer_all { dest, keep_alive } => {
            let preservation = if *keep_alive { Preserve } else { Expendable };
            let value = balances::reducible(context.state, from, preservation);
            balances::transfer(context, from, lookup(dest)?, value, preservation)
        }
    }
}

fn run_subtensor(
    context: &mut Context<'_>,
    origin: &Origin,
    call: &SubtensorCall,
) -> DispatchResult {
    match call {
        SubtensorCall::serve_axon { .. } | SubtensorCall::serve_axon_tls { .. } => {
            serving::serve_axon(context, origin.ensure_signed()?, call)
        }
        SubtensorCall::serve_prometheus { .. } => {
            serving::serve_prometheus(context, origin.ensure_signed()?, call)
        }
        // The work is ignored, and so is the coldkey: the signer is.
        SubtensorCall::register { netuid, hotkey, .. }
        | SubtensorCall::burned_register { netuid, hotkey } => {
            registration::register(context, origin.ensure_signed()?, *netuid, hotkey)
        }
        SubtensorCall::register_limit {
            netuid,
            hotkey,
            limit_price,
        } => {
            let coldkey = origin.ensure_signed()?;
            registration::register_below(context, coldkey, *netuid, hotkey, *limit_price)
        }
        SubtensorCall::set_weights { .. }
        | SubtensorCall::set_mechanism_weights { .. }
        | SubtensorCall::batch_set_weights { .. }
        | SubtensorCall::commit_weights { .. }
        | SubtensorCall::commit_mechanism_weights { .. }
        | SubtensorCall::batch_commit_weights { .. }
        | SubtensorCall::reveal_weights { .. }
        | SubtensorCall::reveal_mechanism_weights { .. }
        | SubtensorCall::batch_reveal_weights { .. }
        | SubtensorCall::commit_timelocked_weights { .. }
        | SubtensorCall::commit_timelocked_mechanism_weights { .. }
        | SubtensorCall::commit_crv3_mechanism_weights { .. } => {
            weights::call(context, origin.ensure_signed()?, call)
        }
        SubtensorCall::set_children { .. }
        | SubtensorCall::set_childkey_take { .. }
        | SubtensorCall::set_auto_parent_delegation_enabled { .. } => {
            children::call(context, origin.ensure_signed()?, call)
        }
        SubtensorCall::add_stake { .. }
        | SubtensorCall::add_stake_limit { .. }
        | SubtensorCall::remove_stake { .. }
        | SubtensorCall::remove_stake_limit { .. }
        | SubtensorCall::remove_stake_full_limit { .. }
        | SubtensorCall::unstake_all { .. }
        | SubtensorCall::unstake_all_alpha { .. }
        | SubtensorCall::move_stake { .. }
        | SubtensorCall::transfer_stake { .. }
        | SubtensorCall::transfer_stake_and_hotkey { .. }
        | SubtensorCall::swap_stake { .. }
        | SubtensorCall::swap_stake_limit { .. } => {
            stake::call(context, origin.ensure_signed()?, call)
        }
        SubtensorCall::swap_hotkey { .. } | SubtensorCall::swap_hotkey_v2 { .. } => {
            hotkey::call(context, origin.ensure_signed()?, call)
        }
        SubtensorCall::root_dissolve_network { netuid }
        | SubtensorCall::dissolve_network { netuid, .. } => {
            origin.ensure_root()?;
            dissolve::dissolve(context, *netuid)
        }
        SubtensorCall::sudo_set_tx_childkey_take_rate_limit { .. }
        | SubtensorCall::sudo_set_min_childkey_take { .. }
        | SubtensorCall::sudo_set_max_childkey_take { .. }
        | SubtensorCall::set_pending_childkey_cooldown { .. } => {
            origin.ensure_root()?;
            children::set_limit(context, call);
            Ok(())
        }
        _ if oct2026::is_retired(context.state, call) => Ok(()),
        SubtensorCall::set_tempo { netuid, tempo } => tempo::set(context, origin, *netuid, *tempo),
        SubtensorCall::set_activity_cutoff_factor {
            netuid,
            factor_milli,
        } => tempo::set_activity_cutoff_factor(context, origin, *netuid, *factor_milli),
        SubtensorCall::trigger_epoch { netuid } => tempo::trigger(context, origin, *netuid),
        _ => filtered(),
    }
}

fn run_utility(context: &mut Context<'_>, origin: &Origin, call: &UtilityCall) -> Dispatched {
    match call {
        UtilityCall::batch { calls } => utility::batch(context, origin, calls),
        UtilityCall::batch_all { calls } => utility::batch_all(context, origin, calls),
        UtilityCall::force_batch { calls } => utility::force_batch(context, origin, calls),
    }
}

fn run_sudo(context: &mut Context<'_>, origin: &Origin, call: &SudoCall) -> Dispatched {
    match call {
        SudoCall::sudo { call } | SudoCall::sudo_unchecked_weight { call, .. } => {
            sudo::sudo(context, origin, call)
        }
        SudoCall::set_key { new } => sudo::set_key(context, origin, lookup(new)?),
    }
}
