//! Bonds: how they follow weights, and what dividends they bring.

use super::{
    Bonding, Mechanism, Subnet,
    fixed::{Fixed, at, normalized},
    liquid,
    matrix::{self, Entries, Matrix, column_sums, columns_normalized, dense, map, sparse},
    standing::Standing,
    weights,
};

/// What weights make of bonds.
pub(super) struct Bonded {
    /// Bonds to be stored.
    pub(super) bonds: Matrix,
    /// Each validator's part of the dividends.
    pub(super) dividends: Vec<Fixed>,
}

/// What the epoch found out so far.
pub(super) struct Found<'a> {
    pub(super) standing: &'a Standing,
    pub(super) weights: &'a Matrix,
    pub(super) clipped: &'a Matrix,
    pub(super) consensus: &'a [Fixed],
    pub(super) incentive: &'a [Fixed],
}

/// The epoch's bonds and dividends.
pub(super) fn bond(subnet: &Subnet, mechanism: &Mechanism, found: &Found<'_>) -> Bonded {
    let rules = &subnet.rules;
    let size = subnet.neurons.len();
    let weights = penalized(found, rules.bonds_penalty, size);
    let old = kept(subnet, mechanism);
    let alpha = Fixed::ONE.minus(Fixed::from_bits(moving_average(rules.bonds_moving_average)));
    match &rules.bonding {
        Bonding::Yuma => yuma(&weights, &old, alpha, found, size),
        Bonding::Yuma3 { liquid_alpha } => {
            let old = map(&old, |_, _, bond| bond.over(Fixed::whole(u16::MAX)));
            let agreed = found.consensus.iter().any(|score| *score != Fixed::ZERO);
            let bonds = match liquid_alpha {
                Some(liquid_alpha) if agreed => {
                    let consensus = liquid::consensus(
                        liquid_alpha.consensus,
                        rules.bonds_penalty,
                        found.consensus,
                        mechanism,
                    );
                    liquid::moved(liquid_alpha, &weights, &old, &consensus)
                }
                _ => averaged(&weights, &old, alpha, size),
            };
            yuma3(bonds, found, size)
        }
    }
}

/// A part of a million with 32 fraction bits.
fn moving_average(millionths: u64) -> i64 {
    let bits = (u128::from(millionths) << 32) / 1_000_000;
    i64::try_from(bits).unwrap_or(i64::MAX)
}

/// Weights as bonds follow them: those above the consensus count less, by the penalty.
fn penalized(found: &Found<'_>, penalty: u16, size: usize) -> Matrix {
    match penalty {
        0 => found.weights.clone(),
        u16::MAX => found.clipped.clone(),
        _ => {
            let penalty = Fixed::ratio(penalty);
            let row = |(all, clipped): (&Entries, &Entries)| {
                let pairs = dense(all, size).into_iter().zip(dense(clipped, size));
                sparse(pairs.map(|(all, clipped)| all.plus(penalty.times(clipped.minus(all)))))
            };
            found.weights.iter().zip(found.clipped).map(row).collect()
        }
    }
}

/// The stored bonds on neurons that have been there since before the last epoch.
fn kept(subnet: &Subnet, mechanism: &Mechanism) -> Matrix {
    let size = subnet.neurons.len();
    let cut = match subnet.last_step {
        Some(block) => block.saturating_add(1),
        None => subnet.block.saturating_sub(subnet.rules.tempo.into()),
    };
    let row = |i: usize| {
        let row = mechanism.bonds.get(i);
        let mut entries = row.map_or_else(Entries::new, |row| weights::entries(row, size));
        entries.retain(|(j, _)| cut > subnet.registered_at(*j));
        entries
    };
    (0..size).map(row).collect()
}

/// The moving average of two matrices.
fn averaged(new: &Matrix, old: &Matrix, alpha: Fixed, size: usize) -> Matrix {
    let rest = Fixed::ONE.minus(alpha);
    let row = |(new, old): (&Entries, &Entries)| {
        let mut sums = vec![Fixed::ZERO; size];
        for (entries, factor) in [(new, alpha), (old, rest)] {
            for (j, value) in entries {
                if let Some(sum) = sums.get_mut(*j) {
                    *sum = sum.plus(factor.times(*value));
                }
            }
        }
        sparse(sums)
    };
    new.iter().zip(old).map(row).collect()
}

fn yuma(weights: &Matrix, old: &Matrix, alpha: Fixed, found: &Found<'_>, size: usize) -> Bonded {
    let acting = &found.standing.acting;
    let new = map(weights, |i, _, weight| weight.times(at(acting, i)));
    let new = columns_normalized(&new, size);
    let old = columns_normalized(old, size);
    let bonds = averaged(&new, &old, alpha, size);
    let bonds = columns_normalized(&bonds, size);
    Bonded {
        dividends: normalized(earned(&bonds, found.incentive)),
        bonds: matrix::columns_upscaled(&bonds, size),
    }
}

fn yuma3(bonds: Matrix, found: &Found<'_>, size: usize) -> Bonded {
    let shares = columns_normalized(&bonds, size);
    let earned = earned(&shares, found.incentive).into_iter();
    let dividends = earned
        .zip(&found.standing.acting)
        .map(|(earned, acting)| earned.times(*acting))
        .collect();
    Bonded {
        dividends: normalized(dividends),
        bonds,
    }
}

/// What each row's bonds bring of the incentives.
fn earned(bonds: &Matrix, incentive: &[Fixed]) -> Vec<Fixed> {
    matrix::row_sums(&map(bonds, |_, j, bond| bond.times(at(incentive, j))))
}

/// What the acting stake gives each neuron of the clipped weights.
pub(super) fn ranks(clipped: &Matrix, acting: &[Fixed]) -> Vec<Fixed> {
    let given = map(clipped, |i, _, weight| weight.times(at(acting, i)));
    column_sums(&given, acting.len())
}
