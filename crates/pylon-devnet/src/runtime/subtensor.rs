//! Pallet SubtensorModule (7): what this node reads, writes and declares of it.

pub(crate) mod burn;
mod call;
pub(crate) mod delegates;
pub(crate) mod dynamic;
pub(crate) mod error;
mod event;
pub(crate) mod hyperparams;
pub(crate) mod lock;
pub(crate) mod metagraph;
pub(crate) mod names;
pub(crate) mod neurons;
pub(crate) mod shares;
pub(crate) mod stake;
pub(crate) mod stakes;
pub(crate) mod storage;
pub(crate) mod subnet_state;
pub(crate) mod subnets;
mod weights_commit;

use std::collections::BTreeSet;

use sp_runtime::{BoundedVec, traits::ConstU32};

pub(crate) use call::Call;
pub(crate) use error::Error;
pub(crate) use event::Event;
pub(crate) use storage::*;
pub(crate) use weights_commit::{MAX_COMMIT_BYTES, WeightsCommit};

use crate::{
    runtime::{AccountId, U64F64},
    scale::{scale_enum, scale_struct},
};

/// Root's netuid.
pub(crate) const ROOT: u16 = 0;

/// Least tempo that an owner may set, and the blocks until the next change of it.
pub(crate) const MIN_TEMPO: u16 = 360;

/// Greatest tempo that an owner may set.
pub(crate) const MAX_TEMPO: u16 = 50_400;

/// Least activity cutoff, thousandths of a tempo.
pub(crate) const MIN_ACTIVITY_CUTOFF_FACTOR_MILLI: u32 = 1_000;

/// Greatest activity cutoff, thousandths of a tempo.
pub(crate) const MAX_ACTIVITY_CUTOFF_FACTOR_MILLI: u32 = 50_000;

/// What the least price of a registration stays below, rao.
pub(crate) const MIN_BURN_UPPER_BOUND: u64 = 1_000_000_000;

/// What the greatest price of a registration stays above, rao.
pub(crate) const MAX_BURN_LOWER_BOUND: u64 = 100_000_000;

/// Where a mechanism of a subnet keeps its vectors; mechanism 0's index is the netuid.
pub(crate) fn storage_index(netuid: u16, mecid: u8) -> u16 {
    u16::from(mecid)
        .saturating_mul(4_096)
        .saturating_add(netuid)
}

scale_struct! {
    /// Where a neuron serves; an IPv4 address stands in the low 32 bits.
    #[derive(Copy, Default)]
    "pallet_subtensor::pallet" AxonInfo { block: u64, version: u32, ip: u128, port: u16, ip_type: u8, protocol: u8, placeholder1: u8, placeholder2: u8 }
}

scale_struct! {
    /// Where a neuron serves its metrics.
    #[derive(Copy, Default)]
    "pallet_subtensor::pallet" PrometheusInfo { block: u64, version: u32, ip: u128, port: u16, ip_type: u8 }
}

scale_struct! {
    /// A neuron's TLS public key.
    #[derive(Default)]
    "pallet_subtensor::pallet" NeuronCertificate { public_key: BoundedVec<u8, ConstU32<64>>, algorithm: u8 }
}

scale_struct! {
    /// Who a coldkey says it is.
    #[derive(Default)]
    "pallet_subtensor::pallet" ChainIdentityV2 { name: Vec<u8>, url: Vec<u8>, github_repo: Vec<u8>, image: Vec<u8>, discord: Vec<u8>, description: Vec<u8>, additional: Vec<u8> }
}

scale_struct! {
    /// What a subnet says it is.
    #[derive(Default)]
    "pallet_subtensor::pallet" SubnetIdentityV3 { subnet_name: Vec<u8>, github_repo: Vec<u8>, subnet_contact: Vec<u8>, subnet_url: Vec<u8>, discord: Vec<u8>, description: Vec<u8>, logo_url: Vec<u8>, additional: Vec<u8> }
}

scale_struct! {
    /// A number of shares: mantissa times ten to the exponent.
    #[derive(Copy)]
    "share_pool" SafeFloat { mantissa: u128, exponent: i64 }
}

scale_struct! {
    /// Stake that cannot leave, and the conviction it has gained.
    "pallet_subtensor::staking::lock" LockState { locked_mass: u64, conviction: U64F64, last_update: u64 }
}

scale_enum! {
    /// What becomes of TAO that nobody gets.
    "pallet_subtensor::pallet" RecycleOrBurnEnum {
        0 Burn,
        1 Recycle,
    }
}

scale_enum! {
    /// What becomes of a coldkey's root dividends.
    "pallet_subtensor::pallet" RootClaimTypeEnum {
        0 Swap,
        1 Keep,
        2 KeepSubnets { subnets: BTreeSet<u16> },
    }
}

scale_enum! {
    /// What a rate limit counts.
    "pallet_subtensor" RateLimitKey {
        0 SetSNOwnerHotkey(u16),
        1 OwnerHyperparamUpdate(u16, Hyperparameter),
        2 NetworkLastRegistered,
        3 LastTxBlock(AccountId),
        4 LastTxBlockChildKeyTake(AccountId),
        5 LastTxBlockDelegateTake(AccountId),
        6 AddStakeBurn(u16),
    }
}

scale_enum! {
    /// A hyperparameter that owners change at a limited rate.
    "pallet_subtensor::utils::rate_limiting" Hyperparameter {
        0 Unknown,
        1 ServingRateLimit,
        2 MaxDifficulty,
        3 AdjustmentAlpha,
        4 MaxWeightLimit,
        5 ImmunityPeriod,
        6 MinAllowedWeights,
        7 Kappa,
        8 Rho,
        9 ActivityCutoff,
        10 PowRegistrationAllowed,
        11 MinBurn,
        12 MaxBurn,
        13 BondsMovingAverage,
        14 BondsPenalty,
        15 CommitRevealEnabled,
        16 LiquidAlphaEnabled,
        17 AlphaValues,
        18 WeightCommitInterval,
        19 TransferEnabled,
        20 AlphaSigmoidSteepness,
        21 Yuma3Enabled,
        22 BondsResetEnabled,
        23 ImmuneNeuronLimit,
        24 RecycleOrBurn,
        25 MaxAllowedUids,
        26 BurnHalfLife,
        27 BurnIncreaseMult,
        28 SubnetEmissionEnabled,
        29 MinChildkeyTake,
        30 ActivityCutoffFactorMilli,
        31 TriggerEpoch,
    } since Oct2026 {
        32 CollateralLockShare,
        33 CollateralDrainRatio,
        34 LiquidAlphaConsensusMode,
        35 EpochConsensus,
        36 BurnRegistrationAllowed,
    }
}

/// Declares the pallet's plain constants and their lines in the metadata.
macro_rules! constants {
    ($($name:ident: $ty:ty = $value:expr;)*) => {
        /// The pallet's constants: name, type and SCALE bytes.
        pub(crate) fn constants() -> Vec<(&'static str, scale_info::MetaType, Vec<u8>)> {
            vec![$((stringify!($name), scale_info::meta_type::<$ty>(), codec::Encode::encode(&{ let value: $ty = $value; value }))),*]
        }
    };
}

constants! {
    InitialIssuance: u64 = 0;
    InitialMinAllowedWeights: u16 = 1_024;
    InitialEmissionValue: u16 = 0;
    InitialTempo: u16 = 360;
    InitialDifficulty: u64 = 10_000_000;
    InitialMaxDifficulty: u64 = 4_611_686_018_427_387_903;
    InitialMinDifficulty: u64 = 10_000_000;
    InitialRAORecycledForRegistration: u64 = 0;
    InitialBurn: u64 = 100_000_000;
    InitialMaxBurn: u64 = 100_000_000_000;
    InitialMinBurn: u64 = 500_000;
    InitialMinStake: u64 = 2_000_000;
    MinBurnUpperBound: u64 = MIN_BURN_UPPER_BOUND;
    MaxBurnLowerBound: u64 = MAX_BURN_LOWER_BOUND;
    MinTempo: u16 = MIN_TEMPO;
    MaxTempo: u16 = MAX_TEMPO;
    MinActivityCutoffFactorMilli: u32 = MIN_ACTIVITY_CUTOFF_FACTOR_MILLI;
    MaxActivityCutoffFactorMilli: u32 = MAX_ACTIVITY_CUTOFF_FACTOR_MILLI;
    InitialAdjustmentInterval: u16 = 100;
    InitialBondsMovingAverage: u64 = 900_000;
    InitialBondsPenalty: u16 = 65_535;
    InitialBondsResetOn: bool = false;
    InitialTargetRegistrationsPerInterval: u16 = 2;
    InitialRho: u16 = 10;
    InitialAlphaSigmoidSteepness: i16 = 1_000;
    InitialKappa: u16 = 32_767;
    InitialMinAllowedUids: u16 = 64;
    InitialMaxAllowedUids: u16 = 256;
    InitialValidatorPruneLen: u64 = 1;
    InitialScalingLawPower: u16 = 50;
    InitialImmunityPeriod: u16 = 4_096;
    InitialActivityCutoff: u16 = 5_000;
    InitialMaxRegistrationsPerBlock: u16 = 1;
    InitialPruningScore: u16 = 65_535;
    InitialMaxAllowedValidators: u16 = 128;
    InitialDefaultDelegateTake: u16 = 11_796;
    InitialMinDelegateTake: u16 = 0;
    InitialDefaultChildKeyTake: u16 = 0;
    InitialMinChildKeyTake: u16 = 0;
    InitialMaxChildKeyTake: u16 = 11_796;
    InitialWeightsVersionKey: u64 = 0;
    InitialServingRateLimit: u64 = 50;
    InitialTxRateLimit: u64 = 1_000;
    InitialTxDelegateTakeRateLimit: u64 = 216_000;
    InitialTxChildKeyTakeRateLimit: u64 = 216_000;
    InitialAdjustmentAlpha: u64 = 0;
    InitialNetworkImmunityPeriod: u64 = 1_296_000;
    InitialNetworkMinLockCost: u64 = 1_000_000_000_000;
    InitialSubnetOwnerCut: u16 = 11_796;
    InitialNetworkLockReductionInterval: u64 = 100_800;
    InitialNetworkRateLimit: u64 = 7_200;
    KeySwapCost: u64 = 100_000_000;
    AlphaHigh: u16 = 58_982;
    AlphaLow: u16 = 45_875;
    LiquidAlphaOn: bool = false;
    Yuma3On: bool = false;
    InitialColdkeySwapAnnouncementDelay: u32 = 36_000;
    InitialColdkeySwapReannouncementDelay: u32 = 7_200;
    InitialDissolveNetworkScheduleDuration: u32 = 36_000;
    InitialTaoWeight: u64 = 971_718_665_099_567_868;
    InitialEmaPriceHalvingPeriod: u64 = 201_600;
    InitialStartCallDelay: u64 = 0;
    KeySwapOnSubnetCost: u64 = 1_000_000;
    HotkeySwapOnSubnetInterval: u64 = 7_200;
    LeaseDividendsDistributionInterval: u32 = 100;
    InitialMaxEpochsPerBlock: u8 = 2;
}
