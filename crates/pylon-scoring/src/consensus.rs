//! One epoch of a subnet: from stakes, weights and bonds to consensus, incentive, dividends and new
//! bonds, as subtensor's Yuma consensus computes them, exact to the last bit of every stored number.
//!
//! [`epoch`] is a pure function of what the chain's storage holds at the start of the epoch's block.
//! Which block that is, who gets paid and what is stored where is not its business.
//!
//! ```
//! use pylon_models::{Rao, Ratio, Uid};
//! use pylon_scoring::consensus::{Mechanism, Neuron, Rules, Subnet, epoch};
//!
//! // Neuron 0 is a validator and gives neuron 1 two thirds, neuron 2 one third.
//! let subnet = Subnet {
//!     block: 1_000,
//!     neurons: vec![
//!         Neuron { alpha: Rao::new(5_000), ..Neuron::default() },
//!         Neuron::default(),
//!         Neuron::default(),
//!     ],
//!     permits: vec![true, false, false],
//!     owner: None,
//!     last_step: Some(640),
//!     rules: Rules::default(),
//! };
//! let mechanism = Mechanism {
//!     last_update: vec![900, 0, 0],
//!     weights: vec![vec![(Uid::new(1), 65_535), (Uid::new(2), 32_767)]],
//!     ..Mechanism::default()
//! };
//! let epoch = epoch(&subnet, &[mechanism], None, Rao::new(1_000));
//! let scores = &epoch.mechanisms[0];
//! assert_eq!(scores.incentive, [0, 43_690, 21_844].map(Ratio::new));
//! assert_eq!(scores.dividends, [65_535, 0, 0].map(Ratio::new));
//! assert_eq!(epoch.merged.servers, [0, 333, 166].map(Rao::new));
//! ```
//!
//! # What holds
//! - Incentives, dividends and stake weights sum up to at most 65535 each, and to less by no more
//!   than one for each neuron and the bits that are cut, or to nothing.
//! - What is paid is never more than what there is to pay.
//! - Renumbering the neurons renumbers the outcome, with two exceptions: of equal stakes the higher
//!   uids get the last permits, and under liquid alpha rows are expected to be stored by ascending uid.
//!
//! # What is not here
//! October's Null consensus, under which a subnet has a single validator.

mod bonds;
mod emission;
mod fixed;
mod liquid;
mod matrix;
mod standing;
mod weights;

use pylon_models::{Rao, Ratio, Uid};

pub use emission::{Merged, split_emission};

use self::{
    bonds::Found,
    fixed::{Fixed, normalized},
    matrix::{Entries, Matrix, row_sums},
    standing::{Standing, is_set},
};

/// A row of weights or bonds: uids and what they have, in the order in which it is stored.
pub type Row = Vec<(Uid, u16)>;

/// A subnet at the start of an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subnet {
    /// The epoch's block.
    pub block: u64,
    /// Its neurons, by uid.
    pub neurons: Vec<Neuron>,
    /// The validator permits that the last epoch gave, by uid, as they are stored: beyond the end there
    /// are none, but where nothing is stored at all every stake counts.
    pub permits: Vec<bool>,
    /// Where the owner's hotkey is registered.
    pub owner: Option<Uid>,
    /// The block of the last epoch that ran, if one did; in October the last one under Yuma.
    pub last_step: Option<u64>,
    /// Its hyperparameters.
    pub rules: Rules,
}

impl Subnet {
    fn registered_at(&self, uid: usize) -> u64 {
        self.neurons
            .get(uid)
            .map_or(0, |neuron| neuron.registered_at)
    }
}

/// A neuron at the start of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neuron {
    /// Alpha after childkeys took and gave their parts, see [`inherited_stake`](pylon_models::inherited_stake).
    pub alpha: Rao,
    /// TAO on root, moved by this subnet's childkeys, unweighted.
    pub tao: Rao,
    /// The block of its registration.
    pub registered_at: u64,
}

/// What of a subnet's hyperparameters an epoch asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Blocks between two epochs.
    pub tempo: u16,
    /// Blocks after which a validator without new weights is inactive, see [`activity_cutoff`].
    pub activity_cutoff: u64,
    /// Which part of the stake has to agree, of 65535.
    pub kappa: u16,
    /// How little weights above the consensus count for bonds, of 65535.
    pub bonds_penalty: u16,
    /// How slowly bonds follow, in millionths.
    pub bonds_moving_average: u64,
    /// How bonds make dividends.
    pub bonding: Bonding,
    /// Most validators.
    pub max_validators: u16,
    /// Stake below which a neuron has none, unless it is the owner's.
    pub stake_threshold: Rao,
    /// What TAO on root counts, of `u64::MAX`.
    pub tao_weight: u64,
}

impl Default for Rules {
    /// What the chain has where nothing is stored.
    fn default() -> Self {
        Self {
            tempo: 360,
            activity_cutoff: activity_cutoff(13_889, 360),
            kappa: 32_767,
            bonds_penalty: u16::MAX,
            bonds_moving_average: 900_000,
            bonding: Bonding::Yuma,
            max_validators: 128,
            stake_threshold: Rao::ZERO,
            tao_weight: 971_718_665_099_567_868,
        }
    }
}

/// Blocks after which a validator is inactive: so many thousandths of a tempo, at least one.
pub fn activity_cutoff(factor_milli: u32, tempo: u16) -> u64 {
    (u64::from(factor_milli) * u64::from(tempo) / 1_000).max(1)
}

/// How bonds make dividends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bonding {
    /// Bonds are shares of each miner, and follow stake and weights together.
    #[default]
    Yuma,
    /// Bonds follow weights alone; stake counts when dividends are paid.
    Yuma3 {
        /// How fast they follow where that is not the same for all.
        liquid_alpha: Option<LiquidAlpha>,
    },
}

/// How fast bonds follow weights that are ahead of the consensus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidAlpha {
    /// At least so fast.
    pub low: Ratio,
    /// At most so fast.
    pub high: Ratio,
    /// How sharply it goes from the one to the other.
    pub steepness: i16,
    /// What weights are compared with.
    pub consensus: ConsensusMode,
}

/// Which consensus liquid alpha compares weights with; before October always the current one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsensusMode {
    /// This epoch's.
    #[default]
    Current,
    /// The last epoch's, if it is known.
    Previous,
    /// The last epoch's where the penalty of bonds is the whole, else this one's.
    Auto,
}

/// One of a subnet's mechanisms at the start of an epoch. Lists are by uid; what is missing at their
/// ends is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mechanism {
    /// The block of each neuron's last weights or commit.
    pub last_update: Vec<u64>,
    /// Weights as they are stored.
    pub weights: Vec<Row>,
    /// Bonds as they are stored.
    pub bonds: Vec<Row>,
    /// The earliest block of each neuron's commits that can still be revealed. Weights for neurons that
    /// came after it do not count. Nothing where weights are not committed.
    pub first_commits: Vec<Option<u64>>,
    /// The consensus of the last epoch, for liquid alpha since October.
    pub previous_consensus: Option<Vec<Ratio>>,
}

impl Mechanism {
    fn updated(&self, uid: usize) -> u64 {
        self.last_update.get(uid).copied().unwrap_or(0)
    }
}

/// What an epoch makes of one mechanism, by uid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// Whether a neuron has set weights lately.
    pub active: Vec<bool>,
    /// Whether it is a validator from now on.
    pub permits: Vec<bool>,
    /// Parts of all stake.
    pub stake_weight: Vec<Ratio>,
    /// What a majority gives each neuron.
    pub consensus: Vec<Ratio>,
    /// Parts of the incentive.
    pub incentive: Vec<Ratio>,
    /// How much of its weights the majority shares.
    pub validator_trust: Vec<Ratio>,
    /// Parts of the dividends.
    pub dividends: Vec<Ratio>,
    /// New bonds; without a permit there are none.
    pub bonds: Vec<Row>,
    /// What each earned in all.
    pub emission: Vec<Rao>,
    /// What each earned as a miner.
    pub servers: Vec<Rao>,
    /// What each earned as a validator.
    pub validators: Vec<Rao>,
}

/// What an epoch makes of a subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epoch {
    /// Each mechanism's scores.
    pub mechanisms: Vec<Scores>,
    /// The same as one.
    pub merged: Merged,
}

/// Runs an epoch over all of a subnet's mechanisms. `emission` is what there is to pay, which `parts` of
/// 65535 give to the mechanisms as [`split_emission`] has it.
pub fn epoch(
    subnet: &Subnet,
    mechanisms: &[Mechanism],
    parts: Option<&[Ratio]>,
    emission: Rao,
) -> Epoch {
    let count = u8::try_from(mechanisms.len()).unwrap_or(u8::MAX);
    let split = split_emission(emission, count, parts);
    let scores: Vec<_> = mechanisms
        .iter()
        .zip(&split)
        .map(|(mechanism, part)| score(subnet, mechanism, *part))
        .collect();
    Epoch {
        merged: emission::merge(emission, split.into_iter().zip(&scores)),
        mechanisms: scores,
    }
}

/// Runs an epoch of one mechanism, which has `emission` to pay.
pub fn score(subnet: &Subnet, mechanism: &Mechanism, emission: Rao) -> Scores {
    let standing = Standing::new(subnet, mechanism);
    let weights = weights::admitted(subnet, mechanism, &standing);
    let kappa = Fixed::ratio(subnet.rules.kappa);
    let consensus = weights::consensus(&weights, &standing.acting, kappa);
    let clipped = weights::clipped(&weights, &consensus);
    let incentive = normalized(bonds::ranks(&clipped, &standing.acting));
    let bonded = bonds::bond(
        subnet,
        mechanism,
        &Found {
            standing: &standing,
            weights: &weights,
            clipped: &clipped,
            consensus: &consensus,
            incentive: &incentive,
        },
    );
    let acts = standing.acting.iter().any(|stake| *stake != Fixed::ZERO);
    let idle = if acts {
        &standing.acting
    } else {
        &standing.stake
    };
    let paid = emission::parts(emission, &incentive, &bonded.dividends, idle);
    Scores {
        stake_weight: ratios(&standing.stake),
        consensus: ratios(&consensus),
        incentive: ratios(&incentive),
        validator_trust: ratios(&row_sums(&clipped)),
        dividends: ratios(&bonded.dividends),
        bonds: rows(&bonded.bonds, &standing.new_permits),
        emission: paid.combined,
        servers: paid.servers,
        validators: paid.validators,
        active: standing.active,
        permits: standing.new_permits,
    }
}

fn ratios(values: &[Fixed]) -> Vec<Ratio> {
    let values = values.iter();
    values.map(|value| Ratio::new(value.to_ratio())).collect()
}

/// The rows of validators as they are stored.
fn rows(matrix: &Matrix, permits: &[bool]) -> Vec<Row> {
    let row = |(uid, row): (usize, &Entries)| {
        let row = row.iter().filter(|_| is_set(permits, uid));
        row.filter_map(|(j, value)| {
            let uid = u16::try_from(*j).ok()?;
            Some((Uid::new(uid), value.to_ratio()))
        })
        .collect()
    };
    matrix.iter().enumerate().map(row).collect()
}
