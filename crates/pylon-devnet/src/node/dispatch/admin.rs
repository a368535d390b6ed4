//! Pallet AdminUtils: parameters of subnets and of the chain, set by subnet owners and by root.
//!
//! Most calls put one value somewhere and say so: what such a [`Setting`] is stands in one line of
//! the tables of [`owners`] and [`roots`]. The rest have functions of their own.

mod mechanisms;
mod owners;
mod roots;

use sp_runtime::{DispatchError, DispatchResult};

use super::{
    Context, Origin, ensure, filtered,
    owner::{self, Limit},
    tempo,
};
use crate::runtime::{
    AccountId, RuntimeEvent,
    admin_utils::{Call, Error, Event},
    layout::Layout,
    subtensor::{
        self, Error as SubtensorError, Event as SubtensorEvent, NETWORKS_ADDED, ROOT,
        SUBNET_OWNER_HOTKEY, subnets,
    },
};

/// Who may set something.
enum Who {
    Root,
    /// The subnet's owner, so often, or root.
    Owner(Option<Limit>),
}

/// When it is asked whether the subnet exists: before the freeze window is, after it, or never.
#[derive(PartialEq, Eq)]
enum Existence {
    Before,
    After,
    Unasked,
}

/// One value that a call sets, and what has to hold before.
struct Setting {
    who: Who,
    netuid: Option<u16>,
    /// Whether the freeze window is minded.
    window: bool,
    existence: Existence,
    /// Whether root's subnet has it too.
    on_root: bool,
    bounds: Result<(), DispatchError>,
    change: (Vec<u8>, Vec<u8>),
    events: Vec<RuntimeEvent>,
}

/// A subnet's value that its owner sets at the rate of hyperparameters.
fn by_owner(
    netuid: u16,
    parameter: subtensor::Hyperparameter,
    change: (Vec<u8>, Vec<u8>),
) -> Setting {
    Setting {
        who: Who::Owner(Some(Limit::Hyperparameter(parameter))),
        ..by_root(netuid, change).in_window()
    }
}

/// A subnet's value that root sets at any time.
fn by_root(netuid: u16, change: (Vec<u8>, Vec<u8>)) -> Setting {
    Setting {
        netuid: Some(netuid),
        existence: Existence::After,
        ..chain_wide(change)
    }
}

/// A value of the chain, which root sets.
fn chain_wide(change: (Vec<u8>, Vec<u8>)) -> Setting {
    Setting {
        who: Who::Root,
        netuid: None,
        window: false,
        existence: Existence::Unasked,
        on_root: true,
        bounds: Ok(()),
        change,
        events: Vec::new(),
    }
}

impl Setting {
    fn in_window(self) -> Self {
        Self {
            window: true,
            ..self
        }
    }

    fn limited(self, limit: Option<Limit>) -> Self {
        Self {
            who: Who::Owner(limit),
            ..self
        }
    }

    fn existing_or_not(self) -> Self {
        Self {
            existence: Existence::Unasked,
            ..self
        }
    }

    fn existing_first(self) -> Self {
        Self {
            existence: Existence::Before,
            ..self
        }
    }

    fn not_on_root(self) -> Self {
        Self {
            on_root: false,
            ..self
        }
    }

    fn bounded<E: Into<DispatchError>>(self, within: bool, error: E) -> Self {
        Self {
            bounds: self.bounds.and_then(|()| ensure(within, error.into())),
            ..self
        }
    }

    fn says(mut self, event: SubtensorEvent) -> Self {
        self.events.push(RuntimeEvent::SubtensorModule(event));
        self
    }

    fn notes(mut self, event: Event) -> Self {
        self.events.push(RuntimeEvent::AdminUtils(event));
        self
    }

    fn apply(self, context: &mut Context<'_>, origin: &Origin) -> DispatchResult {
        let netuid = self.netuid.unwrap_or(ROOT);
        let block = context.block();
        let owner = match &self.who {
            Who::Root => origin.ensure_root().map(|()| None)?,
            Who::Owner(_) => owner::ensure_owner_or_root(context.state, origin, netuid)?,
        };
        let limited = match (owner, &self.who) {
            (Some(owner), Who::Owner(Some(limit))) => Some((owner, limit)),
            _ => None,
        };
        if let Some((owner, limit)) = limited {
            limit.ensure(context.state, owner, netuid, block)?;
        }
        let exists = NETWORKS_ADDED.get(context.state, (netuid,));
        ensure(
            exists || self.existence != Existence::Before,
            Error::SubnetDoesNotExist,
        )?;
        if self.window {
            owner::ensure_window_open(context.state, netuid, block)?;
        }
        ensure(
            exists || self.existence == Existence::Unasked,
            Error::SubnetDoesNotExist,
        )?;
        ensure(
            self.on_root || netuid != ROOT,
            Error::NotPermittedOnRootSubnet,
        )?;
        self.bounds?;
        let (key, value) = self.change;
        context.state.put(&key, &value);
        for event in self.events {
            context.deposit(event);
        }
        if let Some((owner, limit)) = limited {
            limit.record(context, owner, netuid);
        }
        Ok(())
    }
}

/// Makes a call of the pallet.
pub(super) fn call(context: &mut Context<'_>, origin: &Origin, call: &Call) -> DispatchResult {
    match call {
        Call::sudo_set_tempo { netuid, tempo } => tempo::sudo_set(context, origin, *netuid, *tempo),
        Call::sudo_set_activity_cutoff_factor {
            netuid,
            factor_milli,
        } => tempo::set_activity_cutoff_factor(context, origin, *netuid, *factor_milli),
        Call::sudo_set_sn_owner_hotkey { netuid, hotkey }
        | Call::sudo_set_subnet_owner_hotkey { netuid, hotkey } => {
            set_owner_hotkey(context, origin, *netuid, hotkey)
        }
        Call::sudo_set_mechanism_count {
            netuid,
            mechanism_count,
        } => {
            let limit = Limit::MechanismCount;
            limited(context, origin, *netuid, limit, |context| {
                mechanisms::set_count(context, *netuid, *mechanism_count)
            })
        }
        Call::sudo_set_mechanism_emission_split {
            netuid,
            maybe_split,
        } => {
            let limit = Limit::MechanismEmission;
            limited(context, origin, *netuid, limit, |context| {
                mechanisms::set_split(context, *netuid, maybe_split.as_deref())
            })
        }
        Call::sudo_set_total_issuance { .. } => Err(Error::Deprecated.into()),
        Call::sudo_set_network_pow_registration_allowed { .. }
            if Layout::of(context.state) == Layout::Jun2026 =>
        {
            Err(Error::POWRegistrationDisabled.into())
        }
        _ => {
            let signed = origin.signer().is_some();
            let setting = owners::setting(context.state, signed, call)
                .or_else(|| roots::setting(context.state, call));
            match setting {
                Some(setting) => setting.apply(context, origin),
                None => filtered(),
            }
        }
    }
}

/// Does what an owner may do so often outside of the freeze window.
fn limited(
    context: &mut Context<'_>,
    origin: &Origin,
    netuid: u16,
    limit: Limit,
    action: impl FnOnce(&mut Context<'_>) -> DispatchResult,
) -> DispatchResult {
    let who = owner::ensure_owner_or_root(context.state, origin, netuid)?;
    let block = context.block();
    if let Some(who) = who {
        limit.ensure(context.state, who, netuid, block)?;
    }
    owner::ensure_window_open(context.state, netuid, block)?;
    action(context)?;
    if let Some(who) = who {
        limit.record(context, who, netuid);
    }
    Ok(())
}

/// Once a week, whoever asks.
fn set_owner_hotkey(
    context: &mut Context<'_>,
    origin: &Origin,
    netuid: u16,
    hotkey: &AccountId,
) -> DispatchResult {
    owner::ensure_owner_or_root(context.state, origin, netuid)?;
    ensure(
        NETWORKS_ADDED.get(context.state, (netuid,)),
        SubtensorError::SubnetNotExists,
    )?;
    let block = context.block();
    Limit::OwnerHotkey.ensure(context.state, hotkey, netuid, block)?;
    ensure(
        !subnets::is_account(hotkey),
        SubtensorError::CannotUseSystemAccount,
    )?;
    Limit::OwnerHotkey.record(context, hotkey, netuid);
    SUBNET_OWNER_HOTKEY.put(context.state, (netuid,), hotkey.clone());
    let event = SubtensorEvent::SubnetOwnerHotkeySet(netuid, hotkey.clone());
    context.deposit(RuntimeEvent::SubtensorModule(event));
    Ok(())
}
