//! Pallet Balances (5).

use codec::Compact;
use scale_info::TypeInfo;

use super::{AccountId, Address};
use crate::scale::{scale_enum, scale_struct};

crate::storage::storage! { "Balances";
    "TAO in all accounts, rao." TOTAL_ISSUANCE = "TotalIssuance": [] => default u64 = 0;
    "TAO that does not vote, rao." INACTIVE_ISSUANCE = "InactiveIssuance": [] => default u64 = 0;
}

scale_struct! {
    /// An account's TAO, rao.
    #[derive(Default)]
    "pallet_balances::types" AccountData { free: u64, reserved: u64, frozen: u64, flags: ExtraFlags }
}

/// Flags of an account's balance; the highest bit marks the present reference logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, codec::Encode, codec::Decode)]
pub(crate) struct ExtraFlags(pub(crate) u128);

impl ExtraFlags {
    /// The flags of a new account.
    pub(crate) const NEW_LOGIC: Self = Self(1 << 127);
}

impl Default for ExtraFlags {
    fn default() -> Self {
        Self::NEW_LOGIC
    }
}

impl TypeInfo for ExtraFlags {
    type Identity = Self;
    fn type_info() -> scale_info::Type {
        scale_info::Type::builder()
            .path(scale_info::Path::new(
                "ExtraFlags",
                "pallet_balances::types",
            ))
            .composite(
                scale_info::build::Fields::unnamed().field(|f| f.ty::<u128>().type_name("u128")),
            )
    }
}

scale_enum! {
    /// Calls.
    "pallet_balances::pallet" Call {
        0 transfer_allow_death { dest: Address, value: Compact<u64> },
        3 transfer_keep_alive { dest: Address, value: Compact<u64> },
        4 transfer_all { dest: Address, keep_alive: bool },
    }
}

scale_enum! {
    /// Events.
    "pallet_balances::pallet" Event {
        0 Endowed { account: AccountId, free_balance: u64 },
        1 DustLost { account: AccountId, amount: u64 },
        2 Transfer { from: AccountId, to: AccountId, amount: u64 },
        4 Reserved { who: AccountId, amount: u64 },
        5 Unreserved { who: AccountId, amount: u64 },
        7 Deposit { who: AccountId, amount: u64 },
        8 Withdraw { who: AccountId, amount: u64 },
    }
}

scale_enum! {
    /// Errors.
    "pallet_balances::pallet" Error {
        0 VestingBalance,
        1 LiquidityRestrictions,
        2 InsufficientBalance,
        3 ExistentialDeposit,
        4 Expendability,
        5 ExistingVestingSchedule,
        6 DeadAccount,
        7 TooManyReserves,
        8 TooManyHolds,
        9 TooManyFreezes,
        10 IssuanceDeactivated,
        11 DeltaZero,
    }
}

/// Least balance of a living account, rao.
pub(crate) const EXISTENTIAL_DEPOSIT: u64 = 500;
