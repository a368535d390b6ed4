//! What layout `oct2026` (spec 475) has otherwise than June's.
//!
//! Calls, events and errors that it added stand where June's are declared, under `since Oct2026`;
//! everything else that tells the two apart is here: what it dropped, storage, constants and values.
//! Names, types and error numbers are those that `bittensor` 11.3.0 was generated from, which is
//! spec 475; indices of events and calls, hashers and defaults are the pallets' own of 2026.
//!
//! # Guessed
//! None of these was seen at spec 475, and whoever meets a real one should correct it:
//! - the path of [`EpochConsensus`] (`pallet_subtensor::pallet`, as [`ConsensusMode`] has it);
//! - the tag of a commitment's `TimelockRevealFailed`, 137: the first free one;
//! - the order of [`RevealFailure`]'s variants, and that there are no more than these;
//! - that the pool looks for a setter's uid before it looks whether weights are committed first, and
//!   at the length of batches before it looks at stake;
//! - that a block looks at every sealed commitment, not at some in turn;
//! - the fields of [`BasketLegs`], by name and order those of `swap_basket`;
//! - `Hyperparameter` 32 to 34, in the order in which the hyperparameters came;
//! - that children of whom one has 100 parents already are dropped together, not that one alone;
//! - that `Commitments.TimelockRevealCursor` reads as nothing where nothing is stored;
//! - hashers of `Proxy.RealPaysFeeConsentV1`: those of the storage that it replaces;
//! - hyperparameters `epoch_consensus` (0 Yuma, 1 Null, as a u16) and
//!   `network_pow_registration_allowed` (a bool) at the end of version 3's list.
//!
//! # Left out
//! - Storage whose values' types were not seen: `CurrentDissolveCleanupStatus`. Storage, calls,
//!   events and errors of the pallets that June's layout here does not have either.
//! - The runtime APIs of baskets, `get_block_emission` and `get_proxy_filters`: no client that reads
//!   subnets calls them.
//! - Null consensus and collateral of registrations.

mod parents;
mod storage;
mod swaps;
#[cfg(test)]
mod tests;

use codec::{Compact, Encode};
use scale_info::{Field, MetaType, Type, TypeDef, meta_type};
use sp_metadata_ir::PalletStorageMetadataIR;

pub(crate) use parents::*;
pub(crate) use storage::*;
pub(crate) use swaps::*;

use super::{
    AccountId,
    layout::{Described, Layout, described},
    subtensor::{self, Call, hyperparams::HyperparamValue},
};
use crate::state::State;

/// Version of the runtime.
pub(super) const SPEC_VERSION: u32 = 475;

/// Tag of a commitment's field that its round did not open.
pub(crate) const TIMELOCK_REVEAL_FAILED: u8 = 137;

/// Variants that June has and October has not, by the path of their enum.
const DROPPED_VARIANTS: [(&str, &[&str]); 4] = [
    (
        "pallet_subtensor::pallet::Call",
        &["set_root_claim_type", "sudo_set_num_root_claims"],
    ),
    ("pallet_subtensor::pallet::Event", &["RootClaimTypeSet"]),
    (
        "pallet_subtensor::pallet::Error",
        &[
            "InsufficientBalance",
            "InvalidNumRootClaim",
            "InvalidSubnetNumber",
        ],
    ),
    (
        "pallet_admin_utils::pallet::Call",
        &["sudo_set_subnet_owner_hotkey"],
    ),
];

/// Enums whose indices moved: what October kept of them fills, in June's order, the indices that
/// what it added leaves free.
const MOVED: [&str; 2] = [
    "pallet_subtensor::pallet::Event",
    "pallet_subtensor::pallet::Error",
];

/// Storage that June has and October has not, by pallet.
const DROPPED_STORAGE: [(&str, &[&str]); 2] = [
    (
        "SubtensorModule",
        &[
            "Alpha",
            "AlphaMapLastKey",
            "NumRootClaim",
            "RootClaimType",
            "TotalHotkeyShares",
        ],
    ),
    ("Proxy", &["RealPaysFee"]),
];

/// An enum as October's metadata has it, made from all variants and October's indices of those that
/// it added. Elsewhere than in October's metadata the enum stays as it is.
pub(crate) fn revise(mut ty: Type, added: &[(&str, u8)]) -> Type {
    let path = ty.path.segments.join("::");
    let TypeDef::Variant(definition) = &mut ty.type_def else {
        return ty;
    };
    if described() != Described::Layout(Layout::Oct2026) {
        return ty;
    }
    let dropped = listed(&DROPPED_VARIANTS, &path);
    definition
        .variants
        .retain(|variant| !dropped.contains(&variant.name));
    let mut free = (0..=u8::MAX).filter(|index| !added.iter().any(|(_, taken)| taken == index));
    for variant in &mut definition.variants {
        if let Some((_, index)) = added.iter().find(|(name, _)| *name == variant.name) {
            variant.index = *index;
        } else if MOVED.contains(&path.as_str()) {
            variant.index = free.next().unwrap_or(u8::MAX);
        }
        // The one event that kept its name and got a field.
        if path == "pallet_subtensor::pallet::Event" && variant.name == "RootClaimed" {
            variant.fields.push(Field {
                name: Some("tao"),
                ty: meta_type::<u64>(),
                type_name: Some("u64"),
                docs: Vec::new(),
            });
        }
    }
    definition.variants.sort_by_key(|variant| variant.index);
    ty
}

fn listed<'a>(list: &[(&str, &'a [&'a str])], name: &str) -> &'a [&'a str] {
    list.iter()
        .find(|(of, _)| *of == name)
        .map_or(&[], |(_, names)| names)
}

/// A pallet's storage as October's metadata has it, made from June's.
pub(super) fn revise_storage(storage: &mut PalletStorageMetadataIR) {
    let dropped = listed(&DROPPED_STORAGE, storage.prefix);
    storage
        .entries
        .retain(|entry| !dropped.contains(&entry.name));
    for entry in &mut storage.entries {
        if entry.name == "NetworkPowRegistrationAllowed" {
            entry.default = POW_REGISTRATION_ALLOWED.encode();
        }
    }
    let added = match storage.prefix {
        "SubtensorModule" => subtensor_storage(),
        "Proxy" => proxy_storage(),
        "Commitments" => commitments_storage(),
        "Swap" => swap_storage(),
        _ => return,
    };
    storage.entries.extend(added.entries);
}

/// A pallet's constants that June has not: name, type and SCALE bytes.
pub(super) fn constants(pallet: &str) -> Vec<(&'static str, MetaType, Vec<u8>)> {
    match pallet {
        // Least transfer of stake, rao.
        "SubtensorModule" => vec![(
            "InitialMinTransfer",
            meta_type::<u64>(),
            100_000u64.encode(),
        )],
        _ => Vec::new(),
    }
}

/// Moves shares of stake to where October alone looks for them.
pub(super) fn migrate(state: &mut State) {
    for (key, share) in subtensor::ALPHA.iter(state) {
        subtensor::ALPHA_V2.put(state, key, share.into());
    }
    for (key, shares) in subtensor::TOTAL_HOTKEY_SHARES.iter(state) {
        subtensor::TOTAL_HOTKEY_SHARES_V2.put(state, key, shares.into());
    }
    subtensor::ALPHA.clear(state);
    subtensor::TOTAL_HOTKEY_SHARES.clear(state);
    subtensor::ALPHA_MAP_LAST_KEY.kill(state, ());
}

/// Whether neurons may register by work where nothing is stored.
const POW_REGISTRATION_ALLOWED: bool = false;

/// Whether neurons may register by work; October changed what an absent value means.
pub(crate) fn pow_registration_allowed(state: &State, netuid: u16) -> bool {
    let stored = &subtensor::NETWORK_POW_REGISTRATION_ALLOWED;
    match Layout::of(state) {
        Layout::Jun2026 => stored.get(state, (netuid,)),
        Layout::Oct2026 => stored
            .find(state, (netuid,))
            .unwrap_or(POW_REGISTRATION_ALLOWED),
    }
}

/// Whether a call costs its fee, succeeds and changes nothing.
pub(crate) fn is_retired(state: &State, call: &Call) -> bool {
    Layout::of(state) == Layout::Oct2026
        && matches!(
            call,
            Call::set_tempo { .. } | Call::set_activity_cutoff_factor { .. }
        )
}

/// The collateral of a coldkey's hotkey on a subnet, zeros where there is none.
pub(crate) fn collateral(
    state: &State,
    netuid: u16,
    hotkey: &AccountId,
    coldkey: &AccountId,
) -> MinerCollateralState {
    MINER_COLLATERAL
        .find(state, (netuid, hotkey.clone(), coldkey.clone()))
        .unwrap_or(MinerCollateralState {
            locked: 0,
            drain_ratio: COLLATERAL_DRAIN_RATIO.get(state, (netuid,)),
            min_locked: 0,
            earned: 0,
        })
}

/// What `get_subnet_hyperparams_v3` lists after June's.
pub(crate) fn hyperparams(state: &State, netuid: u16) -> Vec<(&'static str, HyperparamValue)> {
    let consensus = match SUBNET_EPOCH_CONSENSUS.get(state, (netuid,)) {
        EpochConsensus::Yuma => 0,
        EpochConsensus::Null => 1,
    };
    vec![
        (
            "collateral_lock_share",
            HyperparamValue::U16(Compact(COLLATERAL_LOCK_SHARE.get(state, (netuid,)))),
        ),
        (
            "collateral_drain_ratio",
            HyperparamValue::U64F64(COLLATERAL_DRAIN_RATIO.get(state, (netuid,))),
        ),
        ("epoch_consensus", HyperparamValue::U16(Compact(consensus))),
        (
            "network_pow_registration_allowed",
            HyperparamValue::Bool(pow_registration_allowed(state, netuid)),
        ),
    ]
}
