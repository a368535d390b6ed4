//! Liquid alpha: bonds move the faster the more a validator's weight is ahead of the consensus.

use pylon_models::Ratio;

use super::{
    ConsensusMode, LiquidAlpha, Mechanism,
    fixed::{Fixed, at},
    matrix::{Entries, Matrix, dense},
};

/// How far the exponent goes.
const MAX_EXPONENT: i32 = 20;

/// The consensus that weights are compared with: this epoch's or the one before.
pub(super) fn consensus(
    mode: ConsensusMode,
    penalty: u16,
    current: &[Fixed],
    mechanism: &Mechanism,
) -> Vec<Fixed> {
    let before = match mode {
        ConsensusMode::Current => false,
        ConsensusMode::Previous => true,
        ConsensusMode::Auto => penalty == u16::MAX,
    };
    match &mechanism.previous_consensus {
        Some(previous) if before => {
            let scores = previous
                .iter()
                .map(|score| Fixed::ratio(Ratio::get(*score)));
            let missing = std::iter::repeat(Fixed::ZERO);
            scores.chain(missing).take(current.len()).collect()
        }
        _ => current.to_vec(),
    }
}

/// Bonds moved towards weights. A bond without an entry among the weights is gone at once.
pub(super) fn moved(
    rules: &LiquidAlpha,
    weights: &Matrix,
    old: &Matrix,
    consensus: &[Fixed],
) -> Matrix {
    let size = consensus.len();
    let curve = Curve::new(rules);
    let row = |(weights, old): (&Entries, &Entries)| {
        let (walked_weights, walked_bonds) = (walked(weights, size), walked(old, size));
        let old = dense(old, size);
        weights
            .iter()
            .map(|(j, weight)| {
                let alpha = curve.alpha(
                    at(consensus, *j),
                    at(&walked_weights, *j),
                    at(&walked_bonds, *j),
                );
                let rest = Fixed::ONE.minus(alpha).times(at(&old, *j));
                let bought = alpha.times(*weight).max(Fixed::ZERO);
                (*j, rest.plus(bought).min(Fixed::ONE))
            })
            .filter(|(_, bond)| *bond > Fixed::ZERO)
            .collect()
    };
    weights.iter().zip(old).map(row).collect()
}

/// A row as the pallet reads it here, which expects ascending uids: in one walk forward, so that an
/// entry after a higher uid is missed.
fn walked(row: &Entries, size: usize) -> Vec<Fixed> {
    let mut values = vec![Fixed::ZERO; size];
    let mut next = 0;
    for (j, value) in row {
        if let Some(place) = values.get_mut(*j).filter(|_| *j >= next) {
            *place = *value;
            next = j.saturating_add(1);
        }
    }
    values
}

/// How alpha depends on the distance.
struct Curve {
    low: Fixed,
    high: Fixed,
    slope: Fixed,
}

impl Curve {
    fn new(rules: &LiquidAlpha) -> Self {
        Self {
            low: Fixed::ratio(rules.low.get()),
            high: Fixed::ratio(rules.high.get()),
            slope: Fixed::whole(rules.steepness).over(Fixed::whole(-100i8)),
        }
    }

    fn alpha(&self, consensus: Fixed, weight: Fixed, bond: Fixed) -> Fixed {
        let distance = if weight >= bond {
            weight.minus(consensus)
        } else {
            bond.minus(weight)
        };
        let distance = distance.clamp(Fixed::ZERO, Fixed::ONE);
        let exponent = self
            .slope
            .times(distance.minus(Fixed::HALF))
            .clamp(Fixed::whole(-MAX_EXPONENT), Fixed::whole(MAX_EXPONENT));
        let part = Fixed::ONE.over(Fixed::ONE.plus(exponent.exp()));
        let alpha = self.low.plus(part.times(self.high.minus(self.low)));
        alpha.min(self.high).max(self.low)
    }
}
