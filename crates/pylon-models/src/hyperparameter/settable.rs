//! Hyperparameters that the owner of a subnet may set: their names, and what they may be set to.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Number, Value};

use crate::Hotkey;

/// 1 as a number with 64 fractional bits.
const ONE: u128 = 1 << 64;
/// What the parts of a split sum up to, and what fractions are of.
const WHOLE: u16 = u16::MAX;
/// The least that a liquid alpha may be: a fortieth.
const LEAST_ALPHA: u16 = WHOLE / 40;

/// What a hyperparameter may be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Domain {
    Bool,
    /// A whole number between both, which count.
    Integer(u64, u64),
    /// A number with a fraction between both, in units of 2^-64.
    Fixed(u128, u128),
    /// Two fractions of 65535, the lower first.
    Alphas,
    /// The address of a hotkey.
    Hotkey,
    /// Parts of 65535 that sum up to it, or nothing for equal parts.
    Split,
    /// One of these words: each with the runtime's name for it.
    Word(&'static [(&'static str, &'static str)]),
}

/// A value that fits its hyperparameter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewHyperparameter {
    /// On or off.
    Bool(bool),
    /// A whole number: an amount in rao, a fraction of 65535 or of `u64::MAX`, blocks.
    Integer(u64),
    /// The bits of a number with 64 fractional bits.
    Fixed(u128),
    /// The lower and the upper liquid alpha, of 65535.
    Alphas(u16, u16),
    /// A hotkey.
    Hotkey(Hotkey),
    /// The part of each mechanism, of 65535.
    Split(Option<Vec<u16>>),
    /// A variant of one of the runtime's enums, by its name.
    Variant(&'static str),
}

/// Why a hyperparameter is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HyperparameterError {
    /// No runtime has it under that name.
    #[error("unknown hyperparameter '{0}'; a subnet's owner may set: {names}", names = SettableHyperparameter::names())]
    Unknown(String),
    /// The network's root alone sets it.
    #[error("hyperparameter '{0}' can be set by the network's root only")]
    RootOnly(String),
    /// It cannot have that value.
    #[error("{name} has to be {expected}")]
    Value {
        /// Which hyperparameter.
        name: &'static str,
        /// What it can be.
        expected: String,
    },
}

macro_rules! settable {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal: $domain:expr,)+) => {
        /// A hyperparameter that the owner of a subnet may set, on the newest runtime that is known.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[non_exhaustive]
        pub enum SettableHyperparameter {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl SettableHyperparameter {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            const fn domain(self) -> Domain {
                match self { $(Self::$variant => $domain),+ }
            }
        }
    };
}

settable! {
    /// Blocks between two announcements of an axon.
    ServingRateLimit = "serving_rate_limit": Domain::Integer(0, u64::MAX),
    /// The greatest difficulty of a registration by work.
    MaxDifficulty = "max_difficulty": Domain::Integer(0, u64::MAX),
    /// The version that the subnet's validators are to have.
    WeightsVersion = "weights_version": Domain::Integer(0, u64::MAX),
    /// How slowly the price of a registration moves, of `u64::MAX`.
    AdjustmentAlpha = "adjustment_alpha": Domain::Integer(0, u64::MAX),
    /// Blocks for which a new neuron is not pruned.
    ImmunityPeriod = "immunity_period": Domain::Integer(0, u16::MAX as u64),
    /// The fewest uids that weights may have.
    MinAllowedWeights = "min_allowed_weights": Domain::Integer(0, u16::MAX as u64),
    /// The most neurons: 256, or 2,500 where one validator decides alone.
    MaxAllowedUids = "max_allowed_uids": Domain::Integer(1, 2_500),
    /// The steepness of the consensus.
    Rho = "rho": Domain::Integer(0, u16::MAX as u64),
    /// Blocks after which a silent validator is inactive; without effect since spec 423.
    ActivityCutoff = "activity_cutoff": Domain::Integer(0, u16::MAX as u64),
    /// The same in thousandths of a tempo.
    ActivityCutoffFactor = "activity_cutoff_factor": Domain::Integer(1_000, 50_000),
    /// The lowest price of a registration, rao.
    MinBurn = "min_burn": Domain::Integer(0, u64::MAX),
    /// The highest price of a registration, rao.
    MaxBurn = "max_burn": Domain::Integer(0, u64::MAX),
    /// How slowly bonds move, of 1,000,000.
    BondsMovingAverage = "bonds_moving_avg": Domain::Integer(0, 975_000),
    /// What weights out of consensus cost in bonds, of 65535.
    BondsPenalty = "bonds_penalty": Domain::Integer(0, u16::MAX as u64),
    /// Whether weights are committed and revealed.
    CommitRevealEnabled = "commit_reveal_weights_enabled": Domain::Bool,
    /// Epochs from a commit to its reveal.
    CommitRevealPeriod = "commit_reveal_period": Domain::Integer(1, 100),
    /// Whether the alpha of bonds moves with the consensus.
    LiquidAlphaEnabled = "liquid_alpha_enabled": Domain::Bool,
    /// The lower liquid alpha, of 65535; the upper one stays.
    AlphaLow = "alpha_low": Domain::Integer(LEAST_ALPHA as u64, WHOLE as u64),
    /// The upper liquid alpha, of 65535; the lower one stays.
    AlphaHigh = "alpha_high": Domain::Integer(LEAST_ALPHA as u64, WHOLE as u64),
    /// Both at once.
    AlphaValues = "alpha_values": Domain::Alphas,
    /// Whether stake may be transferred.
    TransfersEnabled = "transfers_enabled": Domain::Bool,
    /// The hotkey that acts for the owner.
    SubnetOwnerHotkey = "subnet_owner_hotkey": Domain::Hotkey,
    /// The steepness of the liquid alpha's sigmoid.
    AlphaSigmoidSteepness = "alpha_sigmoid_steepness": Domain::Integer(0, i16::MAX as u64),
    /// Whether epochs run Yuma 3.
    Yuma3Enabled = "yuma3_enabled": Domain::Bool,
    /// Whether a neuron may ask for its bonds to be reset.
    BondsResetEnabled = "bonds_reset_enabled": Domain::Bool,
    /// The owner's neurons that are never pruned.
    ImmuneOwnerUidsLimit = "immune_owner_uids_limit": Domain::Integer(1, 10),
    /// How many mechanisms the subnet has.
    MechanismCount = "mechanism_count": Domain::Integer(1, 16),
    /// The part of the emission that each mechanism gets.
    MechanismEmissionSplit = "mechanism_emission_split": Domain::Split,
    /// Prunes neurons until there are no more than this.
    TrimToMaxAllowedUids = "trim_to_max_allowed_uids": Domain::Integer(1, u16::MAX as u64),
    /// What becomes of the owner's miners' emission.
    RecycleOrBurn = "recycle_or_burn": Domain::Word(&[("recycle", "Recycle"), ("burn", "Burn")]),
    /// Blocks in which the price of a registration halves.
    BurnHalfLife = "burn_half_life": Domain::Integer(1, 36_100),
    /// What a registration multiplies the price by.
    BurnIncreaseMult = "burn_increase_mult": Domain::Fixed(ONE, 3 * ONE),
    /// Whether the owner has a part of the emission.
    OwnerCutEnabled = "owner_cut_enabled": Domain::Bool,
    /// Whether that part is locked at once.
    OwnerCutAutoLockEnabled = "owner_cut_auto_lock_enabled": Domain::Bool,
    /// The least take of a childkey, of 65535.
    MinChildkeyTake = "min_childkey_take": Domain::Integer(0, u16::MAX as u64),
    /// Blocks of an epoch.
    Tempo = "tempo": Domain::Integer(360, 50_400),
    /// Whether neurons may register (owners: since spec 475).
    RegistrationAllowed = "registration_allowed": Domain::Bool,
    /// Whether they may register by work (owners: since spec 475).
    NetworkPowRegistrationAllowed = "network_pow_registration_allowed": Domain::Bool,
    /// Which consensus the liquid alpha compares with (since spec 446).
    LiquidAlphaConsensusMode = "liquid_alpha_consensus_mode":
        Domain::Word(&[("current", "Current"), ("previous", "Previous"), ("auto", "Auto")]),
    /// What epochs run (since spec 475).
    EpochConsensus = "epoch_consensus": Domain::Word(&[("yuma", "Yuma"), ("null", "Null")]),
    /// The part of a registration's price that is locked, of 65535 (since spec 435).
    CollateralLockShare = "collateral_lock_share": Domain::Integer(0, 62_258),
    /// How fast locked collateral drains (since spec 435).
    CollateralDrainRatio = "collateral_drain_ratio": Domain::Fixed(1, 10 * ONE),
}

/// What the network's root alone sets, on every runtime that is known.
const ROOT_ONLY: [&str; 15] = [
    "kappa",
    "difficulty",
    "min_difficulty",
    "weights_rate_limit",
    "adjustment_interval",
    "max_validators",
    "target_regs_per_interval",
    "max_regs_per_block",
    "min_allowed_uids",
    "subtoken_enabled",
    "subnet_is_active",
    "subnet_emission_enabled",
    "max_epochs_per_block",
    "ck_burn",
    "stake_threshold",
];

impl SettableHyperparameter {
    fn names() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|one| one.as_str()).collect();
        names.join(", ")
    }

    /// The value that JSON names, if it fits.
    ///
    /// # Errors
    /// When it is of another kind, or out of bounds.
    pub fn value(self, json: &Value) -> Result<NewHyperparameter, HyperparameterError> {
        let domain = self.domain();
        domain.read(json).ok_or_else(|| HyperparameterError::Value {
            name: self.as_str(),
            expected: domain.to_string(),
        })
    }
}

impl FromStr for SettableHyperparameter {
    type Err = HyperparameterError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|one| one.as_str() == name);
        match known {
            Some(known) => Ok(*known),
            None if ROOT_ONLY.contains(&name) => Err(HyperparameterError::RootOnly(name.into())),
            None => Err(HyperparameterError::Unknown(name.to_owned())),
        }
    }
}

impl fmt::Display for SettableHyperparameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Domain {
    fn read(self, json: &Value) -> Option<NewHyperparameter> {
        Some(match self {
            Self::Bool => NewHyperparameter::Bool(json.as_bool()?),
            Self::Integer(least, most) => NewHyperparameter::Integer(
                json.as_u64()
                    .filter(|value| (least..=most).contains(value))?,
            ),
            Self::Fixed(least, most) => NewHyperparameter::Fixed(
                bits(json.as_number()?).filter(|value| (least..=most).contains(value))?,
            ),
            Self::Alphas => {
                let parts = fractions(json)?;
                let [low, high] = parts.as_slice() else {
                    return None;
                };
                ((LEAST_ALPHA..=*high).contains(low))
                    .then_some(NewHyperparameter::Alphas(*low, *high))?
            }
            Self::Hotkey => NewHyperparameter::Hotkey(json.as_str()?.parse().ok()?),
            Self::Split if json.is_null() => NewHyperparameter::Split(None),
            Self::Split => {
                let parts = fractions(json)?;
                let sum: u64 = parts.iter().copied().map(u64::from).sum();
                (sum == u64::from(WHOLE)).then_some(NewHyperparameter::Split(Some(parts)))?
            }
            Self::Word(words) => {
                let word = json.as_str()?;
                let (_, variant) = words.iter().find(|(known, _)| *known == word)?;
                NewHyperparameter::Variant(variant)
            }
        })
    }
}

fn fractions(json: &Value) -> Option<Vec<u16>> {
    let parts = json.as_array()?.iter();
    parts
        .map(|part| part.as_u64().and_then(|part| part.try_into().ok()))
        .collect()
}

/// The nearest number with 64 fractional bits.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a double that is positive and less than 2^64 fits once it is scaled, and its fraction past 2^-64 is cut"
)]
fn bits(number: &Number) -> Option<u128> {
    let number = number.as_f64()?;
    (number > 0.0 && number < 2f64.powi(64)).then(|| (number * 2f64.powi(64)) as u128)
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer(0, most) => write!(f, "a whole number up to {most}"),
            Self::Integer(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Fixed(least, most) if *least >= ONE => {
                write!(f, "a number from {} to {}", least / ONE, most / ONE)
            }
            Self::Fixed(_, most) => {
                write!(f, "a number more than 0 and at most {}", most / ONE)
            }
            Self::Alphas => write!(
                f,
                "a list of two whole numbers from {LEAST_ALPHA} to {WHOLE}, the lower first"
            ),
            Self::Hotkey => f.write_str("the ss58 address of a hotkey"),
            Self::Split => write!(f, "null, or a list of whole numbers that sum up to {WHOLE}"),
            Self::Word(words) => {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                write!(f, "one of {}", words.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(name: &str, value: Value) -> Result<NewHyperparameter, String> {
        let parsed = name.parse::<SettableHyperparameter>();
        parsed
            .and_then(|one| one.value(&value))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_in_its_bounds_is_taken_and_any_other_is_told_them() {
        let good = [
            ("tempo", json!(360), NewHyperparameter::Integer(360)),
            (
                "min_burn",
                json!(500_000),
                NewHyperparameter::Integer(500_000),
            ),
            ("yuma3_enabled", json!(true), NewHyperparameter::Bool(true)),
            (
                "burn_increase_mult",
                json!(1.25),
                NewHyperparameter::Fixed(ONE * 5 / 4),
            ),
            (
                "burn_increase_mult",
                json!(3),
                NewHyperparameter::Fixed(3 * ONE),
            ),
            (
                "collateral_drain_ratio",
                json!(0.5),
                NewHyperparameter::Fixed(ONE / 2),
            ),
            (
                "alpha_values",
                json!([1638, 65535]),
                NewHyperparameter::Alphas(1638, 65535),
            ),
            (
                "recycle_or_burn",
                json!("burn"),
                NewHyperparameter::Variant("Burn"),
            ),
            (
                "mechanism_emission_split",
                json!(null),
                NewHyperparameter::Split(None),
            ),
            (
                "mechanism_emission_split",
                json!([65534, 1]),
                NewHyperparameter::Split(Some(vec![65534, 1])),
            ),
        ];
        for (name, value, expected) in good {
            assert_eq!(set(name, value), Ok(expected), "{name}");
        }
        let bad = [
            (
                "tempo",
                json!(359),
                "tempo has to be a whole number from 360 to 50400",
            ),
            (
                "tempo",
                json!(360.5),
                "tempo has to be a whole number from 360 to 50400",
            ),
            (
                "tempo",
                json!("360"),
                "tempo has to be a whole number from 360 to 50400",
            ),
            (
                "rho",
                json!(65536),
                "rho has to be a whole number up to 65535",
            ),
            (
                "yuma3_enabled",
                json!(1),
                "yuma3_enabled has to be true or false",
            ),
            (
                "burn_increase_mult",
                json!(3.5),
                "burn_increase_mult has to be a number from 1 to 3",
            ),
            (
                "collateral_drain_ratio",
                json!(0),
                "collateral_drain_ratio has to be a number more than 0 and at most 10",
            ),
            (
                "alpha_values",
                json!([50_000, 40_000]),
                "alpha_values has to be a list of two whole numbers from 1638 to 65535, the lower first",
            ),
            (
                "mechanism_emission_split",
                json!([1, 2]),
                "mechanism_emission_split has to be null, or a list of whole numbers that sum up to 65535",
            ),
            (
                "recycle_or_burn",
                json!("keep"),
                "recycle_or_burn has to be one of recycle, burn",
            ),
            (
                "subnet_owner_hotkey",
                json!("5Grw"),
                "subnet_owner_hotkey has to be the ss58 address of a hotkey",
            ),
        ];
        for (name, value, expected) in bad {
            assert_eq!(set(name, value), Err(expected.to_owned()), "{name}");
        }
    }

    #[test]
    fn a_name_that_owners_cannot_set_says_who_can_or_what_there_is() {
        assert_eq!(
            set("kappa", json!(1)).unwrap_err(),
            "hyperparameter 'kappa' can be set by the network's root only"
        );
        let unknown = set("tempoo", json!(1)).unwrap_err();
        assert!(
            unknown.starts_with("unknown hyperparameter 'tempoo'"),
            "{unknown}"
        );
        for one in SettableHyperparameter::ALL {
            assert!(unknown.contains(one.as_str()), "{one}");
            assert!(!ROOT_ONLY.contains(&one.as_str()), "{one}");
        }
    }
}
