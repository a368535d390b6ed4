//! `SubnetInfoRuntimeApi`: a subnet as a whole, or the columns that were asked for.

use codec::{Compact, Encode};

use super::*;
use crate::{
    runtime::{
        AccountId, I96F32,
        commitments::COMMITMENT_OF,
        compact,
        layout::Layout,
        oct2026::{self, MinerCollateralState},
        system,
    },
    scale::Later,
    state::State,
};
use hyperparams::activity_cutoff;
use stake::{Stake, stake_of};

type Accounts = Vec<AccountId>;
type CompactU16s = Vec<Compact<u16>>;
type CompactU64s = Vec<Compact<u64>>;
type Text = Vec<Compact<u8>>;
type Dividends = Vec<(AccountId, Compact<u64>)>;

/// Declares both metagraphs from one list: index, name, type, and how a subnet computes it. A mechanism's
/// are the same but for the columns that it has for itself.
macro_rules! metagraphs {
    (
        $($index:literal $field:ident: $ty:ty = $compute:expr;)*
        selective only: $($only_index:literal $only:ident: $only_ty:ty = $only_compute:expr;)*
        since Oct2026: $($later_index:literal $later:ident: $later_ty:ty = $later_compute:expr;)*
    ) => {
        scale_struct! {
            /// Every column of a subnet.
            "pallet_subtensor::rpc_info::metagraph" Metagraph { netuid: Compact<u16>, $($field: $ty),* }
            since Oct2026 { $($later: $later_ty),* }
        }
        scale_struct! {
            /// The columns of a subnet that were asked for.
            "pallet_subtensor::rpc_info::metagraph" SelectiveMetagraph {
                netuid: Compact<u16>, $($field: Option<$ty>,)* $($only: Option<$only_ty>),*
            } since Oct2026 { $($later: Option<$later_ty>),* }
        }

        impl Subnet<'_> {
            fn all(&self) -> Metagraph {
                Metagraph {
                    netuid: Compact(self.index),
                    $($field: { let compute: fn(&Subnet<'_>) -> $ty = $compute; compute(self) },)*
                    $($later: { let compute: fn(&Subnet<'_>) -> $later_ty = $later_compute; self.later(compute) }),*
                }
            }

            /// Indices that the runtime does not know are ignored.
            fn selected(&self, netuid: u16, indices: &[u16]) -> SelectiveMetagraph {
                SelectiveMetagraph {
                    netuid: Compact(netuid),
                    $($field: { let compute: fn(&Subnet<'_>) -> $ty = $compute; indices.contains(&$index).then(|| compute(self)) },)*
                    $($only: { let compute: fn(&Subnet<'_>) -> $only_ty = $only_compute; indices.contains(&$only_index).then(|| compute(self)) },)*
                    $($later: { let compute: fn(&Subnet<'_>) -> $later_ty = $later_compute; self.later(|subnet| indices.contains(&$later_index).then(|| compute(subnet))) }),*
                }
            }
        }
    };
}

/// `get_metagraph`.
pub(crate) fn metagraph(state: &State, netuid: u16) -> Option<Metagraph> {
    Some(Subnet::find(state, netuid)?.all())
}

/// `get_all_metagraphs`.
pub(crate) fn all_metagraphs(state: &State) -> Vec<Option<Metagraph>> {
    subnets::netuids(state)
        .into_iter()
        .map(|netuid| metagraph(state, netuid))
        .collect()
}

/// `get_mechagraph`: what it calls the netuid is the storage index.
pub(crate) fn mechagraph(state: &State, netuid: u16, mecid: u8) -> Option<Metagraph> {
    if mecid >= MECHANISM_COUNT_CURRENT.get(state, (netuid,)) {
        return None;
    }
    Some(Subnet::find(state, netuid)?.of_mechanism(mecid).all())
}

/// `get_all_mechagraphs`.
pub(crate) fn all_mechagraphs(state: &State) -> Vec<Option<Metagraph>> {
    subnets::netuids(state)
        .into_iter()
        .flat_map(|netuid| {
            (0..MECHANISM_COUNT_CURRENT.get(state, (netuid,))).map(move |mecid| (netuid, mecid))
        })
        .map(|(netuid, mecid)| mechagraph(state, netuid, mecid))
        .collect()
}

/// `get_selective_metagraph`. The netuid is a column too: it reads 0 where index 0 is not asked for.
pub(crate) fn selective_metagraph(
    state: &State,
    netuid: u16,
    indices: Vec<u16>,
) -> Option<SelectiveMetagraph> {
    let shown = if indices.contains(&0) { netuid } else { 0 };
    Some(Subnet::find(state, netuid)?.selected(shown, &indices))
}

/// `get_selective_mechagraph`: always with the netuid, and of a mechanism that does not exist too.
pub(crate) fn selective_mechagraph(
    state: &State,
    netuid: u16,
    mecid: u8,
    indices: Vec<u16>,
) -> Option<SelectiveMetagraph> {
    let subnet = Subnet::find(state, netuid)?.of_mechanism(mecid);
    Some(subnet.selected(netuid, &indices))
}

metagraphs! {
    1 name: Text = |s| compact(names::name(s.state, s.netuid));
    2 symbol: Text = |s| compact(TOKEN_SYMBOL.get(s.state, s.key()));
    3 identity: Option<SubnetIdentityV3> = |s| SUBNET_IDENTITIES_V3.find(s.state, s.key());
    4 network_registered_at: Compact<u64> = |s| Compact(NETWORK_REGISTERED_AT.get(s.state, s.key()));
    5 owner_hotkey: AccountId = |s| SUBNET_OWNER_HOTKEY.get(s.state, s.key());
    6 owner_coldkey: AccountId = |s| SUBNET_OWNER.get(s.state, s.key());
    7 block: Compact<u64> = |s| Compact(s.block());
    8 tempo: Compact<u16> = |s| Compact(TEMPO.get(s.state, s.key()));
    9 last_step: Compact<u64> = |s| Compact(LAST_MECHANSIM_STEP_BLOCK.get(s.state, s.key()));
    10 blocks_since_last_step: Compact<u64> = |s| Compact(s.block().saturating_sub(LAST_MECHANSIM_STEP_BLOCK.get(s.state, s.key())));
    11 subnet_emission: Compact<u64> = |_| Compact(0);
    12 alpha_in: Compact<u64> = |s| Compact(SUBNET_ALPHA_IN.get(s.state, s.key()));
    13 alpha_out: Compact<u64> = |s| Compact(SUBNET_ALPHA_OUT.get(s.state, s.key()));
    14 tao_in: Compact<u64> = |s| Compact(SUBNET_TAO.get(s.state, s.key()));
    15 alpha_out_emission: Compact<u64> = |s| Compact(SUBNET_ALPHA_OUT_EMISSION.get(s.state, s.key()));
    16 alpha_in_emission: Compact<u64> = |s| Compact(SUBNET_ALPHA_IN_EMISSION.get(s.state, s.key()));
    17 tao_in_emission: Compact<u64> = |s| Compact(SUBNET_TAO_IN_EMISSION.get(s.state, s.key()));
    18 pending_alpha_emission: Compact<u64> = |s| Compact(PENDING_VALIDATOR_EMISSION.get(s.state, s.key()).saturating_add(PENDING_SERVER_EMISSION.get(s.state, s.key())));
    19 pending_root_emission: Compact<u64> = |_| Compact(0);
    20 subnet_volume: Compact<u128> = |s| Compact(SUBNET_VOLUME.get(s.state, s.key()));
    21 moving_price: I96F32 = |s| SUBNET_MOVING_PRICE.get(s.state, s.key());
    22 rho: Compact<u16> = |s| Compact(RHO.get(s.state, s.key()));
    23 kappa: Compact<u16> = |s| Compact(KAPPA.get(s.state, s.key()));
    24 min_allowed_weights: Compact<u16> = |s| Compact(MIN_ALLOWED_WEIGHTS.get(s.state, s.key()));
    25 max_weights_limit: Compact<u16> = |s| Compact(MAX_WEIGHTS_LIMIT.get(s.state, s.key()));
    26 weights_version: Compact<u64> = |s| Compact(WEIGHTS_VERSION_KEY.get(s.state, s.key()));
    27 weights_rate_limit: Compact<u64> = |s| Compact(WEIGHTS_SET_RATE_LIMIT.get(s.state, s.key()));
    28 activity_cutoff: Compact<u64> = |s| Compact(activity_cutoff(s.state, s.netuid));
    29 max_validators: Compact<u16> = |s| Compact(MAX_ALLOWED_VALIDATORS.get(s.state, s.key()));
    30 num_uids: Compact<u16> = |s| Compact(SUBNETWORK_N.get(s.state, s.key()));
    31 max_uids: Compact<u16> = |s| Compact(MAX_ALLOWED_UIDS.get(s.state, s.key()));
    32 burn: Compact<u64> = |s| Compact(BURN.get(s.state, s.key()));
    33 difficulty: Compact<u64> = |s| Compact(DIFFICULTY.get(s.state, s.key()));
    34 registration_allowed: bool = |s| NETWORK_REGISTRATION_ALLOWED.get(s.state, s.key());
    35 pow_registration_allowed: bool = |s| oct2026::pow_registration_allowed(s.state, s.netuid);
    36 immunity_period: Compact<u16> = |s| Compact(IMMUNITY_PERIOD.get(s.state, s.key()));
    37 min_difficulty: Compact<u64> = |s| Compact(MIN_DIFFICULTY.get(s.state, s.key()));
    38 max_difficulty: Compact<u64> = |s| Compact(MAX_DIFFICULTY.get(s.state, s.key()));
    39 min_burn: Compact<u64> = |s| Compact(MIN_BURN.get(s.state, s.key()));
    40 max_burn: Compact<u64> = |s| Compact(MAX_BURN.get(s.state, s.key()));
    41 adjustment_alpha: Compact<u64> = |s| Compact(ADJUSTMENT_ALPHA.get(s.state, s.key()));
    42 adjustment_interval: Compact<u16> = |s| Compact(ADJUSTMENT_INTERVAL.get(s.state, s.key()));
    43 target_regs_per_interval: Compact<u16> = |s| Compact(TARGET_REGISTRATIONS_PER_INTERVAL.get(s.state, s.key()));
    44 max_regs_per_block: Compact<u16> = |s| Compact(MAX_REGISTRATIONS_PER_BLOCK.get(s.state, s.key()));
    45 serving_rate_limit: Compact<u64> = |s| Compact(SERVING_RATE_LIMIT.get(s.state, s.key()));
    46 commit_reveal_weights_enabled: bool = |s| COMMIT_REVEAL_WEIGHTS_ENABLED.get(s.state, s.key());
    47 commit_reveal_period: Compact<u64> = |s| Compact(REVEAL_PERIOD_EPOCHS.get(s.state, s.key()));
    48 liquid_alpha_enabled: bool = |s| LIQUID_ALPHA_ON.get(s.state, s.key());
    49 alpha_high: Compact<u16> = |s| Compact(ALPHA_VALUES.get(s.state, s.key()).1);
    50 alpha_low: Compact<u16> = |s| Compact(ALPHA_VALUES.get(s.state, s.key()).0);
    51 bonds_moving_avg: Compact<u64> = |s| Compact(BONDS_MOVING_AVERAGE.get(s.state, s.key()));
    52 hotkeys: Accounts = |s| s.hotkeys.clone();
    53 coldkeys: Accounts = |s| s.per_hotkey(|hotkey| s.coldkey(hotkey));
    54 identities: Vec<Option<ChainIdentityV2>> = |s| s.per_hotkey(|hotkey| IDENTITIES_V2.find(s.state, (s.coldkey(hotkey),)));
    55 axons: Vec<AxonInfo> = |s| s.per_hotkey(|hotkey| AXONS.find(s.state, (s.netuid, hotkey.clone())).unwrap_or_default());
    56 active: Vec<bool> = |s| ACTIVE.get(s.state, s.key());
    57 validator_permit: Vec<bool> = |s| VALIDATOR_PERMIT.get(s.state, s.key());
    // No longer stored, so empty.
    58 pruning_score: CompactU16s = |_| Vec::new();
    59 last_update: CompactU64s = |s| compact(LAST_UPDATE.get(s.state, (s.index,)));
    60 emission: CompactU64s = |s| compact(EMISSION.get(s.state, s.key()));
    61 dividends: CompactU16s = |s| compact(DIVIDENDS.get(s.state, s.key()));
    62 incentives: CompactU16s = |s| compact(INCENTIVE.get(s.state, (s.index,)));
    63 consensus: CompactU16s = |s| compact(CONSENSUS.get(s.state, s.key()));
    64 trust: CompactU16s = |_| Vec::new();
    65 rank: CompactU16s = |_| Vec::new();
    66 block_at_registration: CompactU64s = |s| s.uids().map(|uid| Compact(BLOCK_AT_REGISTRATION.get(s.state, (s.netuid, uid)))).collect();
    67 alpha_stake: CompactU64s = |s| s.stakes(|stake| stake.alpha);
    68 tao_stake: CompactU64s = |s| s.stakes(|stake| stake.tao);
    69 total_stake: CompactU64s = |s| s.stakes(|stake| stake.total);
    70 tao_dividends_per_hotkey: Dividends = |s| s.per_hotkey(|hotkey| (hotkey.clone(), Compact(ROOT_ALPHA_DIVIDENDS_PER_SUBNET.get(s.state, (s.netuid, hotkey.clone())))));
    71 alpha_dividends_per_hotkey: Dividends = |s| s.per_hotkey(|hotkey| (hotkey.clone(), Compact(ALPHA_DIVIDENDS_PER_SUBNET.get(s.state, (s.netuid, hotkey.clone())))));
    selective only:
    72 validators: CompactU16s = |s| s.validators();
    73 commitments: Vec<(AccountId, Text)> = |s| s.commitments();
    since Oct2026:
    74 collateral_locked: CompactU64s = |s| s.per_hotkey(|hotkey| Compact(s.collateral(hotkey).locked));
    75 collateral_min: CompactU64s = |s| s.per_hotkey(|hotkey| Compact(s.collateral(hotkey).min_locked));
    76 collateral_earned: CompactU64s = |s| s.per_hotkey(|hotkey| Compact(s.collateral(hotkey).earned));
}

/// A subnet at one block, with what several columns share.
struct Subnet<'a> {
    state: &'a State,
    netuid: u16,
    /// Storage index of the mechanism.
    index: u16,
    hotkeys: Vec<AccountId>,
    stakes: std::cell::OnceCell<Vec<Stake>>,
}

impl<'a> Subnet<'a> {
    fn find(state: &'a State, netuid: u16) -> Option<Self> {
        if !NETWORKS_ADDED.get(state, (netuid,)) {
            return None;
        }
        let hotkeys = (0..SUBNETWORK_N.get(state, (netuid,)))
            .map(|uid| KEYS.get(state, (netuid, uid)))
            .collect();
        Some(Self {
            state,
            netuid,
            index: netuid,
            hotkeys,
            stakes: std::cell::OnceCell::new(),
        })
    }

    fn of_mechanism(mut self, mecid: u8) -> Self {
        self.index = storage_index(self.netuid, mecid);
        self
    }

    /// What only October's layout has.
    fn later<T>(&self, column: impl FnOnce(&Self) -> T) -> Later<T> {
        Later((Layout::of(self.state) == Layout::Oct2026).then(|| column(self)))
    }

    fn key(&self) -> (u16,) {
        (self.netuid,)
    }

    fn block(&self) -> u64 {
        u64::from(system::NUMBER.get(self.state, ()))
    }

    fn uids(&self) -> impl Iterator<Item = u16> {
        0..SUBNETWORK_N.get(self.state, self.key())
    }

    fn collateral(&self, hotkey: &AccountId) -> MinerCollateralState {
        oct2026::collateral(self.state, self.netuid, hotkey, &self.coldkey(hotkey))
    }

    fn coldkey(&self, hotkey: &AccountId) -> AccountId {
        OWNER.get(self.state, (hotkey.clone(),))
    }

    fn per_hotkey<T>(&self, column: impl Fn(&AccountId) -> T) -> Vec<T> {
        self.hotkeys.iter().map(column).collect()
    }

    fn all_stakes(&self) -> &[Stake] {
        self.stakes
            .get_or_init(|| self.per_hotkey(|hotkey| stake_of(self.state, self.netuid, hotkey)))
    }

    fn stakes(&self, column: impl Fn(&Stake) -> u64) -> CompactU64s {
        self.all_stakes()
            .iter()
            .map(|stake| Compact(column(stake)))
            .collect()
    }

    /// Uids with a permit and more stake than the threshold, by rising stake.
    fn validators(&self) -> CompactU16s {
        let permits = VALIDATOR_PERMIT.get(self.state, self.key());
        let threshold = u128::from(STAKE_THRESHOLD.get(self.state, ())) << 32;
        let mut validators: Vec<_> = self
            .uids()
            .zip(permits)
            .zip(self.all_stakes())
            .filter(|((_, permit), stake)| *permit && stake.total_bits > threshold)
            .map(|((uid, _), stake)| (stake.total_bits, uid))
            .collect();
        validators.sort_by_key(|(stake, _)| *stake);
        validators
            .into_iter()
            .map(|(_, uid)| Compact(uid))
            .collect()
    }

    /// Who has committed something, with the SCALE bytes of the whole registration.
    fn commitments(&self) -> Vec<(AccountId, Text)> {
        COMMITMENT_OF
            .under(self.state, (self.netuid,))
            .into_iter()
            .map(|((_, account), commitment)| (account, compact(commitment.encode())))
            .collect()
    }
}
