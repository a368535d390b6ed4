//! Storage that October added. Amounts are rao, u16 ratios of 65535.

use sp_core::H160;
use sp_runtime::{BoundedVec, traits::ConstU32};

use crate::{
    runtime::{AccountId, I96F32, U64F64, subtensor::SubnetIdentityV3},
    scale::{scale_enum, scale_struct},
};

/// One, with 64 fraction bits.
const ONE: U64F64 = U64F64 { bits: 1 << 64 };

pub(super) use commitments::storage_metadata as commitments_storage;
pub(super) use proxy::storage_metadata as proxy_storage;
pub(super) use storage_metadata as subtensor_storage;
pub(super) use swap::storage_metadata as swap_storage;

crate::storage::storage! { "SubtensorModule";
    "Block until which stake moved by a hotkey swap stays." STAKE_MOVE_COOLDOWN_UNTIL = "StakeMoveCooldownUntil": [Identity u16, Blake2_128Concat AccountId] => default u64 = 0;
    "The hotkey that a hotkey was swapped to." HOTKEY_SUCCESSOR = "HotkeySuccessor": [Identity u16, Blake2_128Concat AccountId] => optional AccountId;
    "The first hotkey of a row of swaps." HOTKEY_ROOT = "HotkeyRoot": [Identity u16, Blake2_128Concat AccountId] => optional AccountId;
    "The coldkey that a coldkey was swapped to." COLDKEY_SUCCESSOR = "ColdkeySuccessor": [Blake2_128Concat AccountId] => optional AccountId;
    "The first coldkey of a row of swaps." COLDKEY_ROOT = "ColdkeyRoot": [Blake2_128Concat AccountId] => optional AccountId;
    "Parents whose stake is to be looked at." CHILDKEY_THRESHOLD_CHECKS = "ChildkeyThresholdChecks": [Blake2_128Concat AccountId] => optional ();
    "Parents whose childkeys are without effect, for want of stake." CHILDKEY_THRESHOLD_SUSPENDED = "ChildkeyThresholdSuspended": [Blake2_128Concat AccountId] => optional ();
    "Root dividends waiting for a hotkey's basket." PENDING_BASKET_DEPOSITS = "PendingBasketDeposits": [Blake2_128Concat AccountId, Identity u16] => default u64 = 0;
    "Where the walk over waiting root dividends stands." PENDING_BASKET_FLUSH_CURSOR = "PendingBasketFlushCursor": [] => optional Vec<u8>;
    "Moving price that follows fast, 64 fraction bits." SUBNET_FAST_MOVING_PRICE = "SubnetFastMovingPrice": [Identity u16] => optional U64F64;
    "Alpha staked on a subnet." TOTAL_ALPHA_STAKED = "TotalAlphaStaked": [Identity u16] => default u64 = 0;
    "Times that a hotkey's share pool was closed." ALPHA_SHARE_POOL_EPOCH = "AlphaSharePoolEpoch": [Blake2_128Concat AccountId, Identity u16] => default u64 = 0;
    "Share pool that a coldkey's shares belong to." ALPHA_SHARE_EPOCH = "AlphaShareEpoch": [Blake2_128Concat AccountId, Blake2_128Concat AccountId, Identity u16] => default u64 = 0;
    "Demand above the emission bar, 64 fraction bits." EMISSION_BAR_QUANTILE = "EmissionBarQuantile": [] => default U64F64 = U64F64 { bits: 11_252_513_884_962_826_240 };
    "Rank of the subnet at the emission bar; 0 takes the quantile." EMISSION_BAR_RANK = "EmissionBarRank": [] => default u16 = 32;
    "Steepness of the emission gate, 64 fraction bits." EMISSION_GATE_EXPONENT = "EmissionGateExponent": [] => default U64F64 = U64F64 { bits: 3 << 64 };
    "The emission bar, 64 fraction bits." EMISSION_GATE_BAR = "EmissionGateBar": [] => default U64F64 = U64F64 { bits: 0 };
    "Block of a hotkey's last registration by work." LAST_POW_REGISTRATION_BLOCK = "LastPowRegistrationBlock": [Blake2_128Concat AccountId] => optional u64;
    "Block of the last epoch under Yuma." LAST_YUMA_STEP_BLOCK = "LastYumaStepBlock": [Identity u16] => optional u64;
    "Neurons that a pruning under Null is to leave." NULL_PRUNING_TARGET = "NullPruningTarget": [Identity u16] => optional u16;
    "Most validators before the subnet went to Null." SAVED_YUMA_MAX_ALLOWED_VALIDATORS = "SavedYumaMaxAllowedValidators": [Identity u16] => optional u16;
    "Which consensus liquid alpha takes." LIQUID_ALPHA_CONSENSUS_MODE = "LiquidAlphaConsensusMode": [Identity u16] => default ConsensusMode = ConsensusMode::Auto;
    "How a subnet's epochs pay." SUBNET_EPOCH_CONSENSUS = "SubnetEpochConsensus": [Identity u16] => default EpochConsensus = EpochConsensus::Yuma;
    "Dissolved subnets of which something is left." DISSOLVE_CLEANUP_QUEUE = "DissolveCleanupQueue": [] => default Vec<u16> = Vec::new();
    "Subnet registrations that wait." NETWORK_REGISTRATION_QUEUE = "NetworkRegistrationQueue": [] => default Vec<NetworkRegistrationInfo> = Vec::new();
    "Number of the next subnet registration." NETWORK_REGISTRATION_LOCK_ID = "NetworkRegistrationLockId": [] => default u32 = 0;
    "Who prepaid a subnet registration, and how much." NETWORK_REGISTRATION_ESCROW = "NetworkRegistrationEscrow": [Identity u32] => optional (AccountId, u64);
    "Voting power of all validators of a subnet." TOTAL_VOTING_POWER = "TotalVotingPower": [Identity u16] => default u64 = 0;
    "Consensus of the last epoch by uid, /65535; key is the storage index." CONSENSUS_BY_MECHANISM = "ConsensusByMechanism": [Identity u16] => default Vec<u16> = Vec::new();
    "Blocks that root stake stays." ROOT_STAKE_UNLOCK_INTERVAL = "RootStakeUnlockInterval": [] => default u64 = 0;
    "Whether baskets trade." BASKET_TRADING_ENABLED = "BasketTradingEnabled": [] => default bool = false;
    "Baskets that do not trade." BASKET_TRADING_FROZEN = "BasketTradingFrozen": [Blake2_128Concat AccountId] => optional ();
    "Part of a basket that trades in a day, /65535." BASKET_DAILY_TURNOVER_CAP = "BasketDailyTurnoverCap": [] => default u16 = 6_553;
    "Least trade of a basket." BASKET_MIN_TRADE_TAO = "BasketMinTradeTao": [] => default u64 = 500_000_000;
    "Part of a pool that a basket holds at most, /65535." BASKET_LIQUIDITY_CAP = "BasketLiquidityCap": [] => default u16 = 6_553;
    "Holdings worth less are left out of claims." BASKET_CLAIM_ROW_DUST_CAP_TAO = "BasketClaimRowDustCapTao": [] => default u64 = 1_000_000_000;
    "Holdings worth a smaller part are left out of claims, /10,000." BASKET_CLAIM_ROW_DUST_BPS = "BasketClaimRowDustBps": [] => default u16 = 10;
    "Slices worth less are left out of claims." BASKET_CLAIM_SLICE_DUST_TAO = "BasketClaimSliceDustTao": [] => default u64 = 100_000;
    "The most that a claim leaves out." BASKET_CLAIM_FORFEIT_CAP_TAO = "BasketClaimForfeitCapTao": [] => default u64 = 10_000_000;
    "What a basket may still trade, and since when." BASKET_TRADE_BUCKET = "BasketTradeBucket": [Blake2_128Concat AccountId] => optional (u64, u64);
    "What a basket bought of a subnet, and until when." BASKET_LIQUIDITY_USED = "BasketLiquidityUsed": [Blake2_128Concat AccountId, Identity u16] => optional (u64, u64);
    "Part of a basket that one holding may be, /65535." BASKET_CONCENTRATION_CAP = "BasketConcentrationCap": [] => default u16 = 4_096;
    "Shares of a basket." BASKET_SHARES = "BasketShares": [Blake2_128Concat AccountId] => default u64 = 0;
    "Shares of a basket per root stake, 32 fraction bits." BASKET_RATE = "BasketRate": [Blake2_128Concat AccountId] => default I96F32 = I96F32 { bits: 0 };
    "Where a basket's prices start." BETA_BASELINE = "BetaBaseline": [Blake2_128Concat AccountId] => optional BetaBaselineOf;
    "Return of a basket's stakers, 64 fraction bits." BASKET_TWR = "BasketTwr": [Blake2_128Concat AccountId] => default U64F64 = ONE;
    "The index of all baskets." BETA_INDEX_SNAPSHOT = "BetaIndexSnapshot": [] => optional BetaIndexSnapshotOf;
    "Where the making of the next index stands." BETA_INDEX_SWEEP = "BetaIndexSweep": [] => optional BetaIndexSweepOf;
    "A basket at the last index." BETA_INDEX_FUND_SAMPLE = "BetaIndexFundSample": [Blake2_128Concat AccountId] => optional BetaIndexFundSampleOf;
    "Shares of a basket that a coldkey has claimed." BASKET_CLAIMED = "BasketClaimed": [Blake2_128Concat AccountId, Blake2_128Concat AccountId] => default i128 = 0;
    "TAO put into a basket." BASKET_DEPOSITED_TAO = "BasketDepositedTao": [Blake2_128Concat AccountId] => default u64 = 0;
    "TAO taken from a basket." BASKET_REDEEMED_TAO = "BasketRedeemedTao": [Blake2_128Concat AccountId] => default u64 = 0;
    "Neurons of an EVM address, each with the block of its proof." ASSOCIATED_UIDS_BY_EVM_ADDRESS = "AssociatedUidsByEvmAddress": [Twox64Concat u16, Twox64Concat H160] => default BoundedVec<(u16, u64), ConstU32<32>> = BoundedVec::new();
    "Dividends that a lease owes a contributor." SUBNET_LEASE_UNPAID_DIVIDENDS = "SubnetLeaseUnpaidDividends": [Twox64Concat u32, Identity AccountId] => default u64 = 0;
    "Part of a registration's price that is locked, /65535." COLLATERAL_LOCK_SHARE = "CollateralLockShare": [Identity u16] => default u16 = 0;
    "Collateral freed per alpha earned, 64 fraction bits." COLLATERAL_DRAIN_RATIO = "CollateralDrainRatio": [Identity u16] => default U64F64 = ONE;
    "Collateral of a coldkey's hotkey." MINER_COLLATERAL = "MinerCollateral": [Identity u16, Blake2_128Concat AccountId, Blake2_128Concat AccountId] => optional MinerCollateralState;
    "Collateral of a coldkey's hotkeys in all." COLDKEY_MINER_COLLATERAL = "ColdkeyMinerCollateral": [Identity u16, Blake2_128Concat AccountId] => default u64 = 0;
    "Hotkeys of a coldkey that have collateral." COLDKEY_COLLATERAL_HOTKEYS = "ColdkeyCollateralHotkeys": [Identity u16, Blake2_128Concat AccountId] => default BoundedVec<AccountId, ConstU32<32>> = BoundedVec::new();
}

/// Storage of pallet Proxy.
mod proxy {
    use super::AccountId;

    crate::storage::storage! { "Proxy";
        "Whether the account that is acted for pays the fees." REAL_PAYS_FEE_CONSENT_V1 = "RealPaysFeeConsentV1": [Twox64Concat AccountId, Twox64Concat AccountId] => optional ();
    }
}

/// Storage of pallet Commitments.
mod commitments {
    use super::AccountId;

    crate::storage::storage! { "Commitments";
        "Where the walk over timelocked fields stands." TIMELOCK_REVEAL_CURSOR = "TimelockRevealCursor": [] => optional (u16, AccountId);
    }
}

/// Storage of pallet Swap.
mod swap {
    crate::storage::storage! { "Swap";
        "TAO that waits to become part of a pool." BALANCER_TAO_RESERVOIR = "BalancerTaoReservoir": [Twox64Concat u16] => default u64 = 0;
        "Alpha that waits to become part of a pool." BALANCER_ALPHA_RESERVOIR = "BalancerAlphaReservoir": [Twox64Concat u16] => default u64 = 0;
    }
}

scale_enum! {
    /// Which consensus liquid alpha takes: this epoch's, the last one's, or by the bonds' penalty.
    "pallet_subtensor::pallet" ConsensusMode {
        0 Current,
        1 Previous,
        2 Auto,
    }
}

scale_enum! {
    /// How a subnet's epochs pay: by consensus, or as its first validator says.
    "pallet_subtensor::pallet" EpochConsensus {
        0 Yuma,
        1 Null,
    }
}

scale_enum! {
    /// Why a timelocked field stays closed.
    "pallet_commitments" RevealFailure {
        0 CiphertextDeserialize,
        1 SignatureDeserialize,
        2 Decrypt,
        3 EmptyPlaintext,
        4 PulseExpired,
    }
}

scale_struct! {
    /// Collateral of a coldkey's hotkey on a subnet.
    "pallet_subtensor::pallet" MinerCollateralState { locked: u64, drain_ratio: U64F64, min_locked: u64, earned: u64 }
}

scale_struct! {
    /// A subnet registration that waits.
    "pallet_subtensor::subnets::subnet" NetworkRegistrationInfo { coldkey: AccountId, hotkey: AccountId, mechid: u16, identity: Option<SubnetIdentityV3>, lock_amount: u64, median_subnet_alpha_price: U64F64, registration_block: u64, lock_id: u32 }
}

scale_struct! {
    /// Where a basket's prices start.
    "pallet_subtensor::pallet" BetaBaselineOf { price_divisor: U64F64, rate0: I96F32, tr_splice: U64F64, first_block: u64 }
}

scale_struct! {
    /// The index of all baskets.
    "pallet_subtensor::pallet" BetaIndexSnapshotOf { bag_level: U64F64, stake_level: U64F64, block: u64 }
}

scale_struct! {
    /// Where the making of an index stands.
    "pallet_subtensor::pallet" BetaIndexSweepOf { cursor: Vec<u8>, weight_sum: u128, rel_bag_sum: U64F64, rel_stake_sum: U64F64 }
}

scale_struct! {
    /// A basket at an index.
    "pallet_subtensor::pallet" BetaIndexFundSampleOf { nav: u64, display: U64F64, stake: U64F64 }
}

scale_struct! {
    /// One of many trades of a basket.
    "pallet_subtensor::staking::basket" BasketSwapLeg { origin_netuid: u16, destination_netuid: u16, amount: u64, min_amount_out: u64 }
}

/// The trades of one call.
pub(crate) type BasketLegs = BoundedVec<BasketSwapLeg, ConstU32<64>>;
