//! Weights: which count, what they agree on, and what exceeds it.

use super::{
    Mechanism, Row, Subnet,
    fixed::{Fixed, at, sum},
    matrix::{Entries, Matrix, map, rows_normalized},
    standing::{Standing, is_set, place},
};

/// A stored row's entries for neurons that exist, as whole numbers.
pub(super) fn entries(row: &Row, size: usize) -> Entries {
    row.iter()
        .map(|(uid, value)| (place(*uid), Fixed::whole(*value)))
        .filter(|(uid, _)| *uid < size)
        .collect()
}

/// The weights that count, each as a part of its row: those of validators, for neurons that were
/// there when they were set, or when newer ones that are still secret were committed; only the
/// subnet's owner may weigh itself.
pub(super) fn admitted(subnet: &Subnet, mechanism: &Mechanism, standing: &Standing) -> Matrix {
    let size = subnet.neurons.len();
    let owner = subnet.owner.map(place);
    let row = |i: usize| {
        let Some(row) = mechanism.weights.get(i) else {
            return Entries::new();
        };
        if !is_set(&standing.permits, i) {
            return Entries::new();
        }
        let updated = mechanism.updated(i);
        let committed = mechanism.first_commits.get(i).copied().flatten();
        let mut entries = entries(row, size);
        entries.retain(|(j, _)| {
            let registered = subnet.registered_at(*j);
            (*j != i || owner == Some(i))
                && updated > registered
                && committed.is_none_or(|block| block >= registered)
        });
        entries
    };
    rows_normalized(&(0..size).map(row).collect())
}

/// What a majority of the stake gives each neuron at least, by uid: of the scores in a column the
/// first one up to which more stake goes than `kappa` leaves.
pub(super) fn consensus(weights: &Matrix, acting: &[Fixed], kappa: Fixed) -> Vec<Fixed> {
    let staked: Vec<_> = acting
        .iter()
        .enumerate()
        .filter(|(_, stake)| **stake > Fixed::ZERO)
        .map(|(uid, stake)| (uid, *stake))
        .collect();
    let whole = sum(staked.iter().map(|(_, stake)| *stake));
    let parts: Vec<_> = staked
        .iter()
        .map(|(uid, stake)| (*uid, stake.over(whole)))
        .collect();
    // Parts are cut, so that they rarely sum up to one.
    let total = sum(parts.iter().map(|(_, part)| *part));
    let minority = total.minus(kappa);
    let mut columns = vec![Vec::new(); acting.len()];
    for (uid, part) in &parts {
        for (j, score) in weights.get(*uid).into_iter().flatten() {
            if let Some(column) = columns.get_mut(*j) {
                column.push((*score, *part));
            }
        }
    }
    columns
        .into_iter()
        .map(|column| median(column, parts.len(), total, minority))
        .collect()
}

/// The score of a column, whose absent entries count as nothing.
fn median(
    mut column: Vec<(Fixed, Fixed)>,
    validators: usize,
    total: Fixed,
    minority: Fixed,
) -> Fixed {
    if column.len() < validators {
        let present = sum(column.iter().map(|(_, part)| *part));
        column.push((Fixed::ZERO, total.minus(present)));
    }
    column.sort_unstable();
    let mut reached = Fixed::ZERO;
    let mut scores = column.chunk_by(|(score, _), (next, _)| score == next);
    let enough = scores.find(|same| {
        reached = reached.plus(sum(same.iter().map(|(_, part)| *part)));
        reached > minority
    });
    let last = column.last();
    let found = enough.and_then(<[_]>::first).or(last);
    found.map_or(Fixed::ZERO, |(score, _)| *score)
}

/// The weights with nothing above the consensus; an entry stays, unless all of it is above.
pub(super) fn clipped(weights: &Matrix, consensus: &[Fixed]) -> Matrix {
    let clipped = map(weights, |_, j, weight| weight.min(at(consensus, j)));
    let kept = |(before, after): (&Entries, Entries)| {
        let pairs = before.iter().zip(after);
        pairs
            .filter(|((_, before), (_, after))| before == after || *after > Fixed::ZERO)
            .map(|(_, entry)| entry)
            .collect()
    };
    weights.iter().zip(clipped).map(kept).collect()
}
