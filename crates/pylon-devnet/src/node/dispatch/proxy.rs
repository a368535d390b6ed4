//! Pallet Proxy: accounts that act for others.

mod filter;

use sp_runtime::{BoundedVec, DispatchError, DispatchResult, traits::ConstU32};

use super::{Context, Origin, balances, dispatch, ensure, lookup};
use crate::{
    runtime::{
        AccountId, RuntimeCall, RuntimeEvent,
        proxy::{
            Call, Error, Event, LAST_CALL_RESULT, MAX_PROXIES, PROXIES, PROXY_DEPOSIT_BASE,
            PROXY_DEPOSIT_FACTOR, ProxyDefinition, ProxyType,
        },
    },
    state::State,
};

pub(super) use filter::allows;

/// An account's proxies, in order.
type Proxies = BoundedVec<ProxyDefinition, ConstU32<MAX_PROXIES>>;

/// Makes a call of the pallet.
pub(super) fn call(context: &mut Context<'_>, origin: &Origin, call: &Call) -> DispatchResult {
    let who = origin.ensure_signed()?;
    match call {
        Call::proxy {
            real,
            force_proxy_type,
            call,
        } => act(context, who, lookup(real)?, force_proxy_type.as_ref(), call),
        Call::add_proxy {
            delegate,
            proxy_type,
            delay,
        } => {
            let proxy = definition(lookup(delegate)?, proxy_type, *delay);
            add(context, who, proxy)
        }
        Call::remove_proxy {
            delegate,
            proxy_type,
            delay,
        } => {
            let proxy = definition(lookup(delegate)?, proxy_type, *delay);
            remove(context, who, &proxy)
        }
        Call::remove_proxies => {
            let (_, held) = PROXIES.get(context.state, (who.clone(),));
            store(context, who, Proxies::default(), held)
        }
    }
}

fn definition(delegate: &AccountId, proxy_type: &ProxyType, delay: u32) -> ProxyDefinition {
    ProxyDefinition {
        delegate: delegate.clone(),
        proxy_type: proxy_type.clone(),
        delay,
    }
}

/// The first proxy that fits.
fn find(
    state: &State,
    real: &AccountId,
    delegate: &AccountId,
    forced: Option<&ProxyType>,
) -> Result<ProxyDefinition, Error> {
    let (proxies, _) = PROXIES.get(state, (real.clone(),));
    proxies
        .into_iter()
        .find(|proxy| {
            proxy.delegate == *delegate && forced.is_none_or(|forced| proxy.proxy_type == *forced)
        })
        .ok_or(Error::NotProxy)
}

/// Makes a call in another's name. It succeeds whatever comes of that call.
fn act(
    context: &mut Context<'_>,
    who: &AccountId,
    real: &AccountId,
    forced: Option<&ProxyType>,
    call: &RuntimeCall,
) -> DispatchResult {
    let proxy = find(context.state, real, who, forced)?;
    ensure(proxy.delay == 0, Error::Unannounced)?;
    let origin = Origin::proxy(real.clone(), proxy.proxy_type);
    let result = dispatch(context, &origin, call).map(|_| ());
    LAST_CALL_RESULT.put(context.state, (real.clone(),), result);
    say(context, Event::ProxyExecuted { result });
    Ok(())
}

fn add(context: &mut Context<'_>, delegator: &AccountId, proxy: ProxyDefinition) -> DispatchResult {
    ensure(proxy.delegate != *delegator, Error::NoSelfProxy)?;
    let (mut proxies, held) = PROXIES.get(context.state, (delegator.clone(),));
    let Err(place) = proxies.binary_search(&proxy) else {
        return Err(Error::Duplicate.into());
    };
    proxies
        .try_insert(place, proxy.clone())
        .map_err(|_| Error::TooMany)?;
    store(context, delegator, proxies, held)?;
    let ProxyDefinition {
        delegate: delegatee,
        proxy_type,
        delay,
    } = proxy;
    say(
        context,
        Event::ProxyAdded {
            delegator: delegator.clone(),
            delegatee,
            proxy_type,
            delay,
        },
    );
    Ok(())
}

fn remove(
    context: &mut Context<'_>,
    delegator: &AccountId,
    proxy: &ProxyDefinition,
) -> DispatchResult {
    let (mut proxies, held) = PROXIES.get(context.state, (delegator.clone(),));
    let place = proxies.binary_search(proxy).map_err(|_| Error::NotFound)?;
    let ProxyDefinition {
        delegate: delegatee,
        proxy_type,
        delay,
    } = proxies.remove(place);
    store(context, delegator, proxies, held)?;
    say(
        context,
        Event::ProxyRemoved {
            delegator: delegator.clone(),
            delegatee,
            proxy_type,
            delay,
        },
    );
    Ok(())
}

/// Keeps an account's proxies, and holds the deposit for them instead of what was held.
fn store(
    context: &mut Context<'_>,
    delegator: &AccountId,
    proxies: Proxies,
    held: u64,
) -> Result<(), DispatchError> {
    let deposit = deposit(proxies.len());
    if deposit > held {
        balances::reserve(context, delegator, deposit - held)?;
    } else {
        balances::unreserve(context, delegator, held - deposit);
    }
    let key = (delegator.clone(),);
    if proxies.is_empty() {
        PROXIES.kill(context.state, key);
    } else {
        PROXIES.put(context.state, key, (proxies, deposit));
    }
    Ok(())
}

/// What is held for so many proxies, rao.
fn deposit(proxies: usize) -> u64 {
    match u64::try_from(proxies).unwrap_or(u64::MAX) {
        0 => 0,
        count => PROXY_DEPOSIT_BASE.saturating_add(PROXY_DEPOSIT_FACTOR.saturating_mul(count)),
    }
}

fn say(context: &mut Context<'_>, event: Event) {
    context.deposit(RuntimeEvent::Proxy(event));
}
