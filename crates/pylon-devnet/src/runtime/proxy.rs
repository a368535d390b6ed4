//! Pallet Proxy (16).

use sp_runtime::{BoundedVec, DispatchError, traits::ConstU32};

use super::{AccountId, Address, Hash, RuntimeCall};
use crate::scale::{scale_enum, scale_struct};

crate::storage::storage! { "Proxy";
    "Who may act for an account, and the deposit held for it." PROXIES = "Proxies": [Twox64Concat AccountId] => default (BoundedVec<ProxyDefinition, ConstU32<MAX_PROXIES>>, u64) = (BoundedVec::new(), 0);
    "Calls that a proxy announced, and the deposit held for them." ANNOUNCEMENTS = "Announcements": [Twox64Concat AccountId] => default (BoundedVec<Announcement, ConstU32<MAX_PENDING>>, u64) = (BoundedVec::new(), 0);
    "Outcome of the last call made for an account." LAST_CALL_RESULT = "LastCallResult": [Twox64Concat AccountId] => optional Result<(), DispatchError>;
    "Whether the account that is acted for pays." REAL_PAYS_FEE = "RealPaysFee": [Twox64Concat AccountId, Twox64Concat AccountId] => optional ();
}

scale_struct! {
    /// A proxy, what it may do, and after how many blocks.
    #[derive(PartialOrd, Ord)]
    "pallet_subtensor_proxy" ProxyDefinition { delegate: AccountId, proxy_type: ProxyType, delay: u32 }
}

scale_struct! {
    /// A call that a proxy announced.
    "pallet_subtensor_proxy" Announcement { real: AccountId, call_hash: Hash, height: u32 }
}

scale_enum! {
    /// What a proxy may do.
    #[derive(PartialOrd, Ord)]
    "subtensor_runtime_common" ProxyType {
        0 Any,
        1 Owner,
        2 NonCritical,
        3 NonTransfer,
        4 Senate,
        5 NonFungible,
        6 Triumvirate,
        7 Governance,
        8 Staking,
        9 Registration,
        10 Transfer,
        11 SmallTransfer,
        12 RootWeights,
        13 ChildKeys,
        14 SudoUncheckedSetCode,
        15 SwapHotkey,
        16 SubnetLeaseBeneficiary,
        17 RootClaim,
    }
}

scale_enum! {
    /// Calls.
    "pallet_subtensor_proxy::pallet" Call {
        0 proxy { real: Address, force_proxy_type: Option<ProxyType>, call: Box<RuntimeCall> },
        1 add_proxy { delegate: Address, proxy_type: ProxyType, delay: u32 },
        2 remove_proxy { delegate: Address, proxy_type: ProxyType, delay: u32 },
        3 remove_proxies,
    }
}

scale_enum! {
    /// Events.
    "pallet_subtensor_proxy::pallet" Event {
        0 ProxyExecuted { result: Result<(), DispatchError> },
        1 PureCreated { pure: AccountId, who: AccountId, proxy_type: ProxyType, disambiguation_index: u16 },
        2 PureKilled { pure: AccountId, spawner: AccountId, proxy_type: ProxyType, disambiguation_index: u16 },
        3 Announced { real: AccountId, proxy: AccountId, call_hash: Hash },
        4 ProxyAdded { delegator: AccountId, delegatee: AccountId, proxy_type: ProxyType, delay: u32 },
        5 ProxyRemoved { delegator: AccountId, delegatee: AccountId, proxy_type: ProxyType, delay: u32 },
        7 RealPaysFeeSet { real: AccountId, delegate: AccountId, pays_fee: bool },
    }
}

scale_enum! {
    /// Errors.
    "pallet_subtensor_proxy::pallet" Error {
        0 TooMany,
        1 NotFound,
        2 NotProxy,
        3 Unproxyable,
        4 Duplicate,
        5 NoPermission,
        6 Unannounced,
        7 NoSelfProxy,
        8 AnnouncementDepositInvariantViolated,
        9 InvalidDerivedAccountId,
    }
}

/// Most proxies of an account.
pub(crate) const MAX_PROXIES: u32 = 20;
/// Most calls that an account's proxies may have announced.
pub(crate) const MAX_PENDING: u32 = 75;
/// Deposit for having a proxy, rao.
pub(crate) const PROXY_DEPOSIT_BASE: u64 = 60_000_000;
/// Deposit for each proxy, rao.
pub(crate) const PROXY_DEPOSIT_FACTOR: u64 = 33_000_000;
/// Deposit for having announced a call, rao.
pub(crate) const ANNOUNCEMENT_DEPOSIT_BASE: u64 = 36_000_000;
/// Deposit for each announced call, rao.
pub(crate) const ANNOUNCEMENT_DEPOSIT_FACTOR: u64 = 68_000_000;
